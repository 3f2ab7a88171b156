"""What the bot does by itself: lanes that nothing ends, failures that are told, sweeps that are not hammered."""

from __future__ import annotations

import itertools
import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import schedule

from bot import scheduler
from bot.scheduler import Lane, Scheduler, Sweeps, Troubles
from ecr.errors import HistoryError, SweepRunningError, UnreachableError
from ecr.swept import Changes, SweepReport
from ecr.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EVERY = timedelta(hours=1)
TICK = 0.005


@dataclass
class Time:
    """Both clocks, which stand still until they are put forward."""

    now: datetime = NOW
    elapsed: float = 1000.0

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.elapsed

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.elapsed += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(scheduler, "time", clock)
    return clock


@dataclass
class Job:
    """Counts how often it is done, and raises what is asked for."""

    failures: list[Exception | None] = field(default_factory=list)
    done: int = 0
    often: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        self.done += 1
        if self.done >= 5:
            self.often.set()
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure


def troubles() -> Troubles:
    return Troubles(lambda: NOW)


def lane(job: Callable[[], object], some: Troubles | None = None, what: str = "The job") -> Lane:
    return Lane(what, job, some or troubles(), TICK)


def test_a_job_that_raises_goes_on_and_does_not_starve_the_other_lane() -> None:
    bad, good = Job([ZeroDivisionError()] * 1000), Job()
    both = Scheduler((lane(bad), lane(good)))
    both.start()
    assert bad.often.wait(5)
    assert good.often.wait(5)
    both.stop(5)


def test_a_job_that_hangs_does_not_keep_the_other_lane_nor_the_end() -> None:
    gate, good = threading.Event(), Job()

    def hang() -> None:
        gate.wait(10)

    both = Scheduler((lane(hang), lane(good)))
    both.start()
    assert good.often.wait(5)
    both.stop(0.01)
    gate.set()


def test_after_the_stop_nothing_is_begun() -> None:
    job = Job()
    one = lane(job)
    one.start()
    assert job.often.wait(5)
    one.stop()
    one.join(5)
    done = job.done
    assert not threading.Event().wait(10 * TICK)
    assert job.done == done


def test_a_lane_that_was_never_started_can_be_stopped() -> None:
    Scheduler((lane(Job()),)).stop(1)


def test_what_fails_is_noted_and_what_goes_well_again_takes_it_away() -> None:
    some = troubles()
    one = lane(Job([HistoryError("The disk is full."), None]), some)
    one.attempt()
    noted = some()
    one.attempt()
    assert noted == (Trouble("The job", "The disk is full.", NOW),)
    assert some() == ()


def test_what_failed_stays_noted_while_a_job_only_waits() -> None:
    some = troubles()
    answers = iter((HistoryError("The disk is full."), False, True))

    def job() -> bool:
        answer = next(answers)
        if isinstance(answer, HistoryError):
            raise answer
        return answer

    one = lane(job, some)
    noted = []
    for _ in range(3):
        one.attempt()
        noted.append([trouble.sentence for trouble in some()])
    assert noted == [["The disk is full."], ["The disk is full."], []]


def test_a_sweep_that_failed_stays_noted_until_one_goes_well(clock: Time) -> None:
    some = troubles()
    world = World(clock, failures=[UnreachableError("AWS did not answer.")])
    one = lane(world.sweeps(), some, "The last sweep")
    noted = []
    for _ in range(13):
        one.attempt()
        noted.append(len(some()))
        clock.pass_seconds(5)
    assert noted == [1] * 12 + [0]


def test_a_defect_is_noted_in_words_and_its_traceback_logged(caplog: pytest.LogCaptureFixture) -> None:
    some = troubles()
    lane(Job([ZeroDivisionError("a defect")]), some).attempt()
    sentence = "It failed inside ecrbot (ZeroDivisionError); its log has more."
    assert some() == (Trouble("The job", sentence, NOW),)
    assert caplog.messages == [f"The job: {sentence}"]
    assert caplog.records[0].exc_info is not None


def test_troubles_of_several_lanes_stand_beside_each_other_oldest_first() -> None:
    clock = Time()
    some = Troubles(clock)
    news = [some.note("Digests", "No.")]
    clock.pass_seconds(1)
    news += [some.note("Sweeps", "Nor this."), some.note("Sweeps", "Nor this."), some.note("Digests", None)]
    clock.pass_seconds(1)
    news += [some.note("Digests", None), some.note("Digests", "No, again.")]
    assert news == [True, True, False, True, False, True]
    assert [(one.what, one.sentence) for one in some()] == [("Sweeps", "Nor this."), ("Digests", "No, again.")]


