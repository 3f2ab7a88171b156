"""Exemptions: a rule that does not count for a repository, for a reason, until a moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecr.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from ecr.model import Assessment, Finding, Rule, Target
    from ecr.request import Request


@dataclass(frozen=True, slots=True)
class Exemption:
    """One rule of one repository that does not count. `by` granted it, under that name at that time."""

    name: str
    target: Target
    rule: Rule
    reason: str
    by: str
    by_name: str
    granted_at: datetime
    ends_at: datetime
    request: str
    ended_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether it counts at a moment."""
        return self.ended_at is None and self.granted_at <= at < self.ends_at


def index(exemptions: Iterable[Exemption]) -> dict[tuple[str, str, str], tuple[Exemption, ...]]:
    """Return exemptions by the account, region and name of their repository."""
    found: dict[tuple[str, str, str], tuple[Exemption, ...]] = {}
    for one in exemptions:
        key = (one.target.account or "", one.target.region, one.name)
        found[key] = (*found.get(key, ()), one)
    return found


def exempted(
    assessment: Assessment, exempt: Mapping[tuple[str, str, str], tuple[Exemption, ...]], at: datetime
) -> Assessment:
    """Return an assessment in which failing rules that are exempt count as that, with the reason and the date.

    A rule that could not be decided stays unknown, and one that passes passes: an exemption hides no more than a
    failure.
    """
    repository = assessment.repository
    if repository is None or not exempt:
        return assessment
    mine = exempt.get((repository.account, repository.region, repository.name), ())
    holding = {one.rule: one for one in mine if one.holds(at)}
    if not holding:
        return assessment
    return replace(assessment, findings=tuple(_exempted(f, holding.get(f.rule)) for f in assessment.findings))


def _exempted(finding: Finding, exemption: Exemption | None) -> Finding:
    if exemption is None or finding.verdict is not Verdict.FAIL:
        return finding
    until = f"{exemption.ends_at:%Y-%m-%d}"
    why = exemption.reason.rstrip(".")
    said = f"Exempt until {until}, granted by {exemption.by_name}: {why}. {finding.evidence}"
    return replace(finding, verdict=Verdict.EXEMPT, evidence=said)


def granted(request: Request, at: datetime) -> tuple[Exemption, ...]:
    """Return the exemptions that an approved request grants, one for each repository and rule."""
    if request.exempts is None or request.decided is None:
        return ()
    by = request.decided.by
    return tuple(
        Exemption(
            name=item.name,
            target=item.target,
            rule=rule,
            reason=request.reason,
            by=by.id,
            by_name=by.name,
            granted_at=at,
            ends_at=request.exempts.until,
            request=request.id,
        )
        for item in request.items
        for rule in request.exempts.rules
    )
