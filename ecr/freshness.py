"""How old what is known may be before a digest tells of it, and what is said where it is older."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.errors import EcrbotError, SweepRunningError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecr.ports import Clock, History
    from ecr.sweep import Sweeper


AGAIN_AFTER = timedelta(minutes=1)
"""How long after a sweep that failed no digest asks for another one."""


_LOOK_SECONDS = 0.5


def is_stale(swept_at: datetime | None, now: datetime, every: timedelta) -> bool:
    """Tell whether a sweep is due; one that ended in the future was timed by a clock that went back since."""
    return swept_at is None or not timedelta() <= now - swept_at < every


@dataclass(slots=True)
class Freshener:
    """Sweeps where the last sweep is older than `every`; one that failed just now is not made again at once."""

    sweeper: Sweeper
    history: History
    clock: Clock
    every: timedelta
    _failed: tuple[datetime, str] | None = field(default=None, init=False)

    def freshen(self) -> str | None:
        """Sweep where that is due, and return what went wrong with it, as a sentence.

        Raises:
            SweepRunningError: somebody else sweeps at this moment.
            HistoryError: the history cannot be read.
        """
        now = self.clock()
        if not is_stale(self.history.swept_at(), now, self.every):
            return None
        if self._failed is None or not timedelta() <= now - self._failed[0] < AGAIN_AFTER:
            self._failed = self._sweep()
        return self._failed[1] if self._failed else None

    def freshen_patiently(self, seconds: float, pause: Callable[[float], object] = time.sleep) -> str | None:
        """Sweep where that is due, or wait for the sweep that somebody else makes, for at most so many seconds.

        Raises:
            HistoryError: the history cannot be read.
        """
        until = time.monotonic() + seconds
        while True:
            try:
                return self.freshen()
            except SweepRunningError:
                if time.monotonic() > until:
                    return "A sweep is still under way, so this digest tells what was known before."
            pause(_LOOK_SECONDS)

    def _sweep(self) -> tuple[datetime, str] | None:
        try:
            self.sweeper.sweep()
        except SweepRunningError:
            raise
        except EcrbotError as error:
            return self.clock(), f"The sweep for this digest failed, so it tells what was known before. {error}"
        return None
