"""`list` and `history`, answered from the history alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ecr.subscription import Filters
from handlers.answering import Answer
from handlers.blocks import standing

if TYPE_CHECKING:
    from ecr.names import Query
    from handlers.blocks.standing import ListView
    from handlers.deps import Deps
    from handlers.grammar import List


def listed(deps: Deps, asked: List, view: ListView) -> Answer:
    """Answer what does not comply by the last sweep, a page of it.

    Args:
        deps: the collaborators.
        asked: the filters.
        view: the same as they were typed, and the page.

    Raises:
        HistoryError: the history cannot be read.
    """
    filters = _filters(asked)
    found = deps.history.noncompliant(filters, start=view.page * standing.PAGE_ROWS, most=standing.PAGE_ROWS)
    if not found.rows and found.count:
        view = replace(view, page=(found.count - 1) // standing.PAGE_ROWS)
        found = deps.history.noncompliant(filters, start=view.page * standing.PAGE_ROWS, most=standing.PAGE_ROWS)
    return Answer(standing.listed(found, view, deps.history.swept_at()))


def told(deps: Deps, query: Query) -> Answer:
    """Answer what happened to a repository.

    Raises:
        HistoryError: the history cannot be read.
    """
    return Answer(standing.timeline(str(query), deps.history.timeline(query.pattern, query.account, query.region)))


def _filters(asked: List) -> Filters:
    """Return the filters of a list; a repository's URI or ARN says its account and region as well."""
    names, accounts, regions = asked.names, {asked.account}, {asked.region}
    if names is not None:
        accounts, regions = accounts | {names.account}, regions | {names.region}
    return Filters(
        (names.pattern,) if names is not None else (),
        tuple(account for account in accounts if account is not None),
        tuple(region for region in regions if region is not None),
    )
