"""The SQLite history: real files, real processes, and every way a file can be in trouble."""

from __future__ import annotations

import os
import signal
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
from hypothesis import given
from hypothesis import strategies as st

from ecr.checked import CheckReport, QueryResult
from ecr.errors import HistoryError, NewerHistoryError
from ecr.model import Assessment, Exclusion, Finding, Repository, Rule, ScanFrequency, Target, Verdict
from ecr.names import Query
from store import rows
from store.history import SqliteHistory

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
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
    history.record_check(report(assessment()), by="U0EVA", source="slack")
    assert read(path, "SELECT asked, asked_by, source, verdict, began_at FROM checks") == [
        ("api", "U0EVA", "slack", "fail", "2026-11-24T09:00:00.000000Z")
    ]
    assert read(path, "SELECT repository, rule, verdict FROM check_findings") == [
        ("api", "tag-immutability", "fail"),
        ("api", "scan-on-push", "pass"),
    ]
    assert read(path, "SELECT name, tag_mutability, exclusion_filters, scan_on_push, verdict FROM repositories") == [
        ("api", "MUTABLE", '["latest"]', 1, "fail")
    ]


def test_an_older_reading_that_is_saved_later_changes_nothing(history: SqliteHistory, path: Path) -> None:
    history.record_check(report(assessment(mutability="IMMUTABLE")), by="U0EVA", source="slack")
    history.record_check(report(assessment(), at=AT - timedelta(seconds=1)), by="U0EVA", source="slack")
    assert read(path, "SELECT tag_mutability FROM repositories") == [("IMMUTABLE",)]
    history.record_check(report(assessment(), at=AT + timedelta(seconds=1)), by="U0EVA", source="slack")
    assert read(path, "SELECT tag_mutability, first_seen_at FROM repositories") == [
        ("MUTABLE", "2026-11-24T09:00:00.000000Z")
    ]


def test_a_target_that_could_not_be_read_is_a_finding_and_no_repository(history: SqliteHistory, path: Path) -> None:
    unread = replace(assessment(), repository=None)
    history.record_check(report(unread), by="eva", source="cli")
    assert read(path, "SELECT count(*) FROM repositories") == [(0,)]
    assert read(path, "SELECT count(*) FROM check_findings") == [(2,)]


def test_a_glob_leaves_no_finding_for_each_match(history: SqliteHistory, path: Path) -> None:
    found = CheckReport((QueryResult(Query("a*"), (assessment(),)),), AT)
    history.record_check(found, by="eva", source="cli")
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
        history.record_check(report(assessment(f"api-{number}")), by="U0EVA", source="slack")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(record, range(120)))
    assert read(path, "SELECT (SELECT count(*) FROM checks), (SELECT count(*) FROM repositories)") == [(120, 120)]


START = """
import pathlib, sys
from store.history import SqliteHistory
SqliteHistory.prepare(pathlib.Path(sys.argv[1])).ping()
"""


def test_processes_that_start_at_once_make_the_file_once(tmp_path: Path) -> None:
    for attempt in range(5):
        file = tmp_path / f"{attempt}.db"
        command = [sys.executable, "-c", START, str(file)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        started = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE) for _ in range(4)]
        ends = [process.communicate(timeout=60)[1] for process in started]
        assert [process.returncode for process in started] == [0] * 4, ends
        assert read(file, "SELECT count(*) FROM _sqlite_migrations") == [(1,)]


def test_a_file_of_an_older_release_is_copied_before_it_is_migrated(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE from_before (text TEXT)")
        database.execute("INSERT INTO from_before VALUES ('precious')")
    SqliteHistory.prepare(path)
    [copy] = path.parent.glob("ecrbot.db.before-*")
    assert copy.name == "ecrbot.db.before-m0001_repositories_checks_deliveries"
    assert read(copy, "SELECT text FROM from_before") == [("precious",)]
    assert read(copy, "SELECT count(*) FROM sqlite_master") == [(1,)]


def test_a_new_file_is_not_copied(path: Path) -> None:
    SqliteHistory.prepare(path)
    SqliteHistory.prepare(path)
    assert not list(path.parent.glob("*.before-*"))


def test_a_kill_amid_a_migration_leaves_the_file_whole(path: Path) -> None:
    killing = """
import os, pathlib, signal, sys
from store import file, migrations
real = migrations.MIGRATIONS.apply
def apply(database):
    real(database)
    os.kill(os.getpid(), signal.SIGKILL)
file.MIGRATIONS.apply = apply
file.prepare(pathlib.Path(sys.argv[1]))
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", killing, str(path)], env=env, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    SqliteHistory.prepare(path).ping()
    assert read(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_file_of_a_newer_release_is_refused(history: SqliteHistory, path: Path) -> None:
    del history
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ecrbot', 'm9999', 'x')"
        )
    for use in (SqliteHistory.prepare, SqliteHistory.existing):
        with pytest.raises(NewerHistoryError, match="was written by a newer release"):
            use(path)


def test_a_check_makes_no_file_and_migrates_none(path: Path) -> None:
    assert SqliteHistory.existing(path) is None
    assert not path.exists()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE from_before (text TEXT)")
    with pytest.raises(HistoryError, match="is of an older release"):
        SqliteHistory.existing(path)
    assert read(path, "SELECT name FROM sqlite_master") == [("from_before",)]


def test_a_file_that_is_no_database_is_a_sentence(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(HistoryError, match="is not an SQLite database"):
        SqliteHistory.prepare(path)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be used: No such file or directory"):
        SqliteHistory.prepare(tmp_path / "nowhere" / "ecrbot.db")


def test_a_file_that_cannot_be_written_is_a_sentence(history: SqliteHistory, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA user_version = 1")
    path.write_bytes(path.read_bytes()[:4096])
    with pytest.raises(HistoryError, match="is damaged"):
        history.record_check(report(assessment()), by="U0EVA", source="slack")


def test_the_file_is_in_wal_mode(history: SqliteHistory, path: Path) -> None:
    history.ping()
    assert read(path, "PRAGMA journal_mode") == [("wal",)]


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_survives_being_stored(at: datetime) -> None:
    assert rows.moment_of(rows.moment(at)) == at


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_stored_moments_sort_as_moments_do(one: datetime, other: datetime) -> None:
    assert (rows.moment(one) < rows.moment(other)) == (one < other)
