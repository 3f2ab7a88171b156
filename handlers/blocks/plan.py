"""What a request or a form is about: the changes of each repository and what they may break, or a summary of many."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ecr.digest_words import counted
from ecr.impact import NOTHING
from ecr.request import Outcome
from handlers.blocks.text import LONGEST_TEXT, clipped, code, escaped, section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slack_sdk.models.blocks import Block

    from ecr.changes import Change
    from ecr.request import Item

LONGEST_SENTENCE = 500
"""Characters of a sentence that AWS or a person wrote: longer ones are cut, so that nothing else is pushed out."""

LONGEST_ENTRY = 950
"""Characters of a repository among many: three of the longest are a section, a hundred fit into a message."""

ENTRIES = 8
"""Repositories in a section, at most."""

COMMON = 6
"""Targets, changes or sentences that a summary names; more are counted."""

_BREAKS = "*What may break*"
_FENCE = "```"
_SIGNS = {
    Outcome.WAITING: "",
    Outcome.APPLIED: ":white_check_mark: ",
    Outcome.FAILED: ":x: ",
    Outcome.UNDONE: ":leftwards_arrow_with_hook: ",
}


def sentence(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """Return a sentence from outside as it can be shown: escaped, on one line, and no longer than there is room for.

    A fence of backticks in it, which would make code of all that follows, becomes one of apostrophes.
    """
    return clipped(escaped(" ".join(text.split()).replace(_FENCE, "'''")), longest)


def target(item: Item) -> str:
    """Return where a repository is."""
    return sentence(str(item.target))


def name(item: Item) -> str:
    """Return what a repository is called, and where it is: `` `payments-api` · prod (111111111111) in eu-west-1 ``."""
    return f"{code(item.name)} · {target(item)}"


def change(one: Change) -> str:
    """Return a change: ``*tag-immutability* `MUTABLE` → `IMMUTABLE` ``."""
    return f"*{one.rule}* {code(str(one.before))} → {code(str(one.after))}"


def in_full(item: Item, *, named: bool) -> list[Block]:
    """Return a repository with everything that is known of its plan: three blocks at most.

    Args:
        item: the repository.
        named: whether its name comes first, as where there are several.
    """
    title = [f"{_SIGNS[item.outcome]}{name(item)}"] if named else []
    blocks: list[Block] = []
    if first := [*title, *_changes(item), *(f":warning: {sentence(one)}" for one in item.advice)]:
        blocks.append(section("\n".join(first)))
    if item.impact:
        blocks.append(section("\n".join([_BREAKS, *(f"• {sentence(one)}" for one in item.impact)])))
    if item.code:
        blocks.append(section(fenced(item.code)))
    return blocks


def fenced(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return lines of code, closed again however long they are."""
    inside = clipped(escaped(text.strip("\n").replace("`", "'")), longest - 2 * len(_FENCE) - 2)
    return f"{_FENCE}\n{inside}\n{_FENCE}"


def in_short(item: Item) -> str:
    """Return a repository among many, with what would be cut off left out."""
    lines = [f"{_SIGNS[item.outcome]}{name(item)}", *_changes(item)]
    lines += [f":warning: {sentence(one)}" for one in item.advice]
    lines += [sentence(item.sentence)] if item.sentence else [f"• {sentence(one)}" for one in item.impact]
    said = clipped("\n".join(lines), LONGEST_ENTRY)
    with_code = f"{said}\n{fenced(item.code)}" if item.code else said
    return with_code if len(with_code) <= LONGEST_ENTRY else said


def packed(entries: Iterable[str], most: int, where: str = "") -> list[Block]:
    """Return entries as few blocks, and a line that counts those that are left out.

    Args:
        entries: none longer than a section.
        most: how many blocks there may be.
        where: where the rest is to be seen.
    """
    packs: list[list[str]] = []
    for entry in entries:
        if not packs or len(packs[-1]) == ENTRIES or len("\n".join((*packs[-1], entry))) > LONGEST_TEXT:
            packs.append([])
        packs[-1].append(entry)
    shown = packs if len(packs) <= most else packs[: most - 1]
    left = sum(map(len, packs[len(shown) :]))
    blocks: list[Block] = [section("\n".join(pack)) for pack in shown]
    return [*blocks, section(f"And {left} more{where}.")] if left else blocks


def summary(items: Sequence[Item]) -> list[Block]:
    """Return many repositories in numbers: by account and region, and by what is changed and what may break."""
    places = Counter(target(item) for item in items)
    changes = Counter(change(one) for item in items for one in item.changes)
    breaks = Counter(sentence(one) for item in items for one in item.impact if not one.startswith(NOTHING))
    harmless = sum(all(one.startswith(NOTHING) for one in item.impact) for item in items if item.impact)
    blocks: list[Block] = [section("\n".join(f"• {line}" for line in _most(places, "more accounts and regions")))]
    if changes:
        blocks.append(section("\n".join(_most(changes, "more changes"))))
    if breaks or harmless:
        nothing = [f"{counted(harmless)}: nothing was found"] if harmless else []
        blocks.append(
            section("\n".join([_BREAKS, *(f"• {line}" for line in (*_most(breaks, "more of them"), *nothing))]))
        )
    return blocks


def _changes(item: Item) -> Iterator[str]:
    """Yield the changes; of a repository in which it failed each with whether it was made."""
    for number, one in enumerate(item.changes):
        sign = (":x: ", ":white_check_mark: ")[number in item.made] if item.outcome is Outcome.FAILED else ""
        yield f"{sign}{change(one)}"
        yield from map(sentence, one.lines)


def _most(found: Counter[str], more: str) -> list[str]:
    lines = [f"{counted(count)}: {clipped(what, 400)}" for what, count in found.most_common(COMMON)]
    left = len(found) - COMMON
    return [*lines, f"and {left} {more}"] if left > 0 else lines
