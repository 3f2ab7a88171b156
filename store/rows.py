"""From values to rows: pure, and the only place that knows how a value is written down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecr.model import Assessment, Exclusion, Finding, Repository, Rule, ScanFrequency, Target, Verdict
from ecr.swept import Standing

if TYPE_CHECKING:
    from ecr.checked import CheckReport
    from ecr.swept import SweepReport

Value = str | int | None

SETTING_COLUMNS = ("tag_mutability", "exclusion_filters", "scan_on_push", "effective_scanning")
"""The columns of `setting_values`, in the order of `settings`."""


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


def settings(assessment: Assessment) -> tuple[Value, ...]:
    """Return what a repository is set to, as it is stored and compared; the repository must have been read."""
    seen = assessment.repository
    if seen is None:
        raise ValueError(assessment.name)
    flag = None if seen.scan_on_push is None else int(seen.scan_on_push)
    return (seen.tag_mutability, filters(seen), flag, assessment.effective_scanning)


def partition(assessment: Assessment) -> str:
    """Return the AWS partition of a repository that was read, from its ARN: `aws`, `aws-cn` and the like."""
    arn = assessment.repository.arn if assessment.repository else ""
    return arn.split(":")[1] if arn.count(":") > 1 else "aws"


def assessment(row: tuple[Any, ...], findings: tuple[Finding, ...], target: Target) -> Assessment:
    """Return the assessment that a row of `repositories` and its open findings tell of.

    Args:
        row: arn, name, tag_mutability, exclusion_filters, scan_on_push, effective_scanning.
        findings: one for each rule.
        target: the account and region it is in.
    """
    arn, name, mutability, exclusions, flag, frequency = row
    known = None if exclusions is None else tuple(Exclusion(text) for text in json.loads(exclusions))
    scan_on_push = None if flag is None else bool(flag)
    account = target.account or ""
    found = Repository(account, target.region, name, arn, mutability, known, scan_on_push)
    return Assessment(name, target, found, ScanFrequency(frequency) if frequency else None, findings)


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


def sweep(report: SweepReport) -> tuple[Value, ...]:
    """Return the row of `sweeps`."""
    return (
        report.id,
        moment(report.started_at),
        moment(report.finished_at),
        report.targets,
        len(report.unreadable),
        report.passing,
        report.failing,
        report.exempt,
        report.unknown,
        report.changes.opened,
        report.changes.resolved,
        report.api_calls,
        report.asked_by,
    )


def words(texts: tuple[str, ...]) -> str:
    """Return a list of texts as it is stored."""
    return json.dumps(texts, ensure_ascii=False)


def words_of(stored: str) -> tuple[str, ...]:
    """Return the texts that a stored list means."""
    return tuple(json.loads(stored))


def findings_told(assessment: Assessment) -> str:
    """Return what each rule came to, as JSON: the rule, its verdict and the evidence."""
    told = [[finding.rule, finding.verdict, finding.evidence] for finding in assessment.findings]
    return json.dumps(told, ensure_ascii=False)


def standing(row: tuple[Any, ...]) -> Standing:
    """Return what the row of a repository with an open finding tells of: each rule as it was when last read."""
    account, region, name, read_at, error, told = row[6:]
    findings = tuple(Finding(Rule(rule), Verdict(verdict), evidence) for rule, verdict, evidence in json.loads(told))
    found = assessment(row[:6], findings, Target(account, region, name))
    return Standing(found, moment_of(read_at), error)
