"""The history's operations, as `ecr.ports.History`: each opens the file, does one transaction, and closes it."""

from __future__ import annotations

import fcntl
import secrets
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ecr.errors import HistoryError, SweepRunningError
from ecr.model import Verdict
from store import file, observing, preparation, rows, timelines
from store.trouble import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ecr.checked import CheckReport
    from ecr.model import Assessment, Target
    from ecr.swept import Changes, Standing, SweepReport
    from ecr.timeline import Event

DELIVERY_LIFE = timedelta(days=1)
"""How long a delivery is remembered; Slack repeats one for some minutes at most."""

CLAIM_SECONDS = 1.0
"""How long a claim waits for another writer: somebody waits for the answer behind it."""

# A delivery that another process claimed and never finished was lost with it: its repeat is taken over.
_CLAIM = """
    INSERT INTO deliveries (key, claimed_by, claimed_at) VALUES (?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at
    WHERE finished_at IS NULL AND claimed_by <> excluded.claimed_by
    RETURNING key
"""


_COUNTED = (Verdict.PASS, Verdict.FAIL, Verdict.EXEMPT, Verdict.UNKNOWN)

_TARGET_READ = """
    INSERT INTO targets (account, region, name, read_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (account, region) DO UPDATE SET
        name = excluded.name, read_at = max(coalesce(read_at, ''), excluded.read_at), error = NULL, error_at = NULL
"""

_TARGET_UNREAD = """
    INSERT INTO targets (account, region, name, error, error_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (account, region) DO UPDATE SET
        name = excluded.name, error = excluded.error, error_at = excluded.error_at
"""

_DAY = """
    INSERT INTO target_days (day, account, region, passing, failing, exempt, unknown) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, account, region) DO UPDATE SET
        passing = excluded.passing, failing = excluded.failing, exempt = excluded.exempt, unknown = excluded.unknown
"""

_SWEEP = """
    INSERT INTO sweeps (
        id, started_at, finished_at, targets, unreadable_targets, passing, failing, exempt, unknown,
        findings_opened, findings_resolved, api_calls
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

# Every repository with an open finding, and where its target was not read since, why.
_STANDING = """
    SELECT r.arn, r.name, r.tag_mutability, r.exclusion_filters, r.scan_on_push, r.effective_scanning,
        r.account, r.region, t.name, max(r.seen_at, coalesce(t.read_at, '')), t.error,
        r.last_findings
    FROM repositories r
    LEFT JOIN targets t ON t.account = r.account AND t.region = r.region
    WHERE r.arn IN (SELECT arn FROM findings WHERE closed_at IS NULL)
    ORDER BY r.account, r.region, r.name
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
        preparation.prepare(path)
        return cls(path)

    @classmethod
    def existing(cls, path: Path) -> SqliteHistory | None:
        """Return the history in a file that is there and ready; `None` where there is no file.

        Raises:
            NewerHistoryError: a newer release has written the file.
            HistoryError: it is of an older release, or cannot be read.
        """
        with translated(path):
            if not path.is_file():
                return None
        with file.connection(path) as database:
            if preparation.pending(database, path):
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
            for (account, region), some in _by_target(report.assessments).items():
                observing.observe(database, account, region, some, rows.moment(report.began_at), whole=False)

    def record_target(self, target: Target, assessments: Sequence[Assessment], *, began_at: datetime) -> Changes:
        """Remember all repositories of a target as one reading saw them; what is not among them is gone.

        Args:
            target: the account (which is known) and region that was read.
            assessments: every repository in it, judged.
            began_at: when the reading began. What is stored of a later reading stays as it is.

        Raises:
            HistoryError: it cannot be written.
        """
        at, account = rows.moment(began_at), target.account or ""
        counts = Counter(assessment.verdict for assessment in assessments)
        with file.immediate(self._path) as database:
            changes = observing.observe(database, account, target.region, assessments, at, whole=True)
            database.execute(_TARGET_READ, (account, target.region, target.name, at))
            database.execute(_DAY, (at[:10], account, target.region, *(counts[verdict] for verdict in _COUNTED)))
        return changes

    def record_unread(self, target: Target, error: str, *, at: datetime) -> int:
        """Remember that a target could not be read, and return how many repositories are known there.

        Raises:
            HistoryError: it cannot be written.
        """
        account = target.account or ""
        with file.immediate(self._path) as database:
            database.execute(_TARGET_UNREAD, (account, target.region, target.name, error, rows.moment(at)))
            known = database.execute(
                "SELECT count(*) FROM repositories WHERE account = ? AND region = ? AND gone_at IS NULL",
                (account, target.region),
            ).fetchone()
        return int(known[0])

    @contextmanager
    def sweeping(self) -> Iterator[None]:
        """Hold the right to sweep: a lock on a file beside the history, which ends with the process that holds it.

        Raises:
            SweepRunningError: somebody else has it.
            HistoryError: the lock's file cannot be made.
        """
        path = self._path.with_name(f"{self._path.name}.sweep")
        with translated(path):
            lock = path.open("a", encoding="utf-8")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SweepRunningError("A sweep is running already; its result will be there when it ends.") from error
            yield

    def record_sweep(self, report: SweepReport) -> None:
        """Remember a sweep that ended.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.connection(self._path) as database:
            database.execute(_SWEEP, rows.sweep(report))

    def swept_at(self) -> datetime | None:
        """Return when the last sweep ended; `None` where there was none.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.connection(self._path) as database:
            last = database.execute("SELECT max(finished_at) FROM sweeps").fetchone()[0]
        return rows.moment_of(last) if last else None

    def noncompliant(self) -> tuple[Standing, ...]:
        """Return what fails by the last reading of each target, with the targets that could not be read.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.connection(self._path) as database:
            found = database.execute(_STANDING).fetchall()
        return tuple(rows.standing(tuple(row)) for row in found)

    def timeline(self, name: str, account: str | None = None, region: str | None = None) -> tuple[Event, ...]:
        """Return what happened to the repositories of a name, oldest first.

        Args:
            name: the whole name.
            account: of this account alone.
            region: of this region alone.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.connection(self._path) as database:
            return timelines.timeline(database, name, account, region)

    def claim_delivery(self, key: str, *, at: datetime) -> bool:
        """Tell whether a delivery is to be worked on: true once, and once more if the process that had it died.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.immediate(self._path, patience=CLAIM_SECONDS) as database:
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


def _by_target(assessments: Iterable[Assessment]) -> dict[tuple[str, str], list[Assessment]]:
    """Return the repositories that were read, by account and region."""
    found: dict[tuple[str, str], list[Assessment]] = {}
    for assessment in assessments:
        if assessment.repository is not None:
            found.setdefault((assessment.repository.account, assessment.repository.region), []).append(assessment)
    return found
