"""Assessments as the JSON rows that `check --json` and `list --json` print; the names are a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecr.model import Assessment


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


def _filters(assessment: Assessment) -> list[str] | None:
    repository = assessment.repository
    if repository is None or repository.exclusions is None:
        return None
    return [exclusion.text for exclusion in repository.exclusions]
