"""Looking at repositories whose names are known, in as few round trips as it takes.

Their settings and the registry's scanning are read at the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.errors import AwsError, UnreachableError
from ecr.model import Observation, Unreadable
from ecr.parallel import each
from ecr.scanning import is_ambiguous

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ecr.deadline import Deadline
    from ecr.model import RegistryScanning, Repository, RepositoryScanning, Target
    from ecr.ports import Registry
    from ecr.request import Item


def look(registry: Registry, target: Target, names: Sequence[str], deadline: Deadline) -> dict[str, Observation]:
    """Return what judging the repositories of these names takes, by name; one that is not there is left out.

    Args:
        registry: where to read.
        target: the account and region.
        names: whole names.
        deadline: when to give up.

    Raises:
        AwsError: the repositories cannot be read. Scanning that cannot be is in the observations as unreadable.
    """
    reads: tuple[Callable[[], object], ...] = (
        lambda: registry.find(target, names, deadline),
        lambda: _scanning(registry, target, deadline),
    )
    late = Unreadable(f"AWS did not answer within {deadline.seconds:g} seconds for {target}.")
    answers = dict(each(reads, lambda read: read(), workers=len(reads), deadline=deadline))
    if 0 not in answers:
        raise UnreachableError(late.reason)
    found: tuple[Repository, ...] = answers[0]  # type: ignore[assignment]  # the answer of the first read
    scanning: RegistryScanning | Unreadable = answers.get(1, late)  # type: ignore[assignment]  # and of the second
    told = _batch(registry, target, found, scanning, deadline)
    return {one.name: Observation(one, scanning, told.get(one.name)) for one in found}


def look_again(
    registry: Registry, target: Target, items: Sequence[Item], deadline: Deadline
) -> Mapping[str, Observation]:
    """Return repositories as they are before they are changed: with the registry's scanning where that is changed too.

    Raises:
        AwsError: the repositories cannot be read.
    """
    names = tuple(item.name for item in items)
    if any(change.action.is_of_registry for item in items for change in item.changes):
        return look(registry, target, names, deadline)
    unread = Unreadable("It was not asked for.")
    return {one.name: Observation(one, unread) for one in registry.find(target, names, deadline)}


def _scanning(registry: Registry, target: Target, deadline: Deadline) -> RegistryScanning | Unreadable:
    try:
        return registry.scanning(target, deadline)
    except AwsError as error:
        return Unreadable(str(error))


def _batch(
    registry: Registry,
    target: Target,
    found: Sequence[Repository],
    scanning: RegistryScanning | Unreadable,
    deadline: Deadline,
) -> Mapping[str, RepositoryScanning | Unreadable]:
    if isinstance(scanning, Unreadable):
        return {}
    asked = tuple(one.name for one in found if is_ambiguous(one, scanning))
    if not asked:
        return {}
    try:
        return registry.repository_scanning(target, asked, deadline)
    except AwsError as error:
        return dict.fromkeys(asked, Unreadable(str(error)))
