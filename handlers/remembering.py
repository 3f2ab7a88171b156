"""`list` and `history`, answered from the history alone."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ecr.errors import UsageError
from ecr.names import shown
from ecr.subscription import Filters
from handlers.answering import Answer
from handlers.blocks import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.names import Query
    from ecr.swept import Standings
    from handlers.blocks.standing import ListView
    from handlers.deps import Deps
    from handlers.grammar import List

MOST_SAID = 10
"""Configured accounts or regions that a refusal names."""


def listed(deps: Deps, asked: List, view: ListView) -> Answer:
    """Answer what does not comply by the last sweep, a page of it.

    Args:
        deps: the collaborators.
        asked: the filters.
        view: the same as they were typed, and the page.

    Raises:
        UsageError: an account or a region is not configured.
        HistoryError: the history cannot be read.
    """
    filters = _filters(asked)
    found = deps.history.noncompliant(filters, start=view.page * standing.PAGE_ROWS, most=standing.PAGE_ROWS)
    _refuse_unconfigured(filters, found)
    if not found.rows and found.count:
        view = replace(view, page=(found.count - 1) // standing.PAGE_ROWS)
        found = deps.history.noncompliant(filters, start=view.page * standing.PAGE_ROWS, most=standing.PAGE_ROWS)
    swept_at = deps.history.swept_at()
    if swept_at and asked.names and not (found.rows or found.unread or deps.history.known(filters)):
        return Answer(standing.unmatched(asked.names.pattern))
    return Answer(standing.listed(found, view, swept_at))


def told(deps: Deps, query: Query) -> Answer:
    """Answer what happened to a repository.

    Raises:
        HistoryError: the history cannot be read.
    """
    return Answer(standing.timeline(str(query), deps.history.timeline(query.pattern, query.account, query.region)))


def _refuse_unconfigured(filters: Filters, found: Standings) -> None:
    """Refuse what is not configured, or a misspelt filter would read as compliance.

    Raises:
        UsageError: an account or a region is not among those that the history knows to be configured.
    """
    for account in filters.accounts:
        if found.accounts and account not in found.accounts:
            near = _nearest(account, found.accounts)
            instead = f"did you mean {near}?" if near else f"configured are {_some(found.accounts)}."
            raise UsageError(f"No configured account is called {shown(account)}; {instead}")
    for region in filters.named_regions:
        if found.regions and region not in found.regions:
            raise UsageError(f"Region {shown(region)} is not configured; configured are {_some(found.regions)}.")


def _nearest(typed: str, known: Sequence[str]) -> str | None:
    by_key = {one.lower(): one for one in known}
    near = get_close_matches(typed.lower(), by_key, n=1)
    return by_key[near[0]] if near else None


def _some(known: Sequence[str]) -> str:
    left = len(known) - MOST_SAID
    return ", ".join(known[:MOST_SAID]) + (f" and {left} more" if left > 0 else "")


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
