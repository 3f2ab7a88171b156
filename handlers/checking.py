"""`check`: from the names to the message, the same for the command, its pages and Share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ecr.deadline import Deadline
from handlers.answering import Answer
from handlers.blocks.finding import View, checked

if TYPE_CHECKING:
    from ecr.names import Query
    from handlers.delivery import Delivery
    from handlers.deps import Deps


def check(deps: Deps, delivery: Delivery, queries: tuple[Query, ...], page: int = 0, *, share: bool = False) -> Answer:
    """Check repositories now and return the answer.

    Args:
        deps: the collaborators.
        delivery: who asked, and how.
        queries: what to check.
        page: which page to show, where there are several.
        share: whether everybody in the channel is to see it. What they see was read for them, not an hour ago.

    Raises:
        EcrbotError: it cannot be checked; the sentence says why.
    """
    report = deps.checker.check(queries, Deadline.after(deps.deadline_seconds))
    view = View(tuple(map(str, queries)), page)
    message = checked(report, view, shared_by=delivery.user if share else None)
    record = partial(deps.history.record_check, report, by=delivery.user, source="slack", at=deps.clock())
    return Answer(message, in_channel=share, afterwards=record)
