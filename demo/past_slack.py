"""Slack as it was in the past: messages that stand in the workspace with the timestamps of then, and who people are."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from demo.environment import APPROVERS
from demo.workspace import Message
from demo.workspace.people import BOT_USER, Channel, people
from ecr.approval import Person
from ecr.letter import Letter
from ecr.request import Actor
from handlers import noticeboard, postbox
from handlers.blocks.letters import drawn
from handlers.blocks.request import needs_details

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from demo.workspace import Workspace
    from ecr.approval import Approvers
    from ecr.letter import Posted
    from ecr.ports import Clock
    from ecr.request import Place, Request
    from handlers.blocks.text import Message as Drawn

ON_CALL = frozenset({"U0ONCALL"})


@dataclass(slots=True)
class PastDirectory:
    """Who people are, as `ecr.request_ports.Directory`."""

    def person(self, user: str, groups: Sequence[str]) -> Person:
        """Return somebody of the workspace."""
        mine = frozenset(group for group in groups if group == APPROVERS and user in ON_CALL)
        return Person(Actor(user, people()[user].name), None, mine)

    def members(self, groups: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return who is in some groups."""
        return {group: ON_CALL if group == APPROVERS else frozenset() for group in groups}


@dataclass(slots=True)
class PastChannels:
    """The workspace's channels, into which messages of the bot's are put as of the clock's moment."""

    slack: Workspace
    clock: Clock
    _there: dict[str, Message] = field(default_factory=dict, init=False)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1), init=False)

    def post(
        self, channel: str, payload: Mapping[str, Any], event: str, content: Mapping[str, Any], thread: str | None
    ) -> str:
        """Put a message there, and return its timestamp.

        Args:
            channel: where; a user's id stands for the direct messages with them.
            payload: its text and its blocks.
            event: the type of its metadata.
            content: what they hold.
            thread: the message that it replies to.
        """
        ts = f"{int(self.clock().timestamp())}.{next(self._numbers):06}"
        metadata = {"event_type": event, "event_payload": dict(content)}
        message = Message(self._place(channel), ts, BOT_USER, payload["text"], thread_ts=thread, metadata=metadata)
        self._put(replace(message, blocks=tuple(payload["blocks"])))
        return ts

    def rewrite(self, ts: str, payload: Mapping[str, Any]) -> None:
        """Change a message in place."""
        self._put(replace(self._there[ts], text=payload["text"], blocks=tuple(payload["blocks"]), edited=True))

    def _put(self, message: Message) -> None:
        self._there[message.ts] = message
        self.slack.put(message)

    def _place(self, channel: str) -> str:
        person = people().get(channel)
        if person is None:
            return channel
        direct = Channel(f"D0{channel.removeprefix('U0')}", channel, is_im=True)
        self.slack.add_channel(direct)
        return direct.id


@dataclass(slots=True)
class PastPostbox:
    """Posts digests, as `ecr.ports.Postbox`."""

    channels: PastChannels

    def post(self, channel: str, part: str, *, key: str, thread: str | None, may_repeat: bool = False) -> str:
        """Post one part, and return its timestamp."""
        del may_repeat
        subscription, day, number = key.split("/")
        content = {"key": key, "date": day, "subscription": subscription, "part": int(number)}
        return self.channels.post(channel, json.loads(part), postbox.EVENT, content, thread)

    def find(self, channel: str, key: str, *, thread: str | None, since: datetime) -> str | None:
        """Return that nothing is in doubt."""
        del channel, key, thread, since
        return None

    def is_shared(self, channel: str) -> bool:
        """Return that nobody else sees it."""
        del channel
        return False

    def tell(self, channel: str, text: str) -> bool:
        """Return that there is nothing to tell."""
        del channel, text
        return False


@dataclass(slots=True)
class PastNoticeboard:
    """Posts what is told of requests, as `ecr.request_ports.Noticeboard`."""

    channels: PastChannels
    approvers: Approvers
    clock: Clock

    def needs_details(self, request: Request) -> bool:
        """Tell whether the card is too small for the request."""
        return needs_details(request)

    def post(self, posted: Posted, request: Request, *, thread: str | None) -> str:
        """Post a message of a request, and return its timestamp."""
        content = {"key": posted.key, "request": posted.request, "letter": str(posted.letter)}
        payload = _payload(self._drawn(posted.letter, request))
        return self.channels.post(posted.channel, payload, noticeboard.EVENT, content, thread)

    def find(self, posted: Posted, *, thread: str | None) -> str | None:
        """Return that nothing is in doubt."""
        del posted, thread
        return None

    def rewrite(self, card: Place, request: Request, done: int | None = None) -> None:
        """Write the card of a request anew."""
        self.channels.rewrite(card.ts, _payload(self._drawn(Letter.CARD, request, done)))

    def _drawn(self, letter: Letter, request: Request, done: int | None = None) -> Drawn:
        return drawn(letter, request, self.approvers, self.clock(), done)


def _payload(message: Drawn) -> dict[str, Any]:
    """Return a message as it comes out of JSON, which is how Slack gets it."""
    payload: dict[str, Any] = json.loads(json.dumps(message.payload()))
    return payload
