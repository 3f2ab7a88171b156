"""Keeping below what ECR takes: a token bucket for each account, region and operation. It counts calls, and makes none.

ECR publishes no rate for its Put calls; 20 a second with as many at once is what a registry has been seen to take.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ecr.errors import ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.deadline import Deadline

RATE = 18.0
"""Calls a second. A tenth below 20, so that what bunches up on its way is not throttled and others have a share."""

BURST = 10
"""Calls at once. Half of 20, for the same reason; a hundred calls take (100 - 10) / 18 = 5 seconds."""


class Pace:
    """Lets calls begin no faster than at their rate. Any thread may come here; each waits outside of the lock."""

    def __init__(
        self,
        rate: float = RATE,
        burst: int = BURST,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin with full buckets.

        Args:
            rate: calls a second.
            burst: how many may begin at once.
            clock: tells seconds.
            sleep: waits for seconds.
        """
        self._interval = 1 / rate
        self._ahead = (burst - 1) * self._interval
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        # When a bucket is full again; what is taken moves it on, so that nobody has to count up.
        self._full_at: dict[tuple[str, str, str], float] = {}

    def take(self, account: str, region: str, operation: str, deadline: Deadline) -> None:
        """Wait until a call may begin.

        Args:
            account: whose registry is called.
            region: where.
            operation: what is called.
            deadline: the call begins before it, or not at all.

        Raises:
            ThrottledError: its turn would come after the deadline; then it takes nobody else's.
        """
        key = (account, region, operation)
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(key, now), now)
            wait = max(0.0, full_at - self._ahead - now)
            if wait > deadline.remaining:
                raise ThrottledError(
                    f"Too many calls of {operation} wait for account {account} in {region}, and this one's turn comes "
                    "too late, so it was not made: ask anew."
                )
            self._full_at[key] = full_at + self._interval
        if wait:
            self._sleep(wait)
