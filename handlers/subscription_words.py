"""What is typed after `subscribe` and `unsubscribe`: a time of day, a zone and names, in any order. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, TypeVar

from ecr import names, timezones
from ecr.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = TypeVar("Value", time, str)

MOST_FILTERS = 10
"""Names and globs of one digest at most."""

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_LIKE_A_TIME = re.compile(
    r"[0-9]{1,2}(?:[:.h][0-9]{0,2}(?::[0-9]{2})?)?|(?:[0-9]{1,2}(?:[:.][0-9]{2})?)?[ap]\.?m\.?", re.IGNORECASE
)
_LIKE_A_ZONE = re.compile(r"[A-Za-z0-9_-]+(?:/[A-Za-z0-9_+-]+)+")
_WRITTEN = "write it as HH:MM with 24 hours, like 09:00 or 17:30."


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`subscribe`: a daily digest of names that match, here; what was not given is for others to choose."""

    at: time | None = None
    timezone: str | None = None
    repositories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """`unsubscribe`: no more digest of these names; without any, no more digest at all."""

    repositories: tuple[str, ...] = ()


def subscribe(words: Sequence[str]) -> Subscribe:
    """Return the subscription that is asked for.

    A word with an upper-case letter that resembles a zone is one misspelt: repositories are in lower case.

    Raises:
        UsageError: a time, a zone or a name is none, or there are too many of them.
    """
    times: list[time] = []
    zones: list[str] = []
    asked: list[str] = []
    rest = iter([stripped for word in words if (stripped := word.strip(","))])
    for word in rest:
        if word.lower() == "at":
            times.append(_time(next(rest, None)))
        elif _LIKE_A_TIME.fullmatch(word):
            times.append(_time(word))
        elif timezones.known(word) or timezones.resembles_zone(word) or _is_no_name(word):
            zones.append(timezones.zone(word))
        else:
            asked.append(_filter(word))
    return Subscribe(_only(times, "at one time of day"), _only(zones, "by one time zone"), _filters(asked))


def unsubscribe(words: Sequence[str]) -> Unsubscribe:
    """Return which subscriptions are to end.

    Raises:
        UsageError: a word is no name and no glob.
    """
    asked = subscribe(words)
    if asked.at is not None or asked.timezone is not None:
        raise UsageError(
            "unsubscribe takes names and globs alone: the digests of a channel differ by them, not by time."
        )
    return Unsubscribe(asked.repositories)


def _time(word: str | None) -> time:
    if word is None:
        raise UsageError(f"No time of day stands after at: {_WRITTEN}")
    match = _CLOCK.fullmatch(word)
    if match is None:
        raise UsageError(f"{names.shown(word)} is no time of day: {_WRITTEN}")
    return time(int(match[1]), int(match[2]))


def _is_no_name(word: str) -> bool:
    """Tell whether a word looks like Area/City: no repository has an upper-case letter in its name."""
    return word != word.lower() and _LIKE_A_ZONE.fullmatch(word) is not None


def _filter(word: str) -> str:
    if "=" in word:
        raise UsageError(
            f"{names.shown(word)} is no filter of subscribe: it takes names and globs. Accounts and regions can be "
            "given in the settings file, under [[digest]]."
        )
    query = names.parse(word)
    if query.account is not None:
        raise UsageError(
            f"{names.shown(word)} is the address of one repository: give its name, {query.pattern}, or a glob like "
            "payments-*."
        )
    return query.pattern


def _filters(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the names and globs, each once; none where one of them matches everything."""
    if len(asked) > MOST_FILTERS:
        raise UsageError(f"That is {len(asked)} names; a digest takes {MOST_FILTERS}, or a glob like team-*.")
    return () if any(not one.strip("*") for one in asked) else tuple(dict.fromkeys(asked))


def _only(given: Sequence[Value], how: str) -> Value | None:
    if len(given) > 1:
        raise UsageError(f"A digest comes {how}, and {' and '.join(map(_said, given))} were given.")
    return given[0] if given else None


def _said(value: time | str) -> str:
    return value if isinstance(value, str) else f"{value:%H:%M}"
