"""From what was typed after `/ecr` to a command value. Pure: nothing is looked up and nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ecr import names
from ecr.errors import InvalidNameError, UsageError
from handlers.guardrail_words import Guardrails, guardrails
from handlers.repository_words import (
    MOST_NAMES,
    Check,
    Exempt,
    Fix,
    History,
    Remediate,
    check,
    exempt,
    fix,
    history,
    remediate,
)
from handlers.subcommands import SUBCOMMANDS, Subcommand
from handlers.subscription_words import Subscribe, Unsubscribe, subscribe, unsubscribe

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MOST_NAMES",
    "SUBCOMMANDS",
    "Check",
    "Command",
    "Control",
    "DigestNow",
    "Exempt",
    "Fix",
    "Guardrails",
    "Help",
    "History",
    "List",
    "Misunderstood",
    "Remediate",
    "Status",
    "Subcommand",
    "Subscribe",
    "Sweep",
    "Unsubscribe",
    "check",
    "history",
    "listing",
    "parse",
]


@dataclass(frozen=True, slots=True)
class List:
    """`list`: what does not comply, of an account (id or name), of a region, of names that match."""

    account: str | None = None
    region: str | None = None
    names: names.Query | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """`sweep`: everything, now."""


@dataclass(frozen=True, slots=True)
class DigestNow:
    """`digest`: today's, to the asker alone."""


@dataclass(frozen=True, slots=True)
class Status:
    """`status`: how the bot is doing."""


@dataclass(frozen=True, slots=True)
class Help:
    """`help`, nothing at all, or a subcommand that lacks what it is about."""

    about: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """`help control`: what is checked, and why."""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """Something else, with what may have been meant."""

    text: str
    suggestion: str | None = None


Command = (
    Check
    | List
    | History
    | Remediate
    | Fix
    | Exempt
    | Guardrails
    | DigestNow
    | Subscribe
    | Unsubscribe
    | Sweep
    | Status
    | Help
    | Control
    | Misunderstood
)

_CONTROL = "control"
_WHOLE: dict[str, Command] = {"digest": DigestNow(), "help": Help(), "status": Status(), "sweep": Sweep()}
"""What is typed alone."""


def parse(text: str) -> Command:
    """Return the command that was typed after `/ecr`.

    Args:
        text: as Slack sent it; case and spaces are forgiven.

    Raises:
        UsageError: the subcommand is known, but what it was given cannot be meant, or is too much.
    """
    words = text.split()
    if not words:
        return Help()
    word, rest = words[0].lower(), tuple(words[1:])
    if word in _OF_REPOSITORIES:
        return _OF_REPOSITORIES[word](rest) if rest else Help(word)
    if word in _OTHERS:
        return _OTHERS[word](rest)
    if word in _WHOLE and not rest:
        return _WHOLE[word]
    return Misunderstood(names.shown(text.strip()), _suggestion(words))


def listing(words: tuple[str, ...]) -> List:
    """Return the list that these filters ask for.

    Raises:
        UsageError: one of them is none.
    """
    given: dict[str, str] = {}
    for word in words:
        key, is_filter, value = word.partition("=")
        key = key.lower() if is_filter else "names"
        if key not in ("account", "region", "names") or key in given or (is_filter and not value):
            raise UsageError(
                f"{names.shown(word)} is no filter of list: it takes account=…, region=… and one name-glob."
            )
        given[key] = value if is_filter else word
    asked = names.parse(given["names"]) if "names" in given else None
    return List(given.get("account"), given.get("region"), asked)


def _help(about: tuple[str, ...]) -> Command:
    """Return the help that is asked for; `help` with any other word is the help with everything."""
    if not about or not get_close_matches(about[0].lower(), [_CONTROL], n=1):
        return Help()
    if tuple(word.lower() for word in about) == (_CONTROL,):
        return Control()
    return Misunderstood(names.shown(" ".join(("help", *about))), f"help {_CONTROL}")


def _suggestion(words: list[str]) -> str | None:
    near = get_close_matches(words[0].lower(), [subcommand.name for subcommand in SUBCOMMANDS], n=1)
    if near:
        taken = 2 if near[0] == "guardrails" else 1
        return near[0] if near[0] in _WHOLE else " ".join([near[0], *map(names.shown, words[1 : 1 + taken])])
    try:
        return f"check {names.parse(words[0])}" if len(words) == 1 else None
    except InvalidNameError:
        return None


_OF_REPOSITORIES: dict[str, Callable[[tuple[str, ...]], Command]] = {
    "check": check,
    "history": history,
    "remediate": remediate,
    "fix": fix,
    "exempt": exempt,
}
"""What is of one repository, or of several."""

_OTHERS: dict[str, Callable[[tuple[str, ...]], Command]] = {
    "help": _help,
    "list": listing,
    "guardrails": guardrails,
    "subscribe": lambda rest: subscribe(list(rest)),
    "unsubscribe": lambda rest: unsubscribe(list(rest)),
}
"""What takes something else, or nothing."""
