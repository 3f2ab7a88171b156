"""The scanning rules of a registry: a filter added to them or taken out again, and nobody else's ever lost. Pure.

PutRegistryScanningConfiguration replaces the whole list, and ECR has no conditional write: whoever adds a filter reads
the list, adds to it, and writes all of it
(https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ecr.errors import UsageError
from ecr.filter_merging import to_merge
from ecr.model import ScanFilter, ScanFrequency, ScanRule, ScanType
from ecr.scanning import filter_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.model import RegistryScanning

MOST_RULES = 2
"""Rules of a registry at most (ECR API reference)."""

MOST_FILTERS = 100
"""Filters of a rule at most (ECR API reference)."""

EVERYTHING = "*"
"""The filter that matches every repository, those that are yet to come included."""

_SCANNED = frozenset({ScanFrequency.SCAN_ON_PUSH, ScanFrequency.CONTINUOUS_SCAN})
_LONGEST = 255
_SEPARATORS = re.compile(r"[._/-]{2,}")


def filter_of(name: str) -> str:
    """Return a filter that matches a repository: its name, or where a filter cannot be written so, a glob.

    A filter has no two separators in a row, which a name may have, and 255 characters at most
    (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ScanningRepositoryFilter.html).
    """
    text = _SEPARATORS.sub(EVERYTHING, name)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip('._-/')}{EVERYTHING}"


def merged(registry: RegistryScanning, texts: Sequence[str]) -> tuple[ScanRule, ...]:
    """Return the rules of a registry with some filters scanned on push, and everything else as it is.

    Args:
        registry: its scanning as read now.
        texts: the filters; one that is there already is not added again.

    Raises:
        UsageError: they do not go in: the rules are full (a second one of the same frequency is not made), or hold what
            writing the list would lose. The sentence says what to merge.
    """
    _require_writable(registry)
    rules = list(registry.rules)
    for text in dict.fromkeys(texts):
        if any(one.text == text for rule in rules if _is_on_push(rule) for one in rule.filters):
            continue
        place = next(
            (n for n, rule in enumerate(rules) if _is_on_push(rule) and len(rule.filters) < MOST_FILTERS), None
        )
        if place is not None:
            rules[place] = replace(rules[place], filters=(*rules[place].filters, ScanFilter(text)))
        elif len(rules) < MOST_RULES and not any(map(_is_on_push, rules)):
            rules.append(ScanRule(ScanFrequency.SCAN_ON_PUSH, (ScanFilter(text),)))
        else:
            raise UsageError(_full(rules, text))
    return tuple(rules)


def without(registry: RegistryScanning, texts: Sequence[str], before: Sequence[ScanRule]) -> tuple[ScanRule, ...]:
    """Return the rules of a registry without some filters, and everything else as it is.

    Args:
        registry: its scanning as read now.
        texts: the filters that were added, and go; one that is not there any more is gone already.
        before: the rules before they were added: a rule that is empty now goes too, unless it was there empty already.

    Raises:
        UsageError: the rules hold what writing the list would lose.
    """
    _require_writable(registry)
    gone = set(texts)
    # Of two requests that added to a rule, the one that made it may be undone first: whichever leaves it empty ends it.
    was_empty = any(_is_on_push(rule) and not rule.filters for rule in before)
    rules = []
    for rule in registry.rules:
        left = tuple(one for one in rule.filters if not (_is_on_push(rule) and one.text in gone))
        if left or was_empty or left == rule.filters:
            rules.append(replace(rule, filters=left))
    return tuple(rules)


def others(before: Sequence[ScanRule], now: Sequence[ScanRule], mine: Sequence[str]) -> tuple[str, ...]:
    """Return what somebody else changed of a registry's rules, a sentence each.

    Args:
        before: the rules as they were to be.
        now: as they are.
        mine: filters whose coming and going is no news.
    """
    was, is_ = _pairs(before), _pairs(now)
    came = [f"added {text} ({frequency})" for frequency, text in sorted(is_ - was) if text not in mine]
    went = [f"took out {text} ({frequency})" for frequency, text in sorted(was - is_) if text not in mine]
    return tuple(f"Somebody else {what} meanwhile." for what in (*came, *went))


def scans_everything(registry: RegistryScanning) -> ScanRule | None:
    """Return the rule by which every repository is scanned when something is pushed; `None` where there is none.

    Where two do, it is the one that scans continuously, which wins.
    """
    on = _SCANNED if registry.scan_type == ScanType.ENHANCED else frozenset({ScanFrequency.SCAN_ON_PUSH})
    return next(
        (
            rule
            for rule in sorted(registry.rules, key=_is_on_push)
            if rule.frequency in on
            and any(one.understood and one.text and not one.text.strip("*") for one in rule.filters)
        ),
        None,
    )


def touched(registry: RegistryScanning, text: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that a filter matches and that no rule of the registry scans on push, or continuously, yet."""
    return tuple(name for name in names if filter_matches(text, name) and not is_scanned(registry, name))


