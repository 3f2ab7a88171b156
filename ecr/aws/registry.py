"""Reading ECR in every configured account and region: the port `Registry` of ecr/ports.py over boto3.

It reads and never writes; a remediation brings its own client.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ecr.aws import parsing
from ecr.aws.caller import Caller
from ecr.aws.sessions import Access, Role
from ecr.aws.translation import code_of
from ecr.errors import AwsError, SettingsError
from ecr.model import ALL_REGIONS, Target, Unreadable
from ecr.parallel import each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ecr.deadline import Deadline
    from ecr.model import CreationTemplate, RegistryScanning, Repository, RepositoryScanning

PAGE_SIZE = 1000
"""Repositories, or templates, in a page at most (ECR API reference)."""

NAMES_AT_ONCE = 100
"""Names in one call of DescribeRepositories at most (ECR API reference)."""

BATCH_SIZE = 25
"""Names in one call of BatchGetRepositoryScanningConfiguration at most (ECR API reference)."""

READ_ACTIONS = (
    "ecr:DescribeRepositories",
    "ecr:GetRegistryScanningConfiguration",
    "ecr:BatchGetRepositoryScanningConfiguration",
)
"""The IAM actions that reading needs; docs/iam/read.json grants them."""

GUARDRAIL_READ_ACTIONS = (
    "ecr:GetRegistryScanningConfiguration",
    "ecr:DescribeRepositoryCreationTemplates",
)
"""The IAM actions that reading guardrails needs; docs/iam/guardrails.json grants them."""

REGION_ACTIONS = ("ec2:DescribeRegions",)
"""What `regions = ["all"]` needs besides."""

_REGIONS_KEPT_SECONDS = 3600.0
"""How long the list of an account's enabled regions is believed."""

