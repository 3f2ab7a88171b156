"""From what was typed after `/ecr` to a command value. Pure: nothing is looked up and nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ecr import names
from ecr.errors import InvalidNameError, UsageError
from ecr.request import MOST_REPOSITORIES
from handlers.subcommands import SUBCOMMANDS, Subcommand
from handlers.subscription_words import Subscribe, Unsubscribe, subscribe, unsubscribe

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MOST_NAMES",
    "SUBCOMMANDS",
    "Check",
    "Command",
    "DigestNow",
    "Exempt",
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

MOST_NAMES = 5
"""Names in one `/ecr check` at most: the buttons below the answer carry them, and a button's value is short."""


@dataclass(frozen=True, slots=True)
class Check:
    """`check <repo>`: one repository or several."""

    queries: tuple[names.Query, ...]


@dataclass(frozen=True, slots=True)
class List:
    """`list`: what does not comply, of an account (id or name), of a region, of names that match."""

    account: str | None = None
    region: str | None = None
    names: names.Query | None = None


@dataclass(frozen=True, slots=True)
class History:
    """`history <repo>`: what happened to one repository."""

    query: names.Query


@dataclass(frozen=True, slots=True)
class Remediate:
    """`remediate <repo or glob>`: one repository or many."""

    queries: tuple[names.Query, ...]


@dataclass(frozen=True, slots=True)
class Exempt:
    """`exempt <repo>`: one repository."""

    query: names.Query


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
class Misunderstood:
    """Something else, with what may have been meant."""

    text: str
    suggestion: str | None = None


Command = (
    Check
    | List
    | History
    | Remediate
    | Exempt
    | DigestNow
    | Subscribe
    | Unsubscribe
    | Sweep
    | Status
    | Help
    | Misunderstood
)

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
    if not words or words[0].lower() == "help":
        return Help()
    word, rest = words[0].lower(), tuple(words[1:])
    if word in _OF_REPOSITORIES:
        return _OF_REPOSITORIES[word](rest) if rest else Help(word)
    match word:
        case "list":
            return listing(rest)
        case "subscribe":
            return subscribe(list(rest))
        case "unsubscribe":
            return unsubscribe(list(rest))
        case alone if alone in _WHOLE and not rest:
            return _WHOLE[alone]
    return Misunderstood(names.shown(text.strip()), _suggestion(words))


def check(asked: tuple[str, ...]) -> Check:
    """Return the check of these repositories.

    Raises:
        UsageError: one of them is no name, glob, URI or ARN, or there are too many.
    """
    if len(asked) > MOST_NAMES:
        raise UsageError(
            f"That is {len(asked)} repositories; check takes {MOST_NAMES} at a time, or a glob like team-*."
        )
    return Check(tuple(dict.fromkeys(names.parse(one) for one in asked)))


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


def history(asked: tuple[str, ...]) -> History:
    """Return the history that is asked for.

    Raises:
        UsageError: it is not of one repository.
    """
    query = names.parse(asked[0])
    if len(asked) > 1 or query.is_glob:
        raise UsageError("history is of one repository: give its name, URI or ARN.")
    return History(query)


def remediate(asked: tuple[str, ...]) -> Remediate:
    """Return what is to be remediated.

    Raises:
        UsageError: one of them is no name, glob, URI or ARN, or there are too many words.
    """
    if len(asked) > MOST_REPOSITORIES:
        raise UsageError(f"That is {len(asked)} names; one request takes {MOST_REPOSITORIES} repositories.")
    return Remediate(tuple(dict.fromkeys(names.parse(one) for one in asked)))


def exempt(asked: tuple[str, ...]) -> Exempt:
    """Return what is to be exempt.

    Raises:
        UsageError: it is not one repository.
    """
    query = names.parse(asked[0])
    if len(asked) > 1 or query.is_glob:
        raise UsageError("exempt is of one repository: give its name, URI or ARN.")
    return Exempt(query)


def _suggestion(words: list[str]) -> str | None:
    near = get_close_matches(words[0].lower(), [subcommand.name for subcommand in SUBCOMMANDS], n=1)
    if near:
        return near[0] if near[0] in _WHOLE else " ".join([near[0], *map(names.shown, words[1:2])])
    try:
        return f"check {names.parse(words[0])}" if len(words) == 1 else None
    except InvalidNameError:
        return None


_OF_REPOSITORIES: dict[str, Callable[[tuple[str, ...]], Command]] = {
    "check": check,
    "history": history,
    "remediate": remediate,
    "exempt": exempt,
}
"""What is of one repository, or of several."""
