"""What the history remembers: checks, repositories, deliveries, from one process, several, and many threads."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ecr.checked import CheckReport, QueryResult
from ecr.errors import HistoryError
from ecr.model import Assessment, Exclusion, Finding, Repository, Rule, ScanFrequency, Target, Verdict
from ecr.names import Query
from store.history import SqliteHistory

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
NOW = AT + timedelta(days=2)
TARGET = Target("111111111111", "eu-west-1", "prod")


def assessment(name: str = "api", mutability: str = "MUTABLE") -> Assessment:
    arn = f"arn:aws:ecr:eu-west-1:111111111111:repository/{name}"
    found = Repository("111111111111", "eu-west-1", name, arn, mutability, (Exclusion("latest"),), scan_on_push=True)
    findings = (
        Finding(Rule.TAG_IMMUTABILITY, Verdict.FAIL, "It is mutable."),
        Finding(Rule.SCAN_ON_PUSH, Verdict.PASS, "It is scanned."),
    )
    return Assessment(name, TARGET, found, ScanFrequency.SCAN_ON_PUSH, findings)


def report(*assessments: Assessment, at: datetime = AT) -> CheckReport:
    return CheckReport((QueryResult(Query("api"), assessments),), at)


def read(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ecrbot.db"


@pytest.fixture
def history(path: Path) -> SqliteHistory:
    return SqliteHistory.prepare(path)


def test_a_check_and_what_it_saw_are_kept(history: SqliteHistory, path: Path) -> None:
    history.record_check(report(assessment()), by="U0EVA", source="slack", at=NOW)
    assert read(path, "SELECT asked, asked_by, source, verdict, began_at FROM checks") == [
        ("api", "U0EVA", "slack", "fail", "2026-11-24T09:00:00.000000Z")
    ]
    assert read(path, "SELECT repository, rule, verdict FROM check_findings") == [
        ("api", "tag-immutability", "fail"),
        ("api", "scan-on-push", "pass"),
    ]
    assert read(
        path, "SELECT repository, tag_mutability, exclusion_filters, scan_on_push, verdict FROM current_repositories"
    ) == [("api", "MUTABLE", '["latest"]', 1, "fail")]


def test_an_older_reading_that_is_saved_later_changes_nothing(history: SqliteHistory, path: Path) -> None:
    history.record_check(report(assessment(mutability="IMMUTABLE")), by="U0EVA", source="slack", at=NOW)
    history.record_check(report(assessment(), at=AT - timedelta(seconds=1)), by="U0EVA", source="slack", at=NOW)
    assert read(path, "SELECT tag_mutability FROM current_repositories") == [("IMMUTABLE",)]
    history.record_check(report(assessment(), at=AT + timedelta(seconds=1)), by="U0EVA", source="slack", at=NOW)
    assert read(path, "SELECT tag_mutability, first_seen_at FROM current_repositories") == [
        ("MUTABLE", "2026-11-24T09:00:00.000000Z")
    ]


def test_a_target_that_could_not_be_read_is_a_finding_and_no_repository(history: SqliteHistory, path: Path) -> None:
    unread = replace(assessment(), repository=None)
    history.record_check(report(unread), by="eva", source="cli", at=NOW)
    assert read(path, "SELECT count(*) FROM repositories") == [(0,)]
    assert read(path, "SELECT count(*) FROM check_findings") == [(2,)]


def test_a_glob_leaves_no_finding_for_each_match(history: SqliteHistory, path: Path) -> None:
    found = CheckReport((QueryResult(Query("a*"), (assessment(),)),), AT)
    history.record_check(found, by="eva", source="cli", at=NOW)
    assert read(path, "SELECT count(*) FROM check_findings") == [(0,)]
    assert read(path, "SELECT name FROM repositories") == [("api",)]


def test_a_delivery_is_claimed_once(history: SqliteHistory) -> None:
    assert history.claim_delivery("one", at=AT)
    assert not history.claim_delivery("one", at=AT + timedelta(minutes=10))
    assert history.claim_delivery("two", at=AT)


def test_what_a_dead_process_claimed_and_did_not_finish_is_taken_over(history: SqliteHistory, path: Path) -> None:
    history.claim_delivery("lost", at=AT)
    history.claim_delivery("done", at=AT)
    history.finish_delivery("done")
    after_restart = SqliteHistory.prepare(path)
    assert after_restart.claim_delivery("lost", at=AT)
    assert not after_restart.claim_delivery("lost", at=AT)
    assert not after_restart.claim_delivery("done", at=AT)


def test_deliveries_are_forgotten_after_a_day(history: SqliteHistory, path: Path) -> None:
    history.claim_delivery("old", at=AT)
    history.claim_delivery("new", at=AT + timedelta(days=1, seconds=1))
    assert read(path, "SELECT key FROM deliveries") == [("new",)]


def test_of_many_claims_at_once_one_wins(path: Path, history: SqliteHistory) -> None:
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda number: history.claim_delivery(f"key-{number // 8}", at=AT), range(160)))
    assert sum(won) == 20
    assert read(path, "SELECT count(*) FROM deliveries") == [(20,)]


def test_writers_at_once_lose_nothing(path: Path, history: SqliteHistory) -> None:
    def record(number: int) -> None:
        history.record_check(report(assessment(f"api-{number}")), by="U0EVA", source="slack", at=NOW)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(record, range(120)))
    assert read(path, "SELECT (SELECT count(*) FROM checks), (SELECT count(*) FROM repositories)") == [(120, 120)]


CLAIM = """
import datetime, pathlib, sys
from store.history import SqliteHistory
history = SqliteHistory(pathlib.Path(sys.argv[1]))
at = datetime.datetime(2026, 11, 24, 9, tzinfo=datetime.UTC)
sys.stdin.read()
for number in range(50):
    key = f"{sys.argv[2]}-{number}"
    assert history.claim_delivery(key, at=at)
    history.finish_delivery(key)
