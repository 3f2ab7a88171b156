"""Whose turn it is to write a registry: one request's at a time, in whatever thread or process, and never for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr.errors import HistoryError
from store.turns import LEASE, SqliteTurns
from tests.store.world import AT, PROD, PROD_US, STAGING, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.model import Target
    from store.history import SqliteHistory
    from store.requests import SqliteRequests

ROOT = Path(__file__).parents[2]
SECOND = timedelta(seconds=1)
ACCOUNT, REGION = "111111111111", "eu-west-1"
TURNS = "SELECT account, region, request, until FROM registry_turns ORDER BY account, region"


@pytest.fixture
def turns(path: Path, history: SqliteHistory) -> SqliteTurns:
    assert history.path == path
    return SqliteTurns(path)


@pytest.fixture
def theirs(path: Path, history: SqliteHistory) -> SqliteTurns:
    """Another process's."""
    assert history.path == path
    return SqliteTurns(path)


def take(turns: SqliteTurns, request: str = "R1", *, later: timedelta = timedelta(), target: Target = PROD) -> bool:
    return turns.take(target.account or "", target.region, request, at=AT + later)


def give_back(turns: SqliteTurns, request: str = "R1") -> None:
    turns.give_back(ACCOUNT, REGION, request)


def test_one_request_has_the_turn_and_another_one_does_not(turns: SqliteTurns, theirs: SqliteTurns, path: Path) -> None:
    assert [take(turns), take(theirs, "R2"), take(turns, "R2")] == [True, False, False]
    assert read(path, TURNS) == [(ACCOUNT, REGION, "R1", "2026-11-01T09:02:00.000000Z")]


def test_each_account_and_region_has_a_turn_of_its_own(turns: SqliteTurns) -> None:
    assert [take(turns, f"R{number}", target=one) for number, one in enumerate((PROD, PROD_US, STAGING))] == [True] * 3


def test_a_turn_that_was_given_back_is_the_next_one_s_at_once(turns: SqliteTurns, theirs: SqliteTurns) -> None:
    take(turns)
    give_back(turns)
    assert take(theirs, "R2")


def test_giving_back_what_is_not_one_s_own_changes_nothing(turns: SqliteTurns, path: Path) -> None:
    take(turns)
    before = read(path, TURNS)
    give_back(turns, "R2")
    turns.give_back(ACCOUNT, "us-east-1", "R1")
    turns.give_back("222222222222", REGION, "R1")
    assert read(path, TURNS) == before


def test_a_turn_is_free_after_its_lease_and_not_before(turns: SqliteTurns, theirs: SqliteTurns) -> None:
    take(turns)
    assert [take(theirs, "R2", later=LEASE - SECOND), take(theirs, "R2", later=LEASE)] == [False, True]
    assert not take(turns, later=LEASE)


def test_the_same_request_renews_its_turn(turns: SqliteTurns, theirs: SqliteTurns) -> None:
    take(turns)
    assert take(turns, later=LEASE - SECOND)
    assert not take(theirs, "R2", later=LEASE)
    assert take(theirs, "R2", later=2 * LEASE - SECOND)


def test_a_request_that_another_process_goes_on_with_has_its_turn_at_once(
    turns: SqliteTurns, theirs: SqliteTurns, path: Path
) -> None:
    take(turns)
    assert take(theirs, later=SECOND)
    give_back(turns)
    assert [row[2] for row in read(path, TURNS)] == ["R1"]
    give_back(theirs)
    assert read(path, TURNS) == []


def test_a_clock_that_went_back_far_frees_a_turn_and_one_that_is_a_little_behind_does_not(
    turns: SqliteTurns, theirs: SqliteTurns
) -> None:
    take(turns)
    assert not take(theirs, "R2", later=-SECOND)
    assert take(theirs, "R2", later=-2 * LEASE)


def test_a_bot_that_starts_frees_the_turns_of_dead_ones(
    turns: SqliteTurns, theirs: SqliteTurns, requests: SqliteRequests
) -> None:
    take(turns)
    before = take(theirs, "R2", later=SECOND)
    requests.take_over()
    assert [before, take(theirs, "R2", later=SECOND)] == [False, True]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for use in (take, give_back):
        with pytest.raises(HistoryError, match=r"The history .*/none\.db cannot be opened"):
            use(SqliteTurns(tmp_path / "none.db"))


def test_of_many_threads_that_take_and_give_back_one_at_a_time_has_the_turn(path: Path, turns: SqliteTurns) -> None:
    assert read(path, TURNS) == []
    inside, most, lock = 0, 0, threading.Lock()

    def write(number: int) -> None:
        nonlocal inside, most
        own = turns if number % 2 else SqliteTurns(path)
        while not take(own, f"R{number}"):
            pass
        with lock:
            inside += 1
            most = max(most, inside)
        with lock:
            inside -= 1
        give_back(own, f"R{number}")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(24)))
    assert (most, inside) == (1, 0)
    assert read(path, TURNS) == []


RACE = """
import pathlib, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from store.turns import SqliteTurns
turns = SqliteTurns(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
at = datetime.fromisoformat(sys.stdin.readline().strip())
def take(number):
    return turns.take("111111111111", "eu-west-1", f"{sys.argv[2]}-{number}", at=at)
with ThreadPoolExecutor(10) as threads:
    print(sum(threads.map(take, range(30))), flush=True)
sys.stdin.read()
"""


@contextmanager
def racing(path: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is ready to take the turn for thirty requests at once, and that is killed at the end."""
    command = [sys.executable, "-c", RACE, str(path), name]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert said(process) == "ready"
            yield process
        finally:
            process.kill()
            process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{text}\n")
    process.stdin.flush()


def test_of_two_processes_with_many_threads_each_one_request_has_the_turn(path: Path, turns: SqliteTurns) -> None:
    with racing(path, "one") as one, racing(path, "other") as other:
        for process in (one, other):
            tell(process, AT.isoformat())
        won = [int(said(process)) for process in (one, other)]
        held = read(path, TURNS)
        while_they_live = take(turns)
    assert (sorted(won), len(held), while_they_live) == ([0, 1], 1, False)


def test_the_turn_of_a_process_that_was_killed_is_free_after_its_lease(path: Path, turns: SqliteTurns) -> None:
    with racing(path, "dead") as process:
        tell(process, AT.isoformat())
        assert said(process) == "1"
    assert [take(turns, later=LEASE - SECOND), take(turns, later=LEASE)] == [False, True]


def test_the_turn_of_a_process_that_was_killed_is_its_request_s_again_at_once(path: Path, turns: SqliteTurns) -> None:
    with racing(path, "dead") as process:
        tell(process, AT.isoformat())
        assert said(process) == "1"
    ((_, _, request, _),) = read(path, TURNS)
    assert take(turns, request, later=SECOND)
