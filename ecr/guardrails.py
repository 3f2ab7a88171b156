"""What guards every repository of an account and region, present and future, and what would. Pure.

Two things do: a registry scanning rule that scans everything on push, and creation templates with immutable tags for
what ECR creates itself. Nothing of ECR guards a repository that somebody creates with CreateRepository.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ecr import controls
from ecr.model import (
    ROOT,
    WORST_FIRST,
    CreatedBy,
    Mode,
    Repository,
    ScanFrequency,
    ScanType,
    Unreadable,
    Verdict,
    worst,
)
from ecr.registry_rules import EVERYTHING, doubt, may_be_scanned, scans_everything

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ecr.model import CreationTemplate, Finding, Policy, RegistryScanning, RegistryState, ScanRule, Target

REGISTRY = "registry settings"
"""What stands for a repository's name where a registry is changed; no repository can be called so."""

WANTED_FOR = (CreatedBy.CREATE_ON_PUSH, CreatedBy.REPLICATION)
"""What the template for everything is to be applied for. Immutable tags would stop a cache from refreshing."""

NOT_GUARDED = (
    "No setting of ECR guards a repository that somebody creates with CreateRepository (console, CLI, CloudFormation, "
    "Terraform): the sweep finds it, and the policy and modules under docs/iac keep it from coming about."
)

CACHE = "immutability would stop a pull-through cache from refreshing what it has"

_TOLD = 10


class Guardrail(StrEnum):
    """The two things that guard a registry's repositories."""

    SCANNING_RULE = "scanning-rule"
    CREATION_TEMPLATE = "creation-template"


@dataclass(frozen=True, slots=True)
class Guard:
    """One guardrail of one account and region: whether it is there, and the evidence, a sentence each.

    `missed` are the repositories that no rule scans, as far as they are known.
    """

    guardrail: Guardrail
    verdict: Verdict
    sentences: tuple[str, ...]
    missed: tuple[str, ...] = ()

    @property
    def evidence(self) -> str:
        """The evidence as one text."""
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Guarded:
    """What guards one account and region.

    `repositories` is how many there are, by the last sweep or by this reading; `None`: nobody knows. `read_at` is when
    what is told of was read; `None`: it was not, and `state` says why.
    """

    target: Target
    state: RegistryState
    guards: tuple[Guard, ...]
    repositories: int | None
    read_at: datetime | None

    @property
    def verdict(self) -> Verdict:
        """The worst of its guardrails."""
        return worst(tuple(one.verdict for one in self.guards))


def judge(
    state: RegistryState, names: Sequence[str] | Unreadable | None, policy: Policy, *, whole: bool = True
) -> tuple[Guard, ...]:
    """Return which guardrails are there.

    Args:
        state: the registry's scanning and its templates, as read.
        names: the repositories there; `None`, or why they could not be read: they are not known.
        policy: the mode of the control, and the exclusions that it accepts.
        whole: whether these are all of them, and not the first ones.
    """
    return (_scanning(state.registry, names, policy, whole=whole), _templates(state.templates, policy))


def judged(template: CreationTemplate, policy: Policy) -> Finding:
    """Judge what ECR would create by a template, by the rule of tag immutability."""
    created = Repository("", "", template.prefix, "", template.tag_mutability, template.exclusions, scan_on_push=None)
    return controls.tag_immutability(created, policy)


def serves_cache(template: CreationTemplate) -> bool:
    """Tell whether a template is applied for a pull-through cache too."""
    return CreatedBy.PULL_THROUGH_CACHE in template.applied_for


def is_for_cache_alone(template: CreationTemplate) -> bool:
    """Tell whether a template is applied for pull-through caches and for nothing else."""
    return set(template.applied_for) == {CreatedBy.PULL_THROUGH_CACHE}


def lacking(template: CreationTemplate) -> tuple[CreatedBy, ...]:
    """Return what ECR creates repositories for without regard to the template for everything, and should not.

    That is replication. Without a template for it ECR creates nothing on a push, so nothing is left open there.
    """
    return tuple(use for use in (CreatedBy.REPLICATION,) if use not in template.applied_for)


def some(names: Sequence[str]) -> str:
    """Return the first ten of some names, and how many there are besides."""
    more = len(names) - _TOLD
    return ", ".join(names[:_TOLD]) + (f" and {more:,} more" if more > 0 else "")