def is_scanned(registry: RegistryScanning, name: str) -> bool:
    """Tell whether a rule of the registry scans what is pushed to a repository."""
    on = _SCANNED if registry.scan_type == ScanType.ENHANCED else frozenset({ScanFrequency.SCAN_ON_PUSH})
    return any(
        one.understood and filter_matches(one.text, name)
        for rule in registry.rules
        if rule.frequency in on
        for one in rule.filters
    )


def doubt(registry: RegistryScanning) -> str | None:
    """Return why nobody can tell of every repository whether it is scanned, as a sentence; `None` where that is sure.

    Under ENHANCED a rule that this release does not understand may win over one that scans on push.
    """
    everything = scans_everything(registry)
    if everything and (registry.scan_type == ScanType.BASIC or everything.frequency == ScanFrequency.CONTINUOUS_SCAN):
        return None
    for rule in registry.rules:
        if rule is everything:
            continue
        if rule.filters and rule.frequency not in frozenset(ScanFrequency):
            return f"A registry rule's frequency {rule.frequency!r} is not a known one."
        if not all(one.understood for one in rule.filters):
            return "A registry rule has a filter of a kind that this release does not know."
    return None


def may_be_scanned(registry: RegistryScanning, name: str) -> bool:
    """Tell whether a rule of the registry scans what is pushed to a repository, or may, as far as anybody can tell."""
    return is_scanned(registry, name) or any(
        not one.understood or (rule.frequency not in frozenset(ScanFrequency) and filter_matches(one.text, name))
        for rule in registry.rules
        for one in rule.filters
    )


def _full(rules: Sequence[ScanRule], text: str) -> str:
    on_push = next((rule for rule in rules if _is_on_push(rule)), None)
    if on_push is None:
        frequencies = dict.fromkeys(rule.frequency for rule in rules)
        advice = "Merge them into one by hand" if len(frequencies) == 1 else "Take one of them out by hand"
        return (
            f"The filter {text} cannot be added: the registry has its {MOST_RULES} rules, of "
            f"{' and '.join(frequencies)}, and none that scans on push. {advice}."
        )
    return (
        f"The filter {text} cannot be added: the rule that scans on push has its {MOST_FILTERS} filters. "
        f"{to_merge([one.text for one in on_push.filters])}"
    )


def _require_writable(registry: RegistryScanning) -> None:
    if registry.scan_type not in frozenset(ScanType):
        raise UsageError(
            f"The registry's scan type {registry.scan_type} is not one this release knows: it stays as it is."
        )
    if any(not one.understood for rule in registry.rules for one in rule.filters):
        raise UsageError(
            "A rule of the registry has a filter of a kind that this release does not know, and writing the list would "
            "lose it: add the filter by hand."
        )


def _is_on_push(rule: ScanRule) -> bool:
    return rule.frequency == ScanFrequency.SCAN_ON_PUSH


def _pairs(rules: Sequence[ScanRule]) -> set[tuple[str, str]]:
    return {(rule.frequency, one.text) for rule in rules for one in rule.filters}
