"""Making a file ready: made where there is none, copied beside itself, migrated once. No table is named here."""

from __future__ import annotations

import fcntl
import filecmp
import itertools
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlite_utils import Database

from ecr.errors import NewerHistoryError
from store.file import connection, transaction
from store.migrations import MIGRATIONS
from store.trouble import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Migrations


def prepare(path: Path, steps: Migrations = MIGRATIONS) -> None:
    """Make the file where there is none, and bring its schema to this release's.

    A lock beside the file makes two processes that start at once do it once, and a copy is made before an older file
    is changed.

    Args:
        path: the file.
        steps: the migrations; only tests have others than this release's.

    Raises:
        NewerHistoryError: a newer release has written the file.
        HistoryError: it cannot be made or changed.
    """
    with translated(path), path.with_name(f"{path.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with connection(path, make=True) as database:
            missing = pending(database, path, steps)
            if missing and _has_tables(database):
                _copy(database, path, missing[0])
            database.execute("PRAGMA journal_mode = WAL")
            if missing:
                _migrate(database, steps)


def pending(database: Database, path: Path, steps: Migrations = MIGRATIONS) -> tuple[str, ...]:
    """Return the names of the migrations that a file still lacks, in order.

    Args:
        database: the file, open; it is only read.
        path: the file, for the sentence.
        steps: the migrations; only tests have others than this release's.

    Raises:
        NewerHistoryError: it has had one that this release does not know.
    """
    known = _names(steps)
    applied = {migration.name for migration in steps.applied(database)}
    if applied - set(known):
        raise NewerHistoryError(
            f"The history {path} was written by a newer release of ecrbot: start that release, "
            f"or set ECRBOT_DATABASE to another file. The copies beside it ({path.name}.before-…) are older states."
        )
    return tuple(name for name in known if name not in applied)


def _names(steps: Migrations) -> tuple[str, ...]:
    with closing(Database(memory=True)) as empty:
        return tuple(migration.name for migration in steps.pending(empty))


def _has_tables(database: Database) -> bool:
    return bool(database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone())


def _copy(database: Database, path: Path, migration: str) -> None:
    """Copy the file as it is now, under a name that is free; a copy that says the same already is enough.

    A start that failed and is tried again finds its copy; one after the file was put back by hand and used makes
    another. Until it is whole it has another name, and who may not read the file may not read the copy either.
    """
    name = f"{path.name}.before-{migration.removeprefix('m').replace('_', '-')}"
    unfinished = path.with_name(f"{name}.part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(unfinished)) as target:
            database.conn.backup(target)
        shutil.copymode(path, unfinished)
        _keep(unfinished, (path.with_name(each) for each in _numbered(name)))
    finally:
        unfinished.unlink(missing_ok=True)


def _keep(unfinished: Path, copies: Iterator[Path]) -> None:
    for copy in copies:
        if not copy.exists():
            unfinished.rename(copy)
            return
        if filecmp.cmp(copy, unfinished, shallow=False):
            return


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in itertools.count(2))


def _migrate(database: Database, steps: Migrations) -> None:
    # A step that rebuilds a table drops the old one, and with the keys on that would delete the rows pointing at it;
    # they cannot be turned off within a transaction (https://www.sqlite.org/lang_altertable.html, section 7).
    database.execute("PRAGMA foreign_keys = OFF")
    # One transaction around all steps: the lock beside the file is only of processes that know of it.
    with transaction(database):
        steps.apply(database)
    database.execute("PRAGMA foreign_keys = ON")
