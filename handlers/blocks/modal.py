"""Modals and their fields: the shell that every form has, and one function for each kind of field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers import ids
from handlers.blocks.text import clipped, escaped, section, verbatim

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from slack_sdk.models.blocks import Block

LONGEST_TITLE = 24
"""Characters of a modal's title and of its buttons (Block Kit reference)."""

LONGEST_REASON = 1000
LONGEST_OPTION = 75
LONGEST_HINT = 2000
MOST_BOXES = 10
MOST_OPTIONS = 100
"""Checkboxes of a field, and options of a menu (Block Kit reference)."""

Field = dict[str, Any]


def modal(title: str, blocks: Iterable[Block | Field]) -> Field:
    """Return a modal that shows something, and in which nothing can be submitted."""
    return {
        "type": "modal",
        "title": _plain(title, LONGEST_TITLE),
        "close": _plain("Close", LONGEST_TITLE),
        "blocks": [block if isinstance(block, dict) else block.to_dict() for block in blocks],
    }


def form(title: str, submit: str, callback: str, about: str, blocks: Iterable[Block | Field]) -> Field:
    """Return a modal that can be submitted.

    Args:
        title: what it is called.
        submit: the button's text.
        callback: which form it is.
        about: the id of its draft or its request; the form carries nothing else.
        blocks: what it shows, and its fields.
    """
    shell = {"submit": _plain(submit, LONGEST_TITLE), "close": _plain("Cancel", LONGEST_TITLE)}
    return {**modal(title, blocks), **shell, "callback_id": callback, "private_metadata": about}


def reading(title: str) -> Field:
    """Return the modal that is there while ECR is read."""
    return modal(title, [section(":hourglass_flowing_sand: Reading … from ECR")])


def told(title: str, sentence: str) -> Field:
    """Return the modal that says why nothing can be asked."""
    return modal(title, [section(verbatim(sentence))])


def reason(label: str = "Reason") -> Field:
    """Return the field for why somebody wants something."""
    element = {"type": "plain_text_input", "action_id": ids.REASON, "multiline": True, "max_length": LONGEST_REASON}
    return _field(ids.REASON, label, element)


def choices(field: str, label: str, options: Sequence[tuple[str, str]], chosen: Collection[str] = ()) -> Field:
    """Return a field in which any of some options can be chosen: checkboxes, or a menu where they are too many.

    Args:
        field: its name.
        label: what it asks.
        options: the value and the text of each, a hundred at most.
        chosen: the values that are chosen at first.
    """
    made = [{"text": _plain(text, LONGEST_OPTION), "value": value} for value, text in options[:MOST_OPTIONS]]
    kind = "checkboxes" if len(made) <= MOST_BOXES else "multi_static_select"
    element: Field = {"type": kind, "action_id": field, "options": made}
    if first := [option for option in made if option["value"] in chosen]:
        element["initial_options"] = first
    return _field(field, label, element)


def told_at_once(field: Field) -> Field:
    """Return a field that tells of every change while the form is open."""
    return {**field, "dispatch_action": True}


def line(field: str, label: str, initial: str, hint: str) -> Field:
    """Return a field of one line that may stay empty; Enter tells of it at once."""
    element: Field = {
        "type": "plain_text_input",
        "action_id": field,
        "max_length": LONGEST_REASON,
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    if initial:
        element["initial_value"] = initial[:LONGEST_REASON]
    return told_at_once({**_field(field, label, element, hint), "optional": True})


def day(field: str, label: str, initial: date, hint: str) -> Field:
    """Return a field for a date."""
    element = {"type": "datepicker", "action_id": field, "initial_date": initial.isoformat()}
    return _field(field, label, element, hint)


def _field(field: str, label: str, element: Field, hint: str = "") -> Field:
    made: Field = {"type": "input", "block_id": field, "label": _plain(label, LONGEST_HINT), "element": element}
    return {**made, "hint": _plain(hint, LONGEST_HINT)} if hint else made


def _plain(text: str, longest: int) -> Field:
    return {"type": "plain_text", "text": clipped(escaped(text), longest)}
