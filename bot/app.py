"""The composition root: joins settings, history, ECR and Slack into one application."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot import http, slack
from bot.checking import checker, registry, sweeper
from bot.metrics import Metrics
from ecr.errors import EcrbotError, HistoryError
from handlers import register
from handlers.deps import Deps
from handlers.people import People
from handlers.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings import Settings, SlackEnvironment
    from ecr.ports import Clock, History
    from handlers.people import Identity

_READY_SECONDS = 10.0


class Application:
    """The bot, put together: Bolt with every listener, the workers behind it, and the pages for its operator."""

    def __init__(self, settings: Settings, environment: SlackEnvironment, history: History) -> None:
        """Put it together; nothing is started and nobody is called."""
        self.environment = environment
        self.client = slack.web_client(environment)
        self.metrics = Metrics()
        self.work = Work()
        self.history = history
        self._identified = False
        self._seen_ready = 0.0
        self.metrics.watch("ecrbot_jobs", "Jobs under way and waiting.", lambda: self.work.jobs)
        self._settings = settings

    def bolt(self, identity: Identity, clock: Clock) -> App:
        """Return the Bolt app with every listener registered.

        Args:
            identity: who the bot is, as auth.test said.
            clock: the time.
        """
        result, reading = self._authorized(identity), registry(self._settings.file)
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
        register(
            app,
            Deps(
                checker=checker(reading, self._settings.file, clock),
                sweeper=sweeper(reading, self._settings.file, self.history, clock),
                history=self.history,
                people=People(self.client, identity, self._settings.file.slack.users),
                work=self.work,
                post=slack.post,
                clock=clock,
                meter=self.metrics,
            ),
        )
        return app

    def pages(self, connected: Callable[[], bool]) -> dict[str, Callable[[], http.Page]]:
        """Return what GET answers.

        Args:
            connected: whether Slack can deliver at this moment.
        """
        return {
            "/healthz": lambda: http.json_page(HTTPStatus.OK, {"status": "ok"}),
            "/readyz": lambda: self._ready(connected),
            "/metrics": lambda: http.Page(
                HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", self.metrics.exposition()
            ),
        }

    def _authorized(self, identity: Identity) -> AuthorizeResult:
        """Return who the bot is, in Bolt's words: auth.test told it once, and no request waits for another call."""
        return AuthorizeResult(
            enterprise_id=identity.enterprise,
            team_id=identity.team,
            bot_token=self.environment.bot_token.get_secret_value(),
            bot_id=identity.bot,
            bot_user_id=identity.user,
        )

    def _ready(self, connected: Callable[[], bool]) -> http.Page:
        problems = {}
        try:
            self.history.ping()
        except HistoryError as error:
            problems["database"] = str(error)
        if not self._identified:
            problems["slack"] = "Slack has not said yet who the bot is."
        elif not connected():
            problems["slack"] = "There is no connection to Slack."
        elif problem := self._slack_problem():
            problems["slack"] = problem
        if problems:
            return http.json_page(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not ready", **problems})
        return http.json_page(HTTPStatus.OK, {"status": "ready"})

    def _slack_problem(self) -> str | None:
        """Ask Slack whether it answers, at most every ten seconds: a probe must not become a load."""
        if time.monotonic() - self._seen_ready < _READY_SECONDS:
            return None
        try:
            slack.identify(WebClient(token=self.client.token, base_url=self.client.base_url, timeout=3))
        except EcrbotError as error:
            return str(error)
        self._seen_ready = time.monotonic()
        return None
