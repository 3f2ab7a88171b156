"""What would make a repository pass, as data: each change with its before and its after. Pure.

A plan is shown and carried out from the same value. Applied as it is and judged again, a repository passes every rule
that its plan changes: that is what a plan is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ecr import controls
from ecr.errors import UsageError
from ecr.model import Exclusion, Mode, RegistryScanning, Rule, ScanType, TagMutability, Verdict
from ecr.registry_rules import filter_of, merged
from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags, is_set, present, tags_of

if TYPE_CHECKING:
    from ecr.model import Finding, Observation, Policy, RegistryState, Repository, Target
    from ecr.setting import Setting

MOST_FILTERS = 5
"""Exclusion filters of a repository at most (ECR API reference, PutImageTagMutability)."""

_MOST_WILDCARDS = 2
_FILTER = re.compile(r"[0-9a-zA-Z._*-]{1,128}")


class Action(StrEnum):
    """The calls of ECR's API that a change can be made by; each is an IAM action by the same name."""

    PUT_IMAGE_TAG_MUTABILITY = "PutImageTagMutability"
    PUT_IMAGE_SCANNING_CONFIGURATION = "PutImageScanningConfiguration"
    PUT_REGISTRY_SCANNING_CONFIGURATION = "PutRegistryScanningConfiguration"
    CREATE_REPOSITORY_CREATION_TEMPLATE = "CreateRepositoryCreationTemplate"
    UPDATE_REPOSITORY_CREATION_TEMPLATE = "UpdateRepositoryCreationTemplate"
    DELETE_REPOSITORY_CREATION_TEMPLATE = "DeleteRepositoryCreationTemplate"

    @property
    def iam(self) -> str:
        """The IAM action that it needs."""
        return f"ecr:{self}"

    @property
    def is_of_registry(self) -> bool:
        """Whether it changes something of a whole registry, and not of one repository."""
        return self not in (Action.PUT_IMAGE_TAG_MUTABILITY, Action.PUT_IMAGE_SCANNING_CONFIGURATION)


_OPPOSITE = {
    Action.CREATE_REPOSITORY_CREATION_TEMPLATE: Action.DELETE_REPOSITORY_CREATION_TEMPLATE,
    Action.DELETE_REPOSITORY_CREATION_TEMPLATE: Action.CREATE_REPOSITORY_CREATION_TEMPLATE,
}
"""What undoes a call; any other is undone by the same call with what was before."""


