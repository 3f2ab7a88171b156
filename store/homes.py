"""Home tabs in the history's file, as `ecr.home_ports.Homes`: who has opened theirs, and what is told in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.home import MOST_SHOWN, REMEMBERED, Known
from store import file, glance, rows
from store.request_reading import read

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from sqlite_utils import Database

    from ecr.request import Request

# What was published last is kept: an opening publishes anew whatever it was.
_OPENED = """
    INSERT INTO homes (user, opened_at) VALUES (?, ?)
    ON CONFLICT (user) DO UPDATE SET opened_at = excluded.opened_at
"""

_ASKED = """
    SELECT id FROM requests WHERE asked_by = ? AND (ended_at IS NULL OR ended_at >= ?)
    ORDER BY ended_at IS NOT NULL, made_at DESC, rowid DESC
"""


class SqliteHomes:
    """The Home tabs. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready."""
        self._path = path

    def known(self, user: str, *, day: date, since: datetime) -> Known:
        """Return what the history knows for somebody's Home tab.

        Args:
            user: a Slack user id.
            day: the last day of the trend.
            since: requests of theirs that ended before are left out.
        """
        with file.snapshot(self._path) as database:
            mine = [key for (key,) in database.execute(_ASKED, (user, rows.moment(since)))]
            return Known(
                facts=glance.facts(database, day),
                waiting=tuple(reversed(read(database, "state = 'requested'", ()))),
                asked=_in_order(database, mine[:MOST_SHOWN]),
                asked_count=len(mine),
            )

    def opened(self, user: str, *, at: datetime) -> None:
        """Note that somebody opened their Home tab; who has not for long is forgotten."""
        with file.immediate(self._path) as database:
            database.execute("DELETE FROM homes WHERE opened_at < ?", (rows.moment(at - REMEMBERED),))
            database.execute(_OPENED, (user, rows.moment(at)))

    def users(self, at: datetime) -> frozenset[str]:
        """Return whose Home tab is kept up to date: those who opened it lately."""
        with file.connection(self._path) as database:
            found = database.execute("SELECT user FROM homes WHERE opened_at >= ?", (rows.moment(at - REMEMBERED),))
            return frozenset(user for (user,) in found)

    def forget(self, user: str) -> None:
        """Keep the Home tab of somebody up to date no more."""
        with file.connection(self._path) as database:
            database.execute("DELETE FROM homes WHERE user = ?", (user,))

    def shown(self, user: str) -> str | None:
        """Return the mark of what was published last; `None` where nothing was, or nobody knows."""
        with file.connection(self._path) as database:
            found = database.execute("SELECT shown FROM homes WHERE user = ?", (user,)).fetchone()
        return found[0] if found else None

    def published(self, user: str, mark: str) -> None:
        """Note what was published."""
        with file.connection(self._path) as database:
            database.execute("UPDATE homes SET shown = ? WHERE user = ?", (mark, user))


def _in_order(database: Database, keys: list[str]) -> tuple[Request, ...]:
    found = {one.id: one for one in read(database, f"id IN ({', '.join('?' * len(keys))})", keys)}
    return tuple(found[key] for key in keys)
