"""Forms that show a plan: their drafts, and the plan made anew when something is chosen in them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecr.draft import Draft
from ecr.errors import EcrbotError, UsageError
from ecr.model import Rule
from ecr.planning import Planned
from handlers.blocks.form_values import choice_of
from handlers.opening import rewritten

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.changes import Choice
    from ecr.model import Policy
    from ecr.request import Item, Kind
    from handlers.delivery import Delivery, FormDelivery
    from handlers.deps import Deps

    Plan = Callable[[Draft, Choice], Planned]
    View = Callable[[str, Planned, Choice, Policy, str], dict[str, Any]]


def drafted(deps: Deps, delivery: Delivery, kind: Kind, asked: tuple[str, ...]) -> Draft:
    """Return a new draft; it is kept once there is something to be asked for."""
    return Draft(
        id=secrets.token_hex(8),
        kind=kind,
        user=delivery.user,
        channel=delivery.channel,
        response_url=delivery.response_url,
        made_at=deps.clock(),
        asked=asked,
    )


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


def replanned(deps: Deps, changed: FormDelivery, kind: Kind, plan: Plan, view: View) -> None:
    """Show the plan as it is with what is chosen now; a choice that does not go is told, and changes nothing.

    Args:
        deps: the collaborators.
        changed: the form, with what is chosen in it.
        kind: what it is a form for.
        plan: plans what the draft is about.
        view: makes the form.

    Raises:
        UsageError: the form is of no draft of theirs.
    """
    draft = require_draft(deps, changed, kind)
    choice, problem = choice_of(changed.values), ""
    choice = replace(choice, rules=chosen_of(draft, choice.rules))
    try:
        planned = plan(draft, choice)
        deps.drafts.save(replace(draft, items=_shown(draft, planned, choice)))
    except EcrbotError as error:
        planned, problem = _as_before(draft, choice), str(error)
    rewritten(deps, changed.view, view(draft.id, planned, choice, deps.policy, problem), changed.hash)


def chosen_of(draft: Draft, rules: frozenset[Rule]) -> frozenset[Rule]:
    """Return the chosen rules, and those that the form did not offer: what it takes to mend them is told all the same.

    Args:
        draft: as it was shown; a form offers the rules that its plans have a change for.
        rules: what is ticked.
    """
    offered = {change.rule for item in draft.items for change in item.changes}
    return rules | (frozenset(Rule) - offered)


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
