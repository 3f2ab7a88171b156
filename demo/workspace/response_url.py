"""Answers to a delivery: through its response_url, or in the acknowledgement of a command."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from demo.workspace.people import BOT_USER
from demo.workspace.state import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, Message
from demo.workspace.validation import charts, message_problems

if TYPE_CHECKING:
    from demo.workspace.deliveries import Delivery
    from demo.workspace.state import ResponseUrl, State


def post(state: State, key: str, body: bytes) -> tuple[int, str]:
    """Take a post to a response_url.

    See https://docs.slack.dev/interactivity/handling-user-interaction#message_responses.

    Returns:
        The HTTP status and the body of the answer.
    """
    target = state.response_urls.get(key)
    try:
        given = json.loads(body)
    except ValueError:
        return 400, "invalid_payload"
    state.record("response_url", given)
    if target is None or time.monotonic() - target.made_at > RESPONSE_URL_SECONDS:
        return 404, "expired_url"
    with state.changed:
        if target.uses >= RESPONSE_URL_USES:
            return 404, "used_url"
        target.uses += 1
    return _take(state, target, given)


def acknowledgement(state: State, target: ResponseUrl, given: dict[str, Any]) -> None:
    """Show what the acknowledgement of a command carries."""
    if given.get("text") or given.get("blocks"):
        _take(state, target, given)


def _take(state: State, target: ResponseUrl, given: dict[str, Any]) -> tuple[int, str]:
    if given.get("delete_original"):
        if target.original:
            state.delete(target.original)
        return 200, "ok"
    if not given.get("text") and not given.get("blocks"):
        return 400, "no_text"
    if problems := message_problems(given):
        state.refuse("response_url", problems)
        return 400, "invalid_blocks"
    if state.refuses_charts and charts(given):
        return 400, "invalid_blocks"
    replaced = _replaced(state, target, given)
    if replaced is not None:
        state.edit(replaced, text=given.get("text") or "", blocks=_named(state, given))
    else:
        _new(state, target, given)
    return 200, "ok"


def _replaced(state: State, target: ResponseUrl, given: dict[str, Any]) -> str | None:
    """Return the message that this one takes the place of: what was clicked on, or the last answer of a command."""
    if not given.get("replace_original"):
        return None
    delivery: Delivery = target.delivery
    candidate = target.original or (delivery.answers[-1] if delivery.answers else None)
    return candidate if candidate in state.messages else None


def _new(state: State, target: ResponseUrl, given: dict[str, Any]) -> None:
    message = Message(
        channel=target.channel,
        ts=state.timestamp(),
        user=BOT_USER,
        text=given.get("text") or "",
        blocks=_named(state, given),
        ephemeral_to=None if given.get("response_type") == "in_channel" else target.user,
        thread_ts=given.get("thread_ts"),
    )
    with state.changed:
        target.delivery.answers.append(message.ts)
        state.put(message)


def _named(state: State, given: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the blocks, each with a block_id as Slack gives one."""
    return tuple({"block_id": f"b{state.number()}", **block} for block in given.get("blocks") or ())
