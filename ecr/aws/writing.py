"""Writing to ECR: the port `Writer` of ecr/request_ports.py over boto3, with clients and credentials of its own.

Nothing is put but what a plan says, into the account that the plan is for. Nothing is read here to decide by.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr.aws import parsing, registry_writing
from ecr.aws.identities import AssumedIdentities, DefaultIdentity
from ecr.aws.pace import Pace
from ecr.aws.sessions import Access
from ecr.aws.translation import translated
from ecr.changes import Action
from ecr.errors import AwsError, MalformedAnswerError
from ecr.guardrails import REGISTRY
from ecr.setting import Scanning, Tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ecr.aws.identities import Identity
    from ecr.aws.registry import Account
    from ecr.aws.sessions import Role
    from ecr.changes import Change, Plan
    from ecr.deadline import Deadline
    from ecr.model import RegistryScanning, Target

_ARN = re.compile(r"arn:aws[a-z-]*:ecr:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):repository/(?P<name>[a-z0-9._/-]+)")
"""An ARN without any character that an IAM policy would take for a wildcard or a variable."""

_EXCLUDING = "_WITH_EXCLUSION"
_REGISTRY_ARN = re.compile(r"arn:aws[a-z-]*:ecr:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):registry")


class AwsWriter:
    """The way to write to ECR, as `ecr.request_ports.Writer`."""

    def __init__(self, accounts: Sequence[Account], pace: Pace | None = None) -> None:
        """Prepare to write to these accounts; no call is made.

        Args:
            accounts: the accounts, with the roles that write.
            pace: how fast calls may begin; as fast as ECR takes them unless told.

        Raises:
            SettingsError: AWS_PROFILE names a profile that is not there.
        """
        self._access = Access()
        self._pace = pace or Pace()
        self._roles = {(one.id, one.name): one.remediation_role or one.role for one in accounts}

    @property
    def calls(self) -> int:
        """How many requests were sent to AWS so far, retries and STS included."""
        return self._access.requests

    def writing(self, target: Target, request: str, plans: Sequence[Plan]) -> AwsWriting:
        """Return what makes the changes of some plans, and can make no others; no call is made.

        Args:
            target: the account and region that all of them are for.
            request: the id of the request, which the role's sessions are named after.
            plans: what may be changed.
        """
        return AwsWriting(
            self._access, self._pace, target, self._roles.get((target.account, target.name)), request, plans
        )


class AwsWriting:
    """Writing to one account and region for one request. Any thread may call it."""

    def __init__(
        self, access: Access, pace: Pace, target: Target, role: Role | None, request: str, plans: Sequence[Plan]
    ) -> None:
        """Keep what is to be written and how; `AwsWriter.writing` makes one."""
        self._access = access
        self._pace = pace
        self._target = target
        self._role = role
        self._request = request
        self._plans = {plan.name: plan for plan in plans if _is_for(plan, target)}
        self._identities = (
            AssumedIdentities(access, target, role, request, tuple(self._plans.values()))
            if role
            else DefaultIdentity(access, target)
        )

    def put(self, name: str, change: Change, deadline: Deadline) -> str | None:
        """Make a change of a repository, and return AWS's own id of the call.

        Args:
            name: the repository.
            change: one of the changes that its plan has.
            deadline: nothing is begun after it; what has begun by then may have been done.

        Raises:
            AccountMismatchError: the credentials are another account's, so nothing was put; or such an answer came.
            AwsError: AWS refused, or did not answer, or no plan has this change.
        """
        deadline = deadline.begun()
        plan = self._require_planned(name, change)
        identity = self._identities.of(plan, deadline)
        put = partial(_put, name=name, change=change, account=identity.account)
        answer, owner = self._made(plan, identity, change.action, deadline, put)
        _require_about(answer, name, change, owner)
        return _request_id(answer)

    def put_rules(self, registry: RegistryScanning, deadline: Deadline) -> str | None:
        """Write the whole list of the registry's scanning rules, and return AWS's own id of the call.

        Args:
            registry: the list, with the scan type, which has to be that of a plan's change.
            deadline: nothing is begun after it; what has begun by then may have been done.

        Raises:
            AccountMismatchError: the credentials are another account's, so nothing was put; or such an answer came.
            BlockedByOrganizationError: a policy of the organization lets nobody in the account do it.
            AwsError: AWS refused, or did not answer, or no plan changes the rules under this scan type.
        """
        deadline = deadline.begun()
        plan = registry_writing.require_planned_rules(registry, tuple(self._plans.values()), self._target)
        identity = self._identities.of_registry(deadline)
        put = partial(registry_writing.put_rules, registry=registry)
        answer, owner = self._made(plan, identity, Action.PUT_REGISTRY_SCANNING_CONFIGURATION, deadline, put)
        registry_writing.require_written(answer, registry, owner)
        return _request_id(answer)

    def put_template(self, change: Change, deadline: Deadline) -> str | None:
        """Create, update or delete a repository creation template, and return AWS's own id of the call.

        Args:
            change: one of the changes that the registry's plan has.
            deadline: nothing is begun after it; what has begun by then may have been done.

        Raises:
            AccountMismatchError: the credentials are another account's, so nothing was put; or such an answer came.
            TemplateExistsError: there is one by now that was to be created.
            TemplateNotFoundError: there is none any more that was to be updated or deleted.
            AwsError: AWS refused, or did not answer, or no plan has this change.
        """
        deadline = deadline.begun()
        plan = registry_writing.require_planned_template(change, tuple(self._plans.values()), self._target)
        identity = self._identities.of_registry(deadline)
        put = partial(registry_writing.put_template, change=change, request=self._request)
        answer, owner = self._made(plan, identity, change.action, deadline, put)
        registry_writing.require_made(answer, change, owner)
        return _request_id(answer)

    def _made(
        self,
        plan: Plan,
        identity: Identity,
        action: Action,
        deadline: Deadline,
        call: Callable[[Any], Mapping[str, Any]],
    ) -> tuple[Mapping[str, Any], Target]:
        """Make a call as an identity that is of the plan's account, and return the answer and that account."""
        owner = replace(self._target, account=plan.arn.split(":")[4])
        parsing.require_account(identity.account, owner)
        self._pace.take(identity.account, owner.region, action, deadline)
        with (
            translated(self._target, self._role),
            self._access.speaking_with(identity.credentials, owner.region, deadline),
        ):
            return call(self._access.client("ecr", owner.region)), owner

    def _require_planned(self, name: str, change: Change) -> Plan:
        plan = self._plans.get(name)
        if (
            plan is None
            or not isinstance(change.after, Tags | Scanning)
            or not any((one.action, one.after) == (change.action, change.after) for one in plan.changes)
        ):
            raise AwsError(
                f"{change.action} of {name} to {change.after} is not what was asked for in {self._target}, "
                "so it was not made."
            )
        return plan


