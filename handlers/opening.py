"""Opening a form and changing it while it is open, and telling somebody something in private."""

from __future__ import annotations

import logging
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError, SlackClientError

from ecr.errors import SlackError
from handlers.blocks import form
from handlers.errors import explained
from handlers.refusals import code_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from ecr.request import Place
    from handlers.blocks.text import Message
    from handlers.deps import Deps

logger = logging.getLogger(__name__)

_TOO_LATE = frozenset({"expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "trigger_exchanged"})

_NOT_TAKEN = "Slack did not take what was read, so nothing can be asked for here: close this, and try again."

_LEFT_ALONE = frozenset({"not_found", "hash_conflict"})
"""What Slack says of a form that was closed, or that a later click has changed."""


def opened(deps: Deps, trigger: str, view: dict[str, Any]) -> str:
    """Open a form, and return what Slack calls it.

    Raises:
        SlackError: it could not be opened; a trigger lives three seconds
            (https://docs.slack.dev/reference/methods/views.open).
    """
    try:
        return str(deps.client.views_open(trigger_id=trigger, view=view)["view"]["id"])
    except SlackApiError as error:
        code = code_of(error)
        if code in _TOO_LATE:
            raise SlackError(
                "That took longer than Slack waits for a form, so nothing was opened: try again."
            ) from error
        raise SlackError(f"Slack did not open the form ({code}): try again in a moment.") from error
    except (SlackClientError, HTTPException, OSError) as error:
        raise SlackError("Slack could not be reached to open the form: try again in a moment.") from error


def filled(deps: Deps, view: str, title: str, content: Callable[[], dict[str, Any]]) -> None:
    """Show in an open form what is made only now; where that fails, why: a form that reads must not do so for ever."""
    try:
        shown = content()
    except Exception as error:  # noqa: BLE001 - a defect is told too, and logged there with its traceback
        shown = form.told(title, explained(error).text)
    if not rewritten(deps, view, shown):
        rewritten(deps, view, form.told(title, _NOT_TAKEN))


def rewritten(deps: Deps, view: str, content: dict[str, Any], hash_: str = "") -> bool:
    """Show something else in an open form; one that was closed meanwhile, or changed by a later click, stays so.

    Returns:
        False where Slack did not take it: the form says still what it said before.
    """
    try:
        deps.client.views_update(view_id=view, view=content, **({"hash": hash_} if hash_ else {}))
    except SlackApiError as error:
        left_alone = code_of(error) in _LEFT_ALONE
        logger.log(logging.INFO if left_alone else logging.ERROR, "a form was not changed: %s", error)
        return left_alone
    except (SlackClientError, HTTPException, OSError) as error:
        logger.warning("a form was not changed: %s", error)
        return False
    return True


def address(client: WebClient, place: Place | None) -> str | None:
    """Return the address of a message of the bot's; `None` where Slack tells none."""
    if place is None:
        return None
    try:
        return str(client.chat_getPermalink(channel=place.channel, message_ts=place.ts)["permalink"])
    except (SlackClientError, HTTPException, OSError) as error:
        logger.info("a message has no address: %s", error)
        return None


def tell(deps: Deps, user: str, message: Message, *, response_url: str = "", channel: str = "") -> None:
    """Tell somebody something that nobody else sees: where they asked, or else in a direct message.

    Raises:
        SlackError: none of the ways is open.
    """
    payload = message.payload()
    ways: list[Callable[[], object]] = []
    if response_url:
        answer = {**payload, "response_type": "ephemeral", "replace_original": False}
        ways.append(lambda: deps.post(response_url, answer))
    if channel:
        ways.append(lambda: deps.client.chat_postEphemeral(channel=channel, user=user, **payload))
    ways.append(lambda: deps.client.chat_postMessage(channel=user, **payload))
    for way in ways:
        try:
            way()
        except (SlackError, SlackClientError, HTTPException, OSError) as error:
            logger.info("an answer goes another way: %s", error)
        else:
            return
    raise SlackError(f"Slack took the answer to {user} in no way.")
