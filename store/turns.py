"""Whose turn it is to write a registry, in the history's file, as `ecr.guardrail_ports.Turns`: a row with a lease."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from store import file, rows

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

LEASE = timedelta(minutes=2)
"""How long a turn is its request's after it was taken or renewed."""

_BOT = "bot-"

# What nobody has: a turn whose lease is over, or one of a clock that went back by more than a lease since; by less, it
# may be the turn of somebody who was faster. A request takes its own turn again: its process may have died.
_TAKE = """
    INSERT INTO registry_turns (account, region, request, process, until)
    VALUES (:account, :region, :request, :process, :until)
    ON CONFLICT (account, region) DO UPDATE SET
        request = excluded.request, process = excluded.process, until = excluded.until
    WHERE until <= :at OR until > :ahead OR request = excluded.request
    RETURNING request
"""


class SqliteTurns:
    """The turns. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready; what this object takes is its process's own."""
        self._path = path
        self._process = f"{_BOT}{secrets.token_hex(8)}"

    def take(self, account: str, region: str, request: str, *, at: datetime) -> bool:
        """Take the turn, or renew it where it is this request's; `False` where another request has it.

        It ends by itself after two minutes, so that a process that died holds nobody up for longer.
        """
        values = {
            "account": account,
            "region": region,
            "request": request,
            "process": self._process,
            "at": rows.moment(at),
            "until": rows.moment(at + LEASE),
            "ahead": rows.moment(at + 2 * LEASE),
        }
        with file.immediate(self._path) as database:
            return database.execute(_TAKE, values).fetchone() is not None

    def give_back(self, account: str, region: str, request: str) -> None:
        """Give the turn back, where it is this request's, and no other process goes on with that by now."""
        with file.immediate(self._path) as database:
            database.execute(
                "DELETE FROM registry_turns WHERE account = ? AND region = ? AND request = ? AND process = ?",
                (account, region, request, self._process),
            )


def free(database: Database) -> None:
    """Free the turns of bots, inside the caller's transaction, who knows that they are dead."""
    database.execute("DELETE FROM registry_turns WHERE process LIKE ?", (f"{_BOT}%",))