def _is_for(plan: Plan, target: Target) -> bool:
    """Tell whether a plan is one for this account and region, by the ARN of its repository or its registry."""
    arn = (_REGISTRY_ARN if plan.name == REGISTRY else _ARN).fullmatch(plan.arn)
    return (
        arn is not None
        and arn.groupdict().get("name", REGISTRY) == plan.name
        and arn["region"] == target.region
        and target.account in (None, arn["account"])
    )


def _put(ecr: Any, *, name: str, change: Change, account: str) -> Mapping[str, Any]:
    whose = {"registryId": account, "repositoryName": name}
    match change.after:
        case Tags(mutability, texts):
            filters = [{"filterType": "WILDCARD", "filter": text} for text in texts]
            excluding = {"imageTagMutabilityExclusionFilters": filters} if mutability.endswith(_EXCLUDING) else {}
            return dict(ecr.put_image_tag_mutability(**whose, imageTagMutability=mutability, **excluding))
        case Scanning(scan_on_push):
            flag = {"scanOnPush": scan_on_push}
            return dict(ecr.put_image_scanning_configuration(**whose, imageScanningConfiguration=flag))
    raise TypeError(f"{change.after!r} is no setting of a repository")  # a defect of ours: `put` has refused it


def _require_about(answer: Mapping[str, Any], name: str, change: Change, owner: Target) -> None:
    """Refuse an answer that is not about the repository that was asked for."""
    parsing.require_own(answer, owner)
    if answer.get("repositoryName") != name:
        raise MalformedAnswerError(
            f"ECR's answer to {change.action} is about {answer.get('repositoryName')} where {name} was asked for."
        )


def _request_id(answer: Mapping[str, Any]) -> str | None:
    """Return AWS's own id of a call."""
    request_id = answer.get("ResponseMetadata", {}).get("RequestId")
    return str(request_id) if request_id else None
