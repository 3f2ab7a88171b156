"""ECR as it was on a day of the past, in memory: read, written to by requests, and telling of what they may break."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ecr.errors import AwsError, RoleRefusedError
from ecr.impact import Image
from ecr.model import (
    CreationTemplate,
    Exclusion,
    RegistryScanning,
    Repository,
    RepositoryScanning,
    ScanFilter,
    ScanFrequency,
    ScanRule,
    Target,
    Unreadable,
)
from ecr.setting import Scanning, Tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from demo import world as here
    from demo.world import World
    from ecr.changes import Change, Plan
    from ecr.deadline import Deadline
    from ecr.ports import Clock
    from ecr.setting import Setting

_REFUSED = (
    "Role arn:aws:iam::{account}:role/ecrbot-read could not be assumed (AccessDenied): let its trust policy allow "
    "sts:AssumeRole to arn:aws:iam::123456789012:user/ecrbot (no external_id is set for it), and grant that identity "
    "sts:AssumeRole on the role."
)


@dataclass(slots=True)
class PastEcr:
    """What is in ECR, as `ecr.ports.Registry`, `ecr.request_ports.Writer` and `Signals`.

    `closed` are the accounts that let nobody in. Image ages count back from `today`.
    """

    world: World
    clock: Clock
    today: datetime
    closed: set[str] = field(default_factory=set)
    calls: int = 0
    _held: dict[Target, dict[str, here.Repository]] = field(init=False)
    _drawn: random.Random = field(default_factory=lambda: random.Random(1), init=False)  # noqa: S311 - ids of calls

    def __post_init__(self) -> None:
        """Begin with empty registries."""
        self._held = {
            Target(account.id, region, account.name): {}
            for account in self.world.accounts
            for region in self.world.regions
        }

    def put_there(self, one: here.Repository) -> None:
        """Let a repository be as told."""
        self._held[self._target(one)][one.name] = one

    def remove(self, one: here.Repository) -> None:
        """Delete a repository."""
        del self._held[self._target(one)][one.name]

    @property
    def repositories(self) -> tuple[here.Repository, ...]:
        """Everything that is there."""
        return tuple(one for some in self._held.values() for one in some.values())

    # Reading it.

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """Return every account and region."""
        del deadline
        return tuple(self._held)

    def account(self, target: Target, deadline: Deadline) -> str:
        """Return the account id of a target."""
        del deadline
        self._require_open(target)
        return target.account or ""

    def find(self, target: Target, names: Sequence[str], deadline: Deadline) -> tuple[Repository, ...]:
        """Return the repositories of these names."""
        del deadline
        self._require_open(target)
        return tuple(_seen(self._held[target][name], target) for name in names if name in self._held[target])

    def pages(self, target: Target, deadline: Deadline) -> Iterator[tuple[Repository, ...]]:
        """Yield all repositories of a target."""
        del deadline
        self._require_open(target)
        yield tuple(_seen(one, target) for _, one in sorted(self._held[target].items()))

    def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
        """Return how a registry scans."""
        del deadline
        self._require_open(target)
        registry = self._registry(target)
        if registry is None:
            return RegistryScanning("BASIC")
        rules = tuple(ScanRule(how, tuple(map(ScanFilter, filters))) for how, filters in registry.rules)
        return RegistryScanning(registry.scan_type, rules)

    def templates(self, target: Target, deadline: Deadline) -> tuple[CreationTemplate, ...]:
        """Return that nobody has made a creation template yet."""
        del deadline
        self._require_open(target)
        return ()

    def repository_scanning(
        self, target: Target, names: Sequence[str], deadline: Deadline
    ) -> Mapping[str, RepositoryScanning | Unreadable]:
        """Return whether left-over flags count: it is asked of no others."""
        del deadline
        registry = self._registry(target)
        counts = registry is None or registry.flag_counts
        frequency = ScanFrequency.SCAN_ON_PUSH if counts else ScanFrequency.MANUAL
        return {name: RepositoryScanning(frequency, counts) for name in names}

    # Writing to it.

    def writing(self, target: Target, request: str, plans: Sequence[Plan]) -> PastWriting:
        """Return what makes the changes of some plans."""
        del request, plans
        return PastWriting(self, target)

    def change(self, target: Target, name: str, setting: Setting) -> str:
        """Set a repository, and return the id of the call."""
        one = self._held[target][name]
        if isinstance(setting, Tags):
            self.put_there(replace(one, mutability=setting.mutability, filters=setting.filters))
        elif isinstance(setting, Scanning):
            self.put_there(replace(one, scan_on_push=setting.scan_on_push))
        return str(uuid.UUID(int=self._drawn.getrandbits(128), version=4))

    # What tells of what a change may break.

    def images(self, target: Target, name: str, deadline: Deadline) -> tuple[Image, ...]:
        """Return the images that were there by then."""
        del deadline
        pushed = ((self.today - image.age, image) for image in self._held[target][name].images)
        return tuple(
            Image(f"sha256:{number:064x}", image.tags, at)
            for number, (at, image) in enumerate(pushed)
            if at <= self.clock()
        )

    def tags(self, target: Target, arn: str, deadline: Deadline) -> Mapping[str, str]:
        """Return the resource tags of a repository."""
        del deadline
        return dict(self._held[target][arn.partition(":repository/")[2]].tags)

    def pull_through_prefixes(self, target: Target, deadline: Deadline) -> tuple[str, ...]:
        """Return the prefixes of a registry's pull-through-cache rules."""
        del deadline
        registry = self._registry(target)
        return registry.caches if registry is not None else ()

    def _target(self, one: here.Repository) -> Target:
        return next(target for target in self._held if (target.account, target.region) == (one.account, one.region))

    def _registry(self, target: Target) -> here.Registry | None:
        place = (target.account, target.region)
        return next((one for one in self.world.registries if (one.account, one.region) == place), None)

    def _require_open(self, target: Target) -> None:
        self.calls += 1
        if target.account in self.closed:
            raise RoleRefusedError(_REFUSED.format(account=target.account))


@dataclass(frozen=True, slots=True)
class PastWriting:
    """Writing to one account and region."""

    ecr: PastEcr
    target: Target

    def put(self, name: str, change: Change, deadline: Deadline) -> str:
        """Make a change, and return the id of the call."""
        del deadline
        return self.ecr.change(self.target, name, change.after)

    def put_rules(self, registry: RegistryScanning, deadline: Deadline) -> str:
        """Refuse: nobody changed a registry in those days.

        Raises:
            AwsError: always.
        """
        del registry, deadline
        raise AwsError(f"Nobody changed the registry of {self.target} in those days.")

    def put_template(self, change: Change, deadline: Deadline) -> str:
        """Refuse likewise.

        Raises:
            AwsError: always.
        """
        del change, deadline
        raise AwsError(f"Nobody changed the registry of {self.target} in those days.")


def _seen(one: here.Repository, target: Target) -> Repository:
    """Return a repository as ECR answers it."""
    arn = f"arn:aws:ecr:{one.region}:{one.account}:repository/{one.name}"
    exclusions = tuple(map(Exclusion, one.filters))
    return Repository(target.account or "", target.region, one.name, arn, one.mutability, exclusions, one.scan_on_push)
