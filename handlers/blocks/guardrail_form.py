"""The form for guardrails: what would be changed of each account and region, and what can be chosen about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.model import Rule
from handlers import ids
from handlers.blocks.modal import form, modal
from handlers.blocks.plan import UNDO_GUARDRAILS, name, packed, sentence
from handlers.blocks.plan_form import ASIDE, exclusions, fields, offered, plans, takes_exclusions
from handlers.blocks.text import context, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from ecr.changes import Choice
    from ecr.model import Policy
    from ecr.planning import Planned
    from ecr.request import Item
    from handlers.blocks.modal import Field

GUARDRAILS = {
    Rule.SCAN_ON_PUSH: "Scan everything on push",
    Rule.TAG_IMMUTABILITY: "Immutable tags for what ECR creates itself",
}
"""What each rule is called where it is one of a whole registry."""

_TITLE = "Guardrails"
_NOTHING = "*Nothing to do.* Nothing is missing that a request could put in place."


def guarding(draft_id: str, planned: Planned, choice: Choice, policy: Policy, problem: str = "") -> Field:
    """Return the form for guardrails; where nothing would be changed, a modal that says so.

    Args:
        draft_id: what the form is kept under.
        planned: what was read and planned, a registry each.
        choice: what is chosen now.
        policy: which exclusions it accepts.
        problem: why what was chosen last does not go, a sentence.
    """
    above: list[Block] = [section(f":warning: {sentence(problem)}")] if problem else []
    rules = offered(planned, choice)
    aside = packed((_idle(item, choice) for item in planned.idle), ASIDE)
    if not rules or not (planned.items or planned.idle):
        return modal(_TITLE, [*above, section(_NOTHING), *aside])
    if not planned.items:
        above.append(section("*Nothing would be changed* by what is chosen."))
    named = {rule: text for rule, text in GUARDRAILS.items() if rule in rules}
    blocks: list[Block | Field] = [
        *above,
        *plans(planned.items),
        *([context(UNDO_GUARDRAILS)] if planned.items else ()),
        *aside,
        *fields("Guardrails to put in place", named, choice, _exclusions(rules, choice, policy)),
    ]
    return form(_TITLE, "Ask for approval", ids.FORM_GUARD, draft_id, blocks)


def _exclusions(rules: Sequence[Rule], choice: Choice, policy: Policy) -> Field | None:
    """Return the field for exclusions; where the policy accepts none, none is asked for."""
    return (
        exclusions(choice, policy) if policy.accepted_exclusions and takes_exclusions(rules, choice, policy) else None
    )


def _idle(item: Item, choice: Choice) -> str:
    if item.advice:
        return "\n".join([name(item), *(f":warning: {sentence(one)}" for one in item.advice)])
    well = "is guarded already" if choice.rules.issuperset(Rule) else "needs no change by what is chosen"
    return f":large_green_circle: {name(item)}: {well}"
