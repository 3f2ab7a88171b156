"""`guardrails`: what guards each account and region, as it is known and then as it is now; and the form to ask for it.

What is known is shown at once, and the same message gives way to what AWS answers: two of the five messages that a
response_url takes (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr.arns import registry_arn
from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.errors import EcrbotError, SlackError
from ecr.guarding import Scope
from ecr.guardrails import REGISTRY
from ecr.parallel import each
from ecr.planning import Planned
from ecr.request import Item, Kind
from handlers.answering import Answer
from handlers.blocks import form
from handlers.blocks.guard_button import places, targets_of
from handlers.blocks.guardrails import ASKING, GuardrailsView, Reading, guarded
from handlers.drafting import drafted, replanned
from handlers.errors import explained
from handlers.opening import filled, opened

if TYPE_CHECKING:
    from ecr.draft import Draft
    from ecr.guardrails import Guarded
    from ecr.model import Target
    from handlers.blocks.text import Message
    from handlers.delivery import Delivery, FormDelivery
    from handlers.deps import Deps
    from handlers.guardrail_words import Guardrails

logger = logging.getLogger(__name__)

TITLE = "Guardrails"


READ_TIMES = 3
"""How many times as long as for a check AWS is waited for; what is known is shown meanwhile."""


def guardrails(deps: Deps, delivery: Delivery, asked: Guardrails) -> Answer:
    """Tell what guards the accounts and regions that are asked for: what is known at once, then what AWS says now.

    Raises:
        HistoryError: what is known cannot be read.
    """
    return _told(deps, delivery, GuardrailsView(asked.account, asked.region), replaces=False)


def page(deps: Deps, delivery: Delivery) -> Answer:
    """Tell the same of another page, in place of the one that was clicked on.

    Raises:
        UsageError: the button is none of ours.
        HistoryError: what is known cannot be read.
    """
    return _told(deps, delivery, GuardrailsView.of(delivery.content), replaces=True)


def guard(deps: Deps, delivery: Delivery) -> Answer:
    """Open the form for the guardrails of one account and region, or of several, and fill it.

    Raises:
        UsageError: the button is none of ours, or there is no channel to ask in.
        SlackError: the form could not be opened.
    """
    targets = targets_of(delivery.content)
    deps.asking.require_channel()
    view = opened(deps, delivery.trigger, form.reading(TITLE))
    draft = drafted(deps, delivery, Kind.GUARDRAIL, tuple(places([one]) for one in targets))
    filled(deps, view, TITLE, partial(_content, deps, draft))
    return Answer(None)


def plan_anew(deps: Deps, changed: FormDelivery) -> None:
    """Show the plan as it is with what is chosen now; a choice that does not go is told, and changes nothing.

    Raises:
        UsageError: the form is of no draft of theirs.
    """
    replanned(deps, changed, Kind.GUARDRAIL, partial(_planned, deps), form.guarding)


def _told(deps: Deps, delivery: Delivery, view: GuardrailsView, *, replaces: bool) -> Answer:
    scope = Scope(view.account, view.region)
    known = deps.guarding.known(scope)
    is_known = any(one.read_at is not None for one in known)
    at_once = guarded(known, view, Reading(deps.clock(), is_asking=True)) if is_known else ASKING
    begun = _show(deps, delivery, at_once, replaces=replaces) or replaces
    return Answer(_now(deps, scope, view, known if is_known else ()), replace=begun)


def _now(deps: Deps, scope: Scope, view: GuardrailsView, known: tuple[Guarded, ...]) -> Message:
    """Return what guards now; where that cannot be told, why, beside what is known."""
    try:
        found = deps.guarding.read(scope, Deadline.after(READ_TIMES * deps.deadline_seconds))
    except EcrbotError as error:
        if not known:
            return explained(error)
        return guarded(known, view, Reading(deps.clock(), trouble=str(error)))
    return guarded(found, view, Reading(deps.clock()))


def _show(deps: Deps, delivery: Delivery, message: Message, *, replaces: bool) -> bool:
    """Show what there is at once; that Slack does not take it holds up nothing."""
    answer = {**message.payload(), "response_type": "ephemeral", "replace_original": replaces}
    try:
        deps.post(delivery.response_url, answer)
    except SlackError as error:
        logger.warning("what is known of guardrails is not shown: %s", error)
        return False
    return True


def _content(deps: Deps, draft: Draft) -> dict[str, Any]:
    planned = _planned(deps, draft, Choice())
    deps.drafts.save(replace(draft, items=(*planned.items, *planned.idle)))
    return form.guarding(draft.id, planned, Choice(), deps.policy)


def _planned(deps: Deps, draft: Draft, choice: Choice) -> Planned:
    """Plan for each account and region that the draft is about, as all of them are now."""
    targets = targets_of(",".join(draft.asked))
    deadline = Deadline.after(deps.deadline_seconds)

    def plan(target: Target) -> tuple[Item, ...]:
        items = deps.guarding.plan(Scope(target.account, target.region), choice, deadline)
        return tuple(one for one in items if (one.target.account, one.target.region) == (target.account, target.region))

    found = dict(each(targets, plan, workers=len(targets), deadline=deadline))
    items = [item for number, one in enumerate(targets) for item in found.get(number) or (_late(one, deadline),)]
    return Planned(
        items=tuple(item for item in items if item.changes),
        idle=tuple(item for item in items if not item.changes),
        found=len(items),
    )


def _late(target: Target, deadline: Deadline) -> Item:
    said = f"AWS did not answer within {deadline.seconds:g} seconds, so nothing is planned."
    return Item(REGISTRY, target, registry_arn(target.account or "", target.region), advice=(said,))
