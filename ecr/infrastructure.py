"""Whose code made a repository, told by its resource tags, and the lines that this code needs instead. Pure.

A tool that made a repository sets it back at its next run, unless its code says what ecrbot has set. The lines follow
the ECR resource of each tool: AWS::ECR::Repository (CloudFormation), aws_ecr_repository (Terraform), aws.ecr.Repository
(Pulumi), ecr.Repository (CDK).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ecr.changes import Scanning, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecr.changes import Change

_STACK = "aws:cloudformation:stack-name"
_STACK_ID = "aws:cloudformation:stack-id"
_RESOURCE = "aws:cloudformation:logical-id"
_FALSE = frozenset({"false", "no", "0", "none", "off"})


class Tool(StrEnum):
    """The tools that are told apart, as people call them."""

    CLOUDFORMATION = "CloudFormation"
    CDK = "CDK"
    TERRAFORM = "Terraform"
    OPENTOFU = "OpenTofu"
    PULUMI = "Pulumi"


# In the key or value of a tag, in any case; `tf`, `tofu` and `cdk` only as words of their own.
_NAMED = (
    (Tool.CDK, re.compile(r"aws-cdk[:/]|(?<![a-z0-9])cdk(?![a-z0-9])")),
    (Tool.OPENTOFU, re.compile(r"opentofu|(?<![a-z0-9])tofu(?![a-z0-9])")),
    (Tool.PULUMI, re.compile(r"pulumi")),
    (Tool.TERRAFORM, re.compile(r"terraform|terragrunt|^tf[-_:/]|(?<![a-z0-9])tf(?![a-z0-9])")),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """The tool whose code made a repository, and the sentence that says what tells of it and what it will do."""

    tool: Tool
    sentence: str


def origin(tags: Mapping[str, str]) -> Origin | None:
    """Return whose code made a repository; `None` where its tags do not tell.

    CloudFormation's own tags cannot be forged and count first; of any others the first that names a tool does.
    """
    named = _named(tags)
    if _STACK in tags or _STACK_ID in tags:
        tool = Tool.CDK if named is not None and named.tool is Tool.CDK else Tool.CLOUDFORMATION
        return Origin(tool, _made_by_stack(tags, tool))
    return named


def lines(tool: Tool, changes: Sequence[Change]) -> str:
    """Return what to put into a tool's code so that it agrees with some changes, and no more than that."""
    write = {
        Tool.CLOUDFORMATION: _yaml,
        Tool.CDK: _cdk,
        Tool.TERRAFORM: _hcl,
        Tool.OPENTOFU: _hcl,
        Tool.PULUMI: _pulumi,
    }[tool]
    return "\n".join(line for change in changes for line in write(change.after))


def _made_by_stack(tags: Mapping[str, str], tool: Tool) -> str:
    # arn:aws:cloudformation:eu-west-1:111111111111:stack/NAME/ID
    parts = tags.get(_STACK_ID, "").split("/")
    stack = tags.get(_STACK) or (parts[1] if len(parts) > 1 else "of a name that is not known")
    resource = f" (resource {tags[_RESOURCE]})" if tags.get(_RESOURCE) else ""
    by = "made this repository from the CDK's code" if tool is Tool.CDK else "made this repository"
    return f"CloudFormation stack {stack}{resource} {by}: its next update will revert this."


def _named(tags: Mapping[str, str]) -> Origin | None:
    for tool, pattern in _NAMED:
        for key, value in sorted(tags.items()):
            if key.startswith("aws:") or value.strip().lower() in _FALSE:
                continue
            if pattern.search(key.lower()) or pattern.search(value.lower()):
                said = f"{key}={value}" if value else key
                return Origin(tool, f"The tag {said} names {tool}: its next apply will revert this.")
    return None


def _hcl(after: Tags | Scanning) -> list[str]:
    if isinstance(after, Scanning):
        return ["image_scanning_configuration {", f"  scan_on_push = {_flag(after)}", "}"]
    told = [f'image_tag_mutability = "{after.mutability}"']
    for text in after.filters:
        told += [
            "image_tag_mutability_exclusion_filter {",
            f'  filter      = "{text}"',
            '  filter_type = "WILDCARD"',
            "}",
        ]
    return told


def _yaml(after: Tags | Scanning) -> list[str]:
    if isinstance(after, Scanning):
        return ["ImageScanningConfiguration:", f"  ScanOnPush: {_flag(after)}"]
    told = [f"ImageTagMutability: {after.mutability}"]
    if after.filters:
        told.append("ImageTagMutabilityExclusionFilters:")
    for text in after.filters:
        told += [
            "  - ImageTagMutabilityExclusionFilterType: WILDCARD",
            f'    ImageTagMutabilityExclusionFilterValue: "{text}"',
        ]
    return told


def _pulumi(after: Tags | Scanning) -> list[str]:
    if isinstance(after, Scanning):
        return [f"imageScanningConfiguration: {{ scanOnPush: {_flag(after)} }},"]
    told = [f'imageTagMutability: "{after.mutability}",']
    if after.filters:
        each = ", ".join(f'{{ filter: "{text}", filterType: "WILDCARD" }}' for text in after.filters)
        told.append(f"imageTagMutabilityExclusionFilters: [{each}],")
    return told


def _cdk(after: Tags | Scanning) -> list[str]:
    if isinstance(after, Scanning):
        return [f"imageScanOnPush: {_flag(after)},"]
    told = [f"imageTagMutability: ecr.TagMutability.{after.mutability},"]
    if after.filters:
        each = ", ".join(f"ecr.ImageTagMutabilityExclusionFilter.wildcard('{text}')" for text in after.filters)
        told.append(f"imageTagMutabilityExclusionFilters: [{each}],")
    return told


def _flag(after: Scanning) -> str:
    return str(after.scan_on_push).lower()
