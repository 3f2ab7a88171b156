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
from bot.app import Application
from bot.checking import now
from bot.socket_mode import SocketMode
from ecr.errors import SettingsError

if TYPE_CHECKING:
    from types import FrameType
    from wsgiref.types import WSGIApplication

    from slack_bolt import App

    from bot.settings import Settings, SlackEnvironment
    from ecr.ports import Clock, History

logger = logging.getLogger(__name__)

DEFAULT_PORT = 3000

DRAIN_SECONDS = 14.0
"""How long what was acknowledged may take to be answered after SIGTERM."""

WATCHDOG_SECONDS = 18.0
"""After so long the process ends, whatever it hangs in: platforms kill after 20 to 30 seconds."""

_SIGNAL_SECONDS = 0.25

_PRIVATE = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_VERIFICATION_TOKEN")
_OAUTH = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


def run(settings: Settings, environment: SlackEnvironment, history: History, clock: Clock = now) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Args:
        settings: the settings, read with `slack` and `connect`.
        environment: their Slack part.
        history: where checks are remembered.
        clock: the time; tests and the demo hand in their own.

    Raises:
        SettingsError: Slack refuses the token, the port is taken, or an account has no region.
    """
    began = time.monotonic()
    gc.freeze()
    gc.enable()
    stop = threading.Event()
    _on_signals(stop)
    _forget_environment()
    identity = slack.identify_patiently(slack.web_client(environment), stop.is_set)
    if identity is None:
        return
    application = Application(settings, environment, history, identity)
    app = application.bolt(clock)
    socket, events = _ways_in(environment, app, application)
    server = _serve(application, socket, events)
    if socket is not None:
        socket.start()
    logger.info("ecrbot runs in %s mode after %.2f s", "Socket" if socket else "HTTP", time.monotonic() - began)
    _wait(stop)
    _end(application, socket, server)


def _wait(stop: threading.Event) -> None:
    """Wait until the bot is to stop.

    A signal that arrives just before a wait without end is noticed after it, which is never: Python runs handlers
    between the instructions of the main thread, and a lock that is waited for is one instruction.
    """
    while not stop.wait(_SIGNAL_SECONDS):
        pass


def _ways_in(
    environment: SlackEnvironment, app: App, application: Application
) -> tuple[SocketMode | None, WSGIApplication | None]:
    """Return the connection to Slack, or else what takes Slack's requests."""
    if environment.app_token is not None:
        return SocketMode(app, environment.app_token.get_secret_value(), application.client), None
    secret = environment.signing_secret
    return None, http.signed(app, secret.get_secret_value()) if secret is not None else None


def _serve(application: Application, socket: SocketMode | None, events: WSGIApplication | None) -> http.Server | None:
    port = application.environment.port
    if socket is not None and port is None:
        return None
    connected = (lambda: socket.connected) if socket is not None else (lambda: True)
    port = DEFAULT_PORT if port is None else port
    try:
        server = http.Server(http.application(application.pages(connected), events), port)
    except OSError as error:
        raise SettingsError(f"PORT: {port} is taken; wants a port that nothing else listens on.") from error
    logger.info("listening on port %d", server.port)
    return server


def _end(application: Application, socket: SocketMode | None, server: http.Server | None) -> None:
    """Take no more work, answer what was acknowledged, and end: within 20 seconds whatever hangs."""
    logger.info("ending: %d jobs are still to be answered", application.work.jobs)
    watchdog = threading.Timer(WATCHDOG_SECONDS, os._exit, args=(1,))
    watchdog.daemon = True
    watchdog.start()
    if not application.work.drain(DRAIN_SECONDS):
        logger.warning("%d jobs could not be answered in time", application.work.jobs)
    # Until here what came in was acknowledged with the word that the bot restarts; nothing is left hanging.
    if socket is not None:
        socket.settle(1.0)
        socket.close()
    if server is not None:
        server.close()
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
