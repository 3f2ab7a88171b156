"""Moments in words: as an age, and as a day and an hour in a zone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import date, datetime

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago something was: `12 minutes ago`."""
    age = now - at
    if age < _MINUTE:
        return "less than a minute ago"
    if age < _HOUR:
        return _counted(age // _MINUTE, "minute")
    return _counted(age // _HOUR, "hour") if age < 2 * _DAY else _counted(age // _DAY, "day")


def coming(at: datetime, now: datetime, timezone: str) -> str:
    """Return when something comes, by the clock of a zone: `tomorrow, Friday 27 November, at 09:00`."""
    if at <= now:
        return "any moment now"
    local, today = at.astimezone(ZoneInfo(timezone)), now.astimezone(ZoneInfo(timezone)).date()
    if local.date() == today:
        return f"today at {local:%H:%M}"
    if local.date() == today + _DAY:
        return f"tomorrow, {_named(local.date())}, at {local:%H:%M}"
    return f"on {_named(local.date())} at {local:%H:%M}"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'} ago"


def _named(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
