"""`remediate`: the form is opened at once, filled when ECR was read, and planned anew when something is chosen."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from ecr import names
from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.draft import Draft
from ecr.errors import EcrbotError, UsageError
from ecr.request import Kind
from handlers.answering import Answer
from handlers.blocks import form
from handlers.blocks.form_values import choice_of
from handlers.opening import opened, rewritten

if TYPE_CHECKING:
    from ecr.names import Query
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
    draft = drafted(deps, delivery, Kind.REMEDIATION, queries)
    fill(deps, draft, view, queries)
    return Answer(None)


def drafted(deps: Deps, delivery: Delivery, kind: Kind, queries: tuple[Query, ...]) -> Draft:
    """Return a new draft; it is kept once there is something to be asked for."""
    return Draft(
        id=secrets.token_hex(8),
        kind=kind,
        user=delivery.user,
        channel=delivery.channel,
        response_url=delivery.response_url,
        made_at=deps.clock(),
        asked=tuple(map(str, queries)),
    )


def fill(deps: Deps, draft: Draft, view: str, queries: tuple[Query, ...]) -> None:
    """Read what is asked for, and show the form, or which of several is meant, or why nothing can be asked."""
    try:
        planned = deps.asking.plan(queries, Choice(), Deadline.after(deps.deadline_seconds))
    except EcrbotError as error:
        rewritten(deps, view, form.told(TITLE, str(error)))
        return
    if planned.choices:
        deps.drafts.save(replace(draft, items=planned.choices))
        rewritten(deps, view, form.choosing(draft.id, planned))
        return
    deps.drafts.save(replace(draft, items=(*planned.items, *planned.idle)))
    rewritten(deps, view, form.remediation(draft.id, planned, Choice(), deps.policy))


def plan_anew(deps: Deps, changed: FormDelivery) -> None:
    """Show the plan as it is with what is chosen now; a choice that does not go is told, and changes nothing.

    Raises:
        UsageError: the form is of no draft of theirs.
    """
    draft = require_draft(deps, changed)
    choice, problem = choice_of(changed.values), ""
    queries = tuple(names.parse(item.arn) for item in draft.items)
    try:
        planned = deps.asking.plan(queries, choice, Deadline.after(deps.deadline_seconds))
    except UsageError as error:
        problem = str(error)
        planned = deps.asking.plan(queries, replace(choice, exclusions=()), Deadline.after(deps.deadline_seconds))
    view = form.remediation(draft.id, planned, choice, deps.policy, problem)
    rewritten(deps, changed.view, view, changed.hash)


def require_draft(deps: Deps, delivery: FormDelivery) -> Draft:
    """Return the draft of a form.

    Raises:
        UsageError: it is gone, submitted already, or another one's.
    """
    draft = deps.drafts.get(delivery.about)
    if draft is None or draft.user != delivery.user:
        raise UsageError("This form was submitted already, or is too old: close it, and open it anew.")
    return draft
