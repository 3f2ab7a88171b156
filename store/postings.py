"""Digests on their way, as `ecr.ports.Postings`: one row for each subscription and local day, claimed with a lease."""

from __future__ import annotations

import fcntl
import json
import secrets
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, TextIO

from ecr.errors import LostClaimError
from ecr.posting import LEASE, Notice, Period, Posting, PostingState
from store import file, rows
from store.subscriptions import leave_notice
from store.trouble import translated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from ecr.subscription import Subscription

_COLUMNS = "subscription, channel, day, state, began_at, parts, parts_sent, in_doubt, thread, attempts"

# What nobody has: no lease, one that ended, our own, or one of a clock that went back since. One that is a little ahead
# is of somebody who was faster, while this one waited for the file.
_FREE = (
    "(lease_until IS NULL OR lease_until <= :at OR claimed_at > :until OR claimed_by = :by) "
    "AND (not_before IS NULL OR not_before <= :at OR claimed_at > :until OR :again)"
)

_OURS = "claimed_by = :by, claimed_at = :at, lease_until = :until, not_before = NULL"

# Whoever takes over begins to try anew: how long another one tried, or was down since, is nothing against Slack.
_TAKEN = f"{_OURS}, began_at = iif(claimed_by = :by, began_at, :at)"

_CLAIM = f"""
    INSERT INTO digests (subscription, day, channel, state, began_at, claimed_by, claimed_at, lease_until)
    VALUES (:subscription, :day, :channel, 'claimed', :at, :by, :at, :until)
    ON CONFLICT (subscription, day) DO UPDATE SET {_TAKEN}
    WHERE state IN ('claimed', 'sending') AND {_FREE}
    RETURNING {_COLUMNS}
"""

_CLAIM_AGAIN = f"""
    UPDATE digests SET {_OURS}, state = 'claimed', channel = :channel, began_at = :at, attempts = 0, parts = NULL,
        thread = NULL, ended_at = NULL
    WHERE subscription = :subscription AND day = :day AND state IN ('skipped', 'given up') AND parts_sent = 0
"""

_BEGUN = "SELECT min(day) FROM digests WHERE subscription = :subscription AND state IN ('claimed', 'sending')"

_RESUME = f"""
    UPDATE digests SET {_TAKEN}
    WHERE subscription = :subscription AND day = ({_BEGUN} AND {_FREE})
    RETURNING {_COLUMNS}
"""


_BOT, _SHELL = "bot-", "shell-"


