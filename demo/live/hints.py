"""What fits what somebody has typed so far: subcommands of `/ecr`, names of repositories, and what a command takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handlers.ids import COMMAND
from handlers.subcommands import SUBCOMMANDS, Subcommand

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_NAMES = 8

_NAMED = frozenset({"check", "history", "remediate", "exempt", "fix"})
"""The subcommands that take a name; those of `_FILTERED` take one once it is begun."""

_FILTERED = frozenset({"list", "subscribe"})


def fitting(typed: str, names: Iterable[str]) -> dict[str, Any]:
    """Return what fits.

    Args:
        typed: all that was typed.
        names: of the repositories that there are.

    Returns:
        `options`, each with the `text` that it makes of what was typed, its `label`, and what it `does`; and `usage`,
        what the subcommand takes and does.
    """
    slash, *words = typed.split(" ")
    if not slash or not COMMAND.startswith(slash):
        return {"options": [], "usage": ""}
    known = next((one for one in SUBCOMMANDS if words and one.name == words[0].lower()), None)
    if len(words) > 1:
        return {"options": _completions(typed, known, names), "usage": _usage(known)}
    begun = words[0].lower() if words else ""
    fits = [] if known else [one for one in SUBCOMMANDS if one.name.startswith(begun)]
    return {"options": [_offered(one) for one in fits], "usage": _usage(known)}


def _offered(one: Subcommand) -> dict[str, str]:
    takes_nothing = one.usage == one.name
    text = f"{COMMAND} {one.name}{'' if takes_nothing else ' '}"
    return {"text": text, "label": f"{COMMAND} {one.usage}", "does": one.does}


def _usage(known: Subcommand | None) -> str:
    return f"{COMMAND} {known.usage} — {known.does}" if known else ""


def _completions(typed: str, known: Subcommand | None, names: Iterable[str]) -> list[dict[str, str]]:
    head, _, part = typed.rpartition(" ")
    wanted = part.lower()
    if known is None or known.name not in (_NAMED | _FILTERED if wanted else _NAMED):
        return []
    found = sorted({name for name in names if wanted in name and wanted != name})
    found.sort(key=lambda name: not name.startswith(wanted))
    return [{"text": f"{head} {name}", "label": name} for name in found[:MOST_NAMES]]
