"""What the bot does by itself: sweeps and digests, each in a lane of its own, so that neither waits for the other.

`schedule` ticks and nothing more: what is due is decided by ecr/due.py and ecr/freshness.py from the clock and the
history. A job that fails is logged and tried again; it never takes its lane along.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import schedule

from ecr.errors import EcrbotError, SweepRunningError
from ecr.freshness import is_stale
from ecr.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.ports import Clock, History
    from ecr.sweep import Sweeper

logger = logging.getLogger(__name__)

TICK_SECONDS = 5.0
"""How often is looked what is due; a digest comes at most so much late."""

_SHORTEST_PAUSE = timedelta(minutes=1)
_REMINDER_SECONDS = 600.0


class Troubles:
    """What went wrong lately in what nobody waits for; what goes well again takes its trouble away."""

    def __init__(self, clock: Clock) -> None:
        """Begin without any."""
        self._clock = clock
        self._lock = threading.Lock()
        self._present: dict[str, Trouble] = {}

    def note(self, what: str, sentence: str | None) -> bool:
        """Note that something failed, or went well (`None`); tell whether that is news."""
        with self._lock:
            before = self._present.pop(what, None)
            if sentence is not None:
                self._present[what] = Trouble(what, sentence, self._clock())
        return (before.sentence if before else None) != sentence

    def __call__(self) -> tuple[Trouble, ...]:
        """Return what is wrong at present, oldest first."""
        with self._lock:
            return tuple(sorted(self._present.values(), key=lambda one: one.at))


class Sweeps:
    """The sweeps that nobody asks for: one whenever the last one is `every` old."""

    def __init__(self, sweeper: Sweeper, history: History, clock: Clock, every: timedelta) -> None:
        """Prepare to sweep."""
        self._sweeper = sweeper
        self._history = history
        self._clock = clock
        self._every = every
        self._failures = 0
        self._not_before = 0.0

    def __call__(self) -> bool:
        """Sweep where that is due. After one that failed there is a pause, which grows up to `every`.

        Returns:
            Whether all is well: not while a sweep is due and only waited with.

        Raises:
            EcrbotError: the sweep failed; the sentence says why.
        """
        if not is_stale(self._history.swept_at(), self._clock(), self._every):
            return True
        now = time.monotonic()
        if now < self._not_before:
            return False
        try:
            report = self._sweeper.sweep()
        except SweepRunningError:
            return False
        except EcrbotError:
            pause = min(_SHORTEST_PAUSE * 2 ** min(self._failures, 10), self._every)
            self._failures, self._not_before = self._failures + 1, now + pause.total_seconds()
            raise
        self._failures = 0
        logger.info(
            "swept %d repositories in %.1f s: %d failing, %d unknown, %d targets unread",
            report.repositories,
            report.seconds,
            report.failing,
            report.unknown,
            len(report.unreadable),
        )
        return True


class Lane:
    """One job, done again and again in a thread of its own."""

    def __init__(self, what: str, job: Callable[[], object], troubles: Troubles, tick_seconds: float) -> None:
        """Prepare the lane.

        Args:
            what: what `status` calls it, where it fails: `The last sweep`.
            job: does what is due, if anything; `False` where it only waits, so that what failed before stays noted.
            troubles: where its failures are noted.
            tick_seconds: how often it is asked.
        """
        self._what = what
        self._job = job
        self._troubles = troubles
        self._tick_seconds = tick_seconds
        self._ending = threading.Event()
        self._said_at = 0.0
        self._thread = threading.Thread(target=self._run, name=what, daemon=True)

    def start(self) -> None:
        """Begin: at once, and then at every tick."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what is under way goes on."""
        self._ending.set()

    def join(self, seconds: float) -> None:
        """Wait for what is under way, for at most so many seconds."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def attempt(self) -> None:
        """Do the job once; whatever it raises is noted, and it is tried again at the next tick."""
        try:
            well = self._job() is not False
        except EcrbotError as error:
            self._failed(str(error), None)
        except Exception as error:  # noqa: BLE001 - a defect must not end what is to go on for ever
            self._failed(f"It failed inside ecrbot ({type(error).__name__}); its log has more.", error)
        else:
            if well:
                self._troubles.note(self._what, None)

    def _run(self) -> None:
        ticker = schedule.Scheduler()
        # schedule reckons with timedelta, which takes parts of seconds, whatever its types say.
        ticker.every(self._tick_seconds).seconds.do(self.attempt)  # type: ignore[arg-type]
        self.attempt()
        while not self._ending.wait(self._tick_seconds / 5):
            # It goes by the local time of day: where that goes back, as in autumn, it would wait for an hour.
            if (ticker.idle_seconds or 0.0) > self._tick_seconds + 1:
                ticker.run_all()
            else:
                ticker.run_pending()

    def _failed(self, sentence: str, defect: Exception | None) -> None:
        """Note a failure; the same one again and again is logged every ten minutes."""
        news = self._troubles.note(self._what, sentence)
        if news or time.monotonic() - self._said_at > _REMINDER_SECONDS:
            self._said_at = time.monotonic()
            logger.error("%s: %s", self._what, sentence, exc_info=defect)


class Scheduler:
    """All lanes together."""

    def __init__(self, lanes: tuple[Lane, ...]) -> None:
        """Hold these lanes."""
        self._lanes = lanes

    def start(self) -> None:
        """Begin."""
        for lane in self._lanes:
            lane.start()

    def stop(self, seconds: float) -> None:
        """Begin nothing more, and wait for what is under way, for at most so many seconds in all."""
        until = time.monotonic() + seconds
        for lane in self._lanes:
            lane.stop()
        for lane in self._lanes:
            lane.join(max(0.0, until - time.monotonic()))
