"""Whether what was changed is as it was planned, and what is said of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.model import Verdict
from ecr.request import Kind, Outcome
from ecr.setting import is_set, present

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from ecr.model import Assessment, Observation, RegistryState
    from ecr.request import Item


def not_as_planned(
    kind: Kind, item: Item, seen: Observation, judged: Assessment, but: Container[int] = ()
) -> str | None:
    """Return what is not as the changes of a repository make it, as a sentence; `None` where all is.

    Every setting must be there, and of all but an undo every rule that was to be mended must pass: exemptions do not
    count here.

    Args:
        kind: what the request is for.
        item: the repository, with its changes.
        seen: as it was read back.
        judged: as it was judged then, without exemptions.
        but: the numbers of changes that were not to be made after all.
    """
    if wrong := not_set(seen, item, but):
        return wrong
    if kind is Kind.UNDO:
        return None
    rules = {change.rule for change in item.changes}
    failing = next((f for f in judged.findings if f.rule in rules and f.verdict is not Verdict.PASS), None)
    return f"{failing.rule} is {failing.verdict}. {failing.evidence}" if failing else None


def not_set(seen: Observation | RegistryState, item: Item, but: Container[int] = ()) -> str | None:
    """Return which change of an item is not to be seen, as a sentence; `None` where all are."""
    for number, change in enumerate(item.changes):
        if number not in but and not is_set(seen, change.after):
            return f"{change.rule} is not {change.after}: it is {present(seen, change.after) or 'not known'}."
    return None


def verified(kind: Kind, item: Item, judged: Assessment) -> str:
    """Return what was seen of a repository that is as it was planned, as a sentence."""
    if kind is Kind.UNDO:
        return f"Verified: it is as it was before, {', '.join(str(change.after) for change in item.changes)}."
    rules = {change.rule for change in item.changes}
    return "Verified: " + " ".join(f.evidence for f in judged.findings if f.rule in rules)


def done(item: Item, made: Iterable[int]) -> str:
    """Return which changes of a repository were made, as sentences."""
    told = (f"{item.changes[number].rule} is done: {item.changes[number]}." for number in sorted(made))
    return " ".join(told) or "Nothing was changed."


def told(items: Sequence[Item]) -> str:
    """Return what came of some repositories, as `37 of 40 applied, 3 failed: a (why), b (why), c (why)`."""
    if len(items) == 1:
        return items[0].sentence
    failed = [item for item in items if item.outcome is Outcome.FAILED]
    count = f"{len(items) - len(failed)} of {len(items)} applied"
    if not failed:
        return f"{count} and verified."
    named = ", ".join(f"{item.name} ({item.sentence.rstrip('.')})" for item in failed)
    return f"{count}, {len(failed)} failed: {named}."
