"""`chat.*`: messages posted, changed and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.workspace.methods import channels, content
from demo.workspace.methods.method import ApiError, Method
from demo.workspace.people import BOT_USER
from demo.workspace.state import Message

if TYPE_CHECKING:
    from demo.workspace.methods.method import Answer, Arguments
    from demo.workspace.people import Channel
    from demo.workspace.state import State


def _post(state: State, given: Arguments) -> Answer:
    channel = channels.writable(state, given)
    content.require(state, given, "chat.postMessage")
    message = state.put(
        Message(
            channel=channel.id,
            user=BOT_USER,
            text=given.get("text") or "",
            blocks=tuple(given.get("blocks") or ()),
            metadata=content.metadata(given),
            thread_ts=_thread(state, channel, given),
            ts=state.timestamp(),
        )
    )
    return {"channel": channel.id, "ts": message.ts, "message": content.payload(message)}


def _post_ephemeral(state: State, given: Arguments) -> Answer:
    channel = channels.joined(state, given)
    content.require(state, given, "chat.postEphemeral")
    if given.get("user") not in state.people:
        raise ApiError("user_not_in_channel")
    ts = state.timestamp()
    blocks = tuple(given.get("blocks") or ())
    state.put(Message(channel.id, ts, BOT_USER, given.get("text") or "", blocks, ephemeral_to=given["user"]))
    return {"message_ts": ts}


def _update(state: State, given: Arguments) -> Answer:
    """Change a message; its metadata stay where none are given, and an empty object takes them away."""
    channel = channels.joined(state, given)
    message = _own(state, channel, given, "cant_update_message")
    content.require(state, given, "chat.update")
    metadata = content.metadata(given) if given.get("metadata") is not None else message.metadata
    blocks = tuple(given.get("blocks") or ())
    message = state.edit(message.ts, text=given.get("text") or "", blocks=blocks, metadata=metadata)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": content.payload(message)}


def _delete(state: State, given: Arguments) -> Answer:
    channel = channels.found(state, given)
    ts = _own(state, channel, given, "cant_delete_message").ts
    state.delete(ts)
    return {"channel": channel.id, "ts": ts}


def _permalink(state: State, given: Arguments) -> Answer:
    channel = channels.found(state, given)
    ts = str(given.get("message_ts", "")).replace(".", "")
    return {"channel": channel.id, "permalink": f"https://local.slack.example/{channel.id}/p{ts}"}


def _thread(state: State, channel: Channel, given: Arguments) -> str | None:
    """Return the message that is replied to; it has to be there, and be no reply itself."""
    if not given.get("thread_ts"):
        return None
    parent = state.messages.get(str(given["thread_ts"]))
    if parent is None or parent.channel != channel.id or parent.ephemeral:
        raise ApiError("thread_not_found")
    if parent.is_reply:
        raise ApiError("cannot_reply_to_message")
    return parent.ts


def _own(state: State, channel: Channel, given: Arguments, refusal: str) -> Message:
    message = state.messages.get(str(given.get("ts")))
    if message is None or message.channel != channel.id or message.ephemeral:
        raise ApiError("message_not_found")
    if message.user != BOT_USER:
        raise ApiError(refusal)
    return message


METHODS = {
    "chat.postMessage": Method(_post, "chat:write"),
    "chat.postEphemeral": Method(_post_ephemeral, "chat:write"),
    "chat.update": Method(_update, "chat:write"),
    "chat.delete": Method(_delete, "chat:write"),
    "chat.getPermalink": Method(_permalink),
}
