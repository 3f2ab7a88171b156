"""What is sent to change a registry, and what is never sent: rules, and repository creation templates.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ecr.aws import parsing
from ecr.changes import Action
from ecr.errors import AwsError, MalformedAnswerError
from ecr.registry_rules import MOST_FILTERS, MOST_RULES
from ecr.setting import RegistryFilter, TemplateTags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecr.changes import Change, Plan
    from ecr.model import RegistryScanning, Target

_LONGEST_DESCRIPTION = 256


def require_planned_rules(registry: RegistryScanning, plans: Sequence[Plan], target: Target) -> Plan:
    """Return a plan that changes the registry's rules under this very scan type.

    Raises:
        AwsError: there is none, or the list is not one that ECR takes whole.
    """
    if any(not one.understood for rule in registry.rules for one in rule.filters):
        raise AwsError(f"A rule of {target} has a filter of a kind that is not known, so the rules were not written.")
    if len(registry.rules) > MOST_RULES or any(len(rule.filters) > MOST_FILTERS for rule in registry.rules):
        raise AwsError(
            f"The rules of {target} would be more than {MOST_RULES}, or have more than {MOST_FILTERS} filters, so they "
            "were not written."
        )
    for plan in plans:
        if any(_is_of_rules(change, registry.scan_type) for change in plan.changes):
            return plan
    raise AwsError(
        f"Rules under {registry.scan_type} scanning are not what was asked for in {target}, so they were not written."
    )


def require_planned_template(change: Change, plans: Sequence[Plan], target: Target) -> Plan:
    """Return the plan that has this change of a template.

    Raises:
        AwsError: none has.
    """
    for plan in plans:
        if isinstance(change.after, TemplateTags) and any(
            (one.action, one.after) == (change.action, change.after) for one in plan.changes
        ):
            return plan
    raise AwsError(f"{change.action} to {change.after} is not what was asked for in {target}, so it was not made.")


def put_rules(ecr: Any, registry: RegistryScanning) -> Mapping[str, Any]:
    """Write the whole list of rules; the call takes no account, and writes to that of its credentials."""
    return dict(ecr.put_registry_scanning_configuration(scanType=registry.scan_type, rules=_rules(registry)))


def put_template(ecr: Any, change: Change, request: str) -> Mapping[str, Any]:
    """Create, update or delete a template.

    Everything of a template that a change is about is sent, also where a part of it stays as it is: the API reference
    says of an update that one without a mutability makes it MUTABLE. What a change is not about is never sent and
    stays: policies, resource tags, encryption, the role, the description. A mutability without filters ends those that
    there were, as in PutImageTagMutability; an empty list is nothing that ECR takes.
    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdateRepositoryCreationTemplate.html
    """
    after = change.after
    assert isinstance(after, TemplateTags)  # noqa: S101 - `require_planned_template` has seen to it
    if change.action is Action.DELETE_REPOSITORY_CREATION_TEMPLATE:
        return dict(ecr.delete_repository_creation_template(prefix=after.prefix))
    filters = [{"filterType": "WILDCARD", "filter": text} for text in after.filters]
    settings = {
        "prefix": after.prefix,
        "appliedFor": list(after.applied_for),
        "imageTagMutability": after.mutability,
        **({"imageTagMutabilityExclusionFilters": filters} if filters else {}),
    }
    if change.action is Action.UPDATE_REPOSITORY_CREATION_TEMPLATE:
        return dict(ecr.update_repository_creation_template(**settings))
    description = f"Made by ecrbot for request {request}."[:_LONGEST_DESCRIPTION]
    return dict(ecr.create_repository_creation_template(**settings, description=description))


def require_written(answer: Mapping[str, Any], registry: RegistryScanning, target: Target) -> None:
    """Refuse an answer that tells of other rules than were written, in whatever order.

    It does not say whose they are; where it did, another account's would be refused too.

    Raises:
        AccountMismatchError: they are another account's.
        MalformedAnswerError: they are others.
    """
    if "registryId" in answer:
        parsing.require_own(answer, target)
    told = {"registryId": target.account, "scanningConfiguration": answer.get("registryScanningConfiguration")}
    echo = parsing.registry_scanning(told, target)
    if (echo.scan_type, _counted(echo)) != (registry.scan_type, _counted(registry)):
        raise MalformedAnswerError(
            f"ECR's answer to {Action.PUT_REGISTRY_SCANNING_CONFIGURATION} in {target} tells of other rules than were "
            "written."
        )


def require_made(answer: Mapping[str, Any], change: Change, target: Target) -> None:
    """Refuse an answer that is not about the template that was to be changed.

    Raises:
        AccountMismatchError: it is another account's.
        MalformedAnswerError: it does not say whose it is, or is about another template.
    """
    parsing.require_own(answer, target)
    template = answer.get("repositoryCreationTemplate")
    told = template.get("prefix") if isinstance(template, dict) else None
    wanted = change.after.prefix if isinstance(change.after, TemplateTags) else None
    # ECR takes a slash at the end of a prefix for granted, and may say it or not.
    if not isinstance(told, str) or told.rstrip("/") != str(wanted).rstrip("/"):
        raise MalformedAnswerError(f"ECR's answer to {change.action} is about {told} where {wanted} was asked for.")


def _is_of_rules(change: Change, scan_type: str) -> bool:
    return (
        change.action is Action.PUT_REGISTRY_SCANNING_CONFIGURATION
        and isinstance(change.after, RegistryFilter)
        and change.after.scan_type == scan_type
    )


def _rules(registry: RegistryScanning) -> list[dict[str, Any]]:
    return [
        {
            "scanFrequency": rule.frequency,
            "repositoryFilters": [{"filter": one.text, "filterType": "WILDCARD"} for one in rule.filters],
        }
        for rule in registry.rules
    ]


def _counted(registry: RegistryScanning) -> Counter[tuple[str, str]]:
    return Counter((rule.frequency, one.text) for rule in registry.rules for one in rule.filters)
