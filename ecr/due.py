"""When a digest is due: a pure function of the clock, the subscription and the last one that was dealt with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from ecr.subscription import Subscription

GRACE = timedelta(hours=12)
"""A digest that was missed by less is sent late; an older one is skipped."""


@dataclass(frozen=True, slots=True)
class Due:
    """The latest local day whose time has come and that nothing was done about; `skipped` where it is too late for it.

    `missed` counts the days before it that were missed as well.
    """

    day: date
    moment: datetime
    skipped: bool = False
    missed: int = 0


def moment(day: date, at: time, timezone: str) -> datetime:
    """Return when a time of day comes on a local day, in UTC.

    On a day that lacks it (clocks go forward) it is as much later as the clocks went forward; on a day that has it
    twice it is the first (PEP 495, fold=0). There is exactly one such moment a local day.
    """
    return datetime.combine(day, at, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def due(now: datetime, subscription: Subscription, last: date | None) -> Due | None:
    """Return what is due; `None` where nothing is.

    Args:
        now: the present moment.
        subscription: its time of day, its zone, and since when there is one.
        last: the latest local day that was sent, skipped or given up.
    """
    day = now.astimezone(ZoneInfo(subscription.timezone)).date()
    # A moment may lie on the next day or the one before by the clock of another offset: look a day around.
    for candidate in (day + timedelta(days=1), day, day - timedelta(days=1)):
        when = moment(candidate, subscription.at, subscription.timezone)
        if when <= now:
            break
    if when < subscription.since or (last is not None and candidate <= last):
        return None
    missed = max(0, (candidate - _first(subscription, last)).days)
    return Due(candidate, when, skipped=now - when >= GRACE, missed=missed)


def upcoming(now: datetime, subscription: Subscription, last: date | None) -> datetime:
    """Return when the next digest comes, in UTC: the present moment where one is due."""
    waiting = due(now, subscription, last)
    if waiting is not None and not waiting.skipped:
        return now
    day = now.astimezone(ZoneInfo(subscription.timezone)).date() - timedelta(days=1)
    while (when := moment(day, subscription.at, subscription.timezone)) <= now or (last is not None and day <= last):
        day += timedelta(days=1)
    return when


def _first(subscription: Subscription, last: date | None) -> date:
    """Return the first local day that something was to be done about."""
    first = subscription.since.astimezone(ZoneInfo(subscription.timezone)).date()
    if moment(first, subscription.at, subscription.timezone) < subscription.since:
        first += timedelta(days=1)
    return max(first, last + timedelta(days=1)) if last is not None else first
