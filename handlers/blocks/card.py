"""The card of a request in the approvals channel, at every moment of its life; and what it is too small for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, ButtonElement

from ecr.arns import is_registry
from ecr.request import Kind, State
from handlers import ids
from handlers.blocks.change import in_words
from handlers.blocks.decision import asker, decided, exempting, failure, mention, plainly, progress, title
from handlers.blocks.plan import LONGEST_SENTENCE, UNDO_GUARDRAILS, in_full, in_short, is_cut, packed, sentence, summary
from handlers.blocks.text import Message, clipped, code, context, moment, section
from handlers.blocks.whole import MOST_BLOCKS, whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from slack_sdk.models.blocks import Block

    from ecr.request import Request

IN_FULL = 10
"""Repositories that a card shows with all of their plan; of more it has a summary, and the list is in the thread."""

FAILURES = 20
"""Blocks of repositories in which it failed, at most."""

ENTRIES = 46
"""Blocks of the list in the thread, at most."""

LONGEST_MENTIONS = 2000
_IN_THREAD = "The list is in the thread: each repository with its changes, what may break, and lines for its code."
_WHOLE_IN_THREAD = "Long lists are shown in part here: they are in the thread as a whole."


def card(request: Request, mentions: Sequence[str], at: datetime, done: int | None = None) -> Message:
    """Return a request as the approvals channel sees it.

    Args:
        request: the request as it is now.
        mentions: who may approve, user groups and users; they are called while it waits.
        at: the present moment.
        done: how many of its repositories are done, while it is applied.
    """
    blocks = [
        *_above(request),
        *_standing(request, done),
        *_about(request),
        *_undo(request, at),
        *_waiting(request, mentions),
        *_buttons(request, at),
        context(_small_print(request)),
    ]
    changes = [in_words(change) for item in request.items for change in item.changes]
    what = f": {clipped(changes[0], LONGEST_SENTENCE)}" if len(changes) == 1 else ""
    return Message(f"{plainly(request)}{what}. {asker(request)}", tuple(blocks))


def details(request: Request) -> Message:
    """Return the list of a request's repositories for its card's thread, and what of registries is long, as a whole."""
    items = request.items
    lists = packed(whole(items, listed=True), MOST_BLOCKS)
    entries = packed((in_short(one) for one in items if not is_registry(one.arn)), ENTRIES - len(lists))
    blocks = (section(title(request)), *entries, *lists, context(_number(request)))
    return Message(f"{plainly(request)}: the list", blocks)


def needs_details(request: Request) -> bool:
    """Tell whether the card is too small for the request."""
    return len(request.items) > IN_FULL or any(map(is_cut, request.items))


def _above(request: Request) -> list[Block]:
    undoes = [f"It undoes request {code(request.undoes)}."] if request.undoes else []
    about = [said] if (said := exempting(request)) else []
    return [section("\n".join([title(request), asker(request), *undoes, *about]))]


def _standing(request: Request, done: int | None) -> list[Block]:
    """Return who decided and what came of it, with each repository in which it failed where there are many."""
    lines = [said for said in (decided(request), progress(request, done)) if said]
    blocks: list[Block] = [section("\n".join(lines))] if lines else []
    if len(request.items) > 1 and request.state in (State.FAILED, State.UNDONE):
        blocks += packed(map(failure, request.failed), FAILURES)
    return blocks


def _about(request: Request) -> list[Block]:
    if len(request.items) > IN_FULL:
        return [*summary(request.items), section(_IN_THREAD)]
    named = len(request.items) > 1
    cut = [context(_WHOLE_IN_THREAD)] if needs_details(request) else []
    return [*(block for item in request.items for block in in_full(item, named=named)), *cut]


def _undo(request: Request, at: datetime) -> list[Block]:
    """Return what Undo will do, as long as a request for guardrails is there to be undone, or may come to be."""
    ahead = request.state in (State.REQUESTED, State.APPROVED, State.APPLYING) or request.can_be_undone(at)
    return [context(UNDO_GUARDRAILS)] if request.kind is Kind.GUARDRAIL and ahead else []


def _waiting(request: Request, mentions: Sequence[str]) -> list[Block]:
    if request.state is not State.REQUESTED:
        return []
    if request.no_approver:
        return [section(f":warning: *Nobody can approve this.* {sentence(request.no_approver)}")]
    who = clipped(" ".join(map(mention, mentions)), LONGEST_MENTIONS)
    until = f"approve or deny it until {moment(request.expires_at)}; then it expires."
    return [section(f"{who}: {until}" if who else until.capitalize())]


def _buttons(request: Request, at: datetime) -> list[Block]:
    buttons = []
    if request.state is State.REQUESTED:
        if not request.no_approver:
            buttons.append(_button("Approve", ids.APPROVE, request, "primary"))
            buttons.append(_button("Deny", ids.DENY, request, "danger"))
        buttons.append(_button("Cancel", ids.CANCEL, request))
    elif request.can_be_undone(at):
        buttons.append(_button("Undo", ids.UNDO, request))
    return [ActionsBlock(elements=buttons)] if buttons else []


def _button(text: str, action: str, request: Request, style: str | None = None) -> ButtonElement:
    return ButtonElement(text=text, action_id=action, value=request.id, style=style)


def _small_print(request: Request) -> str:
    if request.state is State.REQUESTED or request.head is None:
        return _number(request)
    return f"{_number(request)} · Audit event {request.head.number}, head {code(request.head.hash)}"


def _number(request: Request) -> str:
    return f"Request {code(request.id)}"
