"""Which steps of a run are died at: all that matter, and of all others an even spread."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERY = bool(os.environ.get("ECRBOT_EVERY_STEP"))
"""Whether every single step is died at; that takes many minutes."""

_OTHERS = 20
"""Of so many steps that change nothing outside of the process one is died at."""

_OUTSIDE = ("send ", "sent, ", "answered ", "the end")
"""How the steps begin that send or hear something."""


def chosen(steps: Sequence[str], since: str) -> list[int]:
    """Return the steps to die at, from the first one of a kind on.

    Whoever dies at a step that changes nothing outside of the process leaves what the step before left; all others are
    died at, and so is the one after each commit.
    """
    candidates = range(where(steps, since)[0], len(steps) + 1)
    telling = {
        one for one in candidates if EVERY or _speaks(steps, one) or _writes(steps, one) or _writes(steps, one - 1)
    }
    others = [one for one in candidates if one not in telling]
    return sorted([*telling, *spread(others, 2 + len(others) // _OTHERS)])


def where(steps: Sequence[str], beginning: str, since: str = "") -> list[int]:
    """Return the numbers of the steps that begin so, from the first one on that begins as `since` says."""
    first = next(number for number, step in enumerate(steps, start=1) if step.startswith(since))
    return [number for number, step in enumerate(steps, start=1) if number >= first and step.startswith(beginning)]


def fewer(steps: Sequence[int], most: int) -> list[int]:
    """Return so many of the steps, or all where every single one is died at."""
    return list(steps) if EVERY else spread(steps, most)


def spread(steps: Sequence[int], most: int) -> list[int]:
    """Return so many of the steps, with as much between each two, the first and the last among them."""
    if len(steps) <= most:
        return list(steps)
    return [steps[index * (len(steps) - 1) // (most - 1)] for index in range(most)]


def _speaks(steps: Sequence[str], number: int) -> bool:
    """Tell whether a step sends or hears something."""
    return steps[number - 1].startswith(_OUTSIDE)


def _writes(steps: Sequence[str], number: int) -> bool:
    """Tell whether a step commits what was written."""
    begun = (one for one in reversed(steps[:number]) if one.startswith("BEGIN"))
    return steps[number - 1] == "COMMIT" and next(begun, "") == "BEGIN IMMEDIATE"
