"""What people do in the workspace: they type, click, submit, open and close; each becomes a delivery to the app."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from demo.workspace import deliveries, modals
from demo.workspace.deliveries import Delivery
from demo.workspace.methods.channels import direct
from demo.workspace.state import Message, ResponseUrl

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace.server import Server
    from demo.workspace.state import State


class Hands:
    """The hands in a workspace; what they do is delivered, and what came of it is in the delivery that is returned."""

    _state: State
    _server: Server

    @property
    def url(self) -> str:
        """The address of the workspace."""
        raise NotImplementedError

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
        return self._sent(delivery, delay)

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

    def choose(self, message: Message, action: dict[str, Any], *, user: str = "U0ENGINEER") -> Delivery:
        """Use an element of a message with what was chosen in it.

        Args:
            message: as it was seen, which may be longer ago.
            action: what becomes the delivery's action: the element as it is, and what was chosen.
            user: who does it.
        """
        return self._click(message, {**action, "action_ts": f"{time.time():.6f}"}, user)

    def press(
        self,
        view: dict[str, Any],
        action: dict[str, Any],
        *,
        values: dict[str, Any] | None = None,
        user: str = "U0ENGINEER",
    ) -> Delivery:
        """Use an element of a modal or of the Home tab.

        Args:
            view: as it is seen.
            action: what becomes the delivery's action.
            values: the state values of all fields.
            user: who does it.
        """
        return self.interact(deliveries.press(self._state, view, action, values or {}, self._state.people[user]))

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

    def say(self, text: str, *, user: str = "U0ENGINEER", channel: str = "C0ENG", thread: str | None = None) -> Message:
        """Say something in a channel or a thread; the app is told of none of it.

        Slack keeps it with its three special characters escaped
        (https://docs.slack.dev/messaging/formatting-message-text#escaping).
        """
        kept = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return self._state.put(Message(channel, self._state.timestamp(), user, kept, thread_ts=thread))

    def open_home(self, user: str = "U0ENGINEER") -> Delivery:
        """Look at the app's Home tab (https://docs.slack.dev/reference/events/app_home_opened)."""
        opened = {"type": "app_home_opened", "user": user, "channel": direct(self._state, user).id, "tab": "home"}
        seen = {"view": home} if (home := self._state.homes.get(user)) else {}
        return self.event({**opened, **seen, "event_ts": f"{time.time():.6f}"})

    def event(self, event: dict[str, Any]) -> Delivery:
        """Deliver an event of the Events API."""
        payload = {
            "type": "event_callback",
            "team_id": "T0LOCAL",
            "event_id": f"Ev{secrets.token_hex(4)}",
            "event": event,
        }
        return self._sent(Delivery(self._state, "event", payload))

    def interact(self, payload: dict[str, Any]) -> Delivery:
        """Deliver any interaction, however malformed."""
        return self._sent(Delivery(self._state, "interaction", payload))

    def repeat(self, delivery: Delivery) -> None:
        """Deliver the same once more, marked as a retry, as Slack does where an acknowledgement is late."""
        self._server.send(delivery, repeat=True)

    def _click(self, message: Message, action: dict[str, Any], user: str) -> Delivery:
        delivery = Delivery(self._state, "interaction", {})
        url = self._response_url(delivery, message.channel, user, message.ts)
        person, channel = self._state.people[user], self._state.channels[message.channel]
        delivery.payload.update(deliveries.click(self._state, message, action, person, channel, url))
        return self._sent(delivery)

    def _sent(self, delivery: Delivery, delay: float = 0.0) -> Delivery:
        with self._state.changed:
            self._state.deliveries.append(delivery)
        self._server.send(delivery, delay=delay)
        return delivery

    def _response_url(self, delivery: Delivery, channel: str, user: str, original: str | None = None) -> str:
        key = secrets.token_hex(12)
        self._state.response_urls[key] = ResponseUrl(channel, user, delivery, original)
        return f"{self.url}response/{key}"
