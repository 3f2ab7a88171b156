"""The bucket that keeps calls below what ECR takes, with a clock of its own."""

from __future__ import annotations

import pytest

from ecr.aws.pace import BURST, RATE, Pace
from ecr.errors import ThrottledError
from tests.ecr.aws.accounts import soon

WHERE = ("111111111111", "eu-west-1", "PutImageTagMutability")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paced(rate: float = RATE, burst: int = BURST) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(rate, burst, clock, clock.sleep), clock


def test_a_hundred_calls_take_five_seconds() -> None:
    pace, clock = paced()
    for _ in range(100):
        pace.take(*WHERE, soon())
    assert clock.now - 1000 == pytest.approx(5)


def test_no_second_has_more_calls_than_a_registry_takes_that_gives_20_a_second() -> None:
    pace, clock = paced()
    tokens, at = 20.0, clock.now
    for _ in range(200):
        pace.take(*WHERE, soon())
        tokens, at = min(20.0, tokens + 20 * (clock.now - at)) - 1, clock.now
        assert tokens >= 0


def test_calls_after_a_pause_begin_at_once_again_but_no_more_than_a_burst_of_them() -> None:
    pace, clock = paced(rate=10, burst=3)
    for _ in range(3):
        pace.take(*WHERE, soon())
    clock.now += 100
    began = clock.now
    for _ in range(4):
        pace.take(*WHERE, soon())
    assert clock.now - began == pytest.approx(0.1)


@pytest.mark.parametrize(
    "other",
    [
        ("222222222222", "eu-west-1", "PutImageTagMutability"),
        ("111111111111", "us-east-1", "PutImageTagMutability"),
        ("111111111111", "eu-west-1", "PutImageScanningConfiguration"),
    ],
)
def test_each_account_region_and_operation_has_a_bucket_of_its_own(other: tuple[str, str, str]) -> None:
    pace, clock = paced(burst=1)
    pace.take(*WHERE, soon())
    pace.take(*other, soon())
    assert clock.now == 1000


def test_a_turn_that_comes_after_the_deadline_is_refused_and_takes_nobody_s_place() -> None:
    pace, clock = paced(rate=0.1, burst=1)
    pace.take(*WHERE, soon())
    for _ in range(3):
        with pytest.raises(ThrottledError, match="this one's turn comes too late, so it was not made: ask anew"):
            pace.take(*WHERE, soon(5))
    pace.take(*WHERE, soon(60))
    assert clock.now - 1000 == pytest.approx(10)
