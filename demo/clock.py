"""The demo's time: the machine's own, moved ahead. ECR's own times, an image's push among them, stay the machine's."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ClockError(ValueError):
    """The clock can not be moved there; the message says why."""


class DemoClock:
    """Real time plus a shift, which only grows. Any thread may use it.

    `listeners` are called after every move, in the thread that moves it.
    """

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        """Begin with the real time.

        Args:
            real: tells the seconds since the epoch.
        """
        self._real = real
        self._lock = threading.Lock()
        self._shift = 0.0
        self.listeners: list[Callable[[], object]] = []

    @property
    def shift(self) -> float:
        """How many seconds it is ahead of the real time."""
        return self._shift

    def seconds(self) -> float:
        """Return the seconds since the epoch."""
        return self._real() + self._shift

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def move_to(self, at: datetime) -> None:
        """Let it be a later moment, from which time goes on.

        Args:
            at: the moment, with its time zone.

        Raises:
            ClockError: the moment is over, or has no time zone.
        """
        if at.tzinfo is None:
            raise ClockError(f"{at} has no time zone, so nobody knows when that is.")
        with self._lock:
            now = self.now()
            if at < now:
                raise ClockError(f"The clock only goes forwards: it is {_told(now)} by now, after {_told(at)}.")
            self._shift += (at - now) / timedelta(seconds=1)
        for tell in tuple(self.listeners):
            tell()


def _told(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
