"""What Slack is still to be told of requests, as `ecr.request_ports.Outbox`: claimed, sent once, and then kept."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from ecr.errors import LostClaimError
from ecr.letter import Letter, Posted
from ecr.posting import LEASE
from ecr.request import Place
from store import file, rows
from store.request_steps import add_letter

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_COLUMNS = "request, letter, channel, made_at, in_doubt, attempts"

# A claim of a clock that went back since is over; one that is a little ahead is of somebody who was faster, while this
# one waited for the file. One's own is another thread's.
_CLAIM = f"""
    UPDATE letters SET claimed_by = :by, claimed_at = :at, lease_until = :until, not_before = NULL
    WHERE rowid = (
        SELECT rowid FROM letters
        WHERE state = 'waiting' AND (:request IS NULL OR request = :request)
            AND (claimed_by IS NULL OR lease_until <= :at OR claimed_at > :ahead)
            AND (not_before IS NULL OR not_before <= :at OR claimed_at > :ahead)
        ORDER BY rowid LIMIT 1
    )
    RETURNING {_COLUMNS}
"""

_OURS = "request = ? AND letter = ? AND channel = ? AND claimed_by = ? AND state = 'waiting'"


class SqliteOutbox:
    """The letters. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready; what this object claims is its own."""
        self._path = path
        self._by = f"bot-{secrets.token_hex(8)}"

    def claim(self, *, at: datetime, request: str | None = None) -> Posted | None:
        """Claim the oldest message that is to be sent and that nobody has; of one request alone, where that is said."""
        waiting = "SELECT 1 FROM letters WHERE state = 'waiting' AND (:request IS NULL OR request = :request) LIMIT 1"
        until = rows.moment(at + LEASE)
        values = {"by": self._by, "at": rows.moment(at), "until": until, "ahead": until, "request": request}
        with file.connection(self._path) as database:
            if database.execute(waiting, {"request": request}).fetchone() is None:
                return None
        with file.immediate(self._path) as database:
            found = database.execute(_CLAIM, values).fetchone()
        return _posted(found) if found else None

    def begin(self, posted: Posted, *, at: datetime) -> None:
        """Note that it is about to be sent, and renew the claim.

        Raises:
            LostClaimError: somebody else has it by now.
        """
        values = {"in_doubt": 1, "claimed_at": rows.moment(at), "lease_until": rows.moment(at + LEASE)}
        self._change(posted, values)

    def sent(self, posted: Posted, ts: str, *, revision: int, at: datetime) -> None:
        """Note that it is there; of a card, where, and which revision of the request it shows."""
        self._change(posted, {"state": "sent", "ts": ts, "ended_at": rows.moment(at), "in_doubt": 0}, revision=revision)

    def postpone(self, posted: Posted, *, until: datetime, in_doubt: bool) -> None:
        """Give the claim back until a later moment."""
        values = {"claimed_by": None, "lease_until": None, "not_before": rows.moment(until), "in_doubt": int(in_doubt)}
        self._change(posted, values | {"attempts": posted.attempts + 1})

    def give_up(self, posted: Posted, sentence: str, *, at: datetime) -> None:
        """End it without its having been sent, and say why."""
        self._change(posted, {"state": "given up", "said": sentence, "ended_at": rows.moment(at)})

    def add(self, request: str, letter: Letter, channel: str, *, at: datetime) -> None:
        """Have one more message sent, unless it is there or on its way already."""
        with file.immediate(self._path) as database:
            add_letter(database, request, letter, channel, rows.moment(at))

    def outdated(self) -> tuple[tuple[str, Place], ...]:
        """Return the requests whose card shows an older revision, and where their cards are."""
        with file.connection(self._path) as database:
            found = database.execute(
                "SELECT id, card_channel, card_ts FROM requests WHERE card_ts IS NOT NULL AND shown_revision < revision"
            )
            return tuple((request, Place(channel, ts)) for request, channel, ts in found)

    def rewritten(self, request: str, revision: int) -> None:
        """Note which revision of a request its card shows."""
        with file.immediate(self._path) as database:
            database.execute(
                "UPDATE requests SET shown_revision = max(shown_revision, ?) WHERE id = ?", (revision, request)
            )

    def _change(self, posted: Posted, values: dict[str, Any], *, revision: int | None = None) -> None:
        assignments = ", ".join(f"{column} = ?" for column in values)
        which = (posted.request, posted.letter, posted.channel, self._by)
        with file.immediate(self._path) as database:
            changed = database.execute(
                f"UPDATE letters SET {assignments} WHERE {_OURS} RETURNING rowid", (*values.values(), *which)
            ).fetchone()
            if changed is None:
                raise LostClaimError(f"The {posted.letter} of request {posted.request} is in other hands by now.")
            if posted.letter is Letter.CARD and revision is not None:
                database.execute(
                    "UPDATE requests SET card_channel = ?, card_ts = ?, shown_revision = ? WHERE id = ?",
                    (posted.channel, values["ts"], revision, posted.request),
                )


def _posted(row: tuple[Any, ...]) -> Posted:
    request, letter, channel, made_at, in_doubt, attempts = row
    return Posted(request, Letter(letter), channel, rows.moment_of(made_at), bool(in_doubt), attempts)
