"""What is written for each tool beside the truth table: templates, whole lists, names and texts that need care."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import hcl2
import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from hcl2.utils import SerializationOptions

from ecr.changes import Action, Change, adding, undone
from ecr.code.words import Subject
from ecr.infrastructure import Tool, code, joined, lines
from ecr.model import RegistryScanning, Rule
from ecr.setting import Scanning, Tags, TemplateTags
from tests.ecr.truth_table import CONTINUOUS, MANUAL, PUSH, basic, enhanced, rule

SUBJECT = Subject("team-a/pay-api", "prod (111111111111) in eu-west-1", "111111111111", "eu-west-1")
STACKED = replace(SUBJECT, stack="shop", logical_id="ApiRepository")
CODE = tuple(tool for tool in Tool if tool is not Tool.CLI)


def tags(before: Tags, after: Tags) -> Change:
    return Change(Rule.TAG_IMMUTABILITY, Action.PUT_IMAGE_TAG_MUTABILITY, before, after)


PLAIN = tags(Tags("MUTABLE"), Tags("IMMUTABLE"))
FLAG = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_IMAGE_SCANNING_CONFIGURATION,
    Scanning(scan_on_push=False),
    Scanning(scan_on_push=True),
)
TEMPLATE = Change(
    Rule.TAG_IMMUTABILITY,
    Action.CREATE_REPOSITORY_CREATION_TEMPLATE,
    TemplateTags("ROOT"),
    TemplateTags("ROOT", "IMMUTABLE_WITH_EXCLUSION", ("latest",), ("CREATE_ON_PUSH", "REPLICATION")),
)


def added(registry: RegistryScanning, text: str = "team-a/pay-api") -> Change:
    change = adding(text, registry)
    assert isinstance(change, Change)
    return change


def parsed(text: str) -> dict[str, Any]:
    """Return the resources of a piece of HCL as plain values, by kind and label."""
    options = SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)
    blocks = hcl2.loads(text, serialization_options=options)["resource"]
    return {f"{kind}.{label}": body for block in blocks for kind, some in block.items() for label, body in some.items()}


def test_terraform_has_one_block_for_a_repository_and_a_resource_for_each_setting_of_the_registry() -> None:
    found = parsed(code(Tool.TERRAFORM, SUBJECT, (PLAIN, FLAG, added(basic(rule(PUSH, "a", "b"))), TEMPLATE)))
    wildcard = [{"filter": text, "filter_type": "WILDCARD"} for text in ("a", "b", "team-a/pay-api", "latest")]
    assert found == {
        "aws_ecr_repository.team_a_pay_api": {
            "image_tag_mutability": "IMMUTABLE",
            "image_scanning_configuration": [{"scan_on_push": True}],
        },
        "aws_ecr_registry_scanning_configuration.registry": {
            "scan_type": "BASIC",
            "rule": [{"scan_frequency": "SCAN_ON_PUSH", "repository_filter": wildcard[:3]}],
        },
        "aws_ecr_repository_creation_template.root": {
            "prefix": "ROOT",
            "applied_for": ["CREATE_ON_PUSH", "REPLICATION"],
            "image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
            "image_tag_mutability_exclusion_filter": wildcard[3:],
        },
    }


def test_cloudformation_has_them_as_resources_of_one_template() -> None:
    found = yaml.safe_load(
        code(Tool.CLOUDFORMATION, STACKED, (PLAIN, added(enhanced(rule(CONTINUOUS, "a"))), TEMPLATE))
    )
    assert found == {
        "Resources": {
            "ApiRepository": {"Type": "AWS::ECR::Repository", "Properties": {"ImageTagMutability": "IMMUTABLE"}},
            "RegistryScanning": {
                "Type": "AWS::ECR::RegistryScanningConfiguration",
                "Properties": {
                    "ScanType": "ENHANCED",
                    "Rules": [
                        {
                            "ScanFrequency": frequency,
                            "RepositoryFilters": [{"Filter": text, "FilterType": "WILDCARD"}],
                        }
                        for frequency, text in ((CONTINUOUS, "a"), (PUSH, "team-a/pay-api"))
                    ],
                },
            },
            "ROOTTemplate": {
                "Type": "AWS::ECR::RepositoryCreationTemplate",
                "Properties": {
                    "Prefix": "ROOT",
                    "AppliedFor": ["CREATE_ON_PUSH", "REPLICATION"],
                    "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
                    "ImageTagMutabilityExclusionFilters": [
                        {
                            "ImageTagMutabilityExclusionFilterType": "WILDCARD",
                            "ImageTagMutabilityExclusionFilterValue": "latest",
                        }
                    ],
                },
            },
        }
    }


INTRODUCED = (
    "// The repository creation template ROOT of prod (111111111111) in eu-west-1; whatever else it sets stays.\n"
)
CDK_TEMPLATE = """new ecr.CfnRepositoryCreationTemplate(this, 'ROOTTemplate', {
  prefix: 'ROOT',
  appliedFor: ['CREATE_ON_PUSH', 'REPLICATION'],
  imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
  imageTagMutabilityExclusionFilters: [
    { imageTagMutabilityExclusionFilterType: 'WILDCARD', imageTagMutabilityExclusionFilterValue: 'latest' },
  ],
});"""
PULUMI_TEMPLATE = """new aws.ecr.RepositoryCreationTemplate("template-ROOT", {
    prefix: "ROOT",
    appliedFors: ["CREATE_ON_PUSH", "REPLICATION"],
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: [{ filter: "latest", filterType: "WILDCARD" }],
});"""


@pytest.mark.parametrize(("tool", "text"), [(Tool.CDK, CDK_TEMPLATE), (Tool.PULUMI, PULUMI_TEMPLATE)])
def test_typescript_has_a_creation_template(tool: Tool, text: str) -> None:
    assert code(tool, SUBJECT, (TEMPLATE,)) == INTRODUCED + text


def test_the_aws_cli_creates_a_template_updates_it_and_deletes_it() -> None:
    raised = replace(TEMPLATE, before=TemplateTags("ROOT", "MUTABLE", (), ("REPLICATION",)))
    [deleted] = undone((TEMPLATE,))
    commands = [code(Tool.CLI, SUBJECT, (one,)).replace("\\\n", "") for one in (TEMPLATE, raised, deleted)]
    assert [shlex.split(one, comments=True)[2:5] for one in commands] == [
        ["create-repository-creation-template", "--prefix", "ROOT"],
        ["update-repository-creation-template", "--prefix", "ROOT"],
        ["delete-repository-creation-template", "--prefix", "ROOT"],
    ]


@pytest.mark.parametrize("tool", CODE)
def test_a_template_that_goes_is_told_as_a_comment(tool: Tool) -> None:
    told = f"{tool.mark} Take out the repository creation template ROOT of prod (111111111111) in eu-west-1."
    assert code(tool, SUBJECT, undone((TEMPLATE,))).splitlines()[-1].strip() == told


@pytest.mark.parametrize("tool", Tool)
def test_the_list_of_rules_says_that_it_is_whole_and_has_every_filter(tool: Tool) -> None:
    text = code(tool, SUBJECT, (added(enhanced(rule(CONTINUOUS, "crown-*"), rule(PUSH, "web", "api-*"))),))
    assert f"{tool.mark} The whole list of scanning rules of prod (111111111111) in eu-west-1" in text
    assert "whatever rule is not in it is removed, those of other teams too." in text
    assert all(one in text for one in ("crown-*", "web", "api-*", "team-a/pay-api", "CONTINUOUS_SCAN", "SCAN_ON_PUSH"))


@pytest.mark.parametrize("tool", [Tool.CLOUDFORMATION, Tool.CDK])
def test_cloudformation_s_resource_takes_no_manual_rule_so_it_is_left_out_and_that_is_said(tool: Tool) -> None:
    text = code(tool, SUBJECT, (added(basic(rule(MANUAL, "old-*"))),))
    said = f"{tool.mark} The rule MANUAL (old-*) is left out: the resource takes none, and it scans nothing on push."
    assert said in text
    assert MANUAL not in text.replace(said, "")


@pytest.mark.parametrize("tool", CODE)
def test_a_rule_without_filters_matches_nothing_and_is_left_out(tool: Tool) -> None:
    text = code(tool, SUBJECT, (added(enhanced(rule(CONTINUOUS))),))
    said = f"{tool.mark} The rule CONTINUOUS_SCAN without filters is left out: it matches nothing."
    assert said in text
    assert CONTINUOUS not in text.replace(said, "")


@pytest.mark.parametrize("tool", [Tool.CLOUDFORMATION, Tool.CDK, Tool.PULUMI])
def test_a_list_of_filters_that_goes_is_named(tool: Tool) -> None:
    excluding = Tags("IMMUTABLE_WITH_EXCLUSION", ("junk-*",))
    assert "xclusionFilters: no tag is excluded any more." in lines(tool, (tags(excluding, Tags("IMMUTABLE")),))


@pytest.mark.parametrize("tool", [Tool.TERRAFORM, Tool.OPENTOFU])
def test_terraform_s_blocks_that_go_are_named_one_by_one(tool: Tool) -> None:
    before = Tags("IMMUTABLE_WITH_EXCLUSION", ("latest", "junk-*", "old"))
    text = lines(tool, (tags(before, Tags("IMMUTABLE_WITH_EXCLUSION", ("latest",))),))
    assert text.splitlines()[:2] == [
        "# Take out the image_tag_mutability_exclusion_filter of junk-*.",
        "# Take out the image_tag_mutability_exclusion_filter of old.",
    ]


def test_cloudformation_names_the_resource_and_the_stack_that_the_tags_tell_of() -> None:
    text = code(Tool.CLOUDFORMATION, STACKED, (PLAIN,))
    assert (
        "# Put these properties into the resource ApiRepository of the stack shop, in place of those there are." in text
    )
    assert "  ApiRepository:\n" in text
    cdk = code(Tool.CDK, STACKED, (PLAIN,))
    assert "// It is ApiRepository of the stack shop." in cdk
    assert "resource whose RepositoryName is team-a/pay-api, in" in code(Tool.CLOUDFORMATION, SUBJECT, (PLAIN,))


def test_several_templates_are_documents_of_their_own_and_anything_else_follows() -> None:
    one = code(Tool.CLOUDFORMATION, SUBJECT, (PLAIN,))
    assert len(list(yaml.safe_load_all(joined(Tool.CLOUDFORMATION, (one, one))))) == 2
    assert joined(Tool.CDK, ("a", "b")) == "a\n\nb"


def test_nothing_that_changes_is_no_code() -> None:
    assert [code(tool, SUBJECT, ()) for tool in Tool] == [""] * len(Tool)