"""


def test_processes_that_write_at_once_lose_nothing(path: Path, history: SqliteHistory) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CLAIM, str(path)]
    writers = [
        subprocess.Popen([*command, name], env=env, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for name in "ab"
    ]
    ends = [writer.communicate(timeout=60)[1] for writer in writers]
    history.ping()
    assert [writer.returncode for writer in writers] == [0, 0], ends
    assert read(path, "SELECT count(*), count(finished_at) FROM deliveries") == [(100, 100)]


def test_a_check_of_four_hundred_repositories_is_kept_whole(path: Path, history: SqliteHistory) -> None:
    seen = tuple(assessment(f"api-{number}") for number in range(400))
    history.record_check(report(*seen), by="U0EVA", source="slack", at=NOW)
    assert read(path, "SELECT (SELECT count(*) FROM repositories), (SELECT count(*) FROM check_findings)") == [
        (400, 800)
    ]


def test_a_check_that_cannot_be_kept_leaves_nothing_of_itself(path: Path, history: SqliteHistory) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE repositories")
    with pytest.raises(HistoryError, match="no such table: repositories"):
        history.record_check(report(assessment()), by="U0EVA", source="slack", at=NOW)
    assert read(path, "SELECT (SELECT count(*) FROM checks), (SELECT count(*) FROM check_findings)") == [(0, 0)]


def test_a_check_of_more_repositories_than_sqlite_takes_as_values_is_kept(history: SqliteHistory, path: Path) -> None:
    many = tuple(assessment(f"api-{number}") for number in range(40_000))
    history.record_check(CheckReport((QueryResult(Query("*"), many),), AT), by="eva", source="cli", at=NOW)
    assert read(path, "SELECT count(*) FROM repositories") == [(40_000,)]


def test_what_goes_wrong_in_a_sweep_is_not_blamed_on_the_history(history: SqliteHistory) -> None:
    with pytest.raises(ConnectionResetError), history.sweeping():
        raise ConnectionResetError
