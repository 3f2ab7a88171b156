"""What was asked for in the past thirty days, as values, and how each was carried to its end by the real use cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from demo.world import EAST, PROD, STAGING, WEST
from ecr.approval import Decision
from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.draft import Draft
from ecr.model import Rule
from ecr.names import parse
from ecr.request import Kind

if TYPE_CHECKING:
    from demo.past_clock import PastClock
    from ecr.announcing import Announcer
    from ecr.asking import Asked, Asking
    from ecr.deciding import Deciding
    from ecr.remediate import Remediator

ENGINEER, ON_CALL = "U0ENGINEER", "U0ONCALL"
ENGINEERS_CHANNEL = "C0ENG"

_READ_SECONDS = 10.0
_TO_DECIDE = timedelta(minutes=23)
_TO_APPLY = timedelta(seconds=2)
_TO_VERIFY = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that was asked for: when, of what, why, and what on-call made of it.

    `rules` and `days` are of an exemption: what is not to count, and for how long.
    """

    morning: int
    after: timedelta
    what: str
    reason: str
    decision: Decision = Decision.APPROVE
    answer: str | None = None
    rules: tuple[Rule, ...] = ()
    days: int = 0


def _arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:ecr:{region}:{account}:repository/{name}"


WISHES = (
    Wish(
        9,
        timedelta(hours=1, minutes=12),
        _arn(PROD, WEST, "payments-api"),
        "Last week somebody pushed over a tag that was deployed.",
        Decision.DENY,
        "The nightly deployment still pulls latest from here: once it pulls by version, gladly.",
    ),
    Wish(
        14,
        timedelta(hours=5, minutes=40),
        _arn(STAGING, EAST, "load-tests"),
        "Its images are built anew for each run, and nothing of it is ever deployed.",
        rules=(Rule.TAG_IMMUTABILITY, Rule.SCAN_ON_PUSH),
        days=120,
    ),
    Wish(
        18,
        timedelta(hours=2, minutes=5),
        _arn(PROD, WEST, "payments-worker"),
        "The auditors ask for it: nothing that handles cards may be overwritten.",
    ),
    Wish(
        20,
        timedelta(hours=3, minutes=31),
        _arn(PROD, WEST, "docker-hub/library/nginx"),
        "The cache has to follow the tags of Docker Hub until we build from our own base images.",
        rules=(Rule.TAG_IMMUTABILITY,),
        days=15,
    ),
    Wish(
        26, timedelta(hours=6, minutes=17), "search-*", "Search goes live with versions alone: no tag moves any more."
    ),
)


@dataclass(frozen=True, slots=True)
class Carrying:
    """Carries what was asked for to its end: the real use cases, and the clock that they go by."""

    asking: Asking
    deciding: Deciding
    remediator: Remediator
    announcer: Announcer
    clock: PastClock

    def carry(self, wish: Wish, at: datetime) -> None:
        """Ask, let on-call decide, and do what follows; each step at its own moment.

        Args:
            wish: what was asked for.
            at: when.
        """
        self.clock.at = at
        asked = self._asked(wish)
        if asked is None:
            return
        request = asked.request.id
        self.announcer.announce(request)
        self.clock.at += _TO_DECIDE
        self.deciding.decide(request, wish.decision, ON_CALL, wish.answer)
        self.announcer.announce(request)
        if wish.decision is Decision.APPROVE:
            self.clock.at += _TO_APPLY
            self.remediator.apply(request, lambda _request, _done: None)
            self.clock.at += _TO_VERIFY
            self.announcer.announce(request)

    def _asked(self, wish: Wish) -> Asked | None:
        """Fill in the form and submit it; `None` in a world that has no such repository."""
        choice, deadline = Choice(), Deadline.after(_READ_SECONDS)
        planned = self.asking.plan((parse(wish.what),), choice, deadline)
        kind = Kind.EXEMPTION if wish.rules else Kind.REMEDIATION
        items = (*planned.items, *planned.idle)
        if not items:
            return None
        draft = Draft("D0PAST", kind, ENGINEER, ENGINEERS_CHANNEL, "", self.clock(), (wish.what,), items)
        by = self.asking.directory.person(ENGINEER, ()).actor
        if kind is Kind.REMEDIATION:
            return self.asking.ask(draft, choice, wish.reason, by, deadline)
        until = datetime.combine((self.clock() + timedelta(days=wish.days)).date(), time(23, 59, 59), UTC)
        return self.asking.exempt(draft, wish.rules, until, wish.reason, by)
