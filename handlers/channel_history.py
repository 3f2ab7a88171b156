"""Looking through what is in a channel or a thread, for the message that carries a key in its metadata."""

from __future__ import annotations

from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackClientError

from handlers.refusals import unseen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from slack_sdk import WebClient
    from slack_sdk.web import SlackResponse

PAGE = 200
MOST_PAGES = 25
"""Pages of a channel's history that are looked through: five thousand messages."""


def find(client: WebClient, event: str, key: str, *, channel: str, thread: str | None, since: datetime) -> str | None:
    """Return the timestamp of the message that carries a key; `None` where there is none.

    Args:
        client: asks Slack.
        event: the event type of the message's metadata.
        key: what its payload has as `key`.
        channel: where to look.
        thread: the message whose replies are looked through, rather than the channel.
        since: how far back.

    Raises:
        CannotLookError: the app may not see what is in the channel.
        SlackError: Slack did not answer.
    """
    for message in _messages(client, channel, thread, since):
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == event and (metadata.get("event_payload") or {}).get("key") == key:
            return str(message["ts"])
    return None


def _messages(client: WebClient, channel: str, thread: str | None, since: datetime) -> Iterator[Mapping[str, Any]]:
    cursor = ""
    for _ in range(MOST_PAGES):
        answer = _page(client, channel, thread, since, cursor)
        yield from answer.get("messages") or ()
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return


def _page(client: WebClient, channel: str, thread: str | None, since: datetime, cursor: str) -> SlackResponse:
    common: dict[str, Any] = {
        "channel": channel,
        "limit": PAGE,
        "cursor": cursor or None,
        "include_all_metadata": True,
    }
    try:
        if thread is not None:
            return client.conversations_replies(ts=thread, **common)
        return client.conversations_history(oldest=f"{since.timestamp():.6f}", **common)
    except (SlackClientError, HTTPException, OSError) as error:
        raise unseen(error) from error
