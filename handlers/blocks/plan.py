"""What a request or a form is about: the changes of each repository, or registry, and what they may break."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ecr.arns import is_registry
from ecr.digest_words import counted
from ecr.impact import NOTHING
from ecr.request import Outcome
from handlers.blocks.change import change, is_abridged
from handlers.blocks.text import LONGEST_TEXT, clipped, code, escaped, section, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slack_sdk.models.blocks import Block

    from ecr.changes import Change
    from ecr.request import Item

LONGEST_SENTENCE = 500
"""Characters of a sentence that AWS or a person wrote: longer ones are cut, so that nothing else is pushed out."""

LONGEST_LINE = 1200
"""Characters of a line that goes with a change, as where it names the repositories that a filter touches."""

LONGEST_ENTRY = 950
"""Characters of a repository among many: three of the longest are a section, a hundred fit into a message."""

ENTRIES = 8
"""Repositories in a section, at most."""

COMMON = 6
"""Targets, changes or sentences that a summary names; more are counted."""

REGISTRY_BLOCKS = 3
"""Blocks of the changes of one registry, at most."""

IN_ITS_THREAD = ", which the request lists in its thread"
"""Where the rest is of what has no room."""

UNDO_GUARDRAILS = "Undo takes out exactly what this adds, and leaves what others added."
"""What Undo does to a registry, of which others change the same lists."""

_BREAKS = "*What may break*"
_FENCE = "```"
_SIGNS = {
    Outcome.WAITING: "",
    Outcome.APPLIED: ":white_check_mark: ",
    Outcome.FAILED: ":x: ",
    Outcome.UNDONE: ":leftwards_arrow_with_hook: ",
}


def sentence(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """Return a sentence from outside as it can be shown: as it is, on one line, and no longer than there is room for.

    A fence of backticks in it, which would make code of all that follows, becomes one of apostrophes.
    """
    return clipped(verbatim(" ".join(text.split()).replace(_FENCE, "'''")), longest)


def target(item: Item) -> str:
    """Return where a repository is."""
    return sentence(str(item.target))


def name(item: Item) -> str:
    """Return what a repository is called, and where it is: `` `payments-api` · prod (111111111111) in eu-west-1 ``.

    A registry is called by where it is alone: there is one in each account and region.
    """
    return target(item) if is_registry(item.arn) else f"{code(item.name)} · {target(item)}"


def nouns(items: Sequence[Item]) -> tuple[str, str]:
    """Return what one of these is called, and several."""
    of_registries = bool(items) and is_registry(items[0].arn)
    return ("registry", "registries") if of_registries else ("repository", "repositories")


def many(items: Sequence[Item], count: int | None = None) -> str:
    """Return how many of these there are, with what they are called: `3 repositories`."""
    return counted(len(items) if count is None else count, *nouns(items))


def in_full(item: Item, *, named: bool) -> list[Block]:
    """Return a repository, or a registry, with everything that is known of its plan: three blocks at most.

    Args:
        item: the repository or registry.
        named: whether its name comes first, as where there are several.
    """
    if is_registry(item.arn):
        return packed(_entries(item, named=named), REGISTRY_BLOCKS, IN_ITS_THREAD)
    blocks: list[Block] = []
    if first := _lines(item, named=named):
        blocks.append(section("\n".join(first)))
    if item.impact:
        blocks.append(section("\n".join([_BREAKS, *(f"• {sentence(one)}" for one in item.impact)])))
    if item.code:
        blocks.append(section(fenced(item.code)))
    return blocks


def with_lines(one: Change, longest: int = LONGEST_LINE) -> list[str]:
    """Return a change, and what goes with it a sentence each, none longer than there is room for."""
    return [change(one), *(sentence(text, longest) for text in one.lines)]


def is_cut(item: Item) -> bool:
    """Tell whether what is changed of a registry has no room where it is shown in full."""
    of_registry = [one for one in item.changes if one.action.is_of_registry]
    long_lines = any(len(verbatim(text)) > LONGEST_LINE for one in of_registry for text in one.lines)
    too_long = not is_registry(item.arn) and len("\n".join(_lines(item, named=True))) > LONGEST_TEXT
    return long_lines or any(map(is_abridged, of_registry)) or overflows(item) or (bool(of_registry) and too_long)


def overflows(item: Item) -> bool:
    """Tell whether a registry has more changes than there is room for."""
    return is_registry(item.arn) and len(_packs(_entries(item, named=True))) > REGISTRY_BLOCKS


def fenced(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return lines of code, closed again however long they are."""
    inside = clipped(escaped(text.strip("\n").replace("`", "'")), longest - 2 * len(_FENCE) - 2)
    return f"{_FENCE}\n{inside}\n{_FENCE}"


def in_short(item: Item) -> str:
    """Return a repository among many, with what would be cut off left out."""
    lines = [f"{_SIGNS[item.outcome]}{name(item)}", *_changes(item, LONGEST_SENTENCE)]
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
    packs = _packs(entries)
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
    blocks: list[Block] = [
        section("\n".join(f"• {line}" for line in _most(places, "more accounts and regions", items)))
    ]
    if changes:
        blocks.append(section("\n".join(_most(changes, "more changes", items))))
    if breaks or harmless:
        nothing = [f"{many(items, harmless)}: nothing was found"] if harmless else []
        blocks.append(
            section("\n".join([_BREAKS, *(f"• {line}" for line in (*_most(breaks, "more of them", items), *nothing))]))
        )
    return blocks


def _packs(entries: Iterable[str]) -> list[list[str]]:
    packs: list[list[str]] = []
    for entry in entries:
        if not packs or len(packs[-1]) == ENTRIES or len("\n".join((*packs[-1], entry))) > LONGEST_TEXT:
            packs.append([])
        packs[-1].append(entry)
    return packs


def _lines(item: Item, *, named: bool) -> list[str]:
    """Return what is changed of a repository, and what that cannot do."""
    title = [f"{_SIGNS[item.outcome]}{name(item)}"] if named else []
    return [*title, *_changes(item, LONGEST_LINE), *(f":warning: {sentence(one)}" for one in item.advice)]


def _entries(item: Item, *, named: bool) -> list[str]:
    """Return each change of a registry with its lines, and what they cannot do."""
    found = ["\n".join(_change(item, number, LONGEST_LINE)) for number in range(len(item.changes))]
    found += [f":warning: {sentence(one)}" for one in item.advice]
    title = [f"{_SIGNS[item.outcome]}{name(item)}"] if named else []
    return [clipped("\n".join([*title, *found[:1]])), *map(clipped, found[1:])] if title or found else []


def _changes(item: Item, longest: int) -> Iterator[str]:
    for number in range(len(item.changes)):
        yield from _change(item, number, longest)


def _change(item: Item, number: int, longest: int) -> Iterator[str]:
    """Yield a change with its lines; of a repository in which it failed with whether it was made."""
    sign = (":x: ", ":white_check_mark: ")[number in item.made] if item.outcome is Outcome.FAILED else ""
    first, *lines = with_lines(item.changes[number], longest)
    yield from (f"{sign}{first}", *lines)


def _most(found: Counter[str], more: str, items: Sequence[Item]) -> list[str]:
    lines = [f"{many(items, count)}: {clipped(what, 400)}" for what, count in found.most_common(COMMON)]
    left = len(found) - COMMON
    return [*lines, f"and {left} {more}"] if left > 0 else lines