class SqlitePostings:
    """The postings in the history's file. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path, *, bot: bool = False) -> None:
        """Use a file that is ready; what this object claims is its own.

        Args:
            path: the file.
            bot: whether the bot itself claims, rather than somebody at a shell.
        """
        self._path = path
        self._by = f"{_BOT if bot else _SHELL}{secrets.token_hex(8)}"
        self._alive: TextIO | None = None

    def take_over(self) -> bool:
        """Free what a bot that is dead had claimed, so that nobody waits for the end of its lease.

        Returns:
            Whether this bot is the only one.

        A living bot holds a lock on a file beside the history, which ends with its process; where another one has it,
        nothing is freed, and where none has, this one holds it from now on. What a shell claims is its own.
        """
        path = self._path.with_name(f"{self._path.name}.bot")
        with translated(path):
            self._alive = path.open("a", encoding="utf-8")
        try:
            fcntl.flock(self._alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._alive.close()
            return False
        with file.immediate(self._path) as database:
            database.execute(
                "UPDATE digests SET lease_until = NULL WHERE state IN ('claimed', 'sending') AND claimed_by LIKE ?",
                (f"{_BOT}%",),
            )
        return True

    def last_day(self, subscription: str) -> date | None:
        """Return the latest day whose digest was sent, skipped or given up."""
        with file.connection(self._path) as database:
            found = database.execute(
                "SELECT max(day) FROM digests WHERE subscription = ? AND state NOT IN ('claimed', 'sending')",
                (subscription,),
            ).fetchone()[0]
        return date.fromisoformat(found) if found else None

    def of_day(self, subscription: str, day: date) -> Posting | None:
        """Return the posting of a day, in whatever state."""
        with file.connection(self._path) as database:
            found = database.execute(
                f"SELECT {_COLUMNS} FROM digests WHERE subscription = ? AND day = ?",
                (subscription, str(day)),
            ).fetchone()
        return _posting(found) if found else None

    def resume(self, subscription: str, *, at: datetime) -> Posting | None:
        """Claim the posting that was begun and is not done, where nobody has it and its pause is over."""
        values = self._claim(at) | {"subscription": subscription}
        with file.connection(self._path) as database:
            # Nearly always there is nothing, and that is to be seen without keeping any writer waiting.
            if database.execute(_BEGUN, values).fetchone()[0] is None:
                return None
        with file.immediate(self._path) as database:
            found = database.execute(_RESUME, values).fetchone()
        return _posting(found) if found else None

    def claim(self, subscription: Subscription, day: date, *, at: datetime, again: bool = False) -> Posting | None:
        """Claim the digest of a day; `None` where somebody has it, or it is done.

        Args:
            subscription: whose digest.
            day: the local day.
            at: the present moment.
            again: whether one that was skipped or given up may be claimed once more, and one that waits at once.
        """
        values = self._claim(at) | {
            "subscription": subscription.id,
            "day": str(day),
            "channel": subscription.channel,
            "again": int(again),
        }
        with file.immediate(self._path) as database:
            if again:
                database.execute(_CLAIM_AGAIN, values)
            found = database.execute(_CLAIM, values).fetchone()
        return _posting(found) if found else None

    def skip(self, subscription: Subscription, day: date, *, at: datetime) -> None:
        """Note that the digest of a day came too late to be sent."""
        with file.immediate(self._path) as database:
            database.execute(
                "INSERT INTO digests (subscription, day, channel, state, began_at, ended_at) "
                "VALUES (?, ?, ?, 'skipped', ?, ?) ON CONFLICT (subscription, day) DO UPDATE SET "
                "state = 'skipped', ended_at = excluded.ended_at, parts = NULL WHERE state IN ('claimed', 'sending')",
                (subscription.id, str(day), subscription.channel, rows.moment(at), rows.moment(at)),
            )

    def period(self, subscription: str, day: date) -> Period | None:
        """Return what the last digest of an earlier day knew; `None` where none was sent."""
        with file.connection(self._path) as database:
            found = database.execute(
                "SELECT known_at, known_change FROM digests WHERE subscription = ? AND day < ? AND state = 'sent' "
                "ORDER BY day DESC LIMIT 1",
                (subscription, str(day)),
            ).fetchone()
        return Period(rows.moment_of(found[0]), found[1]) if found else None

    def fill(self, posting: Posting, parts: Sequence[str], known: Period) -> Posting:
        """Write down what is to be sent, and what it knows of."""
        values = {
            "state": PostingState.SENDING,
            "parts": json.dumps(parts),
            "known_at": rows.moment(known.since),
            "known_change": known.change,
        }
        self._change(posting, values)
        return replace(posting, state=PostingState.SENDING, parts=tuple(parts))

    def begin(self, posting: Posting, *, at: datetime) -> Posting:
        """Note that the next part is about to be sent, and renew the lease.

        Raises:
            LostClaimError: somebody else has the posting by now.
        """
        self._change(posting, {"in_doubt": 1, "claimed_at": rows.moment(at), "lease_until": rows.moment(at + LEASE)})
        return replace(posting, in_doubt=True)

    def sent(self, posting: Posting, thread: str, *, at: datetime) -> Posting:
        """Note that the next part is there; after the last one the posting is done, and its texts are dropped."""
        count, parent = posting.sent + 1, posting.thread or thread
        values: dict[str, Any] = {"parts_sent": count, "in_doubt": 0, "thread": parent}
        state = posting.state
        if count >= len(posting.parts):
            state = PostingState.SENT
            values |= {"state": state, "ended_at": rows.moment(at), "parts": None, "lease_until": None}
        self._change(posting, values)
        return replace(posting, state=state, sent=count, in_doubt=False, thread=parent)

    def postpone(self, posting: Posting, *, until: datetime, in_doubt: bool) -> None:
        """Give the claim back until a later moment."""
        values = {"lease_until": None, "not_before": rows.moment(until), "in_doubt": int(in_doubt)}
        self._change(posting, values | {"attempts": posting.attempts + 1})

    def give_up(self, posting: Posting, *, notice: str | None, at: datetime) -> None:
        """End a posting without its having been sent, and leave a notice, if any, for the approvals channel."""
        values = {"state": PostingState.GIVEN_UP, "ended_at": rows.moment(at), "parts": None, "lease_until": None}
        with file.immediate(self._path) as database:
            self._update(database, posting, values)
            if notice is not None:
                leave_notice(database, posting.channel, notice, at)

    def notices(self) -> tuple[Notice, ...]:
        """Return what the approvals channel is still to be told, oldest first."""
        with file.connection(self._path) as database:
            found = database.execute(
                "SELECT id, channel, text FROM notices WHERE told_at IS NULL ORDER BY id"
            ).fetchall()
        return tuple(Notice(*row) for row in found)

    def told(self, notice: Notice, *, at: datetime) -> None:
        """Note that a notice was told, or that nobody can be told."""
        with file.immediate(self._path) as database:
            database.execute("UPDATE notices SET told_at = ? WHERE id = ?", (rows.moment(at), notice.id))

    def _claim(self, at: datetime) -> dict[str, Any]:
        return {"at": rows.moment(at), "until": rows.moment(at + LEASE), "by": self._by, "again": 0}

    def _change(self, posting: Posting, values: dict[str, Any]) -> None:
        with file.immediate(self._path) as database:
            self._update(database, posting, values)

    def _update(self, database: Database, posting: Posting, values: dict[str, Any]) -> None:
        """Change the row of a posting that is still ours."""
        assignments = ", ".join(f"{column} = ?" for column in values)
        changed = database.execute(
            f"UPDATE digests SET {assignments} WHERE subscription = ? AND day = ? AND claimed_by = ? "
            "AND state IN ('claimed', 'sending') RETURNING day",
            (*values.values(), posting.subscription, str(posting.day), self._by),
        ).fetchall()
        if not changed:
            raise LostClaimError(f"The digest of {posting.day} for {posting.channel} is in other hands by now.")


def _posting(row: tuple[Any, ...]) -> Posting:
    subscription, channel, day, state, began_at, parts, sent, in_doubt, thread, attempts = row
    return Posting(
        subscription=subscription,
        channel=channel,
        day=date.fromisoformat(day),
        state=PostingState(state),
        began_at=rows.moment_of(began_at),
        parts=tuple(json.loads(parts)) if parts else (),
        sent=sent,
        in_doubt=bool(in_doubt),
        thread=thread,
        attempts=attempts,
    )
