"""Writing to the plain registry: what is put is there, or is refused, or is lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ecr.changes import Action
from ecr.guardrails import REGISTRY
from ecr.model import CreationTemplate, Exclusion
from ecr.setting import Scanning, Tags, TemplateTags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ecr.changes import Change, Plan
    from ecr.deadline import Deadline
    from ecr.model import RegistryScanning, Repository, Target
    from ecr.setting import Setting
    from tests.ecr.plain_registry import PlainRegistry


@dataclass
class PlainWriter:
    """Writes into the plain registry. `refuse` raises for a repository and action; `puts` is what was put."""

    registry: PlainRegistry
    refuse: dict[tuple[str, str], Exception] = field(default_factory=dict)
    puts: list[tuple[str, str, str]] = field(default_factory=list)
    before_put: Callable[[str, Change], object] = lambda _name, _change: None
    before_rules: Callable[[RegistryScanning], object] = lambda _registry: None
    after_rules: Callable[[RegistryScanning], object] = lambda _registry: None
    loses: bool = False

    def writing(self, target: Target, request: str, plans: Sequence[Plan]) -> _Writing:
        return _Writing(self, target, request, {plan.name for plan in plans})


@dataclass
class _Writing:
    writer: PlainWriter
    target: Target
    request: str
    names: set[str]

    def put(self, name: str, change: Change, deadline: Deadline) -> str:
        del deadline
        assert name in self.names
        self.writer.before_put(name, change)
        if (error := self.writer.refuse.get((name, change.action))) is not None:
            raise error
        self.writer.puts.append((self.request, name, str(change)))
        if not self.writer.loses:
            set_to(self.writer.registry, self.target, name, change.after)
        return f"aws-{len(self.writer.puts)}"

    def put_rules(self, registry: RegistryScanning, deadline: Deadline) -> str:
        del deadline
        self.writer.before_rules(registry)
        if (error := self.writer.refuse.get((REGISTRY, Action.PUT_REGISTRY_SCANNING_CONFIGURATION))) is not None:
            raise error
        self.writer.puts.append((self.request, REGISTRY, shown(registry)))
        if not self.writer.loses:
            self.writer.registry.configuration[self.target] = registry
        self.writer.after_rules(registry)
        return f"aws-{len(self.writer.puts)}"

    def put_template(self, change: Change, deadline: Deadline) -> str:
        del deadline
        if (error := self.writer.refuse.get((REGISTRY, change.action))) is not None:
            raise error
        self.writer.puts.append((self.request, REGISTRY, str(change)))
        if not self.writer.loses:
            set_template(self.writer.registry, self.target, change.after)
        return f"aws-{len(self.writer.puts)}"


def shown(registry: RegistryScanning) -> str:
    """Return a registry's rules as a line: `BASIC SCAN_ON_PUSH:a,b`."""
    rules = (f"{rule.frequency}:{','.join(one.text for one in rule.filters)}" for rule in registry.rules)
    return " ".join((registry.scan_type, *rules))


def set_template(registry: PlainRegistry, target: Target, setting: Setting) -> None:
    """Set, or take away, a creation template of the plain registry."""
    assert isinstance(setting, TemplateTags)
    others = tuple(one for one in registry.made_by.get(target, ()) if one.prefix != setting.prefix)
    if setting.mutability is None:
        registry.made_by[target] = others
        return
    filters = tuple(Exclusion(text) for text in setting.filters)
    made = CreationTemplate(setting.prefix, setting.applied_for, setting.mutability, filters)
    registry.made_by[target] = (*others, made)


def set_to(registry: PlainRegistry, target: Target, name: str, setting: Setting) -> None:
    """Set a repository of the plain registry."""

    def changed(one: Repository) -> Repository:
        if one.name != name:
            return one
        if isinstance(setting, Tags):
            filters = tuple(Exclusion(text) for text in setting.filters)
            return replace(one, tag_mutability=setting.mutability, exclusions=filters)
        assert isinstance(setting, Scanning)
        return replace(one, scan_on_push=setting.scan_on_push)

    registry.holds[target] = tuple(changed(one) for one in registry.holds[target])
