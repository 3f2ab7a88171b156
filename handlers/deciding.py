"""Approve, Deny, Cancel and Undo: each looked at again when it counts, and each refusal told to who clicked alone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ecr.approval import Decision, NotDecidedError
from ecr.errors import HistoryError
from ecr.request import CONFIRM_ABOVE, ECRBOT, State
from handlers.answering import Answer
from handlers.blocks import form
from handlers.blocks import request as drawn
from handlers.blocks.text import Message, plain
from handlers.opening import address, opened

if TYPE_CHECKING:
    from ecr.asking import Asked
    from ecr.request import Request
    from handlers.delivery import Delivery
    from handlers.deps import Deps

logger = logging.getLogger(__name__)


def approve(deps: Deps, delivery: Delivery) -> Answer:
    """Approve a request, and apply it; one of many repositories is confirmed first.

    Raises:
        NotDecidedError: they may not, or it is settled.
        SlackError: Slack did not say who they are, or the form could not be opened.
    """
    request = deps.deciding.allowed(_request(deps, delivery), Decision.APPROVE, delivery.user)
    if len(request.items) > CONFIRM_ABOVE:
        opened(deps, delivery.trigger, form.confirmation(request))
    else:
        decide(deps, request.id, Decision.APPROVE, delivery.user)
    return Answer(None)


def deny(deps: Deps, delivery: Delivery) -> Answer:
    """Ask for the reason of a denial.

    Raises:
        NotDecidedError: they may not, or it is settled.
        SlackError: Slack did not say who they are, or the form could not be opened.
    """
    request = deps.deciding.allowed(_request(deps, delivery), Decision.DENY, delivery.user)
    opened(deps, delivery.trigger, form.denial(request))
    return Answer(None)


def cancel(deps: Deps, delivery: Delivery) -> Answer:
    """Cancel a request.

    Raises:
        NotDecidedError: it is not theirs, or it is settled.
        SlackError: Slack did not say who they are.
    """
    decide(deps, _request(deps, delivery), Decision.CANCEL, delivery.user)
    return Answer(None)


def undo(deps: Deps, delivery: Delivery) -> Answer:
    """Ask for the reason of an undo, and say whether it runs at once.

    Raises:
        NotDecidedError: nothing can be undone.
        SlackError: Slack did not say who they are, or the form could not be opened.
    """
    request, at_once = deps.asking.may_undo(_request(deps, delivery), delivery.user)
    opened(deps, delivery.trigger, form.undoing(request, at_once=at_once))
    return Answer(None)


def decide(deps: Deps, request: str, decision: Decision, user: str, reason: str | None = None) -> None:
    """Settle a request, and do what follows from it; its card tells of that.

    Raises:
        NotDecidedError: they may not, or somebody else was first.
        SlackError: Slack did not say who they are.
    """
    _fulfilled(deps, deps.deciding.decide(request, decision, user, reason).id)


def told(deps: Deps, asked: Asked) -> Message:
    """Have a request's card posted, and return what whoever asked is told: where it is, or why it cannot be asked."""
    _fulfilled(deps, asked.request.id)
    now = _now(deps, asked.request)
    if now.state is State.CANCELLED and now.decided is not None and now.decided.by == ECRBOT:
        return plain(f"Nothing was asked for. {now.decided.reason}")
    if asked.is_new and now.break_glass and now.state is State.FAILED:
        return drawn.outcome(now, deps.clock())  # an undo at once, and it is not undone
    return drawn.asked(now, address(deps.client, now.card), is_new=asked.is_new)


def _fulfilled(deps: Deps, request: str) -> None:
    """Do what follows from what is settled: where that fails, it is settled all the same, and is gone on with later."""
    try:
        deps.fulfilment.fulfil(request)
    except Exception:
        logger.exception("request %s is gone on with later", request)


def _now(deps: Deps, request: Request) -> Request:
    try:
        return deps.requests.get(request.id) or request
    except HistoryError as error:
        logger.warning("request %s is told of as it was: %s", request.id, error)
        return request


def _request(deps: Deps, delivery: Delivery) -> str:
    """Return the id of the request that a button is about: of the one whose card it is on, and of no other.

    Raises:
        NotDecidedError: it carries none, or the button is not on that request's card.
    """
    if not delivery.content:
        raise NotDecidedError("This button says of no request what it is about: ask anew with /ecr remediate.")
    found = deps.requests.get(delivery.content)
    # A card that was pressed before it was noted where it is can be no other's either: its value came with it.
    if found is not None and found.card is not None and found.card != delivery.place:
        raise NotDecidedError("This button is not on the card of that request, so nothing was done.")
    return delivery.content
