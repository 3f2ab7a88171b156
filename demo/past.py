"""Thirty days behind the demo, written into the bot's own file before the bot begins, by the bot's own code.

Each morning is swept and told as it would have been; requests go through the real use cases. Only ECR and Slack are of
the past: plain values, and messages put into the workspace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.memory import Memory
from demo.environment import APPROVALS_CHANNEL, APPROVERS, DIGEST_AT, DIGEST_CHANNEL, DIGEST_TIMEZONE
from demo.past_clock import PastClock, mornings
from demo.past_ecr import PastEcr
from demo.past_requests import WISHES, Carrying
from demo.past_slack import PastChannels, PastDirectory, PastNoticeboard, PastPostbox
from demo.past_story import CLOSED_ON, MORNINGS, Story, story
from ecr.announcing import Announcer
from ecr.approval import Approvers
from ecr.asking import Asking
from ecr.check import Checker
from ecr.composing import Composer
from ecr.deciding import Deciding
from ecr.freshness import Freshener
from ecr.fulfilling import Fulfilment
from ecr.guarding import Guarding
from ecr.model import Policy
from ecr.planning import Planning
from ecr.remediate import Remediator
from ecr.report import Reporter
from ecr.request import UNDO_FOR
from ecr.subscription import Filters, Subscription
from ecr.sweep import Sweeper
from ecr.tools import Tools
from handlers.blocks.digest import rendered
from store import file

if TYPE_CHECKING:
    from pathlib import Path

    from demo.workspace import Workspace
    from demo.world import World

SHOWN = 3
"""Digests that stand in their channel: it has them since as many mornings."""

_UNDO_IS_OVER = UNDO_FOR.days + 1
"""On how many mornings after its own the card of a request loses its Undo."""

_REQUEST_TTL = timedelta(hours=8)
_SWEEP_EVERY = timedelta(hours=1)
_TICKED_AFTER = timedelta(seconds=4)


def write(path: Path, world: World, slack: Workspace, now: datetime) -> None:
    """Write the past into a history, and put what was said of it into the workspace.

    Args:
        path: the bot's file, which is made.
        world: how everything is now, and so how the past ends.
        slack: where the digests of the last mornings, and what was told of requests, are put.
        now: the present moment.
    """
    moments = mornings(now, MORNINGS)
    past = _Past.before(path, world, slack, now, moments)
    # While somebody has the file open, what is closed in between is no last one: SQLite tidies up once, at the end.
    with file.connection(path):
        for number, at in enumerate(moments):
            past.turn(number, world)
            past.live(number, at)


@dataclass(frozen=True, slots=True)
class _Past:
    """The bot of the past: what it reads, and what it does by itself."""

    clock: PastClock
    story: Story
    ecr: PastEcr
    sweeper: Sweeper
    reporter: Reporter
    fulfilment: Fulfilment
    carrying: Carrying

    @classmethod
    def before(cls, path: Path, world: World, slack: Workspace, now: datetime, moments: tuple[datetime, ...]) -> _Past:
        """Put it together, as it was before the first morning."""
        clock = PastClock(moments[0])
        memory, ecr = Memory.prepare(path), PastEcr(world, clock, now)
        policy, approvers = Policy(accepted_exclusions=frozenset(world.accepted_exclusions)), Approvers((APPROVERS,))
        channels, directory = PastChannels(slack, clock), PastDirectory()
        sweeper = Sweeper(ecr, policy, memory.history, clock, workers=1, exemptions=memory.exemptions)
        checker = Checker(ecr, policy, clock, exemptions=memory.exemptions)
        planning = Planning(ecr, checker, ecr, policy, clock)
        guarding = Guarding(ecr, policy, clock, memory.registries)
        board = PastNoticeboard(channels, approvers, clock)
        announcer = Announcer(memory.requests, memory.outbox, board, clock, pause=_at_once)
        tools = Tools(ecr, ecr, policy, memory.requests, memory.exemptions, memory.turns, clock, _at_once)
        remediator = Remediator(tools, memory.subscriptions)
        asking = Asking(
            planning, guarding, memory.requests, directory, approvers, clock, APPROVALS_CHANNEL, _REQUEST_TTL
        )
        deciding = Deciding(memory.requests, directory, approvers, clock)
        reporter = Reporter(
            memory.subscriptions,
            memory.postings,
            Composer(memory.history, memory.postings, clock),
            Freshener(sweeper, memory.history, clock, _SWEEP_EVERY),
            PastPostbox(channels),
            clock,
            rendered,
            pause=_at_once,
        )
        fulfilment = Fulfilment(memory.requests, remediator, announcer, memory.exemptions, clock)
        return cls(
            clock,
            story(world),
            ecr,
            sweeper,
            reporter,
            fulfilment,
            Carrying(asking, deciding, remediator, announcer, clock),
        )

    def turn(self, number: int, world: World) -> None:
        """Do to ECR what was done before a morning."""
        for one in self.story.first if number == 0 else ():
            self.ecr.put_there(one)
        for turn in self.story.turns:
            if turn.morning == number:
                (self.ecr.remove if turn.gone else self.ecr.put_there)(turn.repository)
        if number == CLOSED_ON:
            self.ecr.closed.update(account.id for account in world.accounts if account.closed)

    def live(self, number: int, at: datetime) -> None:
        """Let a morning come, do what is due, and then what was asked for on that day."""
        self.clock.at = at
        if number == MORNINGS - SHOWN:
            self.reporter.subscriptions.synchronize((subscription(at),))
        self.clock.at = min(at + _TICKED_AFTER, self.ecr.today)
        if number < MORNINGS - SHOWN:
            self.sweeper.sweep()
        else:
            self.reporter.tick()
        for wish in WISHES:
            if wish.morning + _UNDO_IS_OVER == number:
                self.fulfilment.tick()
            if wish.morning == number:
                self.carrying.carry(wish, at + wish.after)


def subscription(since: datetime) -> Subscription:
    """Return the subscription of the settings, as one that is there since a moment."""
    return Subscription(DIGEST_CHANNEL, time.fromisoformat(DIGEST_AT), DIGEST_TIMEZONE, Filters(), since)


def _at_once(_seconds: float) -> None:
    """Wait for nothing: it is all over already."""
