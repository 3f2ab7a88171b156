"""`conversations.*`: what channels there are, and what is known of one. What was said there is in history.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.workspace.methods import channels
from demo.workspace.methods.method import ApiError, Method, require_scope

if TYPE_CHECKING:
    from demo.workspace.methods.method import Answer, Arguments
    from demo.workspace.state import State

_KIND_OF_TYPE = {"public_channel": "channels", "private_channel": "groups", "mpim": "mpim", "im": "im"}


def _info(state: State, given: Arguments) -> Answer:
    return {"channel": channels.readable(state, given, "read").payload()}


def _list(state: State, given: Arguments) -> Answer:
    types = str(given.get("types") or "public_channel").replace(" ", "").split(",")
    if not set(types) <= set(_KIND_OF_TYPE):
        raise ApiError("invalid_types")
    kinds = [_KIND_OF_TYPE[kind] for kind in types]
    for kind in kinds:
        require_scope(state, f"{kind}:read")
    there = [channel for channel in state.channels.values() if channel.kind in kinds and channel.is_visible]
    return {"channels": [channel.payload() for channel in there], "response_metadata": {"next_cursor": ""}}


def _members(state: State, given: Arguments) -> Answer:
    channels.readable(state, given, "read")
    return {"members": list(state.people), "response_metadata": {"next_cursor": ""}}


def _open(state: State, given: Arguments) -> Answer:
    user = str(given.get("users", "")).split(",")[0]
    return {"channel": {"id": channels.direct(state, user).id}}


METHODS = {
    "conversations.info": Method(_info),
    "conversations.list": Method(_list),
    "conversations.members": Method(_members),
    "conversations.open": Method(_open, "im:write"),
}
