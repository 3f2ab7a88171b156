"""`remediate`: the form is opened at once, filled when ECR was read, and planned anew when something is chosen."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr import names
from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.draft import Draft
from ecr.errors import EcrbotError, UsageError
from ecr.model import Rule
from ecr.planning import Planned
from ecr.request import Kind
from handlers.answering import Answer
from handlers.blocks import form
from handlers.blocks.form_values import choice_of
from handlers.opening import filled, opened, rewritten

if TYPE_CHECKING:
    from ecr.names import Query
    from ecr.request import Item
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
    draft = require_draft(deps, changed, Kind.REMEDIATION)
    choice, problem = choice_of(changed.values), ""
    choice = replace(choice, rules=chosen_of(draft, choice.rules))
    queries = tuple(names.parse(item.arn) for item in draft.items)
    try:
        planned = deps.asking.plan(queries, choice, Deadline.after(deps.deadline_seconds))
        deps.drafts.save(replace(draft, items=_shown(draft, planned, choice)))
    except EcrbotError as error:
        planned, problem = _as_before(draft, choice), str(error)
    view = form.remediation(draft.id, planned, choice, deps.policy, problem)
    rewritten(deps, changed.view, view, changed.hash)


def chosen_of(draft: Draft, rules: frozenset[Rule]) -> frozenset[Rule]:
    """Return the chosen rules, and those that the form did not offer: what it takes to mend them is told all the same.

    Args:
        draft: as it was shown; a form offers the rules that its plans have a change for.
        rules: what is ticked.
    """
    offered = {change.rule for item in draft.items for change in item.changes}
    return rules | (frozenset(Rule) - offered)


def require_draft(deps: Deps, delivery: FormDelivery, *kinds: Kind) -> Draft:
    """Return the draft of a form.

    Raises:
        UsageError: it is gone, submitted already, of another kind of form, or another one's.
    """
    draft = deps.drafts.get(delivery.about)
    if draft is None or draft.kind not in kinds:
        raise UsageError("This form was submitted already, or is too old: close it, and open it anew.")
    if draft.user != delivery.user:
        raise UsageError("This form is somebody else's: close it, and open your own.")
    return draft


def _shown(draft: Draft, planned: Planned, choice: Choice) -> tuple[Item, ...]:
    """Return the plans as they are shown now, with what was shown for the rules that were taken out since."""
    before = {item.arn: item.changes for item in draft.items}
    return tuple(
        replace(item, changes=(*item.changes, *(c for c in before.get(item.arn, ()) if c.rule not in choice.rules)))
        for item in (*planned.items, *planned.idle)
    )


def _as_before(draft: Draft, choice: Choice) -> Planned:
    """Return what was planned last, as far as it is of the chosen rules."""
    items = [replace(one, changes=tuple(c for c in one.changes if c.rule in choice.rules)) for one in draft.items]
    return Planned(
        items=tuple(one for one in items if one.changes),
        idle=tuple(one for one in items if not one.changes),
        found=len(items),
    )
