"""What the workspace delivers to the app, in Slack's own shapes, and what came of each delivery."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo.workspace.people import APP_ID, TEAM

if TYPE_CHECKING:
    from demo.workspace.people import Channel, Person
    from demo.workspace.state import Message, State

ACK_SECONDS = 3.0
"""How long Slack waits for an acknowledgement."""


@dataclass(frozen=True, slots=True)
class Ack:
    """An acknowledgement: how long it took, what it carried, and the HTTP status where it was one."""

    seconds: float
    payload: dict[str, Any] | None = None
    status: int | None = None


@dataclass(slots=True)
class Delivery:
    """One delivery and what came of it."""

    state: State
    kind: str
    payload: dict[str, Any]
    answers: list[str] = field(default_factory=list)
    ack: Ack | None = None
    failed: str | None = None
    attempts: int = 0
    sent_at: float = 0.0

    def begin(self) -> None:
        """Note that it goes out, once more."""
        with self.state.changed:
            self.attempts += 1
            self.sent_at = time.monotonic()

    def acknowledge(self, payload: dict[str, Any] | None, status: int | None = None) -> None:
        """Note the acknowledgement."""
        with self.state.changed:
            if self.ack is None:
                self.ack = Ack(time.monotonic() - self.sent_at, payload, status)
            self.state.changed.notify_all()

    def fail(self, reason: str) -> None:
        """Note that nobody acknowledged it."""
        with self.state.changed:
            if self.ack is None:
                self.failed = reason
            self.state.changed.notify_all()

    def wait_ack(self, timeout: float = 5.0) -> Ack:
        """Wait for the acknowledgement.

        Raises:
            TimeoutError: there is none.
            ConnectionError: nobody could take the delivery, or nobody acknowledged it within Slack's three seconds.
        """
        self.state.wait_for(lambda: self.ack or self.failed, timeout, f"the acknowledgement of {self.kind}")
        if self.ack is None:
            raise ConnectionError(self.failed)
        return self.ack

    def wait_answer(self, count: int = 1, timeout: float = 15.0) -> tuple[Message, ...]:
        """Wait until so many messages came of it, and return those that are there.

        Raises:
            TimeoutError: fewer came.
        """
        self.state.wait_for(lambda: len(self.messages()) >= count, timeout, f"{count} answers to {self.kind}")
        return self.messages()

    def messages(self) -> tuple[Message, ...]:
        """Return the messages that came of it and are there now, in order."""
        with self.state.changed:
            return tuple(self.state.messages[ts] for ts in self.answers if ts in self.state.messages)


def command(state: State, text: str, person: Person, channel: Channel, url: str, name: str) -> dict[str, Any]:
    """Return a slash command's payload (https://docs.slack.dev/interactivity/implementing-slash-commands)."""
    return {
        "token": "deprecated",
        "team_id": person.team,
        "team_domain": "local",
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": trigger(state, person.id),
    }


def click(state: State, message: Message, action: dict[str, Any], person: Person, channel: Channel, url: str) -> Any:  # noqa: ANN401 - a payload, and all that it is made of
    """Return a click's payload (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload)."""
    payload = interaction(state, "block_actions", person)
    payload |= {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral,
        },
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": {}},
        "response_url": url,
        "actions": [action],
    }
    if not message.ephemeral:
        payload["message"] = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
        payload["message"]["blocks"] = list(message.blocks)
    return payload


def submission(state: State, view: dict[str, Any], values: dict[str, Any], person: Person) -> dict[str, Any]:
    """Return a submitted modal's payload (https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload)."""
    view = {**view, "state": {"values": values}}
    return interaction(state, "view_submission", person) | {"view": view, "response_urls": []}


def change(state: State, view: dict[str, Any], block_id: str, values: dict[str, Any], person: Person) -> dict[str, Any]:
    """Return the payload of a choice in an open modal, which has no channel and no response_url.

    Raises:
        LookupError: the modal has no such field, or the field tells of nothing before it is submitted.
    """
    telling = [block for block in view["blocks"] if block["type"] == "input" and block.get("dispatch_action")]
    block = next((one for one in telling if one.get("block_id") == block_id), None)
    if block is None:
        raise LookupError(f"no field {block_id!r} that tells of a change among {[one['block_id'] for one in telling]}")
    element = block["element"]
    chosen = {**action(block, element), **values[block_id][element["action_id"]]}
    return press(state, view, chosen, values, person)


def press(
    state: State, view: dict[str, Any], action: dict[str, Any], values: dict[str, Any], person: Person
) -> dict[str, Any]:
    """Return the payload of an element of a modal or of a Home tab; it has no channel and no response_url."""
    shown = {**view, "state": {"values": values}}
    container = {"type": "view", "view_id": view["id"]}
    actions = [{"action_ts": f"{time.time():.6f}", **action}]
    return interaction(state, "block_actions", person) | {"container": container, "view": shown, "actions": actions}


def closing(state: State, view: dict[str, Any], person: Person) -> dict[str, Any]:
    """Return the payload of a modal that was closed without being submitted."""
    payload = interaction(state, "view_closed", person) | {"view": view, "is_cleared": False}
    del payload["trigger_id"]
    return payload


def interaction(state: State, kind: str, person: Person) -> dict[str, Any]:
    """Return what every interaction's payload begins with."""
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
        "api_app_id": APP_ID,
        "token": "deprecated",
        "trigger_id": trigger(state, person.id),
        "team": {"id": TEAM, "domain": "local"},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def trigger(state: State, user: str) -> str:
    """Return a new trigger's id; it can be used once, within three seconds."""
    with state.changed:
        made = f"{state.number()}.{secrets.token_hex(8)}"
        state.triggers[made] = time.monotonic()
        state.trigger_users[made] = user
        return made


def action(block: dict[str, Any], element: dict[str, Any]) -> dict[str, Any]:
    """Return the action of a click on an element."""
    return {
        **{key: element[key] for key in ("type", "action_id", "text", "value", "style") if key in element},
        "block_id": block.get("block_id", "made-up"),
        "action_ts": f"{time.time():.6f}",
    }


def buttons(message: Message) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every clickable element of a message with its block."""
    found = []
    for block in message.blocks:
        elements = [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]
        found += [(block, element) for element in elements if isinstance(element, dict) and "action_id" in element]
    return found
