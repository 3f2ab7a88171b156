"""One run of the bot, from its start to its orderly end."""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from bot import http, slack
from bot.app import create_app
from bot.checking import now
from bot.scheduler import TICK_SECONDS
from bot.socket_mode import SocketMode
from ecr.errors import SettingsError

if TYPE_CHECKING:
    from types import FrameType

    from slack_bolt import App
    from slack_sdk import WebClient

    from bot.app import Application
    from bot.memory import Memory
    from bot.settings import Settings, SlackEnvironment
    from ecr.ports import Clock

logger = logging.getLogger(__name__)

DEFAULT_PORT = 3000

DRAIN_SECONDS = 12.0
"""How long what was acknowledged may take to be answered after SIGTERM."""

SCHEDULER_SECONDS = 3.0
"""How long a digest that is being posted may take; a sweep is cut short, and made again at the next start."""

WATCHDOG_SECONDS = 18.0
"""After so long the process ends, whatever it hangs in: platforms kill after 20 to 30 seconds."""

_SIGNAL_SECONDS = 0.25

_PRIVATE = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_VERIFICATION_TOKEN")
_OAUTH = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


def run(
    settings: Settings,
    environment: SlackEnvironment,
    memory: Memory,
    clock: Clock = now,
    tick_seconds: float = TICK_SECONDS,
) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Args:
        settings: the settings, read with `slack` and `connect`.
        environment: their Slack part.
        memory: where everything is remembered.
        clock: the time; tests and the demo hand in their own.
        tick_seconds: how often is looked what is due.

    Raises:
        SettingsError: Slack refuses the token, the port is taken, or an account has no region.
        HistoryError: the history cannot be written.
    """
    began = time.monotonic()
    gc.freeze()
    gc.enable()
    stop = threading.Event()
    _on_signals(stop)
    _forget_environment()
    application, ways = create_app(settings, environment, memory, clock, tick_seconds), Ways(environment)
    application.synchronize()
    memory.take_over()
    ways.listen(application)
    identity = slack.identify_patiently(application.client, stop.is_set)
    if identity is not None:
        ways.open(application.bolt(identity), application.client)
        application.scheduler.start()
        logger.info("ecrbot runs in %s mode after %.2f s", ways.mode, time.monotonic() - began)
        _wait(stop)
    _end(application, ways)


class Ways:
    """The ways in: the connection to Slack, or the address that Slack calls, and the operator's pages."""

    def __init__(self, environment: SlackEnvironment) -> None:
        """Choose between the two; nothing is opened yet."""
        self.mode = "Socket" if environment.socket_mode else "HTTP"
        self.socket: SocketMode | None = None
        self._environment = environment
        self._events = http.Events()
        self._server: http.Server | None = None

    def listen(self, application: Application) -> None:
        """Serve HTTP where a port is to be served: whoever watches the process can ask from its first moment.

        Raises:
            SettingsError: the port is taken.
        """
        port, secret = self._environment.port, self._environment.signing_secret
        if port is None and self._environment.socket_mode:
            return
        port = DEFAULT_PORT if port is None else port
        takes_events = secret is not None and not self._environment.socket_mode
        events = http.signed(self._events, secret.get_secret_value()) if secret is not None and takes_events else None
        try:
            self._server = http.Server(http.application(application.pages(self.connected), events), port)
        except OSError as error:
            raise SettingsError(f"PORT: {port} is taken; wants a port that nothing else listens on.") from error
        logger.info("listening on port %d", self._server.port)

    def open(self, app: App, client: WebClient) -> None:
        """Let Slack's deliveries in."""
        token = self._environment.app_token
        if token is None:
            self._events.serve(app)
        else:
            self.socket = SocketMode(app, token.get_secret_value(), client)
            self.socket.start()

    def connected(self) -> bool:
        """Whether Slack can deliver at this moment, as far as it depends on a connection."""
        return self.mode == "HTTP" or (self.socket is not None and self.socket.connected)

    def close(self) -> None:
        """Close them; what was received is acknowledged first. It may hang in the SDK: set a watchdog."""
        if self.socket is not None:
            self.socket.settle(1.0)
            self.socket.close()
        if self._server is not None:
            self._server.close()


def _wait(stop: threading.Event) -> None:
    """Wait until the bot is to stop.

    A signal that arrives just before a wait without end is noticed after it, which is never: Python runs handlers
    between the instructions of the main thread, and a lock that is waited for is one instruction.
    """
    while not stop.wait(_SIGNAL_SECONDS):
        pass


def _end(application: Application, ways: Ways) -> None:
    """Take no more work, answer what was acknowledged, and end: within 20 seconds whatever hangs."""
    logger.info("ending: %d jobs are still to be answered", application.work.jobs)
    watchdog = threading.Timer(WATCHDOG_SECONDS, os._exit, args=(1,))
    watchdog.daemon = True
    watchdog.start()
    application.scheduler.stop(SCHEDULER_SECONDS)
    if not application.work.drain(DRAIN_SECONDS):
        logger.warning("%d jobs could not be answered in time", application.work.jobs)
    # Until here what came in was acknowledged with the word that the bot restarts; nothing is left hanging.
    ways.close()
    logger.info("ended")
    logging.shutdown()
    # Threads that still wait for AWS or for Slack must not keep the process: their answers are given up already.
    os._exit(0)


def _on_signals(stop: threading.Event) -> None:
    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, handle)


def _forget_environment() -> None:
    """Take Slack's variables out of the environment: they were read, and Bolt would act on some of them by itself."""
    for name in (*_PRIVATE, *_OAUTH):
        os.environ.pop(name, None)
