"""A point in time by which an answer is wanted, on the monotonic clock."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock, and the seconds that were given until it; see `for_each_answer`."""

    at: float
    seconds: float
    renews: bool = False

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline that is `seconds` from now."""
        return cls(time.monotonic() + seconds, seconds)

    @classmethod
    def for_each_answer(cls, seconds: float) -> Deadline:
        """Return a deadline that begins anew with every call and every answer, a refusal or a throttle included.

        A long reading may go on as long as it is answered at all.
        """
        return cls(time.monotonic() + seconds, seconds, renews=True)

    def begun(self) -> Deadline:
        """Return the deadline as it is when a call begins or an answer comes now."""
        return Deadline.for_each_answer(self.seconds) if self.renews else self

    @property
    def remaining(self) -> float:
        """The seconds left, never below zero."""
        return max(0.0, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining == 0