def test_the_same_failure_is_logged_once_in_ten_minutes(caplog: pytest.LogCaptureFixture, clock: Time) -> None:
    one = lane(Job([HistoryError("The disk is full.")] * 250))
    for _ in range(250):
        one.attempt()
        clock.pass_seconds(5)
    assert caplog.messages == ["The job: The disk is full."] * 3


def test_another_failure_is_logged_at_once(caplog: pytest.LogCaptureFixture, clock: Time) -> None:
    said = ["The disk is full.", "The disk is gone.", "The disk is gone.", "The disk is full."]
    one = lane(Job([HistoryError(sentence) for sentence in said]))
    for _ in said:
        one.attempt()
        clock.pass_seconds(1)
    assert caplog.messages == [f"The job: {said[index]}" for index in (0, 1, 3)]


@dataclass
class World:
    """A history and a sweeper in one; a sweep fails with the next of `failures`."""

    clock: Time
    last: datetime | None = None
    failures: list[Exception] = field(default_factory=list)
    attempts: list[float] = field(default_factory=list)

    def swept_at(self) -> datetime | None:
        return self.last

    def sweep(self) -> SweepReport:
        self.attempts.append(self.clock.elapsed - 1000)
        if self.failures:
            raise self.failures.pop(0)
        self.last = now = self.clock()
        return SweepReport("id", now, now, 1, (), 1, 0, 0, 0, Changes(), 2)

    def sweeps(self) -> Sweeps:
        everything: Any = self
        return Sweeps(everything, everything, self.clock, EVERY)


def run(sweeps: Sweeps, clock: Time, seconds: int) -> list[str]:
    """Ask for what is due every five seconds, and return what went wrong."""
    said = []
    for _ in range(0, seconds, 5):
        try:
            sweeps()
        except (HistoryError, UnreachableError) as error:
            said.append(str(error))
        clock.pass_seconds(5)
    return said


def test_a_sweep_is_made_at_the_start_and_then_every_hour(clock: Time) -> None:
    world = World(clock)
    assert run(world.sweeps(), clock, 3 * 3600) == []
    assert world.attempts == [0, 3600, 7200]


def test_a_sweep_that_somebody_else_made_counts(clock: Time) -> None:
    world = World(clock, last=NOW - timedelta(minutes=30))
    run(world.sweeps(), clock, 3600)
    assert world.attempts == [1800]


def test_a_sweep_is_made_where_the_clock_went_back(clock: Time) -> None:
    world = World(clock, last=NOW + timedelta(minutes=30))
    run(world.sweeps(), clock, 10)
    assert world.attempts == [0]


def test_after_failures_the_pauses_grow_up_to_the_usual_time_between_sweeps(clock: Time) -> None:
    world = World(clock, failures=[UnreachableError("AWS did not answer.")] * 9)
    said = run(world.sweeps(), clock, 5 * 3600)
    pauses = [later - earlier for earlier, later in itertools.pairwise(world.attempts)]
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert said == ["AWS did not answer."] * 9


def test_a_sweep_that_goes_well_begins_the_pauses_anew(clock: Time) -> None:
    world = World(clock, failures=[UnreachableError("AWS did not answer.")] * 3)
    sweeps = world.sweeps()
    run(sweeps, clock, 3600)
    world.failures.append(UnreachableError("AWS did not answer."))
    run(sweeps, clock, 3600)
    assert world.attempts == [0, 60, 180, 420, 4020, 4080]


def test_a_sweep_of_somebody_else_is_no_failure_and_asked_for_again_at_the_next_tick(clock: Time) -> None:
    world = World(clock, failures=[SweepRunningError("A sweep is running.")] * 2)
    assert run(world.sweeps(), clock, 60) == []
    assert world.attempts == [0, 5, 10]


def test_what_a_sweep_came_to_is_logged(clock: Time, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    World(clock).sweeps()()
    assert caplog.messages == ["swept 1 repositories in 0.0 s: 0 failing, 0 unknown, 0 targets unread"]


class _LocalTime:
    """The module datetime as `schedule` sees it, with a local time of day that can be set back."""

    timedelta, timezone = timedelta, UTC
    back = timedelta()

    def __init__(self) -> None:
        self.datetime = self

    def now(self, tz: object = None) -> datetime:
        del tz
        return datetime.now(UTC).replace(tzinfo=None) - self.back


def test_a_local_time_that_goes_back_an_hour_stops_no_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    local = _LocalTime()
    monkeypatch.setattr(schedule, "datetime", local)
    ticks = threading.Semaphore(0)
    lane = Lane("The digests", ticks.release, Troubles(lambda: NOW), 0.02)
    lane.start()
    before = [ticks.acquire(timeout=10) for _ in range(3)]
    local.back = timedelta(hours=1)
    after = [ticks.acquire(timeout=10) for _ in range(5)]
    lane.stop()
    lane.join(10)
    assert (before, after) == ([True] * 3, [True] * 5)
