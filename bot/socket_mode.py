"""Socket Mode: Bolt's built-in client, kept connected, and closed without losing what was received."""

from __future__ import annotations

import json
import logging
import select
import threading
import time
from typing import TYPE_CHECKING, Any

from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk.socket_mode.builtin import SocketModeClient

if TYPE_CHECKING:
    import socket

    from slack_bolt import App
    from slack_sdk import WebClient
    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

logger = logging.getLogger(__name__)

WORKERS = 20
"""Envelopes acknowledged at a time: an acknowledgement takes milliseconds."""

_PING_SECONDS = 5.0
"""The SDK takes a connection for stale after four of these without an answer."""

_LOOK_SECONDS = 0.25
_QUIET_LOOKS = 3
_HANGUP = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
_LONGEST_PAUSE_SECONDS = 15.0


class _Client(SocketModeClient):
    """The SDK's client, which also knows how many envelopes it has in hand, and moves without a gap."""

    in_hand = 0
    _counting = threading.Lock()

    def enqueue_message(self, message: str) -> None:
        """Take a message from the connection; Slack's wish to connect anew is followed here and now.

        Elsewhere it would be followed by a thread that waits up to three seconds for this one to leave the old
        connection, while what arrives on the new one is acknowledged too late.
        """
        if message.startswith("{") and json.loads(message).get("type") == "disconnect":
            self._move()
        else:
            super().enqueue_message(message)

    def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        """Have a message worked on, and count it meanwhile."""
        self._count(1)
        try:
            super().run_message_listeners(message, raw_message)
        finally:
            self._count(-1)

    def _move(self) -> None:
        try:
            self.connect_to_new_endpoint(force=True)
        except Exception as error:  # noqa: BLE001 - the old connection serves until Slack cuts it, which is noticed
            logger.warning("no new connection to Slack yet: %s", type(error).__name__)

    def _count(self, change: int) -> None:
        with self._counting:
            self.in_hand += change


class SocketMode:
    """A connection to Slack that is made again whenever it is lost.

    The SDK notices a cut connection after five of its pings, and reads nothing in a tight loop until then; and every
    command fails in front of its asker. So the socket itself is asked four times a second whether it was hung up.
    """

    def __init__(self, app: App, app_token: str, client: WebClient) -> None:
        """Prepare the connection; `start` makes it."""
        self._client = _Client(
            app_token,
            logger=logging.getLogger("slack_sdk.socket_mode"),
            web_client=client,
            concurrency=WORKERS,
            ping_interval=_PING_SECONDS,
        )

        def handle(connection: BaseSocketModeClient, request: SocketModeRequest) -> None:
            began = time.time()
            send_response(connection, request, run_bolt_app(app, request), began)

        self._client.socket_mode_request_listeners.append(handle)
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="socket-keeper", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether Slack can deliver at this moment."""
        return bool(self._client.is_connected())

    def start(self) -> None:
        """Connect, and stay connected, in the background."""
        self._keeper.start()

    def settle(self, seconds: float) -> None:
        """Wait until what was received has been acknowledged, for at most so many seconds."""
        until, quiet = time.monotonic() + seconds, 0
        while time.monotonic() < until and quiet < _QUIET_LOOKS:
            idle = self._client.message_queue.empty() and self._client.in_hand == 0
            quiet = quiet + 1 if idle else 0
            time.sleep(0.02)

    def close(self) -> None:
        """Disconnect for good; it may hang in the SDK, so call it where a watchdog is set."""
        self._closing.set()
        self._client.close()

    def _keep(self) -> None:
        pause, again = 0.0, False
        while not self._closing.is_set():
            self._notice_a_cut()
            if not self.connected and not self._connect(again=again):
                pause = min(max(pause * 2, 0.5), _LONGEST_PAUSE_SECONDS)
            else:
                pause, again = _LOOK_SECONDS, True
            self._closing.wait(pause)

    def _notice_a_cut(self) -> None:
        session = self._client.current_session
        sock = session.sock if session is not None else None
        if sock is not None and not self._closing.is_set() and _hung_up(sock):
            logger.info("the connection to Slack was cut")
            self._client.disconnect()

    def _connect(self, *, again: bool) -> bool:
        try:
            self._client.connect_to_new_endpoint()
        except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again until the bot ends
            logger.warning("no connection to Slack: %s", type(error).__name__)
            return False
        if self.connected:
            logger.info("connected to Slack%s", " again" if again else "")
        return self.connected


def _hung_up(sock: socket.socket) -> bool:
    """Tell whether the other side is gone; what it sent before may still be unread, and is lost with it."""
    poller = select.poll()
    try:
        poller.register(sock, _HANGUP)
        return any(happened & _HANGUP for _, happened in poller.poll(0))
    except (OSError, ValueError):
        return True
