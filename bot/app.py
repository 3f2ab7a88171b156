"""The composition root: joins settings, history, ECR and Slack into one application."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot import requesting, slack
from bot.checking import approvers, checker, freshener, now, policy, registry, subscriptions, sweeper
from bot.fixing import fixing
from bot.metrics import Metrics
from bot.pages import Pages
from bot.scheduler import TICK_SECONDS, Lane, Scheduler, Sweeps, Troubles
from ecr.composing import Composer
from ecr.report import Reporter
from handlers import register
from handlers.blocks.digest import rendered
from handlers.deps import Deps
from handlers.home_content import HomeContent
from handlers.home_tabs import HomeTabs
from handlers.noticeboard import SlackNoticeboard
from handlers.people import People
from handlers.postbox import SlackPostbox
from handlers.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot import http
    from bot.memory import Memory
    from bot.settings import Settings, SlackEnvironment
    from ecr.ports import Clock, History
    from handlers.people import Identity


def create_app(
    settings: Settings,
    environment: SlackEnvironment,
    memory: Memory,
    clock: Clock = now,
    tick_seconds: float = TICK_SECONDS,
) -> Application:
    """Return the bot, put together; nothing is started and nobody is called.

    Args:
        settings: the settings, read with `slack`.
        environment: their Slack part.
        memory: where everything is remembered.
        clock: the time; tests and the demo alone hand in their own.
        tick_seconds: how often is looked what is due.

    Raises:
        SettingsError: an account has no region, or the profile of the default credentials is not there.
    """
    return Application(settings, environment, memory, Timing(clock, tick_seconds))


@dataclass(frozen=True, slots=True)
class Timing:
    """The time, and how often is looked what is due."""

    clock: Clock
    tick_seconds: float


class Application:
    """The bot: Bolt with every listener, the workers behind it, what it does by itself, and its operator's pages."""

    def __init__(self, settings: Settings, environment: SlackEnvironment, memory: Memory, timing: Timing) -> None:
        """Put it together."""
        file, clock, history = settings.file, timing.clock, memory.history
        self._reading = registry(file)
        self.environment = environment
        self.client = slack.web_client(environment)
        self.metrics = Metrics()
        self.work = Work()
        self.memory = memory
        self._file = file
        self._clock = clock
        self._identified = False
        self._checker = checker(self._reading, file, clock, memory.exemptions)
        self._sweeper = sweeper(self._reading, file, history, clock, memory.exemptions)
        self._freshener = freshener(self._sweeper, file, history, clock)
        self._composer = Composer(history, memory.postings, clock)
        self._troubles = Troubles(clock)
        posting = slack.posting_client(environment)
        self._postbox = SlackPostbox(posting, self.client, file.slack.approvals_channel)
        board = SlackNoticeboard(posting, self.client, approvers(file), clock)
        self._home_tabs: HomeTabs | None = None
        announcer = requesting.announcer(memory, board, clock, self._changed)
        self.fulfilment = requesting.fulfilment(file, memory, self._reading, self._sweeper, announcer, clock)
        self.scheduler = self._scheduler(timing.tick_seconds)
        self.metrics.watch("ecrbot_jobs", "Jobs under way and waiting.", lambda: self.work.jobs)

    @property
    def history(self) -> History:
        """What was seen and done."""
        return self.memory.history

    def synchronize(self) -> None:
        """Make the subscriptions of the settings file equal to it.

        Raises:
            HistoryError: the history cannot be written.
        """
        self.memory.subscriptions.synchronize(subscriptions(self._file, self._clock()))

    def bolt(self, identity: Identity) -> App:
        """Return the Bolt app with every listener registered.

        Args:
            identity: who the bot is, as auth.test said.
        """
        result = self._authorized(identity)
        self._identified = True
        app = App(
            name="ecrbot",
            logger=logging.getLogger("slack_bolt"),  # Bolt gives its own loggers the root's level otherwise
            client=WebClient(base_url=self.client.base_url, timeout=slack.TIMEOUT_SECONDS),
            authorize=lambda: result,
            process_before_response=True,
            request_verification_enabled=False,  # bot/http.py does it, ahead of anything that Bolt does
            ssl_check_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        deps = self._deps(People(self.client, identity, self._file.slack.users))
        self._home_tabs = deps.home_tabs
        register(app, deps)
        return app

    def pages(self, connected: Callable[[], bool]) -> dict[str, Callable[[], http.Page]]:
        """Return what GET answers.

        Args:
            connected: whether Slack can deliver at this moment.
        """
        return Pages(self.history, self.client, self.metrics, self._clock).table(lambda: self._identified, connected)

    def reporter(self) -> Reporter:
        """Return what sends the digests that are due."""
        return Reporter(
            self.memory.subscriptions,
            self.memory.postings,
            self._composer,
            self._freshener,
            self._postbox,
            self._clock,
            rendered,
            posted=self.metrics.digest,
        )

    def _deps(self, people: People) -> Deps:
        file, memory, clock = self._file, self.memory, self._clock
        return Deps(
            checker=self._checker,
            sweeper=self._sweeper,
            history=self.history,
            people=people,
            work=self.work,
            client=self.client,
            post=slack.post,
            clock=clock,
            meter=self.metrics,
            subscriptions=memory.subscriptions,
            postings=memory.postings,
            postbox=self._postbox,
            composer=self._composer,
            freshener=self._freshener,
            troubles=self._troubles,
            asking=requesting.asking(file, memory, self._reading, self._checker, people, clock),
            deciding=requesting.deciding(file, memory, people, clock),
            fulfilment=self.fulfilment,
            drafts=memory.drafts,
            requests=memory.requests,
            fixing=fixing(self._reading, self._checker, file),
            guarding=requesting.guarding(file, memory, self._reading, clock),
            policy=policy(file),
            home_tabs=HomeTabs(
                HomeContent(memory.homes, people, approvers(file), self.client, clock), memory.requests, self.work
            ),
        )

    def _changed(self, request: str) -> None:
        """Have Home tabs show how a request is now, once it is known whose they are."""
        if self._home_tabs is not None:
            self._home_tabs.changed(request)

    def _scheduler(self, tick_seconds: float) -> Scheduler:
        file = self._file
        sweeps = Sweeps(self._sweeper, self.history, self._clock, file.sweep.every)
        return Scheduler(
            (
                Lane("The last sweep", sweeps, self._troubles, tick_seconds),
                Lane("The digests", self.reporter().tick, self._troubles, tick_seconds),
                Lane("The requests", self.fulfilment.tick, self._troubles, tick_seconds),
            )
        )

    def _authorized(self, identity: Identity) -> AuthorizeResult:
        """Return who the bot is, in Bolt's words: auth.test told it once, and no request waits for another call."""
        return AuthorizeResult(
            enterprise_id=identity.enterprise,
            team_id=identity.team,
            bot_token=self.environment.bot_token.get_secret_value(),
            bot_id=identity.bot,
            bot_user_id=identity.user,
        )
