"""A change as it is shown: with the whole of its before and after, or where these are long with what matters of them.

The rules of a registry are one list of up to two hundred filters. Cut, it says still what is added to how many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.setting import RegistryFilter
from handlers.blocks.text import code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.changes import Change
    from ecr.model import ScanRule

LONGEST_WHOLE = 600
"""Characters of the rules before and after, as far as they are shown one by one."""

LONGEST_RULE = 200
"""Characters of the filters of one rule that is shown in part."""

MOST_FILTERS = 40
"""Filters of one rule that a setting itself names."""

_CHANGED = 3


def change(one: Change) -> str:
    """Return a change: ``*tag-immutability* `MUTABLE` → `IMMUTABLE` ``."""
    return f"*{one.rule}* {in_words(one)}"


def in_words(one: Change) -> str:
    """Return a change without its rule; the settings are code, in which a filter keeps its asterisks."""
    before, after, more = _sides(one)
    return f"{code(before)} ({more}) → {code(after)}" if more else f"{code(before)} → {code(after)}"


def is_abridged(one: Change) -> bool:
    """Tell whether a change is shown in part, for its list of rules is long."""
    if not (isinstance(one.before, RegistryFilter) and isinstance(one.after, RegistryFilter)):
        return False
    rules = (*one.before.rules, *one.after.rules)
    return len(str(one)) > LONGEST_WHOLE or any(len(rule.filters) > MOST_FILTERS for rule in rules)


def some_of(texts: Sequence[str], longest: int = LONGEST_RULE) -> str:
    """Return the first of some texts, as far as there is room but one at least, and how many there are besides."""
    shown: list[str] = []
    for text in texts:
        if shown and len(", ".join((*shown, text))) > longest:
            break
        shown.append(text)
    left = len(texts) - len(shown)
    return ", ".join(shown) + (f" and {left:,} more" if left else "")


def pieces(text: str, longest: int) -> list[str]:
    """Return a text in pieces none of which is longer, divided after commas where there are any."""
    found: list[str] = []
    while len(text) > longest:
        at = text.rfind(", ", 0, longest) + 2
        at = at if at > 1 else longest
        found.append(text[:at].rstrip())
        text = text[at:]
    return [*found, text]


def rules_in_words(rules: Sequence[ScanRule], longest: int = LONGEST_RULE) -> str:
    """Return the rules of a registry, each with its first filters."""
    return "; ".join(f"{one.frequency}: {some_of(_texts(one), longest) or 'no filter'}" for one in rules)


def whole_rule(rule: ScanRule) -> str:
    """Return a rule with every filter."""
    texts = _texts(rule)
    return f"{rule.frequency}, {_filters(len(texts))}: {', '.join(texts) or 'none'}"


def _sides(one: Change) -> tuple[str, str, str]:
    """Return the before and the after, and of what is shown in part how many filters there were."""
    before, after = one.before, one.after
    if not (is_abridged(one) and isinstance(before, RegistryFilter) and isinstance(after, RegistryFilter)):
        return str(before), str(after), ""
    was, is_ = _pairs(before.rules), _pairs(after.rules)
    came, went = ([text for _, text in sorted(pairs)] for pairs in (is_ - was, was - is_))
    with_, without = (
        f" {word} {some_of(texts[:_CHANGED])}{_rest(texts)}" if texts else ""
        for word, texts in (("and", came), ("without", went))
    )
    rules = rules_in_words(before.rules) or "no rule"
    return f"{before.scan_type}, {rules}", f"the same{with_}{without} ({_filters(len(is_))})", _filters(len(was))


def _rest(texts: Sequence[str]) -> str:
    return f" and {len(texts) - _CHANGED} more" if len(texts) > _CHANGED else ""


def _filters(count: int) -> str:
    return f"{count} filter{'' if count == 1 else 's'}"


def _texts(rule: ScanRule) -> list[str]:
    return [one.text for one in rule.filters]


def _pairs(rules: Sequence[ScanRule]) -> set[tuple[str, str]]:
    return {(rule.frequency, one.text) for rule in rules for one in rule.filters}
