"""`remediate`: the form is opened at once, filled when ECR was read, and planned anew when something is chosen."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr import names
from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.request import Kind
from handlers.answering import Answer
from handlers.blocks import form
from handlers.drafting import drafted, replanned
from handlers.opening import filled, opened

if TYPE_CHECKING:
    from ecr.draft import Draft
    from ecr.names import Query
    from ecr.planning import Planned
    from handlers.delivery import Delivery, FormDelivery
    from handlers.deps import Deps

TITLE = "Remediate"


def remediate(deps: Deps, delivery: Delivery, queries: tuple[Query, ...]) -> Answer:
    """Open the form for some repositories, and fill it.

    Raises:
        UsageError: there is no channel to ask in.
        SlackError: the form could not be opened.
    """
    deps.asking.require_channel()
    view = opened(deps, delivery.trigger, form.reading(TITLE))
    draft = drafted(deps, delivery, Kind.REMEDIATION, tuple(map(str, queries)))
    fill(deps, draft, view, queries)
    return Answer(None)


def fill(deps: Deps, draft: Draft, view: str, queries: tuple[Query, ...]) -> None:
    """Read what is asked for, and show the form, or which of several is meant, or why nothing can be asked."""
    filled(deps, view, TITLE, partial(_content, deps, draft, queries))


def _content(deps: Deps, draft: Draft, queries: tuple[Query, ...]) -> dict[str, Any]:
    planned = deps.asking.plan(queries, Choice(), Deadline.after(deps.deadline_seconds))
    if planned.choices:
        deps.drafts.save(replace(draft, items=planned.choices))
        return form.choosing(draft.id, planned)
    deps.drafts.save(replace(draft, items=(*planned.items, *planned.idle)))
    return form.remediation(draft.id, planned, Choice(), deps.policy)


def plan_anew(deps: Deps, changed: FormDelivery) -> None:
    """Show the plan as it is with what is chosen now; a choice that does not go is told, and changes nothing.

    Raises:
        UsageError: the form is of no draft of theirs.
    """
    replanned(deps, changed, Kind.REMEDIATION, partial(_planned, deps), form.remediation)


def _planned(deps: Deps, draft: Draft, choice: Choice) -> Planned:
    queries = tuple(names.parse(item.arn) for item in draft.items)
    return deps.asking.plan(queries, choice, Deadline.after(deps.deadline_seconds))
