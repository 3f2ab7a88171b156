"""A small world that the tests of the store read again and again: repositories as one reading saw them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ecr.checked import CheckReport, QueryResult
from ecr.model import Assessment, Finding, Repository, Rule, ScanFrequency, Target, Verdict
from ecr.names import Query
from ecr.swept import Changes, SweepReport, UnreadTarget

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from store.history import SqliteHistory

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
PROD = Target("111111111111", "eu-west-1", "prod")
PROD_US = Target("111111111111", "us-east-1", "prod")
STAGING = Target("222222222222", "eu-west-1", "staging")

PASS, FAIL, UNKNOWN, EXEMPT = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.EXEMPT
TAGS, SCAN = Rule.TAG_IMMUTABILITY, Rule.SCAN_ON_PUSH

_MUTABILITY = {PASS: "IMMUTABLE", FAIL: "MUTABLE", EXEMPT: "MUTABLE", UNKNOWN: None}
_FREQUENCY = {PASS: ScanFrequency.SCAN_ON_PUSH, FAIL: ScanFrequency.MANUAL, EXEMPT: ScanFrequency.MANUAL, UNKNOWN: None}


def after(days: float = 0, **more: float) -> datetime:
    """Return a moment so much after the first."""
    return AT + timedelta(days=days, **more)


def repository(name: str, target: Target = PROD, tags: Verdict = PASS, scan: Verdict = PASS) -> Repository:
    account = target.account or ""
    arn = f"arn:aws:ecr:{target.region}:{account}:repository/{name}"
    return Repository(account, target.region, name, arn, _MUTABILITY[tags], (), scan is PASS)


def seen(name: str, tags: Verdict = PASS, scan: Verdict = PASS, target: Target = PROD) -> Assessment:
    """Return a repository, judged; what it is set to follows from the verdicts."""
    findings = (Finding(TAGS, tags, f"Tags {tags}."), Finding(SCAN, scan, f"Scanning {scan}."))
    return Assessment(name, target, repository(name, target, tags, scan), _FREQUENCY[scan], findings)


def checked(at: datetime, *assessments: Assessment) -> CheckReport:
    return CheckReport((QueryResult(Query("*"), assessments),), at)


def sweep_report(at: datetime, *, targets: int = 1, unread: Iterable[UnreadTarget] = (), key: str = "") -> SweepReport:
    """Return a sweep that ended at a moment, as its row needs it."""
    return SweepReport(
        id=key or at.isoformat(),
        started_at=at,
        finished_at=at,
        targets=targets,
        unreadable=tuple(unread),
        passing=1,
        failing=2,
        exempt=3,
        unknown=4,
        changes=Changes(5, 6),
        api_calls=7,
    )


def swept(history: SqliteHistory, at: datetime, holds: Mapping[Target, Sequence[Assessment] | str]) -> None:
    """Sweep these targets at a moment: each with what it holds, or why it could not be read."""
    unread = []
    for target, found in holds.items():
        if isinstance(found, str):
            history.record_unread(target, found, at=at)
            unread.append(UnreadTarget(target, found))
        else:
            history.record_target(target, found, began_at=at, at=at)
    history.record_sweep(sweep_report(at, targets=len(holds), unread=unread), tuple(holds))


def read(path: Path, sql: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql, values).fetchall()


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)
