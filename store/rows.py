"""From values to rows: pure, and the only place that knows how a value is written down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecr.checked import CheckReport
    from ecr.model import Assessment, Repository

Value = str | int | None


def moment(at: datetime) -> str:
    """Return a moment as it is stored: RFC 3339 in UTC with microseconds, so that texts sort as the moments do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """Return the moment that a stored text means."""
    return datetime.fromisoformat(text)


def filters(repository: Repository) -> str | None:
    """Return the exclusion filters as JSON; `None` where they could not be read."""
    if repository.exclusions is None:
        return None
    return json.dumps([exclusion.text for exclusion in repository.exclusions], ensure_ascii=False)


def repository(assessment: Assessment, seen_at: datetime) -> tuple[Value, ...] | None:
    """Return the row of `repositories`; `None` for a target that could not be read."""
    seen = assessment.repository
    if seen is None:
        return None
    return (
        seen.arn,
        seen.account,
        seen.region,
        seen.name,
        seen.tag_mutability,
        filters(seen),
        None if seen.scan_on_push is None else int(seen.scan_on_push),
        assessment.effective_scanning,
        assessment.verdict,
        moment(seen_at),
        moment(seen_at),
    )


def check(report: CheckReport, by: str, source: str) -> tuple[Value, ...]:
    """Return the row of `checks`, without its id."""
    asked = " ".join(str(result.query) for result in report.results)
    return (moment(report.began_at), asked, by, source, report.verdict)


def findings(report: CheckReport, check_id: int) -> list[tuple[Value, ...]]:
    """Return the rows of `check_findings`: one for each rule of each repository, or unread target, asked for by name.

    What a glob matched is in `repositories` alone: a look at everything must not grow the file by everything.
    """
    named = dict.fromkeys(row for result in report.results if not result.query.is_glob for row in result.assessments)
    return [
        (check_id, row.target.account, row.target.region, row.name, finding.rule, finding.verdict, finding.evidence)
        for row in named
        for finding in row.findings
    ]
