"""What AWS's documentation says a call needs besides the action of its own name. Nothing is allowed or refused here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.aws.calls import Call, Json

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
_INSPECTOR = ("Enable", "Disable", "ListFindings", "ListAccountPermissions", "ListCoverage")

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-create.html
_WITH_TEMPLATE = frozenset({"CreateRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate"})


@dataclass(frozen=True, slots=True)
class Right:
    """An IAM action, what it is done on, and the values of the condition keys that go with it."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def besides(call: Call, template: Json | None = None) -> tuple[Right, ...]:
    """Return what a call needs besides the action of its own name, read as strictly as the documentation can be.

    Args:
        call: the call.
        template: the repository creation template that it updates, as it is.
    """
    if call.operation == "PutRegistryScanningConfiguration" and call.parameters.get("scanType") == "ENHANCED":
        service = {"iam:AWSServiceName": "inspector2.amazonaws.com"}
        inspector = tuple(Right(f"inspector2:{name}") for name in _INSPECTOR)
        return (*inspector, Right("iam:CreateServiceLinkedRole", context=service))
    if call.operation not in _WITH_TEMPLATE:
        return ()
    whole = {**(template or {}), **call.parameters}
    rights = [Right("ecr:CreateRepository")]
    if whole.get("lifecyclePolicy"):
        rights.append(Right("ecr:PutLifecyclePolicy"))
    if whole.get("repositoryPolicy"):
        rights.append(Right("ecr:SetRepositoryPolicy"))
    if whole.get("customRoleArn"):
        rights.append(Right("iam:PassRole", whole["customRoleArn"], {"iam:PassedToService": "ecr.amazonaws.com"}))
    return tuple(rights)
