from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from demo.clock import ClockError, DemoClock

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Real:
    """The machine's time, which a test lets pass."""

    def __init__(self) -> None:
        self.now = NOON.timestamp()

    def __call__(self) -> float:
        return self.now


def test_it_is_the_real_time_until_it_is_moved() -> None:
    clock = DemoClock(Real())

    assert (clock.now(), clock.seconds(), clock.shift) == (NOON, NOON.timestamp(), 0.0)


def test_time_goes_on_from_where_it_was_moved_to() -> None:
    real = Real()
    clock = DemoClock(real)

    clock.move_to(NOON + timedelta(hours=21))
    real.now += 5

    assert clock.now() == NOON + timedelta(hours=21, seconds=5)
    assert clock.shift == 21 * 3600


def test_it_can_be_moved_again_and_to_where_it_is() -> None:
    clock = DemoClock(Real())

    for hours in (1, 1, 30):
        clock.move_to(NOON + timedelta(hours=hours))

    assert clock.now() == NOON + timedelta(hours=30)


def test_it_never_goes_back() -> None:
    clock = DemoClock(Real())
    clock.move_to(NOON + timedelta(days=1))

    with pytest.raises(ClockError) as refusal:
        clock.move_to(NOON)

    assert str(refusal.value) == (
        "The clock only goes forwards: it is 2026-11-26 12:00:00 UTC by now, after 2026-11-25 12:00:00 UTC."
    )
    assert clock.now() == NOON + timedelta(days=1)


def test_a_moment_without_a_time_zone_is_none() -> None:
    with pytest.raises(ClockError, match="has no time zone"):
        DemoClock(Real()).move_to(NOON.replace(tzinfo=None))


def test_whoever_listens_is_told_of_each_move_when_it_is_made() -> None:
    clock = DemoClock(Real())
    told: list[float] = []
    clock.listeners.append(lambda: told.append(clock.shift))

    clock.move_to(NOON + timedelta(seconds=10))
    clock.move_to(NOON + timedelta(seconds=30))
    with pytest.raises(ClockError):
        clock.move_to(NOON)

    assert told == [10.0, 30.0]