def _scanning(
    registry: RegistryScanning | Unreadable, names: Sequence[str] | Unreadable | None, policy: Policy, *, whole: bool
) -> Guard:
    if isinstance(registry, Unreadable):
        return Guard(Guardrail.SCANNING_RULE, Verdict.UNKNOWN, (registry.reason,))
    if registry.scan_type not in frozenset(ScanType):
        said = f"The registry's scan type {registry.scan_type!r} is not one this release knows."
        return Guard(Guardrail.SCANNING_RULE, Verdict.UNKNOWN, (said,))
    literal = ("In literal mode each repository's own flag counts, which no rule sets.",)
    also = literal if policy.mode is Mode.LITERAL else ()
    rule, doubtful = scans_everything(registry), doubt(registry)
    if rule and not doubtful:
        return Guard(Guardrail.SCANNING_RULE, Verdict.PASS, (_everything(registry, rule), *also))
    known = () if isinstance(names, Unreadable) else names or ()
    missed = tuple(name for name in known if not may_be_scanned(registry, name))
    if doubtful and not missed:
        return Guard(Guardrail.SCANNING_RULE, Verdict.UNKNOWN, (doubtful, *also))
    said = _missing(registry, names, missed, whole=whole)
    return Guard(Guardrail.SCANNING_RULE, Verdict.FAIL, (said, *also), missed)


def _everything(registry: RegistryScanning, rule: ScanRule) -> str:
    shown = next(one.text for one in rule.filters if one.understood and one.text and not one.text.strip("*"))
    how = "continuously, from the push on" if rule.frequency == ScanFrequency.CONTINUOUS_SCAN else "on push"
    return f"The {registry.scan_type} registry rule with the filter {shown} scans every repository {how}."


def _missing(
    registry: RegistryScanning, names: Sequence[str] | Unreadable | None, missed: Sequence[str], *, whole: bool
) -> str:
    what = f"no rule of the {registry.scan_type} registry has the filter {EVERYTHING}"
    if not registry.rules:
        what = f"the {registry.scan_type} registry has no scanning rule"
    if names is None or isinstance(names, Unreadable):
        why = f" {names.reason}" if names is not None else ""
        return f"Which repositories are missed is not known, for none were read: {what}.{why}"
    new = "a new one is scanned only where its name happens to match" if registry.rules else "no rule scans a new one"
    if not names:
        return f"There is no repository yet, and {new}: {what}."
    first = "" if whole else "the first "
    if missed:
        flags = ""
        if registry.scan_type == ScanType.BASIC:
            flags = " Their own flags may still count." if registry.rules else " Their own flags decide."
        count = f"{len(missed):,} of {first}{len(names):,} repositories on push"
        return f"No rule scans {count}, for {what}: {some(missed)}.{flags}"
    count = "The one repository is" if len(names) == 1 else f"All {first}{len(names):,} repositories are"
    return f"{count} scanned, but {new}: {what}."


def _templates(templates: Sequence[CreationTemplate] | Unreadable, policy: Policy) -> Guard:
    if isinstance(templates, Unreadable):
        return Guard(Guardrail.CREATION_TEMPLATE, Verdict.UNKNOWN, (templates.reason,))
    told = [_template(one, policy) for one in sorted(templates, key=_root_first)]
    told.sort(key=lambda one: WORST_FIRST.index(one[0]))
    if not any(one.prefix == ROOT for one in templates):
        said = f"There is no template {ROOT}: what ECR creates by replication has tags that can be overwritten."
        told.insert(0, (Verdict.FAIL, said))
    verdicts = tuple(verdict for verdict, _ in told)
    return Guard(Guardrail.CREATION_TEMPLATE, worst(verdicts), tuple(said for _, said in told))


def _template(template: CreationTemplate, policy: Policy) -> tuple[Verdict, str]:
    name = f"Template {template.prefix}"
    if template.prefix != ROOT and is_for_cache_alone(template):
        return Verdict.PASS, f"{name} is left out: it is for a pull-through cache alone, and {CACHE}."
    finding = judged(template, policy)
    if finding.verdict is not Verdict.PASS:
        also = f" It serves a pull-through cache too, and {CACHE}." if serves_cache(template) else ""
        return finding.verdict, f"{name}: {finding.evidence}{also}"
    if template.prefix == ROOT and (uses := lacking(template)):
        return Verdict.FAIL, f"{name} is not applied for {' and '.join(uses)}."
    note = ""
    if template.prefix == ROOT and CreatedBy.CREATE_ON_PUSH not in template.applied_for:
        note = " It is not applied for CREATE_ON_PUSH, and so ECR creates nothing on a push by it."
    return Verdict.PASS, f"{name}: {finding.evidence}{note}"


def _root_first(template: CreationTemplate) -> tuple[bool, str]:
    return (template.prefix != ROOT, template.prefix)
