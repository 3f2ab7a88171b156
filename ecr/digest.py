"""The digest: what a channel is told about its repositories once a day, composed from what the history knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ecr.model import Rule, Target
    from ecr.subscription import Filters

MOST_POINTS = 16
"""Points of the trend: every second day of thirty, and today (a chart of Slack's takes 20)."""

MOST_ROWS = 250
"""Repositories of a section that are asked for; what is beyond them is counted. A digest shows fewer."""

NAMES_OF_UNREAD = 5
"""Names told of a target that could not be read."""

EXEMPTION_NOTICE = timedelta(days=7)
"""How long before its end an exemption is announced."""

FIRST_PERIOD = timedelta(days=1)
"""What the first digest of a subscription looks back on."""


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


@dataclass(frozen=True, slots=True)
class Row:
    """A repository in a section of the digest, with its findings that belong there."""

    name: str
    target: Target
    arn: str
    findings: tuple[OpenFinding, ...]

    @property
    def opened_at(self) -> datetime:
        """When the oldest of them was opened."""
        return min(finding.opened_at for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A repository some of whose findings were closed, and how; it may still fail another rule."""

    name: str
    target: Target
    rules: tuple[Rule, ...]
    how: str
    by: str | None = None
    still_fails: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a digest is of: which repositories, which local day, and the period from the last digest until now.

    `trouble` is why the history is not as fresh as it should be, as a sentence.
    """

    filters: Filters
    day: date
    timezone: str
    since: datetime
    at: datetime
    trouble: str | None = None

    def days_since(self, moment: datetime) -> int:
        """Return how many days ago a moment was, by the calendar of the time zone: 0 where it was today."""
        zone = ZoneInfo(self.timezone)
        return max(0, (self.at.astimezone(zone).date() - moment.astimezone(zone).date()).days)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a channel is told. Each section is in the order that it is shown in; its count is of repositories.

    `trouble` is why what is told is not as fresh as it should be, as a sentence.
    """

    occasion: Occasion
    totals: Totals
    new: tuple[Row, ...] = ()
    new_count: int = 0
    regressed: tuple[Row, ...] = ()
    regressed_count: int = 0
    resolved: tuple[Resolved, ...] = ()
    resolved_count: int = 0
    still_open: tuple[Row, ...] = ()
    still_open_count: int = 0
    unknown: tuple[UnknownRepository, ...] = ()
    unknown_count: int = 0
    unread: tuple[UnreadRepositories, ...] = ()
    ending: tuple[Ending, ...] = ()
    trend: tuple[Point, ...] = ()
    swept_at: datetime | None = None
    trouble: str | None = None
    head: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell: every repository is compliant or exempt, and none became so just now."""
        return not (
            self.totals.failing
            or self.totals.unknown
            or self.new_count
            or self.regressed_count
            or self.resolved_count
            or self.still_open_count
            or self.unknown_count
            or self.unread
            or self.ending
            or self.trouble
        )


def compose(facts: Facts, occasion: Occasion) -> Digest:
    """Return the digest of a day.

    Args:
        facts: what the history knows, of the occasion's filters and period.
        occasion: whose digest it is, and of when.
    """
    return Digest(
        occasion=occasion,
        totals=facts.totals,
        new=_by_name(facts.new),
        new_count=facts.new_count,
        regressed=_by_name(facts.regressed),
        regressed_count=facts.regressed_count,
        resolved=_resolved(facts.closed),
        resolved_count=facts.closed_count,
        still_open=tuple(sorted(_rows(facts.older), key=lambda row: (row.opened_at, row.name, str(row.target)))),
        still_open_count=facts.older_count,
        unknown=facts.unknown,
        unknown_count=facts.unknown_count,
        unread=facts.unread,
        ending=tuple(sorted(facts.ending, key=lambda one: one.ends_at)),
        trend=trend(facts.days, occasion.day),
        swept_at=facts.swept_at,
        trouble=occasion.trouble or _trouble(facts),
        head=facts.head,
    )


def points(today: date) -> tuple[date, ...]:
    """Return the days of a trend, oldest first: every second one of the last thirty, today the last."""
    return tuple(today - timedelta(days=back) for back in range(2 * (MOST_POINTS - 1), -1, -2))


def trend(days: Sequence[Point], today: date) -> tuple[Point, ...]:
    """Return the points of the trend, as far back as there are any.

    Args:
        days: the days that were counted, oldest first. A day without a count is as the one before it.
        today: the last day.
    """
    found: list[Point] = []
    for day in points(today):
        known = [point for point in days if point.day <= day]
        if known:
            found.append(Point(day, known[-1].failing, known[-1].unknown))
    return tuple(found)


def _trouble(facts: Facts) -> str | None:
    if facts.swept_at is None:
        return "There was no sweep yet, so nothing is known."
    return "The last sweep could read none of the configured accounts and regions." if facts.all_unread else None


def _by_name(findings: Iterable[OpenFinding]) -> tuple[Row, ...]:
    return tuple(sorted(_rows(findings), key=lambda row: (row.name, str(row.target))))


def _rows(findings: Iterable[OpenFinding]) -> list[Row]:
    by_arn: dict[str, list[OpenFinding]] = {}
    for finding in findings:
        by_arn.setdefault(finding.arn, []).append(finding)
    return [
        Row(some[0].name, some[0].target, arn, tuple(sorted(some, key=lambda one: one.rule, reverse=True)))
        for arn, some in by_arn.items()
    ]


def _resolved(closed: Iterable[ClosedFinding]) -> tuple[Resolved, ...]:
    """Return a row for each repository and way of closing; what was resolved by somebody comes as theirs."""
    ordered = sorted(closed, key=lambda one: (one.name, one.arn, one.how, one.by or "", one.rule))
    return tuple(
        Resolved(name, target, tuple(sorted({one.rule for one in some}, reverse=True)), how, by, still_fails)
        for (name, target, _, how, by, still_fails), some in groupby(
            ordered, key=lambda one: (one.name, one.target, one.arn, one.how, one.by, one.still_fails)
        )
    )
