"""Who reads a digest, as `ecr.ports.Subscriptions`: each operation opens the file, does one transaction, closes it."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

from ecr.subscription import Filters, Subscribed, Subscription
from store import file, rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

_COLUMNS = (
    "id, channel, time_of_day, timezone, repositories, accounts, regions, subscribed_by, since, paused_at, "
    "paused_because"
)

_SAVE = f"""
    INSERT INTO subscriptions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        time_of_day = excluded.time_of_day, timezone = excluded.timezone, subscribed_by = excluded.subscribed_by,
        since = excluded.since, paused_at = excluded.paused_at, paused_because = excluded.paused_because
"""


class SqliteSubscriptions:
    """The subscriptions in the history's file. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready."""
        self._path = path

    def synchronize(self, wanted: Sequence[Subscription]) -> None:
        """Make those of the settings file equal to it; those of Slack stay, but for one that is in the file now.

        One that was there already keeps since when it is, and stays paused where nothing about it has changed.
        """
        with file.immediate(self._path) as database:
            before = {one.id: one for one in _read(database)}
            now = {one.id: one for one in wanted}
            for gone in (one for one in before.values() if one.by is None and one.id not in now):
                _delete(database, gone)
            for one in now.values():
                known = before.get(one.id)
                if known is None:
                    _save(database, one)
                elif known.by is not None or (known.at, known.timezone) != (one.at, one.timezone):
                    _save(database, _since(one, known.since))

    def all(self, channel: str | None = None) -> tuple[Subscription, ...]:
        """Return every subscription, or those of a channel, paused ones too."""
        with file.connection(self._path) as database:
            return tuple(one for one in _read(database) if channel in (None, one.channel))

    def subscribe(self, wanted: Subscription) -> Subscribed:
        """Add a subscription, or change or resume the one of the same channel and filters."""
        with file.immediate(self._path) as database:
            known = next((one for one in _read(database) if one.id == wanted.id), None)
            if known is None:
                _save(database, wanted)
                return Subscribed.NEW
            if known.by is None:
                if known.paused:
                    _save(database, _since(known, wanted.since))
                return Subscribed.RESUMED if known.paused else Subscribed.IN_THE_FILE
            same = (known.at, known.timezone) == (wanted.at, wanted.timezone)
            if same and not known.paused:
                return Subscribed.SAME
            _save(database, _since(wanted, wanted.since if known.paused else known.since))
            return Subscribed.RESUMED if known.paused else Subscribed.CHANGED

    def unsubscribe(self, channel: str, filters: Filters | None = None) -> tuple[Subscription, ...]:
        """End what was subscribed in Slack: all of a channel, or that of the filters; return what was ended."""
        with file.immediate(self._path) as database:
            ended = tuple(
                one
                for one in _read(database)
                if one.channel == channel and one.by is not None and (filters is None or one.is_of(filters))
            )
            for one in ended:
                _delete(database, one)
        return ended

    def pause(self, subscription: Subscription, reason: str, *, notice: str, at: datetime) -> bool:
        """Pause a subscription and leave a notice for the approvals channel; tell whether it was not paused before."""
        with file.immediate(self._path) as database:
            paused = database.execute(
                "UPDATE subscriptions SET paused_at = ?, paused_because = ? WHERE id = ? AND paused_at IS NULL "
                "RETURNING id",
                (rows.moment(at), reason, subscription.id),
            ).fetchone()
            if paused is not None:
                leave_notice(database, subscription.channel, notice, at)
        return paused is not None


def leave_notice(database: Database, channel: str, text: str, at: datetime) -> None:
    """Write what the approvals channel is still to be told, inside the caller's transaction."""
    database.execute("INSERT INTO notices (channel, text, made_at) VALUES (?, ?, ?)", (channel, text, rows.moment(at)))


def _since(one: Subscription, since: datetime) -> Subscription:
    return Subscription(one.channel, one.at, one.timezone, one.filters, since, one.by)


def _save(database: Database, one: Subscription) -> None:
    filters = (one.filters.repositories, one.filters.accounts, one.filters.regions)
    values = (one.id, one.channel, f"{one.at:%H:%M}", one.timezone, *map(rows.words, filters), one.by)
    database.execute(_SAVE, (*values, rows.moment(one.since), None, None))


def _delete(database: Database, one: Subscription) -> None:
    """End a subscription, and with it the digest that was on its way: nobody would go on with it."""
    database.execute("DELETE FROM subscriptions WHERE id = ?", (one.id,))
    database.execute(
        "UPDATE digests SET state = 'given up', ended_at = claimed_at, parts = NULL, lease_until = NULL "
        "WHERE subscription = ? AND state IN ('claimed', 'sending')",
        (one.id,),
    )


def _read(database: Database) -> tuple[Subscription, ...]:
    found = database.execute(f"SELECT {_COLUMNS} FROM subscriptions ORDER BY channel, rowid")
    return tuple(_subscription(row) for row in found)


def _subscription(row: tuple[Any, ...]) -> Subscription:
    _, channel, at, timezone, repositories, accounts, regions, by, since, _, paused = row
    filters = Filters(rows.words_of(repositories), rows.words_of(accounts), rows.words_of(regions))
    return Subscription(channel, time.fromisoformat(at), timezone, filters, rows.moment_of(since), by, paused)
