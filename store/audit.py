"""The audit in the history's file, as `ecr.request_ports.Audit`: rows are added to it, and nothing else is done to it.

No trigger guards it, for whoever can change a row can drop a trigger: it is the chain that tells.
"""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Any

from ecr.audit import FIRST, AuditEvent, Step, chained
from ecr.request import Head
from store import file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database

_NAMES = tuple(field.name for field in fields(AuditEvent))
_COLUMNS = ", ".join(_NAMES)
_INSERT = f"INSERT INTO audit ({_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"

_AT_ONCE = 1000


class SqliteAudit:
    """The audit. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready."""
        self._path = path

    def events(self) -> Iterator[AuditEvent]:
        """Yield every event, oldest first."""
        with file.snapshot(self._path) as database:
            found = database.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY number")
            while some := found.fetchmany(_AT_ONCE):
                yield from map(_event, some)

    def head(self) -> Head | None:
        """Return the end of the chain; `None` where there is no event."""
        with file.connection(self._path) as database:
            return last(database)


def last(database: Database) -> Head | None:
    """Return the end of the chain, inside the caller's transaction."""
    found = database.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return Head(*found) if found else None


def append(database: Database, event: AuditEvent) -> Head:
    """Add an event to the chain, inside the caller's transaction, in which nobody else writes."""
    before = last(database) or Head(0, FIRST)
    added = chained(event, before.number + 1, before.hash)
    database.conn.execute(_INSERT, astuple(added))
    return Head(added.number, added.hash)


def _event(row: tuple[Any, ...]) -> AuditEvent:
    """Return the event of a row; a step that nobody knows stays as it is: it breaks the chain as any other change."""
    known = AuditEvent(**dict(zip(_NAMES, row, strict=True)))
    return replace(known, event=Step(known.event)) if known.event in set(Step) else known
