"""The digest: what a channel is told about its repositories once a day, composed from what the history knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ecr.facts import ClosedFinding, Ending, Facts, OpenFinding, Point, Totals, UnknownRepository, UnreadRepositories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ecr.model import Rule, Target
    from ecr.subscription import Filters

MOST_POINTS = 16
"""Points of the trend: every second day of thirty, and today (a chart of Slack's takes 20)."""


FIRST_PERIOD = timedelta(days=1)
"""What the first digest of a subscription looks back on."""


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
