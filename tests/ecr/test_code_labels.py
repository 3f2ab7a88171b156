"""Names of resources with account and region in them: what they become, and what is left as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecr.code import labels
from ecr.infrastructure import Tool, code
from ecr.outlook import outlook
from ecr.setting import Tags
from tests.ecr.test_code import FLAG, PLAIN, STACKED, SUBJECT, TEMPLATE, added, tags
from tests.ecr.test_code_words import NASTY
from tests.ecr.truth_table import PUSH, basic, rule

CHANGES = (PLAIN, FLAG, added(basic(rule(PUSH, "a"))), TEMPLATE)
ELSEWHERE = replace(SUBJECT, account="222222222222", region="ap-southeast-2")


def first_lines(tool: Tool) -> list[str]:
    """Return the lines that are other ones in another account and region, without what they were."""
    plain = code(tool, ELSEWHERE, CHANGES)
    return [line for line in labels.apart(plain, ELSEWHERE).splitlines() if line not in plain.splitlines()]


@pytest.mark.parametrize(
    ("tool", "named"),
    [
        (
            Tool.TERRAFORM,
            [
                'resource "aws_ecr_repository" "team_a_pay_api_222222222222_ap_southeast_2" {',
                'resource "aws_ecr_registry_scanning_configuration" "registry_222222222222_ap_southeast_2" {',
                'resource "aws_ecr_repository_creation_template" "root_222222222222_ap_southeast_2" {',
            ],
        ),
        (
            Tool.CLOUDFORMATION,
            [
                "  TeamAPayApi222222222222ApSoutheast2:",
                "  RegistryScanning222222222222ApSoutheast2:",
                "  ROOTTemplate222222222222ApSoutheast2:",
            ],
        ),
        (
            Tool.CDK,
            [
                "new ecr.Repository(this, 'TeamAPayApi222222222222ApSoutheast2', {",
                "new ecr.CfnRegistryScanningConfiguration(this, 'RegistryScanning222222222222ApSoutheast2', {",
                "new ecr.CfnRepositoryCreationTemplate(this, 'ROOTTemplate222222222222ApSoutheast2', {",
            ],
        ),
        (
            Tool.PULUMI,
            [
                'new aws.ecr.Repository("team-a/pay-api-222222222222-ap-southeast-2", {',
                'new aws.ecr.RegistryScanningConfiguration("registry-222222222222-ap-southeast-2", {',
                'new aws.ecr.RepositoryCreationTemplate("template-ROOT-222222222222-ap-southeast-2", {',
            ],
        ),
        (Tool.CLI, []),
    ],
)
def test_each_resource_has_account_and_region_in_its_name_and_nothing_else_changes(
    tool: Tool, named: list[str]
) -> None:
    assert first_lines(tool) == named


@pytest.mark.parametrize("tool", Tool)
def test_a_text_that_looks_like_the_beginning_of_a_resource_is_none(tool: Tool) -> None:
    texts = (NASTY, '\nresource "a" "b" {', "\n  Evil:", "\nnew ecr.A(this, 'b', {", '\nnew aws.ecr.A("b", {')
    hostile = tags(Tags("MUTABLE"), Tags("IMMUTABLE_WITH_EXCLUSION", texts))
    plain = code(tool, replace(SUBJECT, where=f"prod{texts[1]}{texts[2]}"), (hostile,))
    changed = [
        line
        for line, was in zip(labels.apart(plain, SUBJECT).splitlines(), plain.splitlines(), strict=True)
        if line != was
    ]
    assert len(changed) == (tool is not Tool.CLI)


def test_the_logical_id_of_a_stack_stays_where_cloudformation_reads_it() -> None:
    text = code(Tool.CLOUDFORMATION, STACKED, (PLAIN,))
    assert labels.apart(text, STACKED) == text
    assert '"team_a_pay_api_111111111111_eu_west_1"' in labels.apart(code(Tool.TERRAFORM, STACKED, (PLAIN,)), STACKED)


def test_a_logical_id_is_no_longer_than_cloudformation_takes() -> None:
    long = replace(SUBJECT, name="n" * 256)
    [named] = [
        line for line in labels.apart(code(Tool.CLOUDFORMATION, long, (PLAIN,)), long).splitlines() if "Nn" in line
    ]
    assert len(named.strip().removesuffix(":")) == labels.LONGEST_LOGICAL_ID
    assert named.endswith("n111111111111EuWest1:")


@pytest.mark.parametrize(
    ("tool", "named"),
    [
        (Tool.TERRAFORM, "aws_ecr_registry_scanning_configuration.registry_111111111111_eu_west_1"),
        (Tool.OPENTOFU, "aws_ecr_registry_scanning_configuration.registry_111111111111_eu_west_1"),
        (Tool.PULUMI, ":RegistryScanningConfiguration registry-111111111111-eu-west-1"),
    ],
)
def test_the_sentence_on_the_registry_s_resource_has_the_same_name_in_all_places(tool: Tool, named: str) -> None:
    note = outlook(tool, SUBJECT, (CHANGES[2],))
    assert labels.spoken_apart(note, SUBJECT).count(f"{named} ") == 2
