"""What many rows say alike, kept once: a value goes in and its number comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

    from store.rows import Value


class Vocabulary:
    """A table of distinct values, inside a transaction that nobody else writes in."""

    def __init__(self, database: Database, table: str, columns: tuple[str, ...], *, many: bool) -> None:
        """Use a table whose first column is the number.

        Args:
            database: in the transaction.
            table: its name, which is ours, never anybody's input.
            columns: those of a value, ours as well.
            many: whether many values will be asked for: then all are read at once, otherwise each is looked up.
        """
        self._database = database
        self._insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        self._find = f"SELECT id FROM {table} WHERE {' AND '.join(f'{column} IS ?' for column in columns)}"
        self._all_known = many
        found = database.execute(f"SELECT {', '.join(columns)}, id FROM {table}").fetchall() if many else ()
        self._numbers: dict[tuple[Value, ...], int] = {tuple(row[:-1]): row[-1] for row in found}

    def id(self, value: tuple[Value, ...]) -> int:
        """Return the number of a value, which is added where it is new."""
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = self._looked_up(value) or self._added(value)
        return number

    def _looked_up(self, value: tuple[Value, ...]) -> int | None:
        found = None if self._all_known else self._database.execute(self._find, value).fetchone()
        return int(found[0]) if found else None

    def _added(self, value: tuple[Value, ...]) -> int:
        return int(self._database.conn.execute(self._insert, value).lastrowid or 0)
