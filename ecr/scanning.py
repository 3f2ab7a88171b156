"""Which scanning a repository really gets: registry filters, rules and the repository's own flag, as pure functions.

Nothing here judges: ecr/controls.py does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ecr.model import RegistryScanning, RepositoryScanning, ScanFrequency, ScanType, Unreadable

if TYPE_CHECKING:
    from ecr.model import Observation, Repository, ScanRule

_FREQUENCIES = frozenset(ScanFrequency)


@dataclass(frozen=True, slots=True)
class EffectiveScanning:
    """How often a repository is scanned, and why; `frequency` is `None` where that is not known."""

    frequency: ScanFrequency | None
    evidence: str


def filter_matches(text: str, name: str) -> bool:
    """Tell whether a registry scanning filter matches a repository name.

    Without `*` a filter matches every name that contains it; with `*` it is a glob over the whole name
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html).
    """
    start, *between = _parts(text)
    if not between:
        return text in name
    end = between.pop()
    if len(name) < len(start) + len(end) or not (name.startswith(start) and name.endswith(end)):
        return False
    return _in_order(between, name[len(start) : len(name) - len(end)])


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split("*"))


def _in_order(parts: list[str], name: str) -> bool:
    # No regular expression: one of five asterisks takes minutes to miss a long name, and the filters are AWS's input.
    at = 0
    for part in parts:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def is_ambiguous(repository: Repository, registry: RegistryScanning | Unreadable) -> bool:
    """Tell whether only BatchGetRepositoryScanningConfiguration knows if the repository's flag counts.

    That is so in a BASIC registry that has rules, none of which matches, for a repository whose flag is set.
    """
    return (
        isinstance(registry, RegistryScanning)
        and registry.scan_type == ScanType.BASIC
        and bool(registry.rules)
        and repository.scan_on_push is True
        and not any(_may_match(rule, repository.name) for rule in registry.rules)
    )


def effective(observed: Observation) -> EffectiveScanning:
    """Return how often ECR scans the repository on its own, from what was read.

    Args:
        observed: the repository, its registry's configuration and, where it was ambiguous, BatchGet's answer.

    Returns:
        The frequency with a sentence of evidence; a frequency of `None` where it cannot be known, with the reason.
    """
    registry, repository = observed.registry, observed.repository
    if isinstance(registry, Unreadable):
        return EffectiveScanning(None, f"The registry's scanning configuration could not be read: {registry.reason}")
    if registry.scan_type == ScanType.ENHANCED:
        return _under_enhanced(registry, repository)
    if registry.scan_type == ScanType.BASIC:
        return _under_basic(registry, repository, observed.batch)
    return EffectiveScanning(None, f"The registry's scan type {registry.scan_type!r} is not one this release knows.")


def _under_enhanced(registry: RegistryScanning, repository: Repository) -> EffectiveScanning:
    matching = [rule for rule in registry.rules if _matches(rule, repository.name)]
    frequencies = {rule.frequency for rule in matching}
    # "If both continuous and on push match, continuous wins" (ECR user guide, image scanning filters).
    if ScanFrequency.CONTINUOUS_SCAN in frequencies:
        return _by_rule(registry, matching, ScanFrequency.CONTINUOUS_SCAN, repository)
    if doubt := _doubt(registry, repository.name):
        return doubt
    if ScanFrequency.SCAN_ON_PUSH in frequencies:
        return _by_rule(registry, matching, ScanFrequency.SCAN_ON_PUSH, repository)
    if matching:
        return _by_rule(registry, matching, ScanFrequency.MANUAL, repository)
    left_over = ", and its own scanOnPush flag counts for nothing there" if repository.scan_on_push else ""
    return EffectiveScanning(
        ScanFrequency.MANUAL, f"Registry scanning is ENHANCED and no rule matches this repository{left_over}."
    )


def _under_basic(
    registry: RegistryScanning, repository: Repository, batch: RepositoryScanning | Unreadable | None
) -> EffectiveScanning:
    matching = [rule for rule in registry.rules if _matches(rule, repository.name)]
    if any(rule.frequency == ScanFrequency.SCAN_ON_PUSH for rule in matching):
        return _by_rule(registry, matching, ScanFrequency.SCAN_ON_PUSH, repository)
    if doubt := _doubt(registry, repository.name):
        return doubt
    if matching:
        return _by_rule(registry, matching, ScanFrequency.MANUAL, repository)
    if repository.scan_on_push is None:
        return EffectiveScanning(None, "ECR's answer for this repository has no scanOnPush flag.")
    if not repository.scan_on_push:
        return EffectiveScanning(ScanFrequency.MANUAL, f"scanOnPush is false and {_no_rule(registry)}.")
    if not registry.rules:
        return EffectiveScanning(ScanFrequency.SCAN_ON_PUSH, f"scanOnPush is true and {_no_rule(registry)}.")
    return _by_batch(batch)


def _by_batch(batch: RepositoryScanning | Unreadable | None) -> EffectiveScanning:
    start = "scanOnPush is true but no registry rule matches"
    if batch is None:
        return EffectiveScanning(None, f"{start}, and ECR was not asked whether the flag counts.")
    if isinstance(batch, Unreadable):
        return EffectiveScanning(None, f"{start}, and ECR did not say whether the flag counts: {batch.reason}")
    if batch.frequency == ScanFrequency.CONTINUOUS_SCAN:
        return EffectiveScanning(ScanFrequency.CONTINUOUS_SCAN, "ECR itself says that it is scanned continuously.")
    if batch.frequency == ScanFrequency.SCAN_ON_PUSH or batch.scan_on_push is True:
        return EffectiveScanning(ScanFrequency.SCAN_ON_PUSH, f"{start}; ECR itself says that it is scanned on push.")
    if batch.frequency == ScanFrequency.MANUAL:
        return EffectiveScanning(ScanFrequency.MANUAL, f"{start}, and ECR itself says that it is scanned manually.")
    return EffectiveScanning(None, f"{start}, and ECR answered the frequency {batch.frequency!r}.")


def _by_rule(
    registry: RegistryScanning, matching: list[ScanRule], frequency: ScanFrequency, repository: Repository
) -> EffectiveScanning:
    deciding = [rule for rule in matching if rule.frequency == frequency] or matching
    shown = next(
        f.text for rule in deciding for f in rule.filters if f.understood and filter_matches(f.text, repository.name)
    )
    how = {
        ScanFrequency.SCAN_ON_PUSH: "scans it on push",
        ScanFrequency.CONTINUOUS_SCAN: "scans it continuously, from the push on",
        ScanFrequency.MANUAL: f"has the frequency {deciding[0].frequency}, which scans nothing on push",
    }[frequency]
    return EffectiveScanning(frequency, f"The {registry.scan_type} registry rule with the filter {shown} {how}.")


def _doubt(registry: RegistryScanning, name: str) -> EffectiveScanning | None:
    """Name what might decide in a way that is not known: a rule of a new frequency, or a filter of a new kind."""
    for rule in registry.rules:
        if not _may_match(rule, name):
            continue
        if rule.frequency not in _FREQUENCIES:
            return EffectiveScanning(None, f"A registry rule's frequency {rule.frequency!r} is not a known one.")
        if not _matches(rule, name):
            return EffectiveScanning(None, "A registry rule has a filter of a kind that this release does not know.")
    return None


def _matches(rule: ScanRule, name: str) -> bool:
    return any(f.understood and filter_matches(f.text, name) for f in rule.filters)


def _may_match(rule: ScanRule, name: str) -> bool:
    return any(not f.understood or filter_matches(f.text, name) for f in rule.filters)


def _no_rule(registry: RegistryScanning) -> str:
    return (
        "no rule of the BASIC registry matches" if registry.rules else "the registry is BASIC without any scanning rule"
    )
