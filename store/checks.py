"""Checks that somebody asked for: who, when, and what was found of the names that they gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import observing, rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

    from ecr.checked import CheckReport
    from ecr.model import Assessment


def record(database: Database, report: CheckReport, by: str, source: str, at: datetime) -> None:
    """Write a check and what it saw of repositories, inside the caller's transaction."""
    saved = database.conn.execute(
        "INSERT INTO checks (began_at, asked, asked_by, source, verdict) VALUES (?, ?, ?, ?, ?)",
        rows.check(report, by, source),
    )
    database.conn.executemany(
        "INSERT INTO check_findings (check_id, account, region, repository, rule, verdict, evidence) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows.findings(report, int(saved.lastrowid or 0)),
    )
    began_at, now = rows.moment(report.began_at), rows.moment(at)
    for (account, region), some in _by_target(report.assessments).items():
        observing.observe(database, observing.Reading(account, region, began_at, now, whole=False), some)


def _by_target(assessments: Iterable[Assessment]) -> dict[tuple[str, str], list[Assessment]]:
    """Return the repositories that were read, by account and region."""
    found: dict[tuple[str, str], list[Assessment]] = {}
    for assessment in assessments:
        if assessment.repository is not None:
            found.setdefault((assessment.repository.account, assessment.repository.region), []).append(assessment)
    return found
