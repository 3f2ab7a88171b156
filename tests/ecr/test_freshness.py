"""How old what is known may be before a digest tells of it: swept where it is older, and said where that fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecr.errors import HistoryError, SweepRunningError, UnreachableError
from ecr.freshness import AGAIN_AFTER, Freshener, is_stale

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EVERY = timedelta(hours=1)
SECOND = timedelta(seconds=1)
UNDER_WAY = "A sweep is still under way, so this digest tells what was known before."


@dataclass
class World:
    """A clock, a history and a sweeper in one: a sweep takes a minute, or fails with the next of `failures`."""

    now: datetime = NOW
    last: datetime | None = None
    sweeps: int = 0
    failures: list[Exception] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def swept_at(self) -> datetime | None:
        return self.last

    def sweep(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sweeps += 1
        self.now += timedelta(minutes=1)
        self.last = self.now

    @property
    def freshener(self) -> Freshener:
        everything: Any = self
        return Freshener(everything, everything, self, EVERY)


@pytest.mark.parametrize(
    ("swept_at", "stale"),
    [
        (None, True),
        (NOW - EVERY - SECOND, True),
        (NOW - EVERY, True),
        (NOW - EVERY + SECOND, False),
        (NOW, False),
        (NOW + SECOND, True),
    ],
)
def test_a_sweep_is_due_when_the_last_one_is_as_old_as_said_or_of_another_clock(
    swept_at: datetime | None, *, stale: bool
) -> None:
    assert is_stale(swept_at, NOW, EVERY) is stale


def test_what_is_fresh_is_not_swept() -> None:
    world = World(last=NOW - EVERY + SECOND)
    assert world.freshener.freshen() is None
    assert world.sweeps == 0


def test_what_is_old_is_swept_once() -> None:
    world = World(last=NOW - EVERY)
    freshener = world.freshener
    assert [freshener.freshen(), freshener.freshen()] == [None, None]
    assert world.sweeps == 1


def test_a_sweep_that_fails_is_said_and_not_made_again_at_once() -> None:
    world = World(failures=[UnreachableError("AWS did not answer.")])
    freshener = world.freshener
    said = [freshener.freshen()]
    world.now += AGAIN_AFTER - SECOND
    said.append(freshener.freshen())
    early = world.sweeps
    world.now += SECOND
    said.append(freshener.freshen())

    sentence = "The sweep for this digest failed, so it tells what was known before. AWS did not answer."
    assert said == [sentence, sentence, None]
    assert (early, world.sweeps) == (0, 1)


def test_a_clock_that_went_back_does_not_lengthen_the_wait_after_a_failure() -> None:
    world = World(failures=[UnreachableError("AWS did not answer.")])
    freshener = world.freshener
    freshener.freshen()
    world.now -= timedelta(hours=1)
    assert freshener.freshen() is None
    assert world.sweeps == 1


def test_a_failure_is_not_said_any_more_once_somebody_else_swept() -> None:
    world = World(failures=[UnreachableError("AWS did not answer.")])
    freshener = world.freshener
    freshener.freshen()
    world.last = world.now
    assert freshener.freshen() is None


def test_a_history_that_cannot_be_written_by_the_sweep_is_said() -> None:
    world = World(failures=[HistoryError("The disk is full.")])
    assert world.freshener.freshen() == (
        "The sweep for this digest failed, so it tells what was known before. The disk is full."
    )


def test_a_sweep_of_somebody_else_is_no_failure() -> None:
    world = World(failures=[SweepRunningError("A sweep is running.")])
    freshener = world.freshener
    with pytest.raises(SweepRunningError):
        freshener.freshen()
    assert freshener.freshen() is None
    assert world.sweeps == 1


def test_a_defect_of_the_sweep_is_none_of_ours() -> None:
    with pytest.raises(ZeroDivisionError):
        World(failures=[ZeroDivisionError()]).freshener.freshen()


def test_patience_waits_for_the_end_of_somebody_elses_sweep() -> None:
    world = World(failures=[SweepRunningError("A sweep is running.")] * 3)
    pauses: list[float] = []
    assert world.freshener.freshen_patiently(60, pauses.append) is None
    assert pauses == [0.5] * 3
    assert world.sweeps == 1


def test_patience_ends() -> None:
    world = World(failures=[SweepRunningError("A sweep is running.")] * 3)
    pauses: list[float] = []
    assert world.freshener.freshen_patiently(-1, pauses.append) == UNDER_WAY
    assert pauses == []


def test_patience_says_what_went_wrong() -> None:
    world = World(failures=[UnreachableError("AWS did not answer.")])
    assert world.freshener.freshen_patiently(60, lambda _: None) == (
        "The sweep for this digest failed, so it tells what was known before. AWS did not answer."
    )
