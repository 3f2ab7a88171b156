"""ECR as it stands now, a row for each repository, judged as the bot judges: read in this process, many times a second.

Every account is in it, that which lets nobody in too: this is the outside world's own view. It knows nothing of
exemptions, which are the bot's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr import controls
from ecr.aws import parsing
from ecr.model import Observation, Policy, ScanFrequency, Target, Verdict
from ecr.scanning import is_ambiguous

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from demo.aws import LocalAws
    from demo.world import World
    from ecr.model import Assessment, Repository, RepositoryScanning

_WORDS = {
    ScanFrequency.SCAN_ON_PUSH: "on push",
    ScanFrequency.CONTINUOUS_SCAN: "continuous",
    ScanFrequency.MANUAL: "manual",
}
_UNKNOWN = "unknown"
_COMPLIANT = {Verdict.PASS: True, Verdict.FAIL: False}
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A repository as it is set, how it is scanned in effect, and whether it complies; `None`: that is unknown."""

    account: str
    account_name: str
    region: str
    name: str
    mutability: str
    filters: tuple[str, ...]
    scan_on_push: bool
    scanning: str
    compliant: bool | None


def rows(aws: LocalAws, world: World) -> tuple[Row, ...]:
    """Return every repository that there is, by account and region in the world's order, and then by name.

    Args:
        aws: the local AWS.
        world: its accounts, regions and policy.
    """
    policy = Policy(accepted_exclusions=frozenset(world.accepted_exclusions))
    targets = (Target(account.id, region, account.name) for account in world.accounts for region in world.regions)
    return tuple(_row(one) for target in targets for one in _assessments(aws, target, policy))


def _assessments(aws: LocalAws, target: Target, policy: Policy) -> Iterator[Assessment]:
    place = (target.account or "", target.region)
    answer = aws.ask("GetRegistryScanningConfiguration", *place)
    scanning = parsing.registry_scanning(answer, target)
    found = tuple(_repositories(aws, place, target))
    told = _told(aws, place, target, [one.name for one in found if is_ambiguous(one, scanning)])
    for one in found:
        yield controls.evaluate(Observation(one, scanning, told.get(one.name)), policy, target)


def _repositories(aws: LocalAws, place: tuple[str, str], target: Target) -> Iterator[Repository]:
    more: dict[str, str] | None = {}
    while more is not None:
        answer = aws.ask("DescribeRepositories", *place, maxResults=_PAGE, **more)
        yield from (parsing.repository(entry, target) for entry in answer["repositories"])
        more = {"nextToken": answer["nextToken"]} if "nextToken" in answer else None


def _told(
    aws: LocalAws, place: tuple[str, str], target: Target, names: Sequence[str]
) -> Mapping[str, RepositoryScanning]:
    """Return what ECR itself says of the repositories that only it knows about."""
    answers = (
        aws.ask("BatchGetRepositoryScanningConfiguration", *place, repositoryNames=[name])["scanningConfigurations"]
        for name in names
    )
    return {entry["repositoryName"]: parsing.repository_scanning(entry, target) for some in answers for entry in some}


def _row(one: Assessment) -> Row:
    repository = one.repository
    if repository is None:
        raise ValueError(f"{one.name} was judged without being read.")
    return Row(
        account=repository.account,
        account_name=one.target.name or repository.account,
        region=repository.region,
        name=repository.name,
        mutability=repository.tag_mutability or _UNKNOWN,
        filters=tuple(exclusion.text for exclusion in repository.exclusions or ()),
        scan_on_push=bool(repository.scan_on_push),
        scanning=_WORDS[one.effective_scanning] if one.effective_scanning else _UNKNOWN,
        compliant=_COMPLIANT.get(one.verdict),
    )
