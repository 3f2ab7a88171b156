"""The workspace's face: start it, type and click in it, look at it, and cut its connections. Safe from any thread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from demo.workspace.arrangement import Arrangement
from demo.workspace.hands import Hands
from demo.workspace.looking import Looking
from demo.workspace.server import HOST, Server, Site
from demo.workspace.state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

BOT_TOKEN = "xoxb-local-workspace-bot-token"
APP_TOKEN = "xapp-local-workspace-app-token"
SIGNING_SECRET = "local-workspace-signing-secret"


class Workspace(Arrangement, Looking, Hands):
    """A Slack workspace on 127.0.0.1, as a context manager or with `start` and `stop`."""

    bot_token, app_token, signing_secret = BOT_TOKEN, APP_TOKEN, SIGNING_SECRET

    def __init__(self, port: int = 0, clock: Callable[[], float] = time.time, site: Site | None = None) -> None:
        """Prepare a workspace.

        Args:
            port: where it is to listen; 0 takes any free one.
            clock: tells the seconds since the epoch that messages are stamped with.
            site: what it serves to people beside what it serves to the app; a line of text unless told.
        """
        super().__init__(State(clock))
        self._asked_port = port
        self._server = Server(self._state, BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, site)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._server.start(self._asked_port)

    def stop(self) -> None:
        """Close every connection and stop listening."""
        self._server.stop()

    @property
    def url(self) -> str:
        """The address of the workspace."""
        return f"http://{HOST}:{self._server.port}/"

    @property
    def api_url(self) -> str:
        """The base of its Web API, for SLACK_API_URL."""
        return f"{self.url}api/"

    def wait_for_socket(self, timeout: float = 10.0) -> None:
        """Wait until an app is connected by Socket Mode.

        Raises:
            TimeoutError: none connected in time.
        """
        self._state.wait_for(lambda: self._server.sockets.open, timeout, "a Socket Mode connection")

    def post_to(self, url: str | None) -> None:
        """Deliver by signed HTTP requests to this address from now on; `None`: by Socket Mode."""
        self._server.target = url

    def drop_sockets(self) -> None:
        """Cut every Socket Mode connection."""
        self._server.run(self._server.sockets.drop())

    def ask_to_reconnect(self) -> None:
        """Tell every Socket Mode client to connect anew, as Slack does every few hours."""
        self._server.run(self._server.sockets.refresh())

    @property
    def connections(self) -> int:
        """How many Socket Mode connections are open, without those that were told to connect anew."""
        return self._server.sockets.staying
