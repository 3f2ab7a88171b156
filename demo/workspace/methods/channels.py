"""Finding the channel that a call is about, and whether the bot may write or read there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.workspace.methods.method import ApiError, missing_scope, require_scope
from demo.workspace.people import Channel

if TYPE_CHECKING:
    from demo.workspace.methods.method import Arguments
    from demo.workspace.state import State

_KINDS = ("channels", "groups", "mpim", "im")


def found(state: State, given: Arguments) -> Channel:
    """Return the channel; to the bot, a private one that it is not in does not exist.

    Raises:
        ApiError: there is none.
    """
    channel = state.channels.get(str(given.get("channel")))
    if channel is None or not channel.is_visible:
        raise ApiError("channel_not_found")
    return channel


def readable(state: State, given: Arguments, what: str) -> Channel:
    """Return the channel where the token may read it: each kind of channel takes a scope of its own.

    Args:
        state: the workspace.
        given: the arguments of the call.
        what: `read` for what the channel is, `history` for what was said in it.

    Raises:
        ApiError: there is no such channel, or the scope is not there.
    """
    of_any_kind = [f"{kind}:{what}" for kind in _KINDS]
    if not set(of_any_kind) & set(state.scopes):
        raise missing_scope(state, ",".join(of_any_kind))
    channel = found(state, given)
    require_scope(state, f"{channel.kind}:{what}")
    return channel


def writable(state: State, given: Arguments) -> Channel:
    """Return the channel where the bot may post in it; a user's id stands for the direct message with them.

    Raises:
        ApiError: there is no such channel, or the bot may not.
    """
    user = str(given.get("channel"))
    return direct(state, user) if user in state.people else joined(state, given)


def joined(state: State, given: Arguments) -> Channel:
    """Return the channel where the bot may write in it; nothing but the channel's own id will do.

    Raises:
        ApiError: there is no such channel, or the bot may not.
    """
    channel = found(state, given)
    if channel.is_archived:
        raise ApiError("is_archived")
    if not channel.has_bot:
        raise ApiError("not_in_channel")
    return channel


def direct(state: State, user: str) -> Channel:
    """Return the bot's direct messages with somebody, opened where they are not yet.

    Raises:
        ApiError: there is nobody of that id.
    """
    if user not in state.people:
        raise ApiError("user_not_found")
    channel = Channel(f"D0{user[2:]}", user, is_im=True)
    return state.channels.setdefault(channel.id, channel)
