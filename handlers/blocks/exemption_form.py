"""The form for an exemption: which rules are not to count, until when, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.digest_words import counted
from ecr.model import Rule
from ecr.request import LONGEST_EXEMPTION, MOST_REPOSITORIES
from handlers import ids
from handlers.blocks.modal import Field, choices, day, form, modal, reason
from handlers.blocks.plan import name, packed, sentence
from handlers.blocks.text import code, section
from handlers.blocks.unread import not_read

if TYPE_CHECKING:
    from datetime import date

    from slack_sdk.models.blocks import Block

    from ecr.planning import Planned
    from ecr.request import Item

SHOWN = 40
"""Blocks of repositories, at most."""

_TITLE = "Exempt"
_END = f"At most {LONGEST_EXEMPTION.days} days from now. When it ends, what fails is told of again."
_NOTHING_READ = "*Nothing can be exempt*: nothing that fails is in what could be read, and not everything could be."
_NOTHING = "*Nothing to exempt.* No rule fails here."


def exemption(draft_id: str, planned: Planned, initial_until: date) -> Field:
    """Return the form for an exemption; where nothing fails, a modal that says so.

    Args:
        draft_id: what the form is kept under.
        planned: what was read: an exemption is of what fails now.
        initial_until: the day that is offered for its end.
    """
    failing = [item for item in (*planned.items, *planned.idle) if item.failing]
    unread = packed(not_read(planned.unread), SHOWN // 4)
    if planned.found > MOST_REPOSITORIES and not failing:
        said = f"*That is {planned.found} repositories*, and one request takes {MOST_REPOSITORIES}."
        return modal(_TITLE, [section(said)])
    if not failing:
        missing = packed((f"No repository is called {code(str(one.query))}." for one in planned.missing), 1)
        said = (
            "*Nothing can be exempt*: nothing that fails is in what could be read, and not everything could be."
            if unread and not planned.idle
            else _NOTHING
        )
        return modal(_TITLE, [section(said), *missing, *unread])
    rules = _failing(failing)
    chosen = rules if len(rules) == 1 else []
    blocks: list[Block | Field] = [
        *_about(failing),
        *unread,
        choices(ids.RULES, "Rules that are not to count", [(str(rule), str(rule)) for rule in rules], chosen),
        day(ids.UNTIL, "Until", initial_until, _END),
        reason(),
    ]
    return form(_TITLE, "Ask for approval", ids.FORM_EXEMPT, draft_id, blocks)


def _failing(items: list[Item]) -> list[Rule]:
    """Return the rules that fail somewhere."""
    found = {finding.rule for item in items for finding in item.failing}
    return [rule for rule in Rule if rule in found]


def _about(items: list[Item]) -> list[Block]:
    count = [section(f"*{counted(len(items))}*")] if len(items) > 1 else []
    return [*count, *packed(map(_item, items), SHOWN)]


def _item(item: Item) -> str:
    fails = (f":red_circle: {finding.rule} fails: {sentence(finding.evidence)}" for finding in item.failing)
    return "\n".join([name(item), *fails])
