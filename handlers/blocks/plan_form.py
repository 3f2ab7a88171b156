"""What the forms share that show a plan: what would be changed, and what can be chosen about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.arns import is_registry
from ecr.model import Mode, Rule
from handlers import ids
from handlers.blocks.modal import choices, line, reason, told_at_once
from handlers.blocks.plan import in_full, in_short, many, packed, summary
from handlers.blocks.text import section
from handlers.blocks.whole import MOST_BLOCKS, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slack_sdk.models.blocks import Block

    from ecr.changes import Choice
    from ecr.model import Policy
    from ecr.planning import Planned
    from ecr.request import Item
    from handlers.blocks.modal import Field

IN_FULL = 5
"""Repositories that a form shows with all of their plan; more are summarised and listed in short."""

REGISTRIES_IN_FULL = 10
"""The same of registries, of which one button asks for ten at most."""

LISTED = 50
"""Blocks of the list, at most."""

ASIDE = 10
"""Blocks of what nothing is planned for, at most: of each kind."""


def offered(planned: Planned, choice: Choice) -> list[Rule]:
    """Return the rules that can be chosen: those that something is planned for, and those that were taken out."""
    changed = {change.rule for item in planned.items for change in item.changes}
    return [rule for rule in Rule if rule in changed or rule not in choice.rules]


def plans(items: Sequence[Item]) -> list[Block]:
    """Return what would be changed: of a few all of it, long lists as a whole; of many a summary and each in short."""
    of_registries = any(is_registry(item.arn) for item in items)
    if len(items) <= (REGISTRIES_IN_FULL if of_registries else IN_FULL):
        shown = [block for item in items for block in in_full(item, named=True)]
        return [*shown, *packed(whole(items), MOST_BLOCKS, ", which the request lists in its thread")]
    head = section(f"*{many(items)}* would be changed.")
    return [head, *summary(items), *packed(map(in_short, items), LISTED, ", which the request will list in its thread")]


def fields(label: str, rules: Mapping[Rule, str], choice: Choice, exclusions: Field | None) -> list[Field]:
    """Return the fields of such a form.

    Args:
        label: what is asked about the rules.
        rules: those that can be chosen, with what each is called.
        choice: what is chosen now.
        exclusions: the field for tags that may stay mutable, where that is asked.
    """
    options = [(str(rule), text) for rule, text in rules.items()]
    ticked = told_at_once(choices(ids.RULES, label, options, choice.rules))
    return [ticked, *([exclusions] if exclusions is not None else []), reason()]


def takes_exclusions(rules: Sequence[Rule], choice: Choice, policy: Policy) -> bool:
    """Tell whether it means anything that some tags may stay mutable: where tags are to become immutable at all."""
    chosen = Rule.TAG_IMMUTABILITY in rules and Rule.TAG_IMMUTABILITY in choice.rules
    return chosen and policy.mode is Mode.EFFECTIVE


def exclusions(choice: Choice, policy: Policy) -> Field:
    """Return the field for the tags that may stay mutable, with those that the policy accepts."""
    accepted = ", ".join(sorted(policy.accepted_exclusions))
    hint = (
        f"Tags that can still be overwritten. The setting policy.accepted_exclusions has {accepted}. "
        "Press Enter to see the plan with them."
        if accepted
        else "The setting policy.accepted_exclusions has none, so no tag can stay mutable."
    )
    return line(ids.EXCLUSIONS, "Tags that may stay mutable", ", ".join(choice.exclusions), hint)
