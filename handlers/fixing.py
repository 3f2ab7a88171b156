"""`fix`: the lines for the code of a repository, for the tool that its tags tell of, or for the one that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr import names
from ecr.deadline import Deadline
from ecr.errors import UsageError
from handlers.answering import Answer
from handlers.blocks.finding import STALE
from handlers.blocks.fix import FixView, fixed

if TYPE_CHECKING:
    from ecr.infrastructure import Tool
    from ecr.names import Query
    from handlers.delivery import Delivery
    from handlers.deps import Deps


def fix(deps: Deps, delivery: Delivery, query: Query) -> Answer:
    """Read a repository now, and return the lines that its code needs.

    Args:
        deps: the collaborators.
        delivery: who asked, and how; nothing of it decides, for the lines change nothing.
        query: the repository; a name that exists in several accounts or regions has lines for each.

    Raises:
        EcrbotError: it cannot be read; the sentence says why.
    """
    del delivery
    return _answer(deps, query, None)


def fix_as(deps: Deps, delivery: Delivery) -> Answer:
    """Return the lines for the tool that was chosen, in place of those that were shown where they stood alone.

    Raises:
        EcrbotError: the button is of none of our messages, or the repository cannot be read.
    """
    view = FixView.of(delivery.content)
    query = names.parse(view.arn)
    if query.account is None or query.is_glob:
        raise UsageError(STALE)
    return _answer(deps, query, view.tool, replace=view.alone)


def _answer(deps: Deps, query: Query, tool: Tool | None, *, replace: bool = False) -> Answer:
    found = deps.fixing.fix(query, tool, Deadline.after(deps.deadline_seconds))
    return Answer(fixed(found), replace=replace)
