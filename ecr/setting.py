"""What can be set, of a repository or of a registry, and how it stands at present. Pure.

A setting is what a change goes from and to. Two settings of a kind are the same where ECR would treat them alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr.model import Observation, RegistryScanning, RegistryState, ScanFrequency, Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.model import CreationTemplate, Repository, ScanRule

_SHOWN_FILTERS = 40


@dataclass(frozen=True, slots=True)
class Tags:
    """How a repository's tags are set: the mutability, and the filters of the tags that are excluded from it."""

    mutability: str
    filters: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as people read it: `IMMUTABLE_WITH_EXCLUSION (latest)`."""
        return f"{self.mutability} ({', '.join(self.filters)})" if self.filters else self.mutability


@dataclass(frozen=True, slots=True)
class Scanning:
    """How a repository's own scanOnPush flag is set."""

    scan_on_push: bool

    def __str__(self) -> str:
        """Return it as people read it: `scanOnPush true`."""
        return f"scanOnPush {str(self.scan_on_push).lower()}"


@dataclass(frozen=True, slots=True)
class RegistryFilter:
    """Whether a registry scans on push what a filter matches.

    `rules` is the registry's whole list as it is to be seen with it, or without it; others may change that list
    meanwhile, and the setting is the same all the same: it is the filter's being there, under this scan type.
    """

    filter: str
    is_there: bool
    scan_type: str
    rules: tuple[ScanRule, ...] = ()

    def __str__(self) -> str:
        """Return it as people read it: `BASIC, SCAN_ON_PUSH: team-a, team-b`."""
        rules = "; ".join(_shown(rule, self.filter) for rule in self.rules)
        return f"{self.scan_type}, {rules}" if rules else f"{self.scan_type} without any scanning rule"


@dataclass(frozen=True, slots=True)
class TemplateTags:
    """How a repository creation template sets tags, and what it is applied for; no mutability: there is no template.

    `others` are further settings that it has at present, by name; they are nobody's but its owner's.
    """

    prefix: str
    mutability: str | None = None
    filters: tuple[str, ...] = ()
    applied_for: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as people read it: `template ROOT with IMMUTABLE for CREATE_ON_PUSH, REPLICATION`."""
        if self.mutability is None:
            return f"no template {self.prefix}"
        told = f"template {self.prefix} with {Tags(self.mutability, self.filters)} for {', '.join(self.applied_for)}"
        return f"{told}, and its own {', '.join(self.others)}" if self.others else told


Setting = Tags | Scanning | RegistryFilter | TemplateTags
"""What a change is from and to."""


def is_set(seen: Observation | RegistryState, setting: Setting) -> bool:
    """Tell whether a setting is as given at present; the order of filters and uses is of no meaning."""
    return _same(present(seen, setting), setting)


def present(seen: Observation | RegistryState, like: Setting) -> Setting | None:
    """Return the present setting of the same kind, of the same filter or prefix; `None` where ECR did not tell it."""
    if isinstance(like, RegistryFilter):
        return _filter(seen.registry, like.filter)
    if isinstance(like, TemplateTags):
        return _template(seen.templates, like.prefix) if isinstance(seen, RegistryState) else None
    return _of_repository(seen.repository, like) if isinstance(seen, Observation) else None


def tags_of(repository: Repository) -> Tags:
    """Return how a repository's tags are set; a mutability that ECR did not tell is empty."""
    return Tags(repository.tag_mutability or "", tuple(one.text for one in repository.exclusions or ()))


def scans(rules: Sequence[ScanRule], text: str) -> bool:
    """Tell whether a filter stands in a rule that scans on push."""
    return any(
        one.text == text for rule in rules if rule.frequency == ScanFrequency.SCAN_ON_PUSH for one in rule.filters
    )


def _of_repository(repository: Repository, like: Tags | Scanning) -> Tags | Scanning | None:
    if isinstance(like, Tags):
        return tags_of(repository)
    return None if repository.scan_on_push is None else Scanning(repository.scan_on_push)


def _filter(registry: RegistryScanning | Unreadable, text: str) -> RegistryFilter | None:
    if isinstance(registry, Unreadable):
        return None
    return RegistryFilter(text, scans(registry.rules, text), registry.scan_type, registry.rules)


def _template(templates: tuple[CreationTemplate, ...] | Unreadable, prefix: str) -> TemplateTags | None:
    if isinstance(templates, Unreadable):
        return None
    found = next((one for one in templates if one.prefix == prefix), None)
    if found is None:
        return TemplateTags(prefix)
    filters = tuple(one.text for one in found.exclusions or ())
    return TemplateTags(prefix, found.tag_mutability or "", filters, found.applied_for, found.others)


def _same(now: Setting | None, wanted: Setting) -> bool:
    match now, wanted:
        case Tags(), Tags():
            return now.mutability == wanted.mutability and sorted(now.filters) == sorted(wanted.filters)
        case RegistryFilter(), RegistryFilter():
            return (now.is_there, now.scan_type) == (wanted.is_there, wanted.scan_type)
        case TemplateTags(), TemplateTags():
            return _unordered(now) == _unordered(wanted)
    return now == wanted


def _unordered(setting: TemplateTags) -> tuple[str | None, list[str], list[str]]:
    return setting.mutability, sorted(setting.filters), sorted(setting.applied_for)


def _shown(rule: ScanRule, own: str) -> str:
    """Return a rule with its filters; of very many the first, and the one that this is about wherever it stands."""
    texts = [one.text for one in rule.filters]
    first, rest = texts[:_SHOWN_FILTERS], texts[_SHOWN_FILTERS:]
    if own in rest:
        first.append(own)
    more = f" and {len(texts) - len(first)} more" if len(texts) > len(first) else ""
    return f"{rule.frequency}: {', '.join(first) or 'no filter'}{more}"
