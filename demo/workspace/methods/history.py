"""`conversations.history` and `conversations.replies`: what was said in a channel or a thread, page by page.

See https://docs.slack.dev/reference/methods/conversations.history and https://docs.slack.dev/apis/web-api/pagination.
"""

from __future__ import annotations

import base64
import operator
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from demo.workspace.methods import channels, content
from demo.workspace.methods.method import ApiError, Method

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace.methods.method import Answer, Arguments
    from demo.workspace.people import Channel
    from demo.workspace.state import Message, State

MOST_OF_HISTORY, USUAL_OF_HISTORY = 999, 100
MOST_OF_REPLIES, USUAL_OF_REPLIES = 1000, 1000

_MARK = "next_ts"


def _history(state: State, given: Arguments) -> Answer:
    """Return what was said in a channel itself, newest first; replies are in their threads alone."""
    channel = _said_in(state, given)
    found = [message for message in _visible(state, channel) if not message.is_reply]
    limit = _limit(given, USUAL_OF_HISTORY, MOST_OF_HISTORY)
    return _page(_from_cursor(_within(found, given)[::-1], given, operator.le), given, limit)


def _replies(state: State, given: Arguments) -> Answer:
    """Return a thread, oldest first: what it began with, and the replies."""
    channel = _said_in(state, given)
    visible = _visible(state, channel)
    named = next((message for message in visible if message.ts == str(given.get("ts"))), None)
    if named is None:
        raise ApiError("thread_not_found")
    root = named.thread_ts or named.ts
    found = [message for message in visible if root in (message.ts, message.thread_ts)]
    limit = _limit(given, USUAL_OF_REPLIES, MOST_OF_REPLIES)
    return _page(_from_cursor(_within(found, given), given, operator.ge), given, limit)


def _said_in(state: State, given: Arguments) -> Channel:
    channel = channels.readable(state, given, "history")
    if not channel.has_bot:
        raise ApiError("not_in_channel")
    return channel


def _visible(state: State, channel: Channel) -> list[Message]:
    there = [message for message in state.messages.values() if message.channel == channel.id and not message.ephemeral]
    return sorted(there, key=lambda message: Decimal(message.ts))


def _within(messages: list[Message], given: Arguments) -> list[Message]:
    """Keep what is between `oldest` and `latest`: without them where `inclusive` is not said."""
    oldest, latest = _moment(given, "oldest", "-Infinity"), _moment(given, "latest", "Infinity")
    ends = {oldest, latest} if _is_true(given.get("inclusive")) else set()
    at = {message.ts: Decimal(message.ts) for message in messages}
    return [message for message in messages if oldest < at[message.ts] < latest or at[message.ts] in ends]


def _from_cursor(
    messages: list[Message], given: Arguments, follows: Callable[[Decimal, Decimal], bool]
) -> list[Message]:
    """Leave out the pages before. A cursor names the moment that a page begins at, so that no new message moves it."""
    if not given.get("cursor"):
        return messages
    try:
        mark, _, ts = base64.b64decode(str(given["cursor"]), validate=True).decode().partition(":")
        begins = Decimal(ts)
    except (ValueError, InvalidOperation):
        raise ApiError("invalid_cursor") from None
    if mark != _MARK or begins.is_nan():
        raise ApiError("invalid_cursor")
    return [message for message in messages if follows(Decimal(message.ts), begins)]


def _page(messages: list[Message], given: Arguments, limit: int) -> Answer:
    shown, rest = messages[:limit], messages[limit:]
    with_metadata = _is_true(given.get("include_all_metadata"))
    payloads = [content.payload(message, with_metadata=with_metadata) for message in shown]
    following = {"response_metadata": {"next_cursor": _cursor(rest[0])}} if rest else {}
    return {"messages": payloads, "has_more": bool(rest), **following}


def _cursor(message: Message) -> str:
    return base64.b64encode(f"{_MARK}:{message.ts}".encode()).decode()


def _limit(given: Arguments, usual: int, most: int) -> int:
    try:
        limit = int(given.get("limit") or usual)
    except (TypeError, ValueError):
        raise ApiError("invalid_limit") from None
    if not 0 < limit <= most:
        raise ApiError("invalid_limit")
    return limit


def _moment(given: Arguments, end: str, without: str) -> Decimal:
    try:
        moment = Decimal(str(given.get(end) or without))
    except InvalidOperation:
        raise ApiError(f"invalid_ts_{end}") from None
    if moment.is_nan():
        raise ApiError(f"invalid_ts_{end}")
    return moment


def _is_true(value: object) -> bool:
    return str(value).lower() in {"true", "1"}


METHODS = {"conversations.history": Method(_history), "conversations.replies": Method(_replies)}
