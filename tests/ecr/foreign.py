"""Another team that edits the same registry, and what of the registry is theirs, whatever ecrbot does beside them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ecr.model import CreationTemplate, RegistryScanning, ScanFilter, ScanRule
from ecr.registry_rules import MOST_FILTERS, MOST_RULES
from tests.company import PROD

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ecr.plain_registry import PlainRegistry

ON_PUSH = "SCAN_ON_PUSH"
OTHER = {"BASIC": "MANUAL", "ENHANCED": "CONTINUOUS_SCAN"}
"""The frequency besides that one, by the scan type."""

Pair = tuple[str, str]
"""A frequency and a filter."""


@dataclass(frozen=True)
class Adds:
    """They add a filter."""

    text: str
    on_push: bool = True


@dataclass(frozen=True)
class Takes:
    """They take a filter out, whoever added it."""

    text: str
    on_push: bool = True


@dataclass(frozen=True)
class Fills:
    """They fill the rule that scans on push up to so many filters."""

    most: int


@dataclass(frozen=True)
class Turns:
    """They turn the registry to a scan type; rules of a frequency that it has not are gone."""

    scan_type: str


@dataclass(frozen=True)
class Sets:
    """They create or change a template."""

    template: CreationTemplate


@dataclass(frozen=True)
class Drops:
    """They delete a template."""

    prefix: str


Edit = Adds | Takes | Fills | Turns | Sets | Drops


@dataclass(frozen=True)
class Theirs:
    """What is theirs.

    `perhaps` are filters that they added while a request of ours had them, or may have made them: ECR has each once,
    and nobody can tell whose it is. `gone` are filters that they took out, ours among them. `mixed` are the templates
    that they edited while a request of ours had changed them.
    """

    scan_type: str = "BASIC"
    pairs: frozenset[Pair] = frozenset()
    perhaps: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    templates: frozenset[CreationTemplate] = frozenset()
    mixed: frozenset[str] = frozenset()


@dataclass
class OtherTeam:
    """They edit a registry; `ours` tells the filters and the templates that requests of ours have, or may have."""

    registry: PlainRegistry
    ours: Callable[[], tuple[frozenset[str], frozenset[str]]]
    theirs: Theirs = field(default_factory=Theirs)

    @property
    def scanning(self) -> RegistryScanning:
        """The registry's scanning as it is."""
        return self.registry.configuration.get(PROD, RegistryScanning("BASIC"))

    @property
    def pairs(self) -> frozenset[Pair]:
        """Every filter that is there."""
        return frozenset((rule.frequency, one.text) for rule in self.scanning.rules for one in rule.filters)

    @property
    def templates(self) -> frozenset[CreationTemplate]:
        """Every template that is there."""
        return frozenset(self.registry.made_by.get(PROD, ()))

    def do(self, edit: Edit) -> None:
        """Edit the registry."""
        match edit:
            case Adds(text, on_push):
                self._add(text, ON_PUSH if on_push else OTHER[self.scanning.scan_type])
            case Takes(text, on_push):
                self._take(text, ON_PUSH if on_push else OTHER[self.scanning.scan_type])
            case Fills(most):
                have = sum(frequency == ON_PUSH for frequency, _ in self.pairs)
                for number in range(max(0, most - have)):
                    self._add(f"full-{number}", ON_PUSH)
            case Turns(scan_type):
                kept = tuple(rule for rule in self.scanning.rules if rule.frequency == ON_PUSH)
                lost = frozenset(pair for pair in self.theirs.pairs if pair[0] != ON_PUSH and self._turns(scan_type))
                kept = kept if self._turns(scan_type) else self.scanning.rules
                self.registry.configuration[PROD] = RegistryScanning(scan_type, kept)
                self.theirs = replace(self.theirs, scan_type=scan_type, pairs=self.theirs.pairs - lost)
            case Sets(template):
                self._template(template.prefix, template)
            case Drops(prefix):
                self._template(prefix, None)

    def written(self, before: Theirs) -> None:
        """Take what they did since a reading of ours as lost, for our write replaced all of it.

        Args:
            before: what was theirs at that reading.
        """
        there = {text for frequency, text in self.pairs if frequency == ON_PUSH}
        self.theirs = replace(
            self.theirs,
            scan_type=before.scan_type,
            pairs=before.pairs,
            perhaps=before.perhaps,
            gone=before.gone - there,
        )

    def template_written(self, prefix: str, before: Theirs) -> None:
        """Take what they did to a template since a reading of ours as lost, for our write replaced it."""
        others = {one for one in self.theirs.templates if one.prefix != prefix}
        was = {one for one in before.templates if one.prefix == prefix}
        self.theirs = replace(self.theirs, templates=frozenset(others | was))

    def _turns(self, scan_type: str) -> bool:
        return scan_type != self.scanning.scan_type

    def _add(self, text: str, frequency: str) -> None:
        rules = list(self.scanning.rules)
        if (frequency, text) in self.pairs:
            return
        room = (n for n, one in enumerate(rules) if one.frequency == frequency and len(one.filters) < MOST_FILTERS)
        place = next(room, None)
        if place is not None:
            rules[place] = replace(rules[place], filters=(*rules[place].filters, ScanFilter(text)))
        elif len(rules) < MOST_RULES and all(one.frequency != frequency for one in rules):
            rules.append(ScanRule(frequency, (ScanFilter(text),)))
        else:
            return
        self._put(rules)
        if frequency == ON_PUSH and text in self.ours()[0]:
            self.theirs = replace(self.theirs, perhaps=self.theirs.perhaps | {text})
        else:
            self.theirs = replace(self.theirs, pairs=self.theirs.pairs | {(frequency, text)})
        if frequency == ON_PUSH:
            self.theirs = replace(self.theirs, gone=self.theirs.gone - {text})

    def _take(self, text: str, frequency: str) -> None:
        if (frequency, text) not in self.pairs:
            return
        rules = []
        for rule in self.scanning.rules:
            left = tuple(one for one in rule.filters if (rule.frequency, one.text) != (frequency, text))
            if left:
                rules.append(replace(rule, filters=left))
        self._put(rules)
        on_push = frozenset({text} if frequency == ON_PUSH else ())
        self.theirs = replace(
            self.theirs,
            pairs=self.theirs.pairs - {(frequency, text)},
            perhaps=self.theirs.perhaps - on_push,
            gone=self.theirs.gone | on_push,
        )

    def _put(self, rules: list[ScanRule]) -> None:
        self.registry.configuration[PROD] = RegistryScanning(self.scanning.scan_type, tuple(rules))

    def _template(self, prefix: str, template: CreationTemplate | None) -> None:
        new = frozenset({template} if template is not None else ())
        if new == frozenset(one for one in self.templates if one.prefix == prefix):
            return
        kept = tuple(one for one in self.registry.made_by.get(PROD, ()) if one.prefix != prefix)
        self.registry.made_by[PROD] = (*kept, *new)
        others = frozenset(one for one in self.theirs.templates if one.prefix != prefix)
        mixed = self.theirs.mixed | {prefix} if prefix in self.ours()[1] else self.theirs.mixed
        self.theirs = replace(self.theirs, templates=others | new, mixed=mixed)
