"""Socket Mode: Bolt's built-in client, kept connected, and closed without losing what was received."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode import SocketModeHandler

if TYPE_CHECKING:
    from slack_bolt import App
    from slack_sdk import WebClient
    from slack_sdk.socket_mode.builtin import SocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

logger = logging.getLogger(__name__)

WORKERS = 20
"""Envelopes acknowledged at a time: an acknowledgement takes milliseconds."""

_LOOK_SECONDS = 0.25
_QUIET_LOOKS = 3
_LONGEST_PAUSE_SECONDS = 15.0


class _Handler(SocketModeHandler):
    """Bolt's handler, which also knows how many envelopes it has in hand."""

    in_hand = 0
    _counting = threading.Lock()

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as its parent does
        self._count(1)
        try:
            super().handle(client, req)
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._counting:
            self.in_hand += change


class SocketMode:
    """A connection to Slack that is made again whenever it is lost.

    The SDK's own monitor looks every ten seconds; until then every command would fail in front of its asker.
    """

    def __init__(self, app: App, app_token: str, client: WebClient) -> None:
        """Prepare the connection; `start` makes it."""
        self._handler = _Handler(
            app, app_token, logger=logging.getLogger("slack_sdk.socket_mode"), web_client=client, concurrency=WORKERS
        )
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="socket-keeper", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether Slack can deliver at this moment."""
        return bool(self._handler.client.is_connected())

    def start(self) -> None:
        """Connect, and stay connected, in the background."""
        self._keeper.start()

    def settle(self, seconds: float) -> None:
        """Wait until what was received has been acknowledged, for at most so many seconds."""
        until, quiet = time.monotonic() + seconds, 0
        while time.monotonic() < until and quiet < _QUIET_LOOKS:
            idle = self._handler.client.message_queue.empty() and self._handler.in_hand == 0
            quiet = quiet + 1 if idle else 0
            time.sleep(0.02)

    def close(self) -> None:
        """Disconnect for good; it may hang in the SDK, so call it where a watchdog is set."""
        self._closing.set()
        self._handler.client.close()

    def _keep(self) -> None:
        pause, again = 0.0, False
        while not self._closing.is_set():
            if not self.connected and not self._connect(again=again):
                pause = min(max(pause * 2, 0.5), _LONGEST_PAUSE_SECONDS)
            else:
                pause, again = _LOOK_SECONDS, True
            self._closing.wait(pause)

    def _connect(self, *, again: bool) -> bool:
        try:
            self._handler.client.connect_to_new_endpoint()
        except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again until the bot ends
            logger.warning("no connection to Slack: %s", type(error).__name__)
            return False
        if self.connected:
            logger.info("connected to Slack%s", " again" if again else "")
        return self.connected
