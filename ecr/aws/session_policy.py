"""The inline policies of the sessions that write: exactly what some plans change, in pieces that AWS takes. Pure.

What is of a whole registry has a session of its own: its calls take no resource but `*`, and a session that writes
repositories is not to be able to make them
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html).
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ecr.changes import Action
from ecr.model import ScanType
from ecr.setting import RegistryFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.changes import Plan

MOST_CHARACTERS = 2048
"""Characters of an inline session policy at most (STS API reference, AssumeRole)."""

TEMPLATE_ACTIONS = ("ecr:CreateRepository",)
"""What AWS says whoever creates or updates a template needs besides; it is never called here.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create.html
"""

KEPT_POLICY_ACTIONS = ("ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy")
"""What it says one needs for a template with policies: an update leaves another team's as they are."""

KEPT_ROLE_ACTION = "iam:PassRole"
"""What it says one needs for a template with a role, which an update leaves as it is, too."""

INSPECTOR_ACTIONS = (
    "inspector2:Enable",
    "inspector2:Disable",
    "inspector2:ListFindings",
    "inspector2:ListAccountPermissions",
    "inspector2:ListCoverage",
)
"""What AWS says whoever writes rules of ENHANCED scanning needs besides, for that is Amazon Inspector's.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
"""

INSPECTOR_ROLE_ACTION = "iam:CreateServiceLinkedRole"
"""What it says one needs for the role of Amazon Inspector, and for no other."""

_INSPECTOR = {"StringEquals": {"iam:AWSServiceName": "inspector2.amazonaws.com"}}
_TO_ECR = {"StringEquals": {"iam:PassedToService": "ecr.amazonaws.com"}}
_MADE_BY_TEMPLATE = (Action.CREATE_REPOSITORY_CREATION_TEMPLATE, Action.UPDATE_REPOSITORY_CREATION_TEMPLATE)


def session_policy(plans: Sequence[Plan]) -> str:
    """Return the policy that lets a session make the changes of some plans' repositories and call nothing else.

    It has one statement for each action, with the repositories that need it. ECR's names have no character that a
    policy would take for a wildcard, and `ecr.aws.writing` refuses any other.
    """
    return _document(
        [
            {"Effect": "Allow", "Action": action.iam, "Resource": arns}
            for action in Action
            if not action.is_of_registry and (arns := [plan.arn for plan in plans if action in plan.actions])
        ]
    )


def registry_policy(plans: Sequence[Plan]) -> str:
    """Return the policy that lets a session make the changes of a registry that some plans have.

    What AWS wants besides for templates, and for rules of ENHANCED scanning, is there where a plan has such a change.
    A session can never do more than its role, so that what a company does not grant stays denied.
    """
    changes = [change for plan in plans for change in plan.changes if change.action.is_of_registry]
    asked = {change.action for change in changes}
    allowed = [action.iam for action in Action if action in asked]
    if asked.intersection(_MADE_BY_TEMPLATE):
        allowed += TEMPLATE_ACTIONS
    statements = []
    if Action.UPDATE_REPOSITORY_CREATION_TEMPLATE in asked:
        allowed += KEPT_POLICY_ACTIONS
        statements.append(_allow([KEPT_ROLE_ACTION], _TO_ECR))
    if any(_is_enhanced(change.after) for change in changes):
        allowed += INSPECTOR_ACTIONS
        statements.append(_allow([INSPECTOR_ROLE_ACTION], _INSPECTOR))
    return _document([_allow(allowed), *statements])


def chunks(plans: Sequence[Plan]) -> tuple[tuple[Plan, ...], ...]:
    """Return the plans that change a repository in pieces, in their order, each as long as its policy may be.

    A single one always fits: an ARN has at most 330 characters.
    """
    pieces: list[tuple[Plan, ...]] = []
    for plan in plans:
        if all(action.is_of_registry for action in plan.actions):
            continue
        longer = (*pieces[-1], plan) if pieces else (plan,)
        if pieces and len(session_policy(longer)) <= MOST_CHARACTERS:
            pieces[-1] = longer
        else:
            pieces.append((plan,))
    return tuple(pieces)


def _is_enhanced(setting: object) -> bool:
    return isinstance(setting, RegistryFilter) and setting.scan_type == ScanType.ENHANCED


def _allow(actions: list[str], condition: dict[str, dict[str, str]] | None = None) -> dict[str, Any]:
    """Return a statement on everything: none of these calls is about a resource that a policy could name."""
    only = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": actions, "Resource": "*", **only}


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
