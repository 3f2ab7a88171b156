"""What a person sees at a moment, and what of it is new since they were told last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo import emoji
from demo.live.prepared import in_colour, named, prepared
from demo.workspace.people import BOT_USER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from demo.live.stage import Stage
    from demo.workspace import Channel, Message, Person

_FIELDS = ("id", "hash", "type", "callback_id", "title", "submit", "close")


@dataclass(slots=True)
class Shown:
    """What a page was told so far: messages by their timestamp, and everything else by its name."""

    messages: dict[str, Message] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)

    def news(self, stage: Stage, person: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return what is new since the last time, and count it as told; nothing where nothing is.

        Args:
            stage: what there is.
            person: who looks.
            rows: ECR as it stands.
        """
        there = {message.ts: message for message in stage.slack.everything(person)}
        told, self.messages = self.messages, there
        new = [message_json(one) for ts, one in there.items() if told.get(ts) is not one]
        gone = [ts for ts in told if ts not in there]
        rest = _rest(stage, person, rows)
        news = {name: value for name, value in rest.items() if self.rest.get(name, _NOTHING) != value}
        self.rest = rest
        return {**news, **({"messages": new} if new else {}), **({"gone": gone} if gone else {})}


_NOTHING = object()


def _rest(stage: Stage, person: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    slack = stage.slack
    return {
        "views": [view_json(view) for view in slack.views(person)],
        "home": view_json(home) if (home := slack.home(person)) else None,
        "channels": [channel_json(one) for one in slack.channels if _is_seen(one, person)],
        "people": [person_json(one) for one in slack.people],
        "groups": [{"id": group, "name": name} for group, name in slack.group_names.items()],
        "bot": slack.connections > 0,
        "ecr": list(rows),
        "done": list(stage.tour.done),
    }


def message_json(message: Message) -> dict[str, Any]:
    """Return a message as the page takes it."""
    return {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": in_colour(emoji.drawn_outside_code(message.text)),
        "blocks": prepared(named(message.blocks)),
        "alone": message.ephemeral,
        "thread": message.thread_ts,
        "edited": message.edited and message.user != BOT_USER,
    }


def view_json(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return a modal or a Home tab as the page takes it."""
    return {**{key: view[key] for key in _FIELDS if key in view}, "blocks": prepared(named(view["blocks"]))}


def channel_json(channel: Channel) -> dict[str, Any]:
    """Return a channel as the page takes it."""
    return {"id": channel.id, "name": channel.name, "im": channel.is_im, "bot": channel.has_bot}


def person_json(person: Person) -> dict[str, Any]:
    """Return a person as the page takes it."""
    return {"id": person.id, "name": person.name, "real_name": person.real_name, "is_bot": person.is_bot}


def block_of(workspace_blocks: Sequence[dict[str, Any]], block_id: str) -> dict[str, Any]:
    """Return the block that an id of `named` means.

    Raises:
        LookupError: there is none.
    """
    for block, shown in zip(workspace_blocks, named(workspace_blocks), strict=True):
        if shown["block_id"] == block_id:
            return block
    raise LookupError("What was clicked is not there any more.")


def _is_seen(channel: Channel, person: str) -> bool:
    return channel.name == person if channel.is_im else channel.has_bot and not channel.is_archived
