"""What a card or a form shows in part, as a whole: every filter of a registry's rules, and every line of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.arns import is_registry
from ecr.setting import RegistryFilter
from handlers.blocks.change import change, is_abridged, pieces, whole_rule
from handlers.blocks.plan import LONGEST_LINE, LONGEST_SENTENCE, is_cut, name, overflows, sentence, target
from handlers.blocks.text import clipped, code, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecr.changes import Change
    from ecr.model import ScanRule
    from ecr.request import Item

MOST_BLOCKS = 30
"""Blocks of it, at most: the two hundred filters of a registry, of 256 letters each, are twenty."""

_LONGEST_PIECE = 590
"""Characters of a piece: escaped, each may become five."""


def whole(items: Sequence[Item], *, listed: bool = False) -> list[str]:
    """Return what has no room elsewhere, each list of rules once.

    Args:
        items: repositories, or registries.
        listed: whether this is the list in the thread, in which registries are shown here alone, and repositories
            in short besides; else each is shown in full besides.
    """
    cut = [item for item in items if is_cut(item)]
    shown = items if listed and any(is_registry(item.arn) for item in items) else cut
    return [*(entry for item in shown for entry in _of_item(item, listed=listed)), *_lists(cut)]


def _of_item(item: Item, *, listed: bool) -> Iterator[str]:
    """Yield the changes of a registry that are too many, with their lines; else the lines alone that are too long."""
    if is_registry(item.arn) and (listed or overflows(item)):
        yield name(item)
        for one in item.changes:
            yield clipped(change(one))
            yield from _lines(one)
        yield from (f":warning: {sentence(text)}" for text in item.advice)
        return
    longest = LONGEST_SENTENCE if listed else LONGEST_LINE
    found = [text for one in item.changes for text in _lines(one, longest)]
    yield from (name(item), *found) if found else ()


def _lines(one: Change, longer_than: int = -1) -> Iterator[str]:
    for text in one.lines:
        if len(verbatim(text)) > longer_than:
            yield from map(verbatim, pieces(" ".join(text.split()), _LONGEST_PIECE))


def _lists(items: Sequence[Item]) -> Iterator[str]:
    """Yield every filter of the rules as they were before; several repositories of a registry have the same."""
    found: dict[tuple[str, str, tuple[ScanRule, ...]], None] = {}
    for item in items:
        for one in filter(is_abridged, item.changes):
            if isinstance(one.before, RegistryFilter):
                found[target(item), one.before.scan_type, one.before.rules] = None
    for where, scan_type, rules in found:
        yield f"*The rules of {where} before* ({verbatim(scan_type)})"
        for rule in rules:
            yield from map(code, pieces(whole_rule(rule), _LONGEST_PIECE))
