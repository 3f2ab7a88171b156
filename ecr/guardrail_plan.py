"""What would guard every repository of an account and region, as changes with their before and after. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ecr.arns import registry_arn
from ecr.changes import MOST_FILTERS, Action, Change, Plan, adding, refuse_exclusions
from ecr.errors import UsageError
from ecr.guardrails import (
    CACHE,
    REGISTRY,
    WANTED_FOR,
    is_for_cache_alone,
    judged,
    lacking,
    serves_cache,
)
from ecr.model import ROOT, CreatedBy, Mode, RegistryScanning, Rule, ScanType, TagMutability, Unreadable, Verdict
from ecr.registry_rules import EVERYTHING, doubt, merged, scans_everything, touched
from ecr.setting import RegistryFilter, TemplateTags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecr.changes import Choice
    from ecr.model import CreationTemplate, Policy, RegistryState, Target

MOST_NAMED = 50
"""Repositories that are named one by one where a change touches others."""

LITERAL = (
    "In literal mode each repository's own flag counts, which no rule sets: images are scanned, and verdicts stay."
)

CREATES_ON_PUSH = (
    "ECR creates a repository on a push only where a template is applied for CREATE_ON_PUSH: from then on whoever may "
    "push and may create repositories makes one by a push, with immutable tags."
)

LEFT_OUT = f"{CreatedBy.PULL_THROUGH_CACHE} is left out: {CACHE}."


def plan(
    target: Target, state: RegistryState, names: Sequence[str] | Unreadable | None, policy: Policy, choice: Choice
) -> Plan:
    """Return what puts the guardrails of an account and region in place.

    Args:
        target: the account and region.
        state: its registry, as read now.
        names: the repositories there; `None`, or why they could not be read: they are not known.
        policy: the mode of the control, and the exclusions that it accepts.
        choice: which rules (scanning, or tags of what ECR creates), and which tags may stay mutable.

    Raises:
        UsageError: an exclusion is none of ECR's, or one that the policy does not accept, or there are too many.
    """
    refuse_exclusions(choice.exclusions, policy)
    found: list[Change | str] = []
    if Rule.SCAN_ON_PUSH in choice.rules:
        found += _scanning(state.registry, names, policy)
    if Rule.TAG_IMMUTABILITY in choice.rules:
        found += _templates(state.templates, policy, choice.exclusions)
    arn = registry_arn(state.account or target.account or "", target.region)
    changes = tuple(one for one in found if isinstance(one, Change))
    return Plan(REGISTRY, target, arn, changes, tuple(one for one in found if isinstance(one, str)))


def touching(change: Change, names: Sequence[str] | Unreadable | None, own: str | None = None) -> tuple[str, ...]:
    """Return what else a filter touches that is added to a registry's rules, a sentence each.

    Args:
        change: the change that adds it.
        names: the repositories of the account and region; `None`, or why they could not be read: they are not known.
        own: the repository that it is added for, which is not told again.
    """
    before = change.before
    if not isinstance(before, RegistryFilter):
        return ()
    registry = RegistryScanning(before.scan_type, before.rules)
    cost = _cost(registry)
    if names is None or isinstance(names, Unreadable):
        why = f" {names.reason}" if names else ""
        return (f"Which repositories else the filter {before.filter} touches is not known.{why}", *cost)
    new = tuple(name for name in touched(registry, before.filter, names) if name != own)
    how = "" if "*" in before.filter else " has no asterisk, so it matches every name that contains it, and"
    if not new:
        other = "" if own is None else "other "
        return (f"The filter {before.filter}{how} touches no {other}repository of today that no rule scans yet.", *cost)
    count = "1 other repository" if len(new) == 1 else f"{len(new):,} other repositories"
    if own is None:
        count = "1 repository" if len(new) == 1 else f"{len(new):,} repositories"
    return (f"The filter {before.filter}{how} scans {count} that no rule scans yet: {_named(new)}.", *cost)


def together(plans: Sequence[Plan], names: Sequence[str] | Unreadable) -> list[Plan]:
    """Return the plans of repositories of one account and region with what the filters that they add touch besides.

    Where the filters do not all go into the registry's rules, none of them is planned, and it is said why.

    Args:
        plans: plans of repositories that share a registry.
        names: the repositories there.
    """
    before = {
        one.name: change.before for one in plans for change in one.changes if isinstance(change.before, RegistryFilter)
    }
    refusal = _refused(before)
    return [_told(one, names, refusal) if one.name in before else one for one in plans]


def _refused(before: Mapping[str, RegistryFilter]) -> str | None:
    """Return why the filters of some repositories do not all go into the rules of their registry, if so."""
    first = next(iter(before.values()), None)
    try:
        if first is not None:
            merged(RegistryScanning(first.scan_type, first.rules), tuple(one.filter for one in before.values()))
    except UsageError as error:
        return str(error)
    return None


def _told(one: Plan, names: Sequence[str] | Unreadable, refusal: str | None) -> Plan:
    if refusal:
        own = tuple(change for change in one.changes if not isinstance(change.after, RegistryFilter))
        return replace(one, changes=own, advice=(*one.advice, refusal))
    changes = (replace(change, lines=(*change.lines, *touching(change, names, one.name))) for change in one.changes)
    return replace(one, changes=tuple(changes))


def _scanning(
    registry: RegistryScanning | Unreadable, names: Sequence[str] | Unreadable | None, policy: Policy
) -> list[Change | str]:
    if isinstance(registry, Unreadable):
        return [f"The registry's scanning could not be read, so nothing is planned for it: {registry.reason}"]
    if doubtful := doubt(registry):
        return [f"The registry's scanning is unknown, so nothing is planned for it. {doubtful}"]
    if scans_everything(registry):
        return []
    change = adding(EVERYTHING, registry)
    if isinstance(change, str):
        return [change]
    literal = (LITERAL,) if policy.mode is Mode.LITERAL else ()
    return [replace(change, lines=(*touching(change, names), *literal))]


def _templates(
    templates: Sequence[CreationTemplate] | Unreadable, policy: Policy, exclusions: tuple[str, ...]
) -> list[Change | str]:
    if isinstance(templates, Unreadable):
        return [f"The creation templates could not be read, so nothing is planned for them: {templates.reason}"]
    found = [_template(one, policy, exclusions) for one in sorted(templates, key=lambda one: one.prefix)]
    if not any(one.prefix == ROOT for one in templates):
        tags = _after(ROOT, (), exclusions, WANTED_FOR)
        action = Action.CREATE_REPOSITORY_CREATION_TEMPLATE
        found.insert(0, Change(Rule.TAG_IMMUTABILITY, action, TemplateTags(ROOT), tags, (CREATES_ON_PUSH, LEFT_OUT)))
    return [one for one in found if one is not None]


def _template(template: CreationTemplate, policy: Policy, exclusions: tuple[str, ...]) -> Change | str | None:
    """Return what makes a template guard what is created by it; `None` where it does, or is a cache's."""
    if template.prefix != ROOT and is_for_cache_alone(template):
        return None
    finding = judged(template, policy)
    uses = lacking(template) if template.prefix == ROOT else ()
    if finding.verdict is Verdict.UNKNOWN:
        return f"Template {template.prefix} is unknown, so nothing is planned for it. {finding.evidence}"
    if finding.verdict is Verdict.PASS and not uses:
        return None
    if finding.verdict is Verdict.FAIL and serves_cache(template):
        return (
            f"Template {template.prefix} serves a pull-through cache too, and {CACHE}: give the cache a prefix and a "
            "template of its own, then ask again."
        )
    if not all(one.understood for one in template.exclusions or ()):
        return (
            f"Template {template.prefix} has an exclusion filter of a kind that this release does not know, and "
            "writing it would lose that: change it by hand."
        )
    filters = tuple(one.text for one in template.exclusions or ())
    before = TemplateTags(template.prefix, template.tag_mutability, filters, template.applied_for)
    # What passes already is not opened further by what was chosen for the others.
    chosen = () if finding.verdict is Verdict.PASS else exclusions
    after = _after(template.prefix, _staying(template, policy), chosen, (*template.applied_for, *uses))
    return Change(
        Rule.TAG_IMMUTABILITY, Action.UPDATE_REPOSITORY_CREATION_TEMPLATE, before, after, _said(before, after)
    )


