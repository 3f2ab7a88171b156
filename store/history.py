"""The history's operations, as `ecr.ports.History`: each opens the file, does one transaction, and closes it."""

from __future__ import annotations

import fcntl
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ecr.errors import HistoryError, SweepRunningError
from store import (
    checks,
    deliveries,
    digest_facts,
    export_reading,
    file,
    observing,
    preparation,
    registries,
    retention,
    rows,
    standing,
    sweeps,
    timelines,
)
from store.trouble import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from ecr.checked import CheckReport
    from ecr.facts import Facts
    from ecr.model import Assessment, RegistryScanning, Target
    from ecr.posting import Period
    from ecr.subscription import Filters
    from ecr.swept import Changes, LastSweep, Standings, SweepReport, UnreadTarget
    from ecr.timeline import Event
    from store.export_reading import Current

CLAIM_SECONDS = 1.0
"""How long a claim waits for another writer: somebody waits for the answer behind it."""


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

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def record_check(self, report: CheckReport, *, by: str, source: str, at: datetime) -> None:
        """Remember a check and the repositories that it saw; what is stored of a later reading stays.

        Args:
            report: what was checked.
            by: the Slack user id, or the login name at a shell.
            source: `slack` or `cli`.
            at: the present moment.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.immediate(self._path) as database:
            checks.record(database, report, by, source, at)

    def record_target(
        self,
        target: Target,
        assessments: Sequence[Assessment],
        *,
        began_at: datetime,
        at: datetime,
        scanning: RegistryScanning | None = None,
    ) -> Changes:
        """Remember all repositories of a target as one reading saw them; what is not among them is gone.

        Args:
            target: the account (which is known) and region that was read.
            assessments: every repository in it, judged.
            began_at: when the reading began. What is stored of a later reading stays as it is.
            at: the present moment.
            scanning: the registry's scanning, where the reading needed it and could read it.

        Raises:
            HistoryError: it cannot be written.
        """
        reading = observing.Reading(
            target.account or "", target.region, rows.moment(began_at), rows.moment(at), whole=True
        )
        with file.immediate(self._path) as database:
            changes = observing.observe(database, reading, assessments)
            is_last = not observing.is_overtaken(database, reading)
            registries.swept(database, reading, scanning, is_last=is_last)
            if is_last:
                sweeps.target_read(database, target, assessments, reading.began_at)
        return changes

    def record_unread(self, target: Target, error: str, *, at: datetime) -> int:
        """Remember that a target could not be read, and return how many repositories are known there.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.immediate(self._path) as database:
            return sweeps.target_unread(database, target, error, rows.moment(at))

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

    def sweep_is_running(self) -> bool:
        """Tell whether somebody, in whatever process, sweeps at this moment.

        Raises:
            HistoryError: the lock's file cannot be made.
        """
        try:
            with self.sweeping():
                return False
        except SweepRunningError:
            return True

    def record_sweep(self, report: SweepReport, targets: Sequence[Target]) -> None:
        """Remember a sweep that ended, and which targets are configured.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.immediate(self._path) as database:
            sweeps.swept(database, report, targets)

    def swept_at(self) -> datetime | None:
        """Return when the last sweep ended; `None` where there was none.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.connection(self._path) as database:
            return standing.swept_at(database)

    def asked_at(self) -> datetime | None:
        """Return when the last sweep ended that somebody asked for in Slack; `None` where there was none.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.connection(self._path) as database:
            return standing.swept_at(database, asked=True)

    def last_sweep(self) -> LastSweep | None:
        """Return what the last sweep came to, with what cannot be read; `None` where there was none.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.connection(self._path) as database:
            return standing.last_sweep(database)

    def noncompliant(self, filters: Filters, *, start: int = 0, most: int | None = None) -> Standings:
        """Return what fails by the last reading of each target, and what of it is not known.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.snapshot(self._path) as database:
            return standing.noncompliant(database, filters, start, most)

    def current(self) -> Iterator[Current | UnreadTarget]:
        """Yield every repository as last read, then the unreadable targets of which none is known, as of one moment.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.snapshot(self._path) as database:
            yield from export_reading.current(database)

    def known(self, filters: Filters) -> int:
        """Return how many repositories the filters match today.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.connection(self._path) as database:
            return standing.known(database, filters)

    def facts(self, filters: Filters, period: Period, *, day: date, at: datetime) -> Facts:
        """Return what a digest is composed from, all of it as of one moment.

        Raises:
            HistoryError: it cannot be read.
        """
        with file.snapshot(self._path) as database:
            return digest_facts.facts(database, filters, period, day, at)

    def forget(self, before: datetime) -> None:
        """Delete the detail of what was over by then: closed findings, old settings, repositories long gone.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.immediate(self._path) as database:
            retention.forget(database, rows.moment(before))

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
            return deliveries.claim(database, key, self._process, at)

    def finish_delivery(self, key: str) -> None:
        """Note that a delivery was answered.

        Raises:
            HistoryError: it cannot be written.
        """
        with file.connection(self._path) as database:
            deliveries.finish(database, key, datetime.now(UTC))

    def ping(self) -> None:
        """Read one row, to tell whether the database answers.

        Raises:
            HistoryError: it does not.
        """
        with file.connection(self._path) as database:
            database.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()
