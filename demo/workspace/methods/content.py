"""A message's content: what Slack refuses of one that is posted, and how it shows one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from demo.workspace.methods.method import ApiError
from demo.workspace.people import APP_ID, BOT_ID, BOT_USER
from demo.workspace.validation import charts, message_problems

if TYPE_CHECKING:
    from demo.workspace.methods.method import Arguments
    from demo.workspace.state import Message, State

_EVENT_TYPE = re.compile(r"[A-Za-z0-9_]+")


def require(state: State, given: Arguments, method: str) -> None:
    """Refuse a message with nothing to show, with invalid blocks, or with charts where the workspace has none.

    Raises:
        ApiError: the message is refused; what the bot did wrong is remembered among the refusals.
    """
    if not given.get("text") and not given.get("blocks"):
        raise ApiError("no_text")
    if problems := message_problems(given):
        state.refuse(method, problems)
        raise ApiError("invalid_blocks", response_metadata={"messages": list(problems)})
    if state.refuses_charts and (refused := charts(given)):
        raise ApiError("invalid_blocks", response_metadata={"messages": list(refused)})


def metadata(given: Arguments) -> dict[str, Any] | None:
    """Return a message's metadata, of which Slack takes a type and flat values; `None` where it has none.

    Raises:
        ApiError: they are of another form (https://docs.slack.dev/messaging/message-metadata).
    """
    said = given.get("metadata")
    if said is None or said == {}:
        return None
    if not isinstance(said, dict) or set(said) != {"event_type", "event_payload"}:
        raise ApiError("invalid_metadata_format")
    kind, values = said["event_type"], said["event_payload"]
    if not isinstance(kind, str) or not _EVENT_TYPE.fullmatch(kind) or not _is_flat(values):
        raise ApiError("invalid_metadata_format")
    return said


def payload(message: Message, *, with_metadata: bool = True) -> dict[str, Any]:
    """Return a message as the API shows it."""
    shown: dict[str, Any] = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "blocks": list(message.blocks),
    }
    if message.user == BOT_USER:
        shown["bot_id"], shown["app_id"] = BOT_ID, APP_ID
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.metadata and with_metadata:
        shown["metadata"] = message.metadata
    return shown


def _is_flat(values: object) -> bool:
    return isinstance(values, dict) and all(isinstance(value, str | int | float) for value in values.values())
