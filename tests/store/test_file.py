"""Opening the file and writing in it whole: nothing is lost between a read and the write that follows it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from store import file

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database


class ForeseenError(Exception):
    """What goes wrong amid a transaction."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ecrbot.db"
    with file.connection(path, make=True) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE counter (number INTEGER)")
        database.execute("INSERT INTO counter VALUES (0)")
    return path


def number(path: Path) -> int:
    with file.connection(path) as database:
        return int(database.execute("SELECT number FROM counter").fetchone()[0])


def test_of_reads_that_are_followed_by_writes_none_is_lost(path: Path) -> None:
    def count(_: int) -> None:
        with file.immediate(path) as database:
            read = int(database.execute("SELECT number FROM counter").fetchone()[0])
            database.execute("UPDATE counter SET number = ?", (read + 1,))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(160)))

    assert number(path) == 160


def fail_after(database: Database, statement: str) -> None:
    with file.transaction(database):
        database.execute(statement)
        raise ForeseenError


def test_what_fails_midway_is_undone_at_once(path: Path) -> None:
    with file.connection(path) as database:
        with pytest.raises(ForeseenError):
            fail_after(database, "UPDATE counter SET number = 1")
        assert not database.conn.in_transaction
        assert number(path) == 0


def test_an_error_is_told_although_sqlite_has_rolled_back_by_itself(path: Path) -> None:
    with file.connection(path) as database, pytest.raises(ForeseenError):
        fail_after(database, "ROLLBACK")


def test_keys_that_point_nowhere_are_refused(path: Path) -> None:
    with file.connection(path) as database:
        database.execute("CREATE TABLE pointing (number INTEGER REFERENCES pointed (number))")
        database.execute("CREATE TABLE pointed (number INTEGER PRIMARY KEY)")
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY constraint failed"):
            database.execute("INSERT INTO pointing VALUES (1)")


def test_a_writer_waits_ten_seconds_for_another(path: Path) -> None:
    with file.connection(path) as database:
        assert database.execute("PRAGMA busy_timeout").fetchone() == (10_000,)
