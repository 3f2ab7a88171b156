"""What Slack's refusals mean to whoever posts or looks: closed for good, not now, or perhaps done all the same."""

from __future__ import annotations

import re

from slack_sdk.errors import SlackApiError

from ecr.errors import CannotLookError, ChannelClosedError, NotPostedError, SlackError

CLOSED = {
    "not_in_channel": "the bot is not in it (/invite @ecrbot)",
    "channel_not_found": "the bot is not in it (/invite @ecrbot), or it is gone",
    "is_archived": "it is archived",
}

# What Slack says where part of a call may have been done (https://docs.slack.dev/reference/methods/chat.postMessage).
_IN_DOUBT = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})

_SERVER_ERROR, _TOO_MANY = 500, 429


def code_of(error: SlackApiError) -> str:
    """Return the code of a refusal."""
    return str(error.response.get("error"))


def refused(error: SlackApiError) -> SlackError:
    """Return what a refusal of chat.postMessage means."""
    code, status = code_of(error), error.response.status_code
    if code in CLOSED:
        return ChannelClosedError(CLOSED[code])
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


def unreachable(error: Exception) -> NotPostedError:
    """Return what it means that a request failed on its way: where it was sent, it may have been done."""
    reason = getattr(error, "reason", error)
    in_doubt = not isinstance(reason, ConnectionRefusedError)
    return NotPostedError(f"Slack cannot be reached ({type(reason).__name__}).", in_doubt=in_doubt)


def unseen(error: Exception) -> SlackError:
    """Return why a channel cannot be seen."""
    if not isinstance(error, SlackApiError):
        return SlackError(f"Slack cannot be reached ({type(error).__name__}); try again in a moment.")
    code = code_of(error)
    if code == "missing_scope":
        return CannotLookError(
            f"ecrbot may not look into this channel: its Slack app lacks the scope {error.response.get('needed')}; "
            "add it and reinstall the app."
        )
    if code in CLOSED:
        return ChannelClosedError(CLOSED[code])
    return SlackError(f"Slack did not tell about the channel ({code}); try again in a moment.")
