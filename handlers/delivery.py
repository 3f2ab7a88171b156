"""What Slack delivered, command or click, as one value: who, where, what, and where to answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecr.request import Place

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Delivery:
    """A slash command, a click, or somebody's opening of the Home tab.

    `key` is the same for a repeat of the delivery and for nothing else. `content` is the text after the command, or
    the value of the button. `response_url` is empty where Slack gave none. `trigger` opens one form within three
    seconds. `place` is the message whose button was clicked.
    """

    key: str
    user: str
    team: str
    channel: str
    content: str
    response_url: str
    is_command: bool = False
    trigger: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class FormDelivery:
    """A form that was submitted, or in which something was chosen.

    `callback` is which form it is, `about` what it carries: the id of a draft or of a request. `values` are the state
    of its fields, in Slack's own shape.
    """

    key: str
    user: str
    callback: str
    about: str
    view: str
    hash: str
    values: object


def of_command(body: Mapping[str, Any]) -> Delivery:
    """Return the delivery of a slash command (https://docs.slack.dev/interactivity/implementing-slash-commands)."""
    return Delivery(
        key=_key(body),
        user=_text(body.get("user_id")),
        team=_text(body.get("team_id")),
        channel=_text(body.get("channel_id")),
        content=_text(body.get("text")),
        response_url=_text(body.get("response_url")),
        is_command=True,
        trigger=_text(body.get("trigger_id")),
    )


def of_click(body: Mapping[str, Any], action: Mapping[str, Any]) -> Delivery:
    """Return the delivery of a click (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload)."""
    user = _mapping(body.get("user"))
    return Delivery(
        key=_key(body),
        user=_text(user.get("id")),
        team=_text(user.get("team_id")) or _text(_mapping(body.get("team")).get("id")),
        channel=_text(_mapping(body.get("channel")).get("id")),
        content=_text(action.get("value")),
        response_url=_text(body.get("response_url")),
        trigger=_text(body.get("trigger_id")),
        place=_place(_mapping(body.get("container"))),
    )


def of_event(body: Mapping[str, Any], event: Mapping[str, Any]) -> Delivery:
    """Return the delivery of an event in which somebody did something (https://docs.slack.dev/apis/events-api)."""
    return Delivery(
        key=_text(body.get("event_id")) or _key(body),
        user=_text(event.get("user")),
        team=_text(body.get("team_id")),
        channel=_text(event.get("channel")),
        content="",
        response_url="",
    )


def is_of_modal(body: Mapping[str, Any]) -> bool:
    """Tell whether something was done in a modal; what is done in the Home tab comes with a view too."""
    view = body.get("view")
    return bool(view) and _mapping(view).get("type") != "home"


def of_form(body: Mapping[str, Any]) -> FormDelivery:
    """Return the delivery of a form (https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload)."""
    view = _mapping(body.get("view"))
    return FormDelivery(
        key=_key(body),
        user=_text(_mapping(body.get("user")).get("id")),
        callback=_text(view.get("callback_id")),
        about=_text(view.get("private_metadata")),
        view=_text(view.get("id")),
        hash=_text(view.get("hash")),
        values=_mapping(view.get("state")).get("values"),
    )


def _place(container: Mapping[str, Any]) -> Place | None:
    channel, ts = _text(container.get("channel_id")), _text(container.get("message_ts"))
    return Place(channel, ts) if channel and ts else None


def _key(body: Mapping[str, Any]) -> str:
    """Return the trigger's id, which a repeat carries too; without one, a digest of the whole delivery."""
    trigger = _text(body.get("trigger_id"))
    return trigger or hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