@dataclass(frozen=True, slots=True)
class Change:
    """One call that changes one setting, for one rule; `lines` say what else goes with it, a sentence each."""

    rule: Rule
    action: Action
    before: Setting
    after: Setting
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as people read it: `MUTABLE → IMMUTABLE`."""
        return f"{self.before} → {self.after}"

    @property
    def subject(self) -> tuple[Rule, str]:
        """What it changes: the rule, with the filter or the prefix where that is of a registry."""
        match self.before:
            case RegistryFilter(filter=text):
                return self.rule, text
            case TemplateTags(prefix=prefix):
                return self.rule, prefix
        return self.rule, ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be changed of one repository.

    `advice` says of a rule that fails, and that nothing here can change, what it takes instead; a plan without changes
    and without advice says that there is nothing to do.
    """

    name: str
    target: Target
    arn: str
    changes: tuple[Change, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def actions(self) -> tuple[Action, ...]:
        """The calls that it makes, in their order."""
        return tuple(change.action for change in self.changes)


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose: which rules to mend, and which tags may stay mutable."""

    rules: frozenset[Rule] = frozenset(Rule)
    exclusions: tuple[str, ...] = ()


def plan(observed: Observation, policy: Policy, target: Target, choice: Choice) -> Plan:
    """Return what makes a repository pass the chosen rules.

    Args:
        observed: the repository and its registry, as read now.
        policy: the mode of the control, and the exclusions that it accepts.
        target: where the repository is.
        choice: which rules, and which tags may stay mutable.

    Raises:
        UsageError: an exclusion is none of ECR's, or one that the policy does not accept.
    """
    refuse_exclusions(choice.exclusions, policy)
    repository = observed.repository
    changes: list[Change] = []
    advice: list[str] = []
    for finding in controls.evaluate(observed, policy, target).findings:
        if finding.rule not in choice.rules or finding.verdict is Verdict.PASS:
            continue
        planned = _planned(finding, observed, policy, choice)
        if isinstance(planned, Change):
            changes.append(planned)
        else:
            advice.append(planned)
    return Plan(repository.name, target, repository.arn, tuple(changes), tuple(advice))


def refuse_exclusions(exclusions: tuple[str, ...], policy: Policy) -> None:
    """Refuse tag filters that ECR or the policy does not take.

    Raises:
        UsageError: one of them is none, or not accepted, or there are too many; the sentence names the setting.
    """
    if exclusions and policy.mode is Mode.LITERAL:
        raise UsageError("policy.mode is literal, which knows IMMUTABLE alone: no tag may stay mutable.")
    for text in exclusions:
        if not _FILTER.fullmatch(text) or text.count("*") > _MOST_WILDCARDS:
            raise UsageError(
                f"{text} is no tag filter: those have up to 128 letters, digits and . _ - and at most two asterisks."
            )
        if not text.strip("*"):
            raise UsageError(f"The filter {text} would let every tag be overwritten.")
        if text not in policy.accepted_exclusions:
            accepted = ", ".join(sorted(policy.accepted_exclusions)) or "none"
            raise UsageError(f"policy.accepted_exclusions does not have {text}; it has {accepted}.")


def applied(observed: Observation, changes: tuple[Change, ...]) -> Observation:
    """Return what would be read once these changes were made."""
    for change in changes:
        observed = _made(observed, change.after)
    return replace(observed, batch=None)


def undone(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Return the changes that restore what was before, filters included, the last one first."""
    return tuple(
        replace(
            one,
            action=_OPPOSITE.get(one.action, one.action),
            before=one.after,
            after=one.before,
            lines=_losing(one.before),
        )
        for one in reversed(changes)
    )


def _losing(after: Setting) -> tuple[str, ...]:
    """Return what an undo gives up of a registry's guardrails, a sentence each."""
    match after:
        case RegistryFilter(filter=text, is_there=False):
            return (
                f"What only the filter {text} has scanned is not scanned on push any more.",
                "It stays where another applied request needs it, and so does what others added.",
            )
        case TemplateTags(prefix=prefix, mutability=None):
            return (
                f"What ECR creates by the template {prefix} is not immutable any more from then on.",
                "It is left alone where somebody has set more in it.",
            )
    return ()


def drift(seen: Observation | RegistryState, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """Return what is not as the changes expect it before they are made, a sentence each; nothing where all is.

    Of a registry's rules that is the scan type alone: whatever else others change of them is kept.
    """
    return tuple(
        f"{change.rule} was {change.before} and is {now or 'not known'}."
        for change in changes
        for now in [present(seen, change.before)]
        if not _is_expected(seen, now, change)
    )


def _is_expected(seen: Observation | RegistryState, now: Setting | None, change: Change) -> bool:
    if isinstance(change.before, RegistryFilter):
        return isinstance(now, RegistryFilter) and now.scan_type == change.before.scan_type
    if change.action is Action.DELETE_REPOSITORY_CREATION_TEMPLATE and isinstance(now, TemplateTags) and now.others:
        return False  # somebody has made it theirs: what they set would be lost
    return is_set(seen, change.before)


def adding(text: str, registry: RegistryScanning) -> Change | str:
    """Return the change that adds a filter to the rule of a registry that scans on push; or why none can, a sentence.

    What else it touches is not known here: `ecr.registry_rules.touched` tells it.

    Args:
        text: the filter.
        registry: its scanning as read now.
    """
    try:
        rules = merged(registry, (text,))
    except UsageError as error:
        return str(error)
    before = RegistryFilter(text, is_there=False, scan_type=registry.scan_type, rules=registry.rules)
    after = RegistryFilter(text, is_there=True, scan_type=registry.scan_type, rules=rules)
    return Change(Rule.SCAN_ON_PUSH, Action.PUT_REGISTRY_SCANNING_CONFIGURATION, before, after)


def _planned(finding: Finding, observed: Observation, policy: Policy, choice: Choice) -> Change | str:
    """Return the change that mends a finding, or a sentence that says what it takes."""
    if finding.verdict is not Verdict.FAIL:
        return f"{finding.rule} is {finding.verdict}, so nothing is planned for it. {finding.evidence}"
    if finding.rule is Rule.TAG_IMMUTABILITY:
        return _tags(observed.repository, policy, choice.exclusions)
    return _scanning(observed, policy)


def _tags(repository: Repository, policy: Policy, chosen: tuple[str, ...]) -> Change:
    before = tags_of(repository)
    stays = policy.accepted_exclusions if policy.mode is Mode.EFFECTIVE else frozenset[str]()
    kept = before.filters if before.mutability == TagMutability.IMMUTABLE_WITH_EXCLUSION else ()
    filters = tuple(dict.fromkeys([*(text for text in kept if text in stays and text.strip("*")), *chosen]))
    if len(filters) > MOST_FILTERS:
        raise UsageError(f"{repository.name} would have {len(filters)} exclusion filters; ECR takes {MOST_FILTERS}.")
    mutability = TagMutability.IMMUTABLE_WITH_EXCLUSION if filters else TagMutability.IMMUTABLE
    turned = before.mutability == TagMutability.MUTABLE_WITH_EXCLUSION
    lines = tuple(
        _turns(text) if text in filters else _goes(text, before.mutability)
        for text in before.filters
        if turned or text not in filters
    )
    after = Tags(mutability, filters)
    return Change(Rule.TAG_IMMUTABILITY, Action.PUT_IMAGE_TAG_MUTABILITY, before, after, lines)


def _turns(text: str) -> str:
    """Return what becomes of a filter that stays by its name, and means the opposite from now on."""
    return f"The filter {text} turns round: tags that match it could not be overwritten, and from now on they can be."


def _goes(text: str, mutability: str) -> str:
    if mutability == TagMutability.MUTABLE_WITH_EXCLUSION:
        return f"The filter {text} goes: it kept some tags from being overwritten, and now none can be."
    return f"The filter {text} goes: tags that match it can not be overwritten any more."


def _scanning(observed: Observation, policy: Policy) -> Change | str:
    """Return the change of the repository's flag where the flag decides; elsewhere what the registry's rules need."""
    repository, registry = observed.repository, observed.registry
    by_flag = policy.mode is Mode.LITERAL or (
        isinstance(registry, RegistryScanning) and registry.scan_type == ScanType.BASIC and not registry.rules
    )
    if by_flag and repository.scan_on_push is False:
        action = Action.PUT_IMAGE_SCANNING_CONFIGURATION
        return Change(Rule.SCAN_ON_PUSH, action, Scanning(scan_on_push=False), Scanning(scan_on_push=True))
    if not isinstance(registry, RegistryScanning):
        return "The registry's scanning is not known, so nothing is planned for it."
    return adding(filter_of(repository.name), registry)


def _made(observed: Observation, setting: Setting) -> Observation:
    repository = observed.repository
    match setting:
        case Tags(mutability, filters):
            exclusions = tuple(Exclusion(text) for text in filters)
            return replace(observed, repository=replace(repository, tag_mutability=mutability, exclusions=exclusions))
        case Scanning(scan_on_push):
            return replace(observed, repository=replace(repository, scan_on_push=scan_on_push))
        case RegistryFilter():
            return replace(observed, registry=RegistryScanning(setting.scan_type, setting.rules))
        case TemplateTags():
            return observed
