"""Requests in the history's file, as `ecr.request_ports.Requests`: what is asked for, decided, and how it ends.

Every step is one transaction with its audit event; store/settling.py and store/applying.py have the statements.
"""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

from ecr.audit import Step
from ecr.errors import LostClaimError
from ecr.request import ECRBOT, State
from store import applying, file, request_steps, rows, settling, turns
from store.request_reading import read
from store.request_steps import LEASE, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from ecr.approval import Decision
    from ecr.model import Assessment
    from ecr.request import Decided, Outcome, Request

_BOT = "bot-"

# What nobody has: no claim, one whose lease is over, or one of a clock that went back by more than a lease since: by
# less, it may be the claim of somebody who was faster, while this one waited for the file.
_FREE = "(claimed_by IS NULL OR lease_until <= :at OR lease_until > :ahead OR claimed_by = :by)"

_BEGIN = f"""
    UPDATE requests SET revision = revision + (state = 'approved'), began_at = coalesce(began_at, :at),
        state = 'applying', claimed_by = :by, lease_until = :until
    WHERE id = :id AND state IN ('approved', 'applying') AND {_FREE}
    RETURNING id
"""


class SqliteRequests:
    """The requests. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready; what this object claims is its own."""
        self._path = path
        self._by = f"{_BOT}{secrets.token_hex(8)}"
        self._lock = threading.Lock()
        self._working: set[str] = set()

    def ask(self, new: Request, *, channel: str | None) -> Request:
        """Save a new request, unless an identical one is open: then return that one, which has another id.

        Args:
            new: with its id and state; where its state is approved, it was decided already (an approver's own undo).
            channel: where its card is to be posted; `None`: it has none.
        """
        with file.immediate(self._path) as database:
            return _one(database, settling.ask(database, new, channel))

    def get(self, request: str) -> Request | None:
        """Return a request; `None` where there is none of that id."""
        with file.snapshot(self._path) as database:
            return next(iter(read(database, "id = ?", (request,))), None)

    def all(self, states: Sequence[State] = (), *, most: int | None = None) -> tuple[Request, ...]:
        """Return the requests in some states, or all, newest first."""
        where = f"state IN ({', '.join('?' * len(states))})" if states else "true"
        with file.snapshot(self._path) as database:
            return read(database, where, tuple(states), most)

    def undos(self, request: str) -> tuple[Request, ...]:
        """Return the requests that were to undo a request, newest first."""
        with file.snapshot(self._path) as database:
            return read(database, "undoes = ?", (request,))

    def decide(self, request: str, decision: Decision, decided: Decided) -> Request | None:
        """Settle a request that waits, and return it; `None` where it does not wait any more, or has expired."""
        with file.immediate(self._path) as database:
            return _one(database, request) if settling.decide(database, request, decision, decided) else None

    def approvers_changed(self, request: str, no_approver: str | None) -> Request | None:
        """Note of a request that waits why nobody can approve it, or that somebody can; `None`: it waits no more."""
        with file.immediate(self._path) as database:
            changed = database.execute(
                "UPDATE requests SET no_approver = ?, revision = revision + 1 WHERE id = ? AND state = 'requested' "
                "RETURNING id",
                (no_approver, request),
            ).fetchone()
            return _one(database, request) if changed else None

    def expire(self, at: datetime) -> tuple[Request, ...]:
        """Let every request expire that still waits and whose time is over, and return those."""
        now = rows.moment(at)
        with file.connection(self._path) as database:
            # Nearly always there is none, and that is to be seen without keeping any writer waiting.
            if not settling.is_any_due(database, now):
                return ()
        with file.immediate(self._path) as database:
            return tuple(_one(database, request) for request in settling.expire(database, now))

    def begin(self, request: str, *, at: datetime) -> Request | None:
        """Claim the applying of what is approved, or of what its applier left by dying; `None` where another has it."""
        with self._lock:
            if request in self._working:
                return None
            self._working.add(request)
        claimed = None
        try:
            claimed = self._claimed(request, at)
        finally:
            if claimed is None:
                self._forget(request)
        return claimed

    def release(self, request: str) -> None:
        """Give the claim back, where the request has not ended: somebody else may go on with it."""
        self._forget(request)
        with file.immediate(self._path) as database:
            database.execute(
                "UPDATE requests SET claimed_by = NULL, lease_until = NULL WHERE id = ? AND claimed_by = ?",
                (request, self._by),
            )

    def unfinished(self, at: datetime) -> tuple[str, ...]:
        """Return the ids of what is approved or applying, and that nobody works on."""
        with file.connection(self._path) as database:
            found = database.execute(
                f"SELECT id FROM requests WHERE state IN ('approved', 'applying') AND {_FREE} ORDER BY made_at",
                self._claim(at),
            ).fetchall()
        with self._lock:
            return tuple(request for (request,) in found if request not in self._working)

    def take_over(self) -> None:
        """Free what bots that are dead had claimed: requests, what Slack is to be told of them, and turns to write.

        Only for a bot that knows that no other one lives: see `SqlitePostings.take_over`.
        """
        with file.immediate(self._path) as database:
            for table in ("requests", "letters"):
                database.execute(
                    f"UPDATE {table} SET claimed_by = NULL, lease_until = NULL WHERE claimed_by LIKE ?", (f"{_BOT}%",)
                )
            turns.free(database)

    def changing(self, request: str, item: int, change: int, *, at: datetime) -> None:
        """Note that a change of a repository is about to be made.

        Raises:
            LostClaimError: somebody else applies this request by now.
        """
        with file.immediate(self._path) as database:
            self._renew(database, request, at)
            applying.changing(database, request, item, change, rows.moment(at))

    def changed(self, request: str, item: int, change: int, *, aws_request_id: str | None, at: datetime) -> None:
        """Note that a change was made.

        Raises:
            LostClaimError: somebody else applies this request by now, and finds it by reading what is true.
        """
        with file.immediate(self._path) as database:
            self._renew(database, request, at)
            applying.changed(database, request, item, change, aws_request_id, rows.moment(at))

    def refused(self, request: str, item: int, change: int, *, sentence: str, at: datetime) -> None:
        """Note that a change was refused, or that nobody knows whether it was made.

        Raises:
            LostClaimError: somebody else applies this request by now.
        """
        with file.immediate(self._path) as database:
            self._renew(database, request, at)
            applying.refused(database, request, item, change, sentence, rows.moment(at))

    def attempted(self, request: str) -> frozenset[tuple[int, int]]:
        """Return the changes that were about to be made, as (item, change): some may have been, some not."""
        with file.connection(self._path) as database:
            found = database.execute("SELECT repository, number FROM request_changes WHERE request = ?", (request,))
            return frozenset((item, change) for item, change in found)

    def settle(
        self,
        request: str,
        item: int,
        outcome: Outcome,
        sentence: str,
        *,
        seen: tuple[Assessment, datetime] | None,
        at: datetime,
    ) -> None:
        """Note what came of a repository; what was seen of it, and when that reading began, goes into the history.

        Raises:
            LostClaimError: somebody else applies this request by now.
        """
        with file.immediate(self._path) as database:
            self._renew(database, request, at)
            applying.settle(database, (request, item), outcome, sentence, seen=seen, at=rows.moment(at))

    def finish(self, request: str, state: State, sentence: str, *, lines: Sequence[str], at: datetime) -> Request:
        """End the applying of a request.

        Raises:
            LostClaimError: somebody else applies this request by now.
        """
        now = rows.moment(at)
        with file.immediate(self._path) as database:
            self._renew(database, request, at)
            applying.finish(database, _one(database, request), state, sentence, now)
            ended = _one(database, request)
            request_steps.add_letter(database, request, "outcome", ended.by.id, now)
            for channel in lines:
                request_steps.add_letter(database, request, "line", channel, now)
        self._forget(request)
        return ended

    def show(self, request: str) -> None:
        """Have the card of a request rewritten, as what it offers has changed."""
        with file.immediate(self._path) as database:
            database.execute("UPDATE requests SET revision = revision + 1 WHERE id = ?", (request,))

    def _claimed(self, request: str, at: datetime) -> Request | None:
        values = self._claim(at) | {"id": request, "until": rows.moment(at + LEASE)}
        with file.immediate(self._path) as database:
            if database.execute(_BEGIN, values).fetchone() is None:
                return None
            record(database, request, Step.APPLYING, values["at"], by=ECRBOT)
            return _one(database, request)

    def _claim(self, at: datetime) -> dict[str, str]:
        return {"at": rows.moment(at), "ahead": rows.moment(at + 2 * LEASE), "by": self._by}

    def _renew(self, database: Database, request: str, at: datetime) -> None:
        kept = database.execute(
            "UPDATE requests SET lease_until = ? WHERE id = ? AND claimed_by = ? AND state = 'applying' RETURNING id",
            (rows.moment(at + LEASE), request, self._by),
        ).fetchone()
        if kept is None:
            raise LostClaimError(f"Request {request} is applied by another process by now.")

    def _forget(self, request: str) -> None:
        with self._lock:
            self._working.discard(request)


def _one(database: Database, request: str) -> Request:
    return read(database, "id = ?", (request,))[0]
