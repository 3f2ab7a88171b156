"""Slack as far as requests need it, as `ecr.request_ports.Noticeboard`: cards, details, outcomes and lines."""

from __future__ import annotations

from datetime import timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError, SlackClientError

from ecr.errors import ChannelClosedError, NotPostedError
from ecr.letter import Letter
from handlers import channel_history
from handlers.blocks.letters import drawn
from handlers.blocks.request import needs_details
from handlers.refusals import code_of, refused, unreachable, unseen

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from ecr.approval import Approvers
    from ecr.letter import Posted
    from ecr.ports import Clock
    from ecr.request import Place, Request
    from handlers.blocks.text import Message

EVENT = "ecr_request"
"""The event type of a message's metadata (https://docs.slack.dev/messaging/message-metadata)."""

LOOK_BACK = timedelta(minutes=10)
"""How much earlier than it was written down, by a clock that may have gone back since, a message is looked for."""

# What chat.update says of a message that it changes no more (https://docs.slack.dev/reference/methods/chat.update).
_FIXED = {
    "message_not_found": "the message is not there any more",
    "cant_update_message": "the message is not the bot's",
    "edit_window_closed": "this workspace lets nobody change a message of that age",
}


class SlackNoticeboard:
    """Posts with one client that tries nothing again by itself, and rewrites with one that does."""

    def __init__(self, posting: WebClient, asking: WebClient, approvers: Approvers, clock: Clock) -> None:
        """Use these clients.

        Args:
            posting: retries nothing: a second attempt could post twice.
            asking: retries what can be retried.
            approvers: who is mentioned on a card.
            clock: the time: what a card offers depends on it.
        """
        self._posting = posting
        self._asking = asking
        self._approvers = approvers
        self._clock = clock

    def needs_details(self, request: Request) -> bool:
        """Tell whether the card is too small for the request, so that details follow in its thread."""
        return needs_details(request)

    def post(self, posted: Posted, request: Request, *, thread: str | None) -> str:
        """Post a message of a request, once, and return its timestamp."""
        if posted.letter is Letter.LINE:
            self._require_own(posted.channel)
        content = {"key": posted.key, "request": posted.request, "letter": str(posted.letter)}
        try:
            answer = self._posting.chat_postMessage(
                channel=posted.channel,
                **self._drawn(posted.letter, request).payload(),
                thread_ts=thread,
                metadata={"event_type": EVENT, "event_payload": content},
                unfurl_links=False,
            )
        except SlackApiError as error:
            raise refused(error) from error
        except (HTTPException, OSError) as error:
            raise unreachable(error) from error
        return str(answer["ts"])

    def find(self, posted: Posted, *, thread: str | None) -> str | None:
        """Return the timestamp of a message that may be there; `None` where it is not."""
        channel = self._direct(posted.channel) if posted.letter is Letter.OUTCOME else posted.channel
        since = posted.made_at - LOOK_BACK
        return channel_history.find(self._asking, EVENT, posted.key, channel=channel, thread=thread, since=since)

    def rewrite(self, card: Place, request: Request, done: int | None = None) -> None:
        """Write the card of a request anew."""
        payload = self._drawn(Letter.CARD, request, done).payload()
        try:
            self._asking.chat_update(channel=card.channel, ts=card.ts, **payload)
        except SlackApiError as error:
            if (code := code_of(error)) in _FIXED:
                raise ChannelClosedError(_FIXED[code]) from error
            raise refused(error) from error
        except (SlackClientError, HTTPException, OSError) as error:
            reason = type(getattr(error, "reason", error)).__name__
            raise NotPostedError(f"Slack cannot be reached ({reason}).") from error

    def _direct(self, user: str) -> str:
        """Return the direct messages with somebody; ecrbot asks for no scope for it, but a workspace may grant it."""
        try:
            return str(self._asking.conversations_open(users=user)["channel"]["id"])
        except (SlackClientError, HTTPException, OSError) as error:
            raise unseen(error) from error

    def _require_own(self, channel: str) -> None:
        """Refuse a channel that people of other organisations see: it may have come to be shared since."""
        try:
            found = self._asking.conversations_info(channel=channel).get("channel") or {}
        except (SlackClientError, HTTPException, OSError) as error:
            raise NotPostedError(f"Slack did not tell whose the channel is ({type(error).__name__}).") from error
        if found.get("is_ext_shared") or found.get("is_pending_ext_shared"):
            raise ChannelClosedError("it is shared with another organisation")

    def _drawn(self, letter: Letter, request: Request, done: int | None = None) -> Message:
        return drawn(letter, request, self._approvers, self._clock(), done)
