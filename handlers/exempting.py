"""`exempt`: a form for a rule that is not to count, decided by approvers as a remediation is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.request import LONGEST_EXEMPTION, Kind
from handlers.answering import Answer
from handlers.blocks import form
from handlers.drafting import drafted
from handlers.opening import filled, opened

if TYPE_CHECKING:
    from ecr.draft import Draft
    from ecr.names import Query
    from handlers.delivery import Delivery
    from handlers.deps import Deps

TITLE = "Exempt"

OFFERED = timedelta(days=30)
"""The end that the form offers at first."""


def exempt(deps: Deps, delivery: Delivery, query: Query) -> Answer:
    """Open the form for a repository, and fill it.

    Raises:
        UsageError: there is no channel to ask in.
        SlackError: the form could not be opened.
    """
    deps.asking.require_channel()
    view = opened(deps, delivery.trigger, form.reading(TITLE))
    fill(deps, drafted(deps, delivery, Kind.EXEMPTION, (str(query),)), view, (query,))
    return Answer(None)


def fill(deps: Deps, draft: Draft, view: str, queries: tuple[Query, ...]) -> None:
    """Read what is asked for, and show the form, or which of several is meant, or why nothing can be asked."""
    filled(deps, view, TITLE, partial(_content, deps, draft, queries))


def _content(deps: Deps, draft: Draft, queries: tuple[Query, ...]) -> dict[str, Any]:
    planned = deps.asking.plan(queries, Choice(), Deadline.after(deps.deadline_seconds))
    if planned.choices:
        deps.drafts.save(replace(draft, items=planned.choices))
        return form.choosing(draft.id, planned, TITLE)
    failing = tuple(item for item in (*planned.items, *planned.idle) if item.failing)
    deps.drafts.save(replace(draft, items=failing))
    return form.exemption(draft.id, planned, (deps.clock() + OFFERED).date())


def end_of(day: date, at: datetime) -> datetime:
    """Return the end of a day, in UTC: what is exempt until a day is exempt on it; of the last possible day the moment.

    Args:
        day: the last day.
        at: the present moment.
    """
    end = datetime.combine(day, time(23, 59, 59), UTC)
    latest = at + LONGEST_EXEMPTION
    return latest if day == latest.date() else end
