"""What the history knows of some repositories, as a digest is composed from it. Values alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecr.model import Rule, Target

MOST_ROWS = 250
"""Repositories of a section that are asked for; what is beyond them is counted. A digest shows fewer."""


NAMES_OF_UNREAD = 5
"""Names told of a target that could not be read."""


EXEMPTION_NOTICE = timedelta(days=7)
"""How long before its end an exemption is announced."""


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding that is open; `was_exempt` tells that it did not count before, for an exemption that ended since."""

    name: str
    target: Target
    arn: str
    rule: Rule
    evidence: str
    opened_at: datetime
    was_exempt: bool = False


@dataclass(frozen=True, slots=True)
class ClosedFinding:
    """A finding that was closed: how, by whom where that is known, and whether the repository fails another rule."""

    name: str
    target: Target
    arn: str
    rule: Rule
    how: str
    closed_at: datetime
    by: str | None = None
    still_fails: bool = False


@dataclass(frozen=True, slots=True)
class UnknownRepository:
    """A repository of a target that was read, and about which a rule could not be decided; why, as a sentence."""

    name: str
    target: Target
    reason: str


@dataclass(frozen=True, slots=True)
class UnreadRepositories:
    """A target that could not be read: why, when it was read last, and what the filters match there.

    `known` counts them, `failing` those that did not comply when they were read last, `names` are some of the latter.
    """

    target: Target
    error: str
    read_at: datetime | None
    known: int
    failing: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """An exemption that ends soon."""

    name: str
    target: Target
    rule: Rule
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """How many repositories there are, by verdict; those of targets that could not be read are unknown."""

    passing: int = 0
    failing: int = 0
    exempt: int = 0
    unknown: int = 0

    @property
    def repositories(self) -> int:
        """All of them."""
        return self.passing + self.failing + self.exempt + self.unknown


@dataclass(frozen=True, slots=True)
class Point:
    """How many repositories did not comply at the end of a day, and how many were unknown."""

    day: date
    failing: int
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the history knows of the repositories of some filters.

    `new` are findings opened since the last digest, `regressed` those of them that had been resolved before, `older`
    the oldest of those that were open already; each may be cut short, and its count is of all the repositories that
    it is about. `closed` are findings closed since and not opened again. `days` are counts, oldest first, days that
    were not counted left out. `change` is the number of the last change that all of this knows of; `all_unread` tells
    that the last sweep could read nothing. `head` is the hash of the audit's last event, if there is any.
    """

    new: tuple[OpenFinding, ...] = ()
    new_count: int = 0
    regressed: tuple[OpenFinding, ...] = ()
    regressed_count: int = 0
    older: tuple[OpenFinding, ...] = ()
    older_count: int = 0
    closed: tuple[ClosedFinding, ...] = ()
    closed_count: int = 0
    unknown: tuple[UnknownRepository, ...] = ()
    unknown_count: int = 0
    unread: tuple[UnreadRepositories, ...] = ()
    ending: tuple[Ending, ...] = ()
    totals: Totals = Totals()
    days: tuple[Point, ...] = ()
    swept_at: datetime | None = None
    all_unread: bool = False
    change: int = 0
    head: str | None = None
