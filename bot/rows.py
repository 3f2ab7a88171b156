"""Assessments as the JSON rows that `check --json` and `list --json` print; the names are a contract.

What a target that was not read since is told as, here and in every export, is said here too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ecr.model import Finding, Rule, Verdict

if TYPE_CHECKING:
    from ecr.model import Assessment
    from ecr.swept import Standing


def row(assessment: Assessment) -> dict[str, Any]:
    """Return the row of a repository, or of a target that could not be read, whose other values are null."""
    repository = assessment.repository
    return {
        "repository": assessment.name,
        "account": assessment.target.account,
        "region": assessment.target.region,
        "arn": repository.arn if repository else None,
        "verdict": assessment.verdict,
        "tag_mutability": repository.tag_mutability if repository else None,
        "exclusion_filters": _filters(assessment),
        "scan_on_push": repository.scan_on_push if repository else None,
        "effective_scanning": assessment.effective_scanning,
        "findings": [
            {"control": finding.rule, "verdict": finding.verdict, "evidence": finding.evidence}
            for finding in assessment.findings
        ],
    }


def told(standing: Standing) -> Assessment:
    """Return what can be said today: each rule is unknown, with its last verdict, where it was not read since."""
    if not standing.unread:
        return standing.assessment
    findings = tuple(Finding(rule, Verdict.UNKNOWN, _last_known(standing, rule)) for rule in Rule)
    return replace(standing.assessment, findings=findings)


def _last_known(standing: Standing, rule: Rule) -> str:
    last = next((finding for finding in standing.assessment.findings if finding.rule == rule), None)
    if last is None:
        return standing.unread or ""
    return f"{standing.unread} It was {last.verdict} at {standing.read_at:%Y-%m-%dT%H:%M:%SZ}: {last.evidence}"


def _filters(assessment: Assessment) -> list[str] | None:
    repository = assessment.repository
    if repository is None or repository.exclusions is None:
        return None
    return [exclusion.text for exclusion in repository.exclusions]
