"""What Slack delivered, so that nothing is answered twice: claimed once, and forgotten after a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from store import rows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

LIFE = timedelta(days=1)
"""How long a delivery is remembered; Slack repeats one for some minutes at most."""

# A delivery that another process claimed and never finished was lost with it: its repeat is taken over.
_CLAIM = """
    INSERT INTO deliveries (key, claimed_by, claimed_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at
    WHERE finished_at IS NULL AND claimed_by <> excluded.claimed_by
    RETURNING key
"""


def claim(database: Database, key: str, process: str, at: datetime) -> bool:
    """Tell whether a process is to work on a delivery, inside the caller's transaction."""
    database.execute("DELETE FROM deliveries WHERE claimed_at < ?", (rows.moment(at - LIFE),))
    return database.execute(_CLAIM, (key, process, rows.moment(at))).fetchone() is not None


def finish(database: Database, key: str, at: datetime) -> None:
    """Write that a delivery was answered."""
    database.execute("UPDATE deliveries SET finished_at = ? WHERE key = ?", (rows.moment(at), key))
