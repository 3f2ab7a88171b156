"""What was filled in, from the state that Slack hands over with a form: pure, and nothing of it is taken on trust."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from ecr.changes import Choice
from ecr.errors import UsageError
from ecr.model import Rule
from handlers import ids

_STALE = "This form is not one that ecrbot can read, as after an upgrade: close it, and open it anew."
_NUMBER = re.compile(r"[0-9]{1,4}")


def choice_of(values: object) -> Choice:
    """Return the rules and the exclusions as they are chosen now, as far as the form for remediation is filled in.

    Raises:
        UsageError: it is no state of that form.
    """
    rules, exclusions, _ = remediation_values(values)
    return Choice(rules, exclusions)


def remediation_values(values: object) -> tuple[frozenset[Rule], tuple[str, ...], str]:
    """Return the rules, the exclusions and the reason of the form for remediation.

    While it is filled in there may be no reason yet, and no rule.

    Raises:
        UsageError: it is no state of that form.
    """
    excluded = _text(values, ids.EXCLUSIONS) if _has(values, ids.EXCLUSIONS) else ""
    exclusions = tuple(dict.fromkeys(re.split(r"[\s,]+", excluded.strip(" ,\t\n")))) if excluded.strip(" ,\t\n") else ()
    return frozenset(_rules(values)), exclusions, _text(values, ids.REASON).strip()


def exemption_values(values: object) -> tuple[tuple[Rule, ...], date, str]:
    """Return the rules, the last day and the reason of the form for an exemption.

    Raises:
        UsageError: it is no state of that form, or the day or the reason is missing.
    """
    return _rules(values), _day(values), reason_value(values)


def reason_value(values: object) -> str:
    """Return the reason of a form.

    Raises:
        UsageError: there is none.
    """
    reason = _text(values, ids.REASON).strip()
    if not reason:
        raise UsageError("A reason is needed: it is what the others go by.")
    return reason


def which_values(values: object) -> tuple[int, ...]:
    """Return the numbers, from 0, of the repositories that were chosen.

    Raises:
        UsageError: it is no state of that form, or none was chosen.
    """
    chosen = _selected(values, ids.WHICH)
    if not chosen:
        raise UsageError("Choose at least one of them.")
    if not all(_NUMBER.fullmatch(value) for value in chosen):
        raise UsageError(_STALE)
    return tuple(dict.fromkeys(map(int, chosen)))


def _rules(values: object) -> tuple[Rule, ...]:
    chosen = _selected(values, ids.RULES)
    if not set(chosen) <= set(Rule):
        raise UsageError(_STALE)
    return tuple(rule for rule in Rule if rule in chosen)


def _day(values: object) -> date:
    chosen = _element(values, ids.UNTIL).get("selected_date")
    if not chosen:
        raise UsageError("Say until when: an exemption has an end.")
    try:
        return date.fromisoformat(chosen)
    except (TypeError, ValueError) as error:
        raise UsageError(_STALE) from error


def _text(values: object, field: str) -> str:
    text = _element(values, field).get("value")
    if not isinstance(text, str | None):
        raise UsageError(_STALE)
    return text or ""


def _selected(values: object, field: str) -> tuple[str, ...]:
    """Return the values of the ticked boxes; those of several fields of one name follow one another."""
    options = _element(values, field).get("selected_options")
    if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
        raise UsageError(_STALE)
    chosen = tuple(option.get("value") for option in options)
    if not all(isinstance(value, str) for value in chosen):
        raise UsageError(_STALE)
    return tuple(str(value) for value in chosen)


def _has(values: object, field: str) -> bool:
    return isinstance(values, dict) and field in values


def _element(values: object, field: str) -> dict[str, Any]:
    block = values.get(field) if isinstance(values, dict) else None
    element = block.get(field) if isinstance(block, dict) else None
    if not isinstance(element, dict):
        raise UsageError(_STALE)
    return element
