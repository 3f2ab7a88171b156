"""Work that comes of deliveries: done by threads of its own, so that an acknowledgement never waits behind it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ecr.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable


class Work:
    """A bounded number of jobs, some under way and some waiting."""

    def __init__(self, *, workers: int = 24, most: int = 200) -> None:
        """Start with nothing to do.

        Args:
            workers: jobs under way at once.
            most: jobs under way and waiting together; one more is refused.
        """
        self._executor = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="work")
        self._most = most
        self._jobs = 0
        self._closing = False
        self._changed = threading.Condition()

    @property
    def jobs(self) -> int:
        """How many jobs are under way or waiting."""
        return self._jobs

    def submit(self, job: Callable[[], object]) -> None:
        """Take a job, at once.

        Args:
            job: what to do; it answers for its own errors.

        Raises:
            BusyError: there is too much to do already, or the bot is about to end.
        """
        with self._changed:
            if self._closing:
                raise BusyError("ecrbot is restarting; try again in a moment.")
            if self._jobs >= self._most:
                raise BusyError("ecrbot is busy; try again in a moment.")
            self._jobs += 1
        self._executor.submit(self._do, job)

    def drain(self, seconds: float) -> bool:
        """Take no more jobs and wait for those that were taken; tell whether all were done in time."""
        until = time.monotonic() + seconds
        with self._changed:
            self._closing = True
            done = self._changed.wait_for(lambda: self._jobs == 0, timeout=until - time.monotonic())
        self._executor.shutdown(wait=False, cancel_futures=True)
        return done

    def _do(self, job: Callable[[], object]) -> None:
        try:
            job()
        finally:
            with self._changed:
                self._jobs -= 1
                self._changed.notify_all()
