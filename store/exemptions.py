"""What is exempt, in the history's file, as `ecr.request_ports.Exemptions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecr.audit import Step
from ecr.exemption import Exemption
from ecr.model import Rule, Target
from ecr.request import ECRBOT, Actor
from store import file, rows
from store.request_steps import exempt_until, record

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from ecr.request import Request

_COLUMNS = (
    "account, region, account_name, name, rule, reason, granted_by, granted_by_name, granted_at, ends_at, request, "
    "ended_at"
)


class SqliteExemptions:
    """The exemptions. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready."""
        self._path = path

    def current(self, at: datetime) -> tuple[Exemption, ...]:
        """Return the exemptions that hold at a moment."""
        with file.connection(self._path) as database:
            return present(database, at)

    def end(self, at: datetime) -> tuple[Exemption, ...]:
        """Note of each exemption whose time is over that it ended, once, and return those."""
        now, due = rows.moment(at), "ended_at IS NULL AND ends_at <= ?"
        with file.connection(self._path) as database:
            # Nearly always there is none, and that is to be seen without keeping any writer waiting.
            if database.execute(f"SELECT 1 FROM exemptions WHERE {due} LIMIT 1", (now,)).fetchone() is None:
                return ()
        with file.immediate(self._path) as database:
            found = database.execute(f"SELECT {_COLUMNS} FROM exemptions WHERE {due} ORDER BY id", (now,)).fetchall()
            database.execute(f"UPDATE exemptions SET ended_at = ends_at WHERE {due}", (now,))
            ended = tuple(_exemption(row) for row in found)
            for one in ended:
                # Its card offers no Undo any more.
                database.execute("UPDATE requests SET revision = revision + 1 WHERE id = ?", (one.request,))
                _record_end(database, one, one.request, now, by=ECRBOT, detail="Its time is over.")
        return ended


def present(database: Database, at: datetime) -> tuple[Exemption, ...]:
    """Return the exemptions that hold at a moment, inside the caller's transaction."""
    found = database.execute(
        f"SELECT {_COLUMNS} FROM exemptions WHERE ended_at IS NULL AND granted_at <= :at AND ends_at > :at ORDER BY id",
        {"at": rows.moment(at)},
    )
    return tuple(_exemption(row) for row in found)


def add(database: Database, one: Exemption) -> None:
    """Write a new exemption; one of the same repository and rule ends with it, inside the caller's transaction."""
    account, region, granted_at = one.target.account or "", one.target.region, rows.moment(one.granted_at)
    replaced = database.execute(
        "UPDATE exemptions SET ended_at = ? WHERE account = ? AND region = ? AND name = ? AND rule = ? "
        f"AND ended_at IS NULL RETURNING {_COLUMNS}",
        (granted_at, account, region, one.name, one.rule),
    ).fetchall()
    for row in replaced:
        by = Actor(one.by, one.by_name)
        detail = f"Request {one.request} grants another one in its place."
        _record_end(database, _exemption(row), one.request, granted_at, by=by, detail=detail)
    values = (account, region, one.target.name, one.name, one.rule, one.reason, one.by, one.by_name, granted_at)
    database.execute(
        f"INSERT INTO exemptions ({_COLUMNS}) VALUES ({', '.join('?' * 12)})",
        (*values, rows.moment(one.ends_at), one.request, None),
    )


def end_of_request(database: Database, undo: Request, at: str) -> None:
    """End what is left of what the request granted that an undo undoes, inside the caller's transaction."""
    ended = database.execute(
        f"UPDATE exemptions SET ended_at = ? WHERE request = ? AND ended_at IS NULL RETURNING {_COLUMNS}",
        (at, undo.undoes),
    ).fetchall()
    for row in ended:
        _record_end(database, _exemption(row), undo.id, at, by=undo.by, detail=undo.reason)


def _record_end(database: Database, one: Exemption, request: str, at: str, *, by: Actor, detail: str) -> None:
    """Write that an exemption ended, and by which request."""
    fields = {
        "account": one.target.account,
        "region": one.target.region,
        "repository": one.name,
        "rule": one.rule,
        "before": exempt_until(one.rule, one.ends_at),
        "detail": detail,
    }
    record(database, request, Step.EXEMPTION_ENDED, at, by=by, **fields)


def _exemption(row: tuple[Any, ...]) -> Exemption:
    account, region, label, name, rule, reason, by, by_name, granted_at, ends_at, request, ended_at = row
    return Exemption(
        name=name,
        target=Target(account or None, region, label),
        rule=Rule(rule),
        reason=reason,
        by=by,
        by_name=by_name,
        granted_at=rows.moment_of(granted_at),
        ends_at=rows.moment_of(ends_at),
        request=request,
        ended_at=rows.moment_of(ended_at) if ended_at else None,
    )
