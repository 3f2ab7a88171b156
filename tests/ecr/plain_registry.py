"""ECR as plain values: the port `Registry` without a network, and what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ecr.errors import UnreachableError
from ecr.model import CreationTemplate, RegistryScanning, Repository, RepositoryScanning, Target, Unreadable

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping, Sequence

    from ecr.deadline import Deadline

OWNER = "999999999999"
"""Whose the default credentials are."""


def repository(target: Target, name: str, **values: Any) -> Repository:
    """Return a repository that passes both rules of an unset registry, but for the values given."""
    account = target.account or OWNER
    arn = f"arn:aws:ecr:{target.region}:{account}:repository/{name}"
    given = {"tag_mutability": "IMMUTABLE", "exclusions": (), "scan_on_push": True, **values}
    return Repository(account, target.region, name, arn, **given)


def holding(holds: dict[Target, tuple[str, ...]]) -> PlainRegistry:
    """Return a registry whose targets hold repositories of these names, each as `repository` makes it."""
    return PlainRegistry({target: tuple(repository(target, name) for name in names) for target, names in holds.items()})


@dataclass
class PlainRegistry:
    """Answers from values.

    `made_by` are the repository creation templates of a target. `told` is BatchGet's answer for a name; for any other
    it says that the flag counts. `refused` raises for a target, or for one method in a target alone. `gates` let a
    target's answers wait. `asked` is each call: the method, the target, and the names it was given.
    """

    holds: dict[Target, tuple[Repository, ...]]
    configuration: dict[Target, RegistryScanning] = field(default_factory=dict)
    made_by: dict[Target, tuple[CreationTemplate, ...]] = field(default_factory=dict)
    told: dict[str, RepositoryScanning | Unreadable] = field(default_factory=dict)
    refused: dict[Target | tuple[str, Target], Exception] = field(default_factory=dict)
    gates: dict[Target, threading.Event] = field(default_factory=dict)
    page_size: int = 1000
    asked: list[tuple[str, Target, tuple[str, ...]]] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return len(self.asked)

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        del deadline
        return tuple(self.holds)

    def account(self, target: Target, deadline: Deadline) -> str:
        self._meet("account", target, deadline)
        return target.account or OWNER

    def find(self, target: Target, names: Sequence[str], deadline: Deadline) -> tuple[Repository, ...]:
        self._meet("find", target, deadline, names)
        return tuple(one for one in self.holds[target] if one.name in names)

    def pages(self, target: Target, deadline: Deadline) -> Iterator[tuple[Repository, ...]]:
        for start in range(0, max(len(self.holds[target]), 1), self.page_size):
            self._meet("pages", target, deadline)
            yield self.holds[target][start : start + self.page_size]

    def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
        self._meet("scanning", target, deadline)
        return self.configuration.get(target, RegistryScanning("BASIC"))

    def templates(self, target: Target, deadline: Deadline) -> tuple[CreationTemplate, ...]:
        self._meet("templates", target, deadline)
        return self.made_by.get(target, ())

    def repository_scanning(
        self, target: Target, names: Sequence[str], deadline: Deadline
    ) -> Mapping[str, RepositoryScanning | Unreadable]:
        self._meet("repository_scanning", target, deadline, names)
        return {name: self._told(target, name) for name in names}

    def asked_for(self, method: str) -> list[tuple[Target, tuple[str, ...]]]:
        """Return the calls of one method."""
        return [(target, names) for asked, target, names in self.asked if asked == method]

    def _told(self, target: Target, name: str) -> RepositoryScanning | Unreadable:
        if name not in {one.name for one in self.holds[target]}:
            return Unreadable(f"ECR said that {name} is not there.")
        return self.told.get(name, RepositoryScanning("SCAN_ON_PUSH", scan_on_push=True))

    def _meet(self, method: str, target: Target, deadline: Deadline, names: Sequence[str] = ()) -> None:
        self.asked.append((method, target, tuple(names)))
        if target in self.gates:
            self.gates[target].wait(deadline.remaining + 5)
        if deadline.passed:
            raise UnreachableError(f"AWS did not answer within {deadline.seconds:g} seconds.")
        for refusal in (target, (method, target)):
            if refusal in self.refused:
                raise self.refused[refusal]
