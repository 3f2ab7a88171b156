"""Registry scanning filters that stand for others, and what could be merged where a rule is full of them. Pure.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ecr.scanning import filter_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

_ANY = "*"
_TOLD = 3


def covers(wide: str, narrow: str) -> bool:
    """Tell whether a filter surely matches every name that another one matches; `False` where that is not sure."""
    if "*" not in wide:
        return wide in narrow
    # What the narrow filter leaves open no letter of the wide one can stand for: its asterisks are no letters of names.
    return filter_matches(wide, narrow if "*" in narrow else f"*{narrow}*")


def to_merge(filters: Sequence[str]) -> str:
    """Return what could be merged of the filters of a rule that is full, as a sentence."""
    kept = _kept(filters)
    spare = [one for one in filters if one not in kept]
    if spare:
        wide = next(one for one in kept if covers(one, spare[0]))
        more = f" and {len(spare) - _TOLD} more" if len(spare) > _TOLD else ""
        return f"Other filters cover {', '.join(spare[:_TOLD])}{more} (such as {wide}): take those out by hand."
    starts = Counter(start for one in filters for start in [_start(one)] if start)
    start, count = starts.most_common(1)[0] if starts else ("", 0)
    if count > 1:
        wide = _standing_for(start, [one for one in filters if _start(one) == start])
        return f"{count} of them begin with {start}: {wide} would stand for all of those, and for others like them."
    return f"One filter {_ANY} would stand for all of them."


def _kept(filters: Sequence[str]) -> tuple[str, ...]:
    """Return the filters that match all that some match; of those that match the same, the first."""
    kept: list[str] = []
    for one in dict.fromkeys(filters):
        if not any(covers(wide, one) for wide in kept):
            kept = [*(narrow for narrow in kept if not covers(one, narrow)), one]
    return tuple(kept)


def _standing_for(start: str, filters: Sequence[str]) -> str:
    """Return a filter that matches all that some filters of the same beginning match."""
    wide = f"{start}{_ANY}"
    # One without an asterisk matches in the middle of a name too.
    return wide if all(covers(wide, one) for one in filters) else f"{_ANY}{wide}"


def _start(text: str) -> str:
    """Return the first word of a filter with what ends it: `team-a/` or `payments-`; nothing where it is one word."""
    for position, letter in enumerate(text):
        if letter in "-/_.":
            return text[: position + 1]
    return ""
