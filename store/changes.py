"""The numbers of changes: each transaction that opens or closes findings has one, in the order they were made in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def last(database: Database) -> int:
    """Return the number of the last change."""
    return int(database.execute("SELECT number FROM last_change").fetchone()[0])


def change_at(database: Database, at: str) -> int:
    """Return the number of the last change that was known to a sweep which ended by a moment; 0 where none did."""
    found = database.execute(
        "SELECT last_change FROM sweeps WHERE finished_at <= ? ORDER BY rowid DESC LIMIT 1", (at,)
    ).fetchone()
    return int(found[0]) if found else 0