def _staying(template: CreationTemplate, policy: Policy) -> tuple[str, ...]:
    """Return the filters of a template that the policy accepts, and that mean the same afterwards."""
    if template.tag_mutability != TagMutability.IMMUTABLE_WITH_EXCLUSION or policy.mode is Mode.LITERAL:
        return ()
    texts = (one.text for one in template.exclusions or ())
    return tuple(text for text in texts if text in policy.accepted_exclusions and text.strip("*"))


def _after(prefix: str, kept: tuple[str, ...], exclusions: tuple[str, ...], uses: Sequence[str]) -> TemplateTags:
    filters = tuple(dict.fromkeys((*kept, *exclusions)))
    if len(filters) > MOST_FILTERS:
        raise UsageError(f"Template {prefix} would have {len(filters)} exclusion filters; ECR takes {MOST_FILTERS}.")
    mutability = TagMutability.IMMUTABLE_WITH_EXCLUSION if filters else TagMutability.IMMUTABLE
    return TemplateTags(prefix, mutability, filters, tuple(str(one) for one in uses))


def _said(before: TemplateTags, after: TemplateTags) -> tuple[str, ...]:
    gone = tuple(text for text in before.filters if text not in after.filters)
    told = [f"{'The filter' if len(gone) == 1 else 'The filters'} {', '.join(gone)} will be gone."] if gone else []
    return ("It is somebody's template already: whatever else it sets stays as it is.", *told)


def _named(names: Sequence[str]) -> str:
    """Return every name as far as a card has room, and how many there are besides."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _cost(registry: RegistryScanning) -> tuple[str, ...]:
    if registry.scan_type != ScanType.ENHANCED:
        return ()
    said = "Under ENHANCED, Amazon Inspector charges for each image that it scans from then on: those pushed lately at "
    return (f"{said}once, and each one pushed later.",)
