"""`list` and `history`, answered from the history alone; `sweep`, which fills it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.errors import SweepRunningError
from handlers import ids
from handlers.answering import Answer
from handlers.blocks import standing

if TYPE_CHECKING:
    from ecr.names import Query
    from ecr.swept import Standing
    from handlers.blocks.standing import ListView
    from handlers.deps import Deps
    from handlers.grammar import List

COOL_DOWN = timedelta(minutes=1)
"""How long after a sweep nobody may ask for another one."""


def listed(deps: Deps, asked: List, view: ListView) -> Answer:
    """Answer what does not comply by the last sweep, a page of it.

    Args:
        deps: the collaborators.
        asked: the filters.
        view: the same as they were typed, and the page.

    Raises:
        HistoryError: the history cannot be read.
    """
    found = tuple(one for one in deps.history.noncompliant() if _matches(one, asked))
    return Answer(standing.listed(found, view, deps.history.swept_at()))


def told(deps: Deps, query: Query) -> Answer:
    """Answer what happened to a repository.

    Raises:
        HistoryError: the history cannot be read.
    """
    return Answer(standing.timeline(str(query), deps.history.timeline(query.pattern, query.account, query.region)))


def swept(deps: Deps) -> Answer:
    """Sweep now and answer what came of it.

    Raises:
        SweepRunningError: one is under way, or ended within the last minute.
        HistoryError: the history cannot be written.
    """
    last = deps.history.swept_at()
    if last is not None and deps.clock() - last < COOL_DOWN:
        raise SweepRunningError(
            f"The last sweep ended less than a minute ago: type {ids.COMMAND} list, or wait a moment."
        )
    return Answer(standing.swept(deps.sweeper.sweep()))


def _matches(one: Standing, asked: List) -> bool:
    target = one.assessment.target
    return (
        asked.account in (None, target.account, target.name)
        and asked.region in (None, target.region)
        and (asked.names is None or asked.names.matches(one.assessment.name))
    )
