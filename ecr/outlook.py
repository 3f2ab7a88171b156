"""What the plan of a tool will show once lines are put into its code, told beforehand. Pure.

None of these properties makes a tool replace a repository: "Update requires: No interruption" in the template reference
of AWS::ECR::Repository, and no "Forces new resource" in the reference of aws_ecr_repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.code.words import snake
from ecr.infrastructure import Tool
from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ecr.changes import Change
    from ecr.code.words import Subject

_TAGS, _FILTERS, _SCANNING = "ImageTagMutability", "ImageTagMutabilityExclusionFilters", "ImageScanningConfiguration"


def outlook(tool: Tool, subject: Subject, changes: Sequence[Change]) -> str:
    """Return what a tool's plan will show for some changes, in sentences; nothing where there is no change."""
    if not changes:
        return ""
    mine = [change for change in changes if not change.action.is_of_registry]
    told = _OF[tool](subject, mine) if mine else ""
    registry = [_registry(tool, subject, change) for change in changes if change.action.is_of_registry]
    return " ".join(filter(None, (told, *registry)))


def _terraform(command: str, mine: Sequence[Change]) -> str:
    shown = ", ".join(line for change in mine for line in _attributes(change))
    return (
        f"{command} plan will show 1 to change: {shown}, in place; where ecrbot has made the same change already, "
        "it shows none."
    )


def _attributes(change: Change) -> list[str]:
    """Return the lines of a Terraform plan for a change, without what is known after it alone."""
    match change.before, change.after:
        case Scanning(before), Scanning(after):
            return [f"~ scan_on_push = {str(before).lower()} -> {str(after).lower()}"]
        case Tags() as was, Tags() as is_:
            kept = was.mutability == is_.mutability
            value = [] if kept else [f'~ image_tag_mutability = "{was.mutability}" -> "{is_.mutability}"']
            gone = [
                f"- image_tag_mutability_exclusion_filter {text}" for text in was.filters if text not in is_.filters
            ]
            new = [f"+ image_tag_mutability_exclusion_filter {text}" for text in is_.filters if text not in was.filters]
            return [*value, *gone, *new]
    return []


def _properties(mine: Sequence[Change]) -> list[str]:
    """Return the properties of CloudFormation that some changes are of."""
    found: list[str] = []
    for change in mine:
        match change.before, change.after:
            case Tags() as was, Tags() as is_:
                found += [_TAGS] * (was.mutability != is_.mutability) + [_FILTERS] * (was.filters != is_.filters)
            case _:
                found.append(_SCANNING)
    return found


def _change_set(subject: Subject, mine: Sequence[Change]) -> str:
    what = " and ".join(_properties(mine))
    resource = subject.resource if subject.logical_id else "the repository's resource"
    return f"The change set will show Modify of {resource}, {what}, Replacement False: an update without interruption."


def _cdk(subject: Subject, mine: Sequence[Change]) -> str:
    what = " and ".join(_properties(mine))
    resource = f" {subject.logical_id}" if subject.logical_id else ""
    return f"cdk diff will show [~] AWS::ECR::Repository{resource} with {what}, and no replacement."


def _pulumi(_: Subject, mine: Sequence[Change]) -> str:
    what = ",".join(f"~{name[0].lower()}{name[1:]}" for name in _properties(mine))
    return (
        f"pulumi preview --refresh will show ~ aws:ecr:Repository update [diff: {what}], in place; where ecrbot has "
        "made the same change already, it shows none."
    )


def _at_once(subject: Subject, _: Sequence[Change]) -> str:
    return (
        f"There is no plan: each command takes effect at once and without an approval, and whatever code made "
        f"{subject.name} sets it back at its next run."
    )


_OF: dict[Tool, Callable[[Subject, Sequence[Change]], str]] = {
    Tool.TERRAFORM: lambda _, mine: _terraform("terraform", mine),
    Tool.OPENTOFU: lambda _, mine: _terraform("tofu", mine),
    Tool.CLOUDFORMATION: _change_set,
    Tool.CDK: _cdk,
    Tool.PULUMI: _pulumi,
    Tool.CLI: _at_once,
}


def _registry(tool: Tool, subject: Subject, change: Change) -> str:
    """Return what is shown for a resource that is of the whole registry, and that other code may have already."""
    where = subject.where
    if tool is Tool.CLI:
        what = "list of rules" if isinstance(change.after, RegistryFilter) else "creation template"
        return f"The command for the registry replaces the {what} of {where} at once: look whether it is still as read."
    resource = _resource(tool, change)
    import_it = _IMPORTS[tool].format(resource=resource, id=_id(subject, change))
    return (
        f"{resource} is for the whole registry of {where}: 1 to change where code has it already. Where none has it, "
        f"{import_it} first, or it shows 1 to add."
    )


_IMPORTS = {
    Tool.TERRAFORM: "run terraform import {resource} {id}",
    Tool.OPENTOFU: "run tofu import {resource} {id}",
    Tool.CLOUDFORMATION: "import it into its stack as {id}",
    Tool.CDK: "run cdk import and name {id}",
    Tool.PULUMI: "run pulumi import {resource} {id}",
}


def _resource(tool: Tool, change: Change) -> str:
    scanning = isinstance(change.after, RegistryFilter)
    if tool in (Tool.TERRAFORM, Tool.OPENTOFU):
        return (
            "aws_ecr_registry_scanning_configuration.registry"
            if scanning
            else f"aws_ecr_repository_creation_template.{snake(_prefix(change))}"
        )
    if tool is Tool.PULUMI:
        return (
            "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration registry"
            if scanning
            else f"aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate template-{_prefix(change)}"
        )
    return "AWS::ECR::RegistryScanningConfiguration" if scanning else "AWS::ECR::RepositoryCreationTemplate"


def _id(subject: Subject, change: Change) -> str:
    """Return what a tool imports a resource by: the account, or the template's prefix."""
    return subject.account if isinstance(change.after, RegistryFilter) else _prefix(change)


def _prefix(change: Change) -> str:
    return change.after.prefix if isinstance(change.after, TemplateTags) else ""
