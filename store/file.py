"""The SQLite file, opened for one operation and closed after it. Its schema and its tables are other modules'."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from sqlite_utils import Database

from store.trouble import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TIMEOUT_SECONDS = 10.0
"""How long a writer waits for another one."""


@contextmanager
def connection(path: Path, *, make: bool = False, patience: float = TIMEOUT_SECONDS) -> Iterator[Database]:
    """Open the file for one operation, and close it.

    Args:
        path: the file.
        make: whether to make it where there is none. One that is deleted under a running bot must be missed, and not
            be replaced by an empty one.
        patience: how many seconds another writer is waited for.

    Raises:
        HistoryError: it cannot be opened, read or written; the sentence says why.
    """
    address = f"{path.absolute().as_uri()}?mode={'rwc' if make else 'rw'}"
    with (
        translated(path),
        closing(sqlite3.connect(address, uri=True, timeout=patience, isolation_level=None)) as raw,
    ):
        raw.execute("PRAGMA synchronous = NORMAL")
        raw.execute("PRAGMA foreign_keys = ON")
        yield Database(raw)


@contextmanager
def immediate(path: Path, *, patience: float = TIMEOUT_SECONDS) -> Iterator[Database]:
    """Open the file for a read that is followed by a write: nobody else writes in between.

    Raises:
        HistoryError: it cannot be opened, read or written.
    """
    with connection(path, patience=patience) as database, transaction(database):
        yield database


@contextmanager
def snapshot(path: Path) -> Iterator[Database]:
    """Open the file for several reads that all see it as it was at the first of them.

    Raises:
        HistoryError: it cannot be opened or read.
    """
    with connection(path) as database:
        database.execute("BEGIN")
        yield database
        database.execute("COMMIT")


@contextmanager
def transaction(database: Database) -> Iterator[None]:
    """Do what is inside whole or not at all, as the only writer.

    sqlite-utils' `atomic()` begins deferred, and a deferred transaction that turns to writing fails at once when
    another one wrote meanwhile, whatever the timeout (https://www.sqlite.org/lang_transaction.html).
    """
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # SQLite has rolled back by itself after some errors, a full disk for one: that one is to be told, not this.
        with contextlib.suppress(sqlite3.Error):
            database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
