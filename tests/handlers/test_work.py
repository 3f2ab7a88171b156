"""Work: bounded, refused when it is too much, drained at the end."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from ecr.errors import BusyError
from handlers.work import Work


def test_a_job_too_many_is_refused_at_once() -> None:
    gate = threading.Event()
    work = Work(workers=1, most=2)
    work.submit(gate.wait)
    work.submit(gate.wait)
    with pytest.raises(BusyError, match="busy"):
        work.submit(gate.wait)
    gate.set()
    assert work.drain(5)


def test_a_drain_waits_for_what_was_taken_and_takes_no_more() -> None:
    done: list[int] = []
    work = Work(workers=2, most=50)
    for number in range(20):
        work.submit(partial(done.append, number))
    assert work.drain(5)
    assert sorted(done) == list(range(20))
    with pytest.raises(BusyError, match="restarting"):
        work.submit(lambda: None)


def test_a_drain_gives_up_in_time() -> None:
    gate = threading.Event()
    work = Work(workers=1, most=1)
    work.submit(gate.wait)
    assert not work.drain(0.05)
    gate.set()


def test_a_job_that_raises_frees_its_place() -> None:
    work = Work(workers=1, most=1)

    def fail() -> None:
        raise RuntimeError

    work.submit(fail)
    assert work.drain(5)
