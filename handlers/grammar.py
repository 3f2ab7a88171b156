"""From what was typed after `/ecr` to a command value. Pure: nothing is looked up and nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from ecr import names
from ecr.errors import InvalidNameError, UsageError
from handlers.subscription_words import Subscribe, Unsubscribe, subscribe, unsubscribe

__all__ = [
    "MOST_NAMES",
    "SUBCOMMANDS",
    "Check",
    "Command",
    "DigestNow",
    "Help",
    "History",
    "List",
    "Misunderstood",
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
class Subcommand:
    """What can be typed, in words: shown by the help and listed in the README."""

    name: str
    usage: str
    does: str
    examples: tuple[str, ...]


SUBCOMMANDS = (
    Subcommand(
        "check",
        "check <repo>",
        "the verdict on a repository, per account and region where the name exists, with the evidence",
        (
            "check payments-api",
            "check team-*",
            "check 111111111111.dkr.ecr.eu-west-1.amazonaws.com/payments-api:1.4.2",
        ),
    ),
    Subcommand(
        "list",
        "list [account=…] [region=…] [name-glob]",
        "what does not comply by the last sweep, paged",
        ("list account=prod payments-*",),
    ),
    Subcommand(
        "history",
        "history <repo>",
        "what happened to a repository: found, changed, resolved",
        ("history payments-api",),
    ),
    Subcommand("digest", "digest", "today's digest, to you alone", ("digest",)),
    Subcommand(
        "subscribe",
        "subscribe [at HH:MM] [timezone] [name-glob]",
        "a daily digest in this channel; at 09:00 in your own time zone where you say nothing else",
        ("subscribe at 09:00 Europe/Bucharest payments-*",),
    ),
    Subcommand("unsubscribe", "unsubscribe", "no more digest in this channel", ("unsubscribe",)),
    Subcommand("sweep", "sweep", "reads everything now, and says what changed", ("sweep",)),
    Subcommand(
        "status",
        "status",
        "the last sweep and its age, what could not be read, open requests, the next digests",
        ("status",),
    ),
    Subcommand("help", "help", "what can be typed, with examples", ("help",)),
)


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


Command = Check | List | History | DigestNow | Subscribe | Unsubscribe | Sweep | Status | Help | Misunderstood

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
    match words[0].lower():
        case "check":
            return check(tuple(words[1:])) if words[1:] else Help("check")
        case "list":
            return listing(tuple(words[1:]))
        case "history":
            return history(tuple(words[1:])) if words[1:] else Help("history")
        case "subscribe":
            return subscribe(words[1:])
        case "unsubscribe":
            return unsubscribe(words[1:])
        case alone if alone in _WHOLE and len(words) == 1:
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


def _suggestion(words: list[str]) -> str | None:
    near = get_close_matches(words[0].lower(), [subcommand.name for subcommand in SUBCOMMANDS], n=1)
    if near:
        return near[0] if near[0] in _WHOLE else " ".join([near[0], *map(names.shown, words[1:2])])
    try:
        return f"check {names.parse(words[0])}" if len(words) == 1 else None
    except InvalidNameError:
        return None
