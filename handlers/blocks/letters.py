"""Each message that is told of a request, drawn as the request is by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.letter import Letter
from handlers.blocks import request as views

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.approval import Approvers
    from ecr.request import Request
    from handlers.blocks.text import Message


def drawn(letter: Letter, request: Request, approvers: Approvers, at: datetime, done: int | None = None) -> Message:
    """Return a message of a request.

    Args:
        letter: which.
        request: as it is stored.
        approvers: who is mentioned on a card.
        at: the moment: what a card offers depends on it.
        done: how many repositories were gone through so far, where it is being applied.
    """
    match letter:
        case Letter.CARD:
            return views.card(request, approvers.all(request.accounts), at, done)
        case Letter.DETAILS:
            return views.details(request)
        case Letter.OUTCOME:
            return views.outcome(request, at)
        case Letter.LINE:
            return views.line(request)
