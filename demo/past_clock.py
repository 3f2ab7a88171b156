"""The clock of the past: it stands where it is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.environment import DIGEST_AT, DIGEST_TIMEZONE
from ecr.due import moment


@dataclass(slots=True)
class PastClock:
    """A moment, as `ecr.ports.Clock`."""

    at: datetime

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.at


def mornings(now: datetime, count: int) -> tuple[datetime, ...]:
    """Return the last moments at which a digest was due, oldest first.

    Args:
        now: the present moment; one that is due now is the last of them.
        count: how many.
    """
    at = time.fromisoformat(DIGEST_AT)
    day = now.astimezone(ZoneInfo(DIGEST_TIMEZONE)).date()
    if moment(day, at, DIGEST_TIMEZONE) > now:
        day -= timedelta(days=1)
    return tuple(moment(day - timedelta(days=back), at, DIGEST_TIMEZONE) for back in range(count - 1, -1, -1))
