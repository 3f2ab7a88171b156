"""The history's operations, as `ecr.ports.History`: each opens the file, does one transaction, and closes it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ecr.errors import HistoryError
from store import file, rows

if TYPE_CHECKING:
    from pathlib import Path

    from ecr.checked import CheckReport

DELIVERY_LIFE = timedelta(days=1)
"""How long a delivery is remembered; Slack repeats one for some minutes at most."""

_SAVE_REPOSITORY = """
    INSERT INTO repositories (
        arn, account, region, name, tag_mutability, exclusion_filters, scan_on_push, effective_scanning, verdict,
        first_seen_at, seen_at
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (arn) DO UPDATE SET
        tag_mutability = excluded.tag_mutability,
        exclusion_filters = excluded.exclusion_filters,
        scan_on_push = excluded.scan_on_push,
        effective_scanning = excluded.effective_scanning,
        verdict = excluded.verdict,
        seen_at = excluded.seen_at
    WHERE excluded.seen_at >= repositories.seen_at
"""

# A delivery that another process claimed and never finished was lost with it: its repeat is taken over.
_CLAIM = """
    INSERT INTO deliveries (key, claimed_by, claimed_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at
    WHERE finished_at IS NULL AND claimed_by <> excluded.claimed_by
    RETURNING key
"""


class SqliteHistory:
    """The history in one SQLite file. Any thread may call any method."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready; `prepare` and `existing` see to that."""
        self._path = path
        self._process = secrets.token_hex(8)

    @classmethod
    def prepare(cls, path: Path) -> SqliteHistory:
        """Make or migrate the file, and return the history in it.

        Raises:
            NewerHistoryError: a newer release has written the file.
            HistoryError: it cannot be made or changed.
        """
        file.prepare(path)
        return cls(path)

    @classmethod
    def existing(cls, path: Path) -> SqliteHistory | None:
        """Return the history in a file that is there and ready; `None` where there is no file.

        Raises:
            NewerHistoryError: a newer release has written the file.
            HistoryError: it is of an older release, or cannot be read.
        """
        if not path.is_file():
            return None
        with file.connection(path) as database:
            if file.pending(database, path):
                raise HistoryError(f"The history {path} is of an older release: python -m bot run migrates it.")
        return cls(path)

    def record_check(self, report: CheckReport, *, by: str, source: str) -> None:
        """Remember a check and the repositories that it saw; what is stored of a later reading stays.

        Args:
            report: what was checked.
            by: the Slack user id, or the login name at a shell.
            source: `slack` or `cli`.

        Raises:
            HistoryError: it cannot be written.
        """
        seen = [row for each in report.assessments if (row := rows.repository(each, report.began_at)) is not None]
        with file.immediate(self._path) as database:
            saved = database.conn.execute(
                "INSERT INTO checks (began_at, asked, asked_by, source, verdict) VALUES (?, ?, ?, ?, ?)",
                rows.check(report, by, source),
            )
            database.conn.executemany(
                "INSERT INTO check_findings (check_id, account, region, repository, rule, verdict, evidence) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows.findings(report, int(saved.lastrowid or 0)),
            )
            database.conn.executemany(_SAVE_REPOSITORY, seen)

    def claim_delivery(self, key: str, *, at: datetime) -> bool:
        """Tell whether a delivery is to be worked on: true once, and once more if the process that had it died.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.immediate(self._path) as database:
            database.execute("DELETE FROM deliveries WHERE claimed_at < ?", (rows.moment(at - DELIVERY_LIFE),))
            return database.execute(_CLAIM, (key, self._process, rows.moment(at))).fetchone() is not None

    def finish_delivery(self, key: str) -> None:
        """Note that a delivery was answered.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.connection(self._path) as database:
            database.execute(
                "UPDATE deliveries SET finished_at = ? WHERE key = ?", (rows.moment(datetime.now(UTC)), key)
            )

    def ping(self) -> None:
        """Read one row, to tell whether the database answers.

        Raises:
            HistoryError: it does not.
        """
        with file.connection(self._path) as database:
            database.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()
