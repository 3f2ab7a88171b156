"""What the operator's probes and collectors ask of a running bot: /healthz, /readyz and /metrics."""

from __future__ import annotations

import math
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from slack_sdk import WebClient

from bot import http, slack
from ecr.errors import EcrbotError, HistoryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.metrics import Metrics
    from ecr.ports import Clock, History

_READY_SECONDS = 10.0


class Pages:
    """The pages of one bot."""

    def __init__(self, history: History, client: WebClient, metrics: Metrics, clock: Clock) -> None:
        """Look at these."""
        self._history = history
        self._client = client
        self._metrics = metrics
        self._clock = clock
        self._seen_ready = 0.0
        metrics.watch("ecrbot_sweep_age_seconds", "Since the last sweep ended.", self._sweep_age)

    def table(
        self, identified: Callable[[], bool], connected: Callable[[], bool]
    ) -> dict[str, Callable[[], http.Page]]:
        """Return what GET answers, by path.

        Args:
            identified: whether Slack has said who the bot is.
            connected: whether Slack can deliver at this moment.
        """
        return {
            "/healthz": lambda: http.json_page(HTTPStatus.OK, {"status": "ok"}),
            "/readyz": lambda: self._ready(identified, connected),
            "/metrics": lambda: http.Page(
                HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", self._metrics.exposition()
            ),
        }

    def _ready(self, identified: Callable[[], bool], connected: Callable[[], bool]) -> http.Page:
        problems = {}
        try:
            self._history.ping()
        except HistoryError as error:
            problems["database"] = str(error)
        if not identified():
            problems["slack"] = "Slack has not said yet who the bot is."
        elif not connected():
            problems["slack"] = "There is no connection to Slack."
        elif problem := self._slack_problem():
            problems["slack"] = problem
        if problems:
            return http.json_page(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not ready", **problems})
        return http.json_page(HTTPStatus.OK, {"status": "ready"})

    def _sweep_age(self) -> float:
        """Return the seconds since the last sweep ended; not a number where there was none, or nobody knows."""
        try:
            swept_at = self._history.swept_at()
        except HistoryError:
            return math.nan
        return (self._clock() - swept_at).total_seconds() if swept_at else math.nan

    def _slack_problem(self) -> str | None:
        """Ask Slack whether it answers, at most every ten seconds: a probe must not become a load."""
        if time.monotonic() - self._seen_ready < _READY_SECONDS:
            return None
        try:
            slack.identify(WebClient(token=self._client.token, base_url=self._client.base_url, timeout=3))
        except EcrbotError as error:
            return str(error)
        self._seen_ready = time.monotonic()
        return None
