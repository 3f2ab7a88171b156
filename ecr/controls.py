"""The control: tag immutability and scan on push, as pure functions from what was read to findings.

The truth table is in docs/control.md and, row by row, in tests/ecr/test_truth_table.py. Allow-lists pass things here:
whatever is absent or not known is `unknown`, never `pass`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.model import Assessment, Finding, Mode, Rule, ScanFrequency, TagMutability, Target, Verdict
from ecr.scanning import EffectiveScanning, effective

if TYPE_CHECKING:
    from ecr.model import Exclusion, Observation, Policy, Repository

_SCANNED = frozenset({ScanFrequency.SCAN_ON_PUSH, ScanFrequency.CONTINUOUS_SCAN})


def evaluate(observed: Observation, policy: Policy, target: Target) -> Assessment:
    """Judge one repository by both rules.

    Args:
        observed: what was read about the repository and its registry.
        policy: the mode of the control and the accepted exclusions.
        target: the account and region it was read in.

    Returns:
        The assessment with one finding a rule, tag immutability first.
    """
    repository = observed.repository
    if repository.defect:
        unknown = tuple(Finding(rule, Verdict.UNKNOWN, repository.defect) for rule in Rule)
        return Assessment(repository.name, target, repository, None, unknown)
    scanning = effective(observed)
    findings = (tag_immutability(repository, policy), scan_on_push(repository, scanning, policy))
    return Assessment(repository.name, target, repository, scanning.frequency, findings)


def unreadable(name: str, target: Target, reason: str) -> Assessment:
    """Return the assessment of a name in a target that could not be read: both rules unknown, with the reason."""
    findings = tuple(Finding(rule, Verdict.UNKNOWN, reason) for rule in Rule)
    return Assessment(name, target, None, None, findings)


def tag_immutability(repository: Repository, policy: Policy) -> Finding:
    """Judge whether tags of the repository can be overwritten."""
    verdict, evidence = _tags(repository, policy)
    return Finding(Rule.TAG_IMMUTABILITY, verdict, evidence)


def scan_on_push(repository: Repository, scanning: EffectiveScanning, policy: Policy) -> Finding:
    """Judge whether a pushed image is scanned: by what ECR does, or in literal mode by the repository's flag alone."""
    if policy.mode is Mode.LITERAL:
        return Finding(Rule.SCAN_ON_PUSH, *_flag(repository))
    if scanning.frequency is None:
        return Finding(Rule.SCAN_ON_PUSH, Verdict.UNKNOWN, scanning.evidence)
    verdict = Verdict.PASS if scanning.frequency in _SCANNED else Verdict.FAIL
    return Finding(Rule.SCAN_ON_PUSH, verdict, scanning.evidence)


def _tags(repository: Repository, policy: Policy) -> tuple[Verdict, str]:
    match repository.tag_mutability:
        case None:
            return Verdict.UNKNOWN, "ECR's answer for this repository has no tag mutability."
        case TagMutability.IMMUTABLE:
            return Verdict.PASS, "Tag mutability is IMMUTABLE: no tag can be overwritten."
        case TagMutability.MUTABLE:
            return Verdict.FAIL, "Tag mutability is MUTABLE: every tag can be overwritten."
        case TagMutability.MUTABLE_WITH_EXCLUSION:
            kept = _listed(tuple(e.text for e in repository.exclusions or ())) or "none"
            return Verdict.FAIL, f"Tag mutability is MUTABLE_WITH_EXCLUSION: only tags matching {kept} are protected."
        case TagMutability.IMMUTABLE_WITH_EXCLUSION if policy.mode is Mode.LITERAL:
            return Verdict.FAIL, "Tag mutability is IMMUTABLE_WITH_EXCLUSION, and the literal control wants IMMUTABLE."
        case TagMutability.IMMUTABLE_WITH_EXCLUSION:
            return _excluded(repository.exclusions, policy.accepted_exclusions)
        case other:
            return Verdict.UNKNOWN, f"Tag mutability is {other!r}, a value this release does not know."


def _excluded(exclusions: tuple[Exclusion, ...] | None, accepted: frozenset[str]) -> tuple[Verdict, str]:
    if not exclusions:
        missing = "cannot be read" if exclusions is None else "are absent from ECR's answer"
        return Verdict.UNKNOWN, f"Tag mutability is IMMUTABLE_WITH_EXCLUSION, but its exclusion filters {missing}."
    understood = tuple(exclusion.text for exclusion in exclusions if exclusion.understood)
    if everything := next((text for text in understood if text and not text.strip("*")), None):
        return Verdict.FAIL, f"The exclusion filter {everything} lets every tag be overwritten."
    if refused := tuple(text for text in understood if text not in accepted):
        return Verdict.FAIL, f"Tags matching {_listed(refused)} can be overwritten; the policy {_accepts(accepted)}."
    if len(understood) < len(exclusions):
        return Verdict.UNKNOWN, "An exclusion filter is of a kind that this release does not know."
    return Verdict.PASS, f"Every tag is immutable but those matching {_listed(understood)}, which the policy accepts."


def _flag(repository: Repository) -> tuple[Verdict, str]:
    match repository.scan_on_push:
        case None:
            return Verdict.UNKNOWN, "ECR's answer for this repository has no scanOnPush flag."
        case True:
            return Verdict.PASS, "scanOnPush is true, which is all that the literal control asks."
        case False:
            return Verdict.FAIL, "scanOnPush is false, and the literal control asks for nothing else."


def _accepts(accepted: frozenset[str]) -> str:
    return f"accepts {_listed(tuple(sorted(accepted)))} alone" if accepted else "accepts no exclusion"


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(texts[:-1]) + " and " + texts[-1] if len(texts) > 1 else "".join(texts)
