"""Slack as far as a digest needs it, as `ecr.ports.Postbox`: post once, look whether it is there, tell approvers."""

from __future__ import annotations

import json
import logging
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError, SlackClientError

from ecr.errors import ChannelClosedError, SlackError
from handlers import channel_history
from handlers.blocks.digest import with_warning, without_charts
from handlers.blocks.text import escaped
from handlers.refusals import CLOSED, code_of, refused, unreachable, unseen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slack_sdk import WebClient

logger = logging.getLogger(__name__)

EVENT = "ecr_digest"
"""The event type of a digest's metadata (https://docs.slack.dev/messaging/message-metadata)."""

CHARTS_AGAIN_SECONDS = 20 * 3600.0
"""How long after a workspace took no chart the next one is tried."""

MAY_REPEAT = (
    "This digest may repeat one that is here already: ecrbot was interrupted, and may not look into this channel."
)


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
            if code_of(error) != "invalid_blocks" or plainer == payload or not charts:
                raise refused(error) from error
        try:
            there = self._post(channel, plainer, key, thread)
        except SlackApiError as error:
            raise refused(error) from error
        self._charts_refused_at = time.monotonic()
        logger.info("this workspace takes no charts: digests have a line of text instead")
        return there

    def _takes_charts(self) -> bool:
        """Tell whether charts are worth trying: where they were refused, once more after a day."""
        return self._charts_refused_at is None or time.monotonic() - self._charts_refused_at > CHARTS_AGAIN_SECONDS

    def find(self, channel: str, key: str, *, thread: str | None, since: datetime) -> str | None:
        """Return the timestamp of the message that carries a key; `None` where there is none."""
        return channel_history.find(self._asking, EVENT, key, channel=channel, thread=thread, since=since)

    def is_shared(self, channel: str) -> bool:
        """Tell whether people of other organisations see the channel."""
        try:
            found = self._asking.conversations_info(channel=channel).get("channel") or {}
        except (SlackClientError, HTTPException, OSError) as error:
            raise unseen(error) from error
        if not found.get("is_member", True):
            raise ChannelClosedError(CLOSED["not_in_channel"])
        if found.get("is_archived"):
            raise ChannelClosedError(CLOSED["is_archived"])
        return bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))

    def tell(self, channel: str, text: str) -> bool:
        """Tell the approvals channel something of a channel; false where there is no approvals channel."""
        if self._approvals is None:
            return False
        try:
            self._asking.chat_postMessage(channel=self._approvals, text=f"<#{channel}>: {escaped(text)}")
        except SlackApiError as error:
            raise refused(error) from error
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
            raise unreachable(error) from error
        return str(answer["ts"])
