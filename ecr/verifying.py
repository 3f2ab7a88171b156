"""Whether what was changed is as it was planned, and what is said of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.changes import is_set
from ecr.model import Verdict
from ecr.request import Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ecr.model import Assessment, Repository
    from ecr.request import Item


def not_as_planned(kind: Kind, item: Item, repository: Repository, judged: Assessment) -> str | None:
    """Return what is not as the changes of a repository make it, as a sentence; `None` where all is.

    Every setting must be there, and of all but an undo every rule that was to be mended must pass: exemptions do not
    count here.

    Args:
        kind: what the request is for.
        item: the repository, with its changes.
        repository: as it was read back.
        judged: as it was judged then, without exemptions.
    """
    for change in item.changes:
        if not is_set(repository, change.after):
            return f"{change.rule} is not {change.after}."
    if kind is Kind.UNDO:
        return None
    rules = {change.rule for change in item.changes}
    failing = next((f for f in judged.findings if f.rule in rules and f.verdict is not Verdict.PASS), None)
    return f"{failing.rule} is {failing.verdict}. {failing.evidence}" if failing else None


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
