"""What many rows say alike, kept once: a value goes in and its number comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

    from store.rows import Value


class Vocabulary:
    """A table of distinct values, read when it is first asked, inside a transaction that nobody else writes in."""

    def __init__(self, database: Database, table: str, columns: tuple[str, ...]) -> None:
        """Use a table whose first column is the number; its name and columns are ours, never anybody's input."""
        self._database = database
        self._insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        found = database.execute(f"SELECT {', '.join(columns)}, id FROM {table}").fetchall()
        self._numbers: dict[tuple[Value, ...], int] = {tuple(row[:-1]): row[-1] for row in found}

    def id(self, value: tuple[Value, ...]) -> int:
        """Return the number of a value, which is added where it is new."""
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = int(self._database.conn.execute(self._insert, value).lastrowid or 0)
        return number
