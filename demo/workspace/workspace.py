"""The workspace's face: start it, type and click in it, look at it, and cut its connections. Safe from any thread."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Self

from demo.workspace import deliveries, modals
from demo.workspace.arrangement import Arrangement
from demo.workspace.deliveries import Delivery
from demo.workspace.looking import Looking
from demo.workspace.server import HOST, Server
from demo.workspace.state import ResponseUrl, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from demo.workspace.state import Message

BOT_TOKEN = "xoxb-local-workspace-bot-token"
APP_TOKEN = "xapp-local-workspace-app-token"
SIGNING_SECRET = "local-workspace-signing-secret"


class Workspace(Arrangement, Looking):
    """A Slack workspace on 127.0.0.1, as a context manager or with `start` and `stop`."""

    bot_token, app_token, signing_secret = BOT_TOKEN, APP_TOKEN, SIGNING_SECRET

    def __init__(self, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        """Prepare a workspace.

        Args:
            port: where it is to listen; 0 takes any free one.
            clock: tells the seconds since the epoch that messages are stamped with.
        """
        super().__init__(State(clock))
        self._asked_port = port
        self._server = Server(self._state, BOT_TOKEN, APP_TOKEN, SIGNING_SECRET)

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

    def command(
        self,
        text: str,
        *,
        user: str = "U0ENGINEER",
        channel: str = "C0ENG",
        command: str = "/ecr",
        delay: float = 0.0,
        change: Callable[[dict[str, Any]], None] | None = None,
    ) -> Delivery:
        """Type a slash command.

        Args:
            text: what follows the command.
            user: who types.
            channel: where.
            command: the command itself.
            delay: seconds until it is delivered.
            change: changes the payload before it is delivered.
        """
        delivery = Delivery(self._state, "command", {})
        url = self._response_url(delivery, channel, user)
        person, place = self._state.people[user], self._state.channels[channel]
        delivery.payload.update(deliveries.command(self._state, text, person, place, url, command))
        if change is not None:
            change(delivery.payload)
        self._server.send(delivery, delay=delay)
        return delivery

    def click(self, message: Message, button: str, *, user: str = "U0ENGINEER", value: str | None = None) -> Delivery:
        """Click on a button of a message.

        Args:
            message: as it was seen, which may be longer ago.
            button: its label, or its action id.
            user: who clicks.
            value: a forged value, in place of the button's own.

        Raises:
            LookupError: the message has no such button.
        """
        for block, element in deliveries.buttons(message):
            label = (element.get("text") or {}).get("text")
            if button in (element["action_id"], label):
                forged = {} if value is None else {"value": value}
                return self._click(message, deliveries.action(block, {**element, **forged}), user)
        labels = [(element.get("text") or {}).get("text") for _, element in deliveries.buttons(message)]
        raise LookupError(f"no button {button!r} among {labels}")

    def submit(self, view: dict[str, Any], values: dict[str, Any], *, user: str = "U0ENGINEER") -> Delivery:
        """Submit an open modal with these state values; the acknowledgement closes it, unless it says otherwise."""
        return self.interact(deliveries.submission(self._state, view, values, self._state.people[user]))

    def act(self, view: dict[str, Any], block_id: str, values: dict[str, Any], *, user: str = "U0ENGINEER") -> Delivery:
        """Choose something in a field of an open modal, or leave it with Enter, where the field tells of that.

        Args:
            view: the modal as it is seen.
            block_id: the field.
            values: the state values of all fields, this one included.
            user: who does it.

        Raises:
            LookupError: the modal has no such field, or the field tells of nothing before it is submitted.
        """
        return self.interact(deliveries.change(self._state, view, block_id, values, self._state.people[user]))

    def close(self, view: dict[str, Any], *, user: str = "U0ENGINEER") -> Delivery | None:
        """Close an open modal; the app is told of it only where the modal says so."""
        if there := modals.found(self._state, view["id"]):
            modals.close(self._state, there)
        if not view.get("notify_on_close"):
            return None
        return self.interact(deliveries.closing(self._state, view, self._state.people[user]))

    def event(self, event: dict[str, Any]) -> Delivery:
        """Deliver an event of the Events API."""
        payload = {
            "type": "event_callback",
            "team_id": "T0LOCAL",
            "event_id": f"Ev{secrets.token_hex(4)}",
            "event": event,
        }
        delivery = Delivery(self._state, "event", payload)
        self._server.send(delivery)
        return delivery

    def interact(self, payload: dict[str, Any]) -> Delivery:
        """Deliver any interaction, however malformed."""
        delivery = Delivery(self._state, "interaction", payload)
        self._server.send(delivery)
        return delivery

    def repeat(self, delivery: Delivery) -> None:
        """Deliver the same once more, marked as a retry, as Slack does where an acknowledgement is late."""
        self._server.send(delivery, repeat=True)

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

    def _click(self, message: Message, action: dict[str, Any], user: str) -> Delivery:
        delivery = Delivery(self._state, "interaction", {})
        url = self._response_url(delivery, message.channel, user, message.ts)
        person, channel = self._state.people[user], self._state.channels[message.channel]
        delivery.payload.update(deliveries.click(self._state, message, action, person, channel, url))
        self._server.send(delivery)
        return delivery

    def _response_url(self, delivery: Delivery, channel: str, user: str, original: str | None = None) -> str:
        key = secrets.token_hex(12)
        self._state.response_urls[key] = ResponseUrl(channel, user, delivery, original)
        return f"{self.url}response/{key}"
