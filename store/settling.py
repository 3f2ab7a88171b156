"""How a request is made and settled: one statement decides, and its audit event goes with it.

All of it inside the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.approval import BECOMES, Decision
from ecr.audit import Step
from ecr.request import ECRBOT, State
from store import request_rows, rows
from store.request_steps import add_letter, asked, record

if TYPE_CHECKING:
    from sqlite_utils import Database

    from ecr.request import Decided, Request

_OPEN = "SELECT id FROM requests WHERE fingerprint = ? AND state IN ('requested', 'approved', 'applying')"

_DECIDE = """
    UPDATE requests SET state = :state, decided_by = :by, decided_by_name = :name, decided_as = :entry,
        decided_at = :at, decision_reason = :reason, revision = revision + 1,
        ended_at = iif(:state = 'approved', NULL, :at)
    WHERE id = :id AND state = 'requested' AND expires_at > :at
    RETURNING id
"""

_EXPIRE = """
    UPDATE requests SET state = 'expired', ended_at = :at, revision = revision + 1
    WHERE state = 'requested' AND expires_at <= :at
    RETURNING id
"""

_STEPS = {State.APPROVED: Step.APPROVED, State.DENIED: Step.DENIED, State.CANCELLED: Step.CANCELLED}


def ask(database: Database, new: Request, channel: str | None) -> str:
    """Write a new request, unless an identical one is open; return the id of the one that there is."""
    row = request_rows.new(new)
    open_one = database.execute(_OPEN, (row["fingerprint"],)).fetchone()
    if open_one is not None:
        return str(open_one[0])
    marks = ", ".join("?" * len(row))
    database.conn.execute(f"INSERT INTO requests ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    database.conn.executemany(
        f"INSERT INTO request_repositories (request, {request_rows.ITEM_COLUMNS}) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [request_rows.new_item(new.id, number, item) for number, item in enumerate(new.items)],
    )
    asked(database, new)
    if channel is not None:
        add_letter(database, new.id, "card", channel, row["made_at"])
    return new.id


def decide(database: Database, request: str, decision: Decision, decided: Decided) -> bool:
    """Settle a request that waits and has not expired; tell whether it was this that did it."""
    state, at = BECOMES[decision], rows.moment(decided.at)
    values = {
        "id": request,
        "state": state,
        "by": decided.by.id,
        "name": decided.by.name,
        "entry": decided.entry,
        "at": at,
        "reason": decided.reason,
    }
    if database.execute(_DECIDE, values).fetchone() is None:
        return False
    record(database, request, _STEPS[state], at, by=decided.by, actor_entry=decided.entry, detail=decided.reason)
    if decision is Decision.DENY:
        _tell_the_asker(database, request, at)
    return True


def is_any_due(database: Database, at: str) -> bool:
    """Tell whether a request waits whose time is over."""
    due = "SELECT 1 FROM requests WHERE state = 'requested' AND expires_at <= ? LIMIT 1"
    return database.execute(due, (at,)).fetchone() is not None


def expire(database: Database, at: str) -> tuple[str, ...]:
    """Let every request expire whose time is over, and return their ids."""
    expired = tuple(request for (request,) in database.execute(_EXPIRE, {"at": at}).fetchall())
    for request in expired:
        record(database, request, Step.EXPIRED, at, by=ECRBOT)
        _tell_the_asker(database, request, at)
    return expired


def _tell_the_asker(database: Database, request: str, at: str) -> None:
    """Have whoever asked told what came of it: they may not be where the card is."""
    asked_by = database.execute("SELECT asked_by FROM requests WHERE id = ?", (request,)).fetchone()[0]
    add_letter(database, request, "outcome", asked_by, at)
