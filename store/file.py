"""The SQLite file: opened for each operation, made and migrated once, copied before it is migrated."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from sqlite_utils import Database

from ecr.errors import HistoryError, NewerHistoryError
from store.migrations import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TIMEOUT_SECONDS = 10.0
"""How long a writer waits for another one."""


@contextmanager
def connection(path: Path) -> Iterator[Database]:
    """Open the file for one operation, and close it.

    Raises:
        HistoryError: it cannot be opened, read or written; the sentence says why.
    """
    with translated(path), closing(sqlite3.connect(path, timeout=TIMEOUT_SECONDS, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous = NORMAL")
        raw.execute("PRAGMA foreign_keys = ON")
        yield Database(raw)


@contextmanager
def immediate(path: Path) -> Iterator[Database]:
    """Open the file for a read that is followed by a write: nobody else writes in between.

    sqlite-utils' `atomic()` begins deferred, and a deferred transaction that turns to writing fails at once when
    another one wrote meanwhile, whatever the timeout.

    Raises:
        HistoryError: it cannot be opened, read or written.
    """
    with connection(path) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield database
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")


def prepare(path: Path) -> None:
    """Make the file where there is none, and bring its schema to this release's.

    A lock beside the file makes two processes that start at once do it once, and a copy is made before an older file
    is changed.

    Raises:
        NewerHistoryError: a newer release has written the file.
        HistoryError: it cannot be made or changed.
    """
    with translated(path), path.with_name(f"{path.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with connection(path) as database:
            missing = pending(database, path)
            if missing and _has_tables(database):
                _copy(database, path, missing[0])
            database.execute("PRAGMA journal_mode = WAL")
            if missing:
                _migrate(database)


def pending(database: Database, path: Path) -> tuple[str, ...]:
    """Return the names of the migrations that a file still lacks, in order.

    Raises:
        NewerHistoryError: it has had one that this release does not know.
    """
    known = _known()
    applied = {migration.name for migration in MIGRATIONS.applied(database)}
    if applied - set(known):
        raise NewerHistoryError(
            f"The history {path} was written by a newer release of ecrbot: start that release, "
            f"or set ECRBOT_DATABASE to another file. The copies beside it ({path.name}.before-…) are older states."
        )
    return tuple(name for name in known if name not in applied)


def _known() -> tuple[str, ...]:
    with closing(Database(memory=True)) as empty:
        return tuple(migration.name for migration in MIGRATIONS.pending(empty))


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what sqlite3 and the file system raise inside into a HistoryError with a sentence.

    Raises:
        HistoryError: the translation.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise HistoryError(_sentence(error, path)) from error
    except OSError as error:
        raise HistoryError(f"The history {path} cannot be used: {error.strerror or error}.") from error


def _migrate(database: Database) -> None:
    # One immediate transaction around all of it: the lock beside the file is of processes that know of it.
    database.execute("BEGIN IMMEDIATE")
    try:
        MIGRATIONS.apply(database)
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _has_tables(database: Database) -> bool:
    return bool(database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone())


def _copy(database: Database, path: Path, migration: str) -> None:
    copy = path.with_name(f"{path.name}.before-{migration}")
    if copy.exists():
        return
    unfinished = path.with_name(f"{copy.name}.part")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as target:
        database.conn.backup(target)
    unfinished.rename(copy)


def _sentence(error: sqlite3.Error, path: Path) -> str:
    said = str(error)
    if "locked" in said or "busy" in said:
        return f"The history {path} stayed locked for {TIMEOUT_SECONDS:g} seconds: is another program writing to it?"
    if "readonly" in said:
        return f"The history {path} cannot be written: give ecrbot the right to, or set ECRBOT_DATABASE elsewhere."
    if "full" in said:
        return f"The history {path} cannot be written: its disk is full."
    if "not a database" in said or "malformed" in said:
        return f"{path} is not an SQLite database, or is damaged: restore a copy, or change ECRBOT_DATABASE."
    if "unable to open" in said:
        return f"The history {path} cannot be opened: does its folder exist, and may ecrbot write in it?"
    return f"The history {path} cannot be used: {said}."