_REGISTRY_IN_ERROR = re.compile(r"registry with id '(\d{12})'")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as configured; `id` is `None` for the account of the default credentials.

    `role` is assumed to read. `remediation_role` is assumed to write; where there is none, `role` is, and where there
    is neither, the default credentials write.
    """

    id: str | None
    regions: tuple[str, ...]
    name: str | None = None
    role: Role | None = None
    remediation_role: Role | None = None


class AwsRegistry:
    """ECR read through boto3, as `ecr.ports.Registry`."""

    def __init__(self, accounts: Sequence[Account], workers: int = 16) -> None:
        """Prepare to read these accounts; no call is made.

        Args:
            accounts: the accounts, with their regions (none: the default region) and their roles.
            workers: how many accounts are asked for their regions at a time.

        Raises:
            SettingsError: an account has no region and there is no default region, or AWS_PROFILE names a profile
                that is not there.
        """
        self._access = Access()
        self._workers = workers
        self._accounts = tuple(self._with_regions(account) for account in accounts)
        self.caller = Caller(self._access, {(account.id, account.name): account.role for account in self._accounts})
        self._enabled: dict[Account, tuple[float, tuple[str, ...]]] = {}

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """Return every configured account and region; where `all` cannot be listed, the target's region is `all`."""
        unlisted = [account for account in self._accounts if ALL_REGIONS in account.regions]
        listed = {
            unlisted[index]: regions
            for index, regions in each(
                unlisted, lambda account: self._enabled_in(account, deadline), workers=self._workers, deadline=deadline
            )
        }
        return tuple(
            Target(account.id, region, account.name)
            for account in self._accounts
            for region in (listed.get(account, (ALL_REGIONS,)) if account in unlisted else account.regions)
        )

    @property
    def calls(self) -> int:
        """How many requests were sent to AWS so far, retries and STS included."""
        return self._access.requests

    def account(self, target: Target, deadline: Deadline) -> str:
        """Return the account id of the target's credentials, from STS GetCallerIdentity."""
        answer = self.caller.call(target, deadline, "sts", lambda sts: sts.get_caller_identity())
        return str(answer["Account"])

    def find(self, target: Target, names: Sequence[str], deadline: Deadline) -> tuple[Repository, ...]:
        """Return the repositories of these names that exist; one that does not is left out."""
        found: list[Repository] = []
        for some in _chunks(names, NAMES_AT_ONCE):
            found.extend(self._find(target, some, deadline))
        return tuple(found)

    def pages(self, target: Target, deadline: Deadline) -> Iterator[tuple[Repository, ...]]:
        """Yield the target's repositories, 1000 a page."""
        for answer in self._answers(target, deadline, _describe):
            yield tuple(parsing.repository(entry, target) for entry in parsing.entries(answer, "repositories", target))

    def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
        """Return the target's registry scanning configuration."""
        answer = self.caller.call(target, deadline, "ecr", lambda ecr: ecr.get_registry_scanning_configuration())
        return parsing.registry_scanning(answer, target)

    def templates(self, target: Target, deadline: Deadline) -> tuple[CreationTemplate, ...]:
        """Return the target's repository creation templates, read 1000 a page."""
        found: list[CreationTemplate] = []
        for answer in self._answers(target, deadline, _describe_templates):
            parsing.require_own(answer, target)
            entries = parsing.entries(answer, "repositoryCreationTemplates", target)
            found.extend(parsing.template(entry, target) for entry in entries)
        return tuple(found)

    def repository_scanning(
        self, target: Target, names: Sequence[str], deadline: Deadline
    ) -> Mapping[str, RepositoryScanning | Unreadable]:
        """Return what BatchGetRepositoryScanningConfiguration says of each, asked for 25 at a time."""
        told: dict[str, RepositoryScanning | Unreadable] = {
            name: Unreadable("BatchGetRepositoryScanningConfiguration left it out of its answer.") for name in names
        }
        for some in _chunks(names, BATCH_SIZE):
            answer = self.caller.call(target, deadline, "ecr", partial(_batch_get, repositoryNames=list(some)))
            for entry in answer.get("scanningConfigurations", []):
                told[entry.get("repositoryName", "")] = parsing.repository_scanning(entry, target)
            for failure in answer.get("failures", []):
                reason = failure.get("failureReason") or failure.get("failureCode") or "no reason given"
                told[failure.get("repositoryName", "")] = Unreadable(f"ECR said {reason}.")
        return told

    def _answers(self, target: Target, deadline: Deadline, list_: Callable[..., Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the answers of a call that lists something, a page each, as they are taken."""
        token: dict[str, str] = {}
        while True:
            answer = self.caller.call(target, deadline, "ecr", partial(list_, maxResults=PAGE_SIZE, **token))
            yield answer
            if not answer.get("nextToken"):
                return
            token = {"nextToken": answer["nextToken"]}

    def _find(self, target: Target, names: Sequence[str], deadline: Deadline) -> tuple[Repository, ...]:
        def describe(ecr: Any) -> Any:
            try:
                return ecr.describe_repositories(repositoryNames=list(names))
            except ClientError as error:
                return _missing(error, target)

        answer = self.caller.call(target, deadline, "ecr", describe)
        if answer is not None:
            asked = names[0] if len(names) == 1 else None
            entries = parsing.entries(answer, "repositories", target)
            return tuple(parsing.repository(entry, target, asked) for entry in entries)
        if len(names) == 1:
            return ()
        # One unknown name fails the whole call: halves find the others in few calls.
        half = len(names) // 2
        return self._find(target, names[:half], deadline) + self._find(target, names[half:], deadline)

    def _enabled_in(self, account: Account, deadline: Deadline) -> tuple[str, ...]:
        kept = self._enabled.get(account)
        if kept and time.monotonic() - kept[0] < _REGIONS_KEPT_SECONDS:
            return kept[1]
        target = Target(account.id, ALL_REGIONS, account.name)
        try:
            answer = self.caller.call(target, deadline, "ec2", lambda ec2: ec2.describe_regions(AllRegions=False))
        except AwsError:
            return (ALL_REGIONS,)
        regions = tuple(sorted(str(region["RegionName"]) for region in answer["Regions"]))
        self._enabled[account] = (time.monotonic(), regions)
        return regions

    def _with_regions(self, account: Account) -> Account:
        if account.regions:
            return account
        if self._access.default_region is None:
            raise SettingsError(
                "aws.regions: not set, and there is no default region; set aws.regions in ecrbot.toml "
                'to a list like ["eu-west-1"], or AWS_REGION in the environment.'
            )
        return replace(account, regions=(self._access.default_region,))


def _missing(error: Any, target: Target) -> None:
    """Take "not found" as an answer, if it is the target's own."""
    if code_of(error) != "RepositoryNotFoundException":
        raise error
    if told := _REGISTRY_IN_ERROR.search(str(error)):
        parsing.require_account(told[1], target)


def _describe(ecr: Any, **arguments: Any) -> Any:
    return ecr.describe_repositories(**arguments)


def _describe_templates(ecr: Any, **arguments: Any) -> Any:
    return ecr.describe_repository_creation_templates(**arguments)


def _batch_get(ecr: Any, **arguments: Any) -> Any:
    return ecr.batch_get_repository_scanning_configuration(**arguments)


def _chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
