"""Whose code made a repository, and what that code needs to say."""

from __future__ import annotations

import pytest

from ecr.changes import Action, Change
from ecr.infrastructure import Tool, lines, origin
from ecr.model import Rule
from ecr.setting import Scanning, Tags

STACK = {
    "aws:cloudformation:stack-name": "shop",
    "aws:cloudformation:stack-id": "arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/6f1d",
    "aws:cloudformation:logical-id": "ApiRepository",
}
TAGS = Change(
    Rule.TAG_IMMUTABILITY,
    Action.PUT_IMAGE_TAG_MUTABILITY,
    Tags("MUTABLE"),
    Tags("IMMUTABLE_WITH_EXCLUSION", ("latest", "*-dev")),
)
PLAIN = Change(Rule.TAG_IMMUTABILITY, Action.PUT_IMAGE_TAG_MUTABILITY, Tags("MUTABLE"), Tags("IMMUTABLE"))
SCAN = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_IMAGE_SCANNING_CONFIGURATION,
    Scanning(scan_on_push=False),
    Scanning(scan_on_push=True),
)


@pytest.mark.parametrize(
    ("tags", "tool", "sentence"),
    [
        (STACK, Tool.CLOUDFORMATION, "CloudFormation stack shop (resource ApiRepository) made this repository: "),
        (
            {key: STACK[key] for key in ("aws:cloudformation:stack-id",)},
            Tool.CLOUDFORMATION,
            "CloudFormation stack shop made this repository: ",
        ),
        (
            {**STACK, "aws-cdk:id": "x"},
            Tool.CDK,
            "CloudFormation stack shop (resource ApiRepository) made this repository from the CDK's code: ",
        ),
        ({**STACK, "managed-by": "terraform"}, Tool.CLOUDFORMATION, "CloudFormation stack shop (resource ApiRepo"),
    ],
)
def test_the_tags_of_cloudformation_count_first(tags: dict[str, str], tool: Tool, sentence: str) -> None:
    found = origin(tags)
    assert found is not None
    assert found.tool is tool
    assert found.sentence.startswith(sentence)
    assert found.sentence.endswith(": its next update will revert this.")


@pytest.mark.parametrize(
    ("key", "value", "tool"),
    [
        ("managed-by", "terraform", Tool.TERRAFORM),
        ("ManagedBy", "Terraform", Tool.TERRAFORM),
        ("ManagedByTerraform", "true", Tool.TERRAFORM),
        ("terraform", "", Tool.TERRAFORM),
        ("tf-workspace", "shop", Tool.TERRAFORM),
        ("tf_module", "ecr", Tool.TERRAFORM),
        ("source", "git::https://example.com/terraform-ecr.git", Tool.TERRAFORM),
        ("iac", "tf", Tool.TERRAFORM),
        ("managed-by", "terragrunt", Tool.TERRAFORM),
        ("managed-by", "OpenTofu", Tool.OPENTOFU),
        ("provisioner", "tofu", Tool.OPENTOFU),
        ("pulumi:project", "shop", Tool.PULUMI),
        ("ManagedBy", "Pulumi", Tool.PULUMI),
        ("aws-cdk:auto-delete-images", "true", Tool.CDK),
    ],
)
def test_a_tag_names_the_tool_and_is_shown(key: str, value: str, tool: Tool) -> None:
    found = origin({"team": "shop", key: value})
    assert found is not None
    said = f"{key}={value}" if value else key
    assert (found.tool, found.sentence) == (tool, f"The tag {said} names {tool}: its next apply will revert this.")


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"team": "tofuture"},
        {"terraform": "false"},
        {"swtf": "x"},
        {"managed-by": "hand"},
        {"aws:ecs:x": "terraform"},
    ],
)
def test_tags_that_name_no_tool_tell_nothing(tags: dict[str, str]) -> None:
    assert origin(tags) is None


HCL = """image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
image_tag_mutability_exclusion_filter {
  filter      = "latest"
  filter_type = "WILDCARD"
}
image_tag_mutability_exclusion_filter {
  filter      = "*-dev"
  filter_type = "WILDCARD"
}
image_scanning_configuration {
  scan_on_push = true
}"""
YAML = """ImageTagMutability: IMMUTABLE_WITH_EXCLUSION
ImageTagMutabilityExclusionFilters:
  - ImageTagMutabilityExclusionFilterType: WILDCARD
    ImageTagMutabilityExclusionFilterValue: "latest"
  - ImageTagMutabilityExclusionFilterType: WILDCARD
    ImageTagMutabilityExclusionFilterValue: "*-dev"
ImageScanningConfiguration:
  ScanOnPush: true"""
PULUMI = """imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
imageTagMutabilityExclusionFilters: [{ filter: "latest", filterType: "WILDCARD" }, \
{ filter: "*-dev", filterType: "WILDCARD" }],
imageScanningConfiguration: { scanOnPush: true },"""
CDK = """imageTagMutability: ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION,
imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('latest'), \
ecr.ImageTagMutabilityExclusionFilter.wildcard('*-dev')],
imageScanOnPush: true,"""


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        (Tool.TERRAFORM, HCL),
        (Tool.OPENTOFU, HCL),
        (Tool.CLOUDFORMATION, YAML),
        (Tool.PULUMI, PULUMI),
        (Tool.CDK, CDK),
    ],
)
def test_the_lines_for_each_tool(tool: Tool, code: str) -> None:
    assert lines(tool, (TAGS, SCAN)) == code


def test_only_what_changes_is_in_the_lines() -> None:
    assert lines(Tool.TERRAFORM, (PLAIN,)) == 'image_tag_mutability = "IMMUTABLE"'
    assert lines(Tool.CLOUDFORMATION, (PLAIN,)) == "ImageTagMutability: IMMUTABLE"
    assert lines(Tool.CLOUDFORMATION, (SCAN,)) == "ImageScanningConfiguration:\n  ScanOnPush: true"
