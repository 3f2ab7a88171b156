"""Slack as far as a digest needs it, as `ecr.ports.Postbox`: post once, look whether it is there, tell approvers."""

from __future__ import annotations

import json
import logging
import re
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError, SlackClientError

from ecr.errors import CannotLookError, ChannelClosedError, NotPostedError, SlackError
from handlers.blocks.digest import with_warning, without_charts
from handlers.blocks.text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from slack_sdk import WebClient
    from slack_sdk.web import SlackResponse

logger = logging.getLogger(__name__)

EVENT = "ecr_digest"
"""The event type of a digest's metadata (https://docs.slack.dev/messaging/message-metadata)."""

PAGE = 200
MOST_PAGES = 25
"""Pages of a channel's history that are looked through: five thousand messages."""

CHARTS_AGAIN_SECONDS = 20 * 3600.0
"""How long after a workspace took no chart the next one is tried."""

MAY_REPEAT = (
    "This digest may repeat one that is here already: ecrbot was interrupted, and may not look into this channel."
)

_CLOSED = {
    "not_in_channel": "the bot is not in it (/invite @ecrbot)",
    "channel_not_found": "the bot is not in it (/invite @ecrbot), or it is gone",
    "is_archived": "it is archived",
}

# What Slack says where part of a call may have been done (https://docs.slack.dev/reference/methods/chat.postMessage).
_IN_DOUBT = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})

_SERVER_ERROR, _TOO_MANY = 500, 429


class SlackPostbox:
    """Posts digests with one client that tries nothing again by itself, and asks the rest with one that does."""

    def __init__(self, posting: WebClient, asking: WebClient, approvals_channel: str | None) -> None:
        """Use these clients.

        Args:
            posting: retries nothing: a second attempt could post twice.
            asking: retries what can be retried.
            approvals_channel: who is told that a digest is paused or given up; `None`: nobody.
        """
        self._posting = posting
        self._asking = asking
        self._approvals = approvals_channel
        self._charts_refused_at: float | None = None

    def post(self, channel: str, part: str, *, key: str, thread: str | None, may_repeat: bool = False) -> str:
        """Post one part, once, and return its timestamp; where a workspace has no charts, with a line instead."""
        payload, charts = json.loads(part), self._takes_charts()
        if may_repeat:
            payload = with_warning(payload, MAY_REPEAT)
        plainer = without_charts(payload)
        try:
            return self._post(channel, payload if charts else plainer, key, thread)
        except SlackApiError as error:
            if _code(error) != "invalid_blocks" or plainer == payload or not charts:
                raise _refused(error) from error
        try:
            there = self._post(channel, plainer, key, thread)
        except SlackApiError as error:
            raise _refused(error) from error
        self._charts_refused_at = time.monotonic()
        logger.info("this workspace takes no charts: digests have a line of text instead")
        return there

    def _takes_charts(self) -> bool:
        """Tell whether charts are worth trying: where they were refused, once more after a day."""
        return self._charts_refused_at is None or time.monotonic() - self._charts_refused_at > CHARTS_AGAIN_SECONDS

    def find(self, channel: str, key: str, *, thread: str | None, since: datetime) -> str | None:
        """Return the timestamp of the message that carries a key; `None` where there is none."""
        for message in self._messages(channel, thread, since):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("key") == key:
                return str(message["ts"])
        return None

    def is_shared(self, channel: str) -> bool:
        """Tell whether people of other organisations see the channel."""
        try:
            found = self._asking.conversations_info(channel=channel).get("channel") or {}
        except (SlackClientError, HTTPException, OSError) as error:
            raise _unseen(error) from error
        if not found.get("is_member", True):
            raise ChannelClosedError(_CLOSED["not_in_channel"])
        if found.get("is_archived"):
            raise ChannelClosedError(_CLOSED["is_archived"])
        return bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))

    def tell(self, channel: str, text: str) -> bool:
        """Tell the approvals channel something of a channel; false where there is no approvals channel."""
        if self._approvals is None:
            return False
        try:
            self._asking.chat_postMessage(channel=self._approvals, text=f"<#{channel}>: {escaped(text)}")
        except SlackApiError as error:
            raise _refused(error) from error
        except (SlackClientError, HTTPException, OSError) as error:
            raise SlackError(f"Slack cannot be reached ({type(error).__name__}).") from error
        return True

    def _post(self, channel: str, payload: Mapping[str, Any], key: str, thread: str | None) -> str:
        subscription, date, part = key.split("/")
        metadata = {
            "event_type": EVENT,
            "event_payload": {"key": key, "date": date, "subscription": subscription, "part": int(part)},
        }
        try:
            answer = self._posting.chat_postMessage(
                channel=channel, **payload, thread_ts=thread, metadata=metadata, unfurl_links=False
            )
        except (HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            never_sent = isinstance(reason, ConnectionRefusedError)
            raise NotPostedError(
                f"Slack cannot be reached ({type(reason).__name__}).", in_doubt=not never_sent
            ) from error
        return str(answer["ts"])

    def _messages(self, channel: str, thread: str | None, since: datetime) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        for _ in range(MOST_PAGES):
            answer = self._page(channel, thread, since, cursor)
            yield from answer.get("messages") or ()
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    def _page(self, channel: str, thread: str | None, since: datetime, cursor: str) -> SlackResponse:
        common: dict[str, Any] = {
            "channel": channel,
            "limit": PAGE,
            "cursor": cursor or None,
            "include_all_metadata": True,
        }
        try:
            if thread is not None:
                return self._asking.conversations_replies(ts=thread, **common)
            return self._asking.conversations_history(oldest=f"{since.timestamp():.6f}", **common)
        except (SlackClientError, HTTPException, OSError) as error:
            raise _unseen(error) from error


def _code(error: SlackApiError) -> str:
    return str(error.response.get("error"))


def _refused(error: SlackApiError) -> SlackError:
    """Return what a refusal of chat.postMessage means."""
    code, status = _code(error), error.response.status_code
    if code in _CLOSED:
        return ChannelClosedError(_CLOSED[code])
    if status == _TOO_MANY or code in ("ratelimited", "rate_limited"):
        return NotPostedError("Slack takes no more messages at this moment (429).", after=_retry_after(error))
    if status >= _SERVER_ERROR:
        return NotPostedError(f"Slack has trouble of its own ({status}).", after=_retry_after(error), in_doubt=True)
    if not re.fullmatch("[a-z0-9_]+", code):
        return NotPostedError("Something between here and Slack answered in its place.", in_doubt=True)
    return NotPostedError(f"Slack refused a message ({code}).", in_doubt=code in _IN_DOUBT)


def _retry_after(error: SlackApiError) -> float | None:
    headers = {str(name).lower(): value for name, value in dict(error.response.headers or {}).items()}
    told = str(headers.get("retry-after", ""))
    return float(told) if told.isdigit() else None


def _unseen(error: Exception) -> SlackError:
    """Return why a channel cannot be seen."""
    if not isinstance(error, SlackApiError):
        return SlackError(f"Slack cannot be reached ({type(error).__name__}); try again in a moment.")
    code = _code(error)
    if code == "missing_scope":
        return CannotLookError(
            f"ecrbot may not look into this channel: its Slack app lacks the scope {error.response.get('needed')}; "
            "add it and reinstall the app."
        )
    if code in _CLOSED:
        return ChannelClosedError(_CLOSED[code])
    return SlackError(f"Slack did not tell about the channel ({code}); try again in a moment.")
