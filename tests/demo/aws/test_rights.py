"""What a role was granted, and what some calls need besides the action of their own name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, WEST = "111111111111", "eu-west-1"
ROLE = f"arn:aws:iam::{PROD}:role/ecrbot-remediate"
THEIRS = f"arn:aws:iam::{PROD}:role/creates"
INSPECTOR = [
    "inspector2:Enable",
    "inspector2:Disable",
    "inspector2:ListFindings",
    "inspector2:ListAccountPermissions",
    "inspector2:ListCoverage",
]
UPDATE = "ecr:UpdateRepositoryCreationTemplate"


def statement(actions: list[str], resource: str = "*", **condition: str) -> dict[str, Any]:
    only = {"Condition": {"StringEquals": condition}} if condition else {}
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **only}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


PASSING = statement(["iam:PassRole"], THEIRS, **{"iam:PassedToService": "ecr.amazonaws.com"})
LINKED = statement(["iam:CreateServiceLinkedRole"], **{"iam:AWSServiceName": "inspector2.amazonaws.com"})


@pytest.fixture
def speak(aws: LocalAws, connect: Connect) -> Iterator[Callable[..., Any]]:
    made = []

    def client(**asked: Any) -> Any:
        keys = connect("sts").assume_role(RoleArn=ROLE, RoleSessionName="ecrbot-R1", **asked)["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], WEST)
        made.append(session.client("ecr", endpoint_url=aws.url, config=Config(proxies={})))
        return made[-1]

    yield client
    for one in made:
        one.close()


def denied(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    return str(error.value.response["Error"]["Message"])


def test_a_role_may_do_what_it_was_granted_and_nothing_else(aws: LocalAws, speak: Callable[..., Any]) -> None:
    aws.grant(ROLE, policy(statement(["ecr:GetRegistryScanningConfiguration"])))
    ecr = speak()
    ecr.get_registry_scanning_configuration()
    assert "because no identity-based policy allows the ecr:DescribeRepositoryCreationTemplates action" in denied(
        ecr.describe_repository_creation_templates
    )


def test_what_a_role_was_granted_a_session_policy_can_take_away_and_never_add_to(
    aws: LocalAws, speak: Callable[..., Any]
) -> None:
    aws.grant(ROLE, policy(statement(["ecr:Get*"])))
    ecr = speak(Policy=policy(statement(["ecr:Describe*"])))
    assert "no session policy allows" in denied(ecr.get_registry_scanning_configuration)
    assert "no identity-based policy allows" in denied(ecr.describe_repository_creation_templates)


def test_a_role_of_another_account_is_not_held_to_it(aws: LocalAws, connect: Connect) -> None:
    aws.grant(ROLE, policy(statement(["ecr:Get*"])))
    connect(account=PROD).describe_repository_creation_templates()


@pytest.mark.parametrize("lacking", [*INSPECTOR, "iam:CreateServiceLinkedRole"])
def test_rules_of_enhanced_scanning_need_inspector_s_rights(
    aws: LocalAws, speak: Callable[..., Any], lacking: str
) -> None:
    put = "ecr:PutRegistryScanningConfiguration"
    actions = [put, *(one for one in INSPECTOR if one != lacking)]
    linked = [] if lacking == "iam:CreateServiceLinkedRole" else [LINKED]
    aws.grant(ROLE, policy(statement(actions), *linked))
    ecr = speak()
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])
    said = denied(lambda: ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[]))
    assert f"is not authorized to perform: {lacking} on resource: *" in said

    aws.grant(ROLE, policy(statement([put, *INSPECTOR]), LINKED))
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[])


@pytest.mark.parametrize(
    ("kept", "needed"),
    [
        ({}, "ecr:CreateRepository"),
        ({"lifecyclePolicy": '{"rules":[]}'}, "ecr:PutLifecyclePolicy"),
        ({"repositoryPolicy": "{}"}, "ecr:SetRepositoryPolicy"),
        ({"customRoleArn": THEIRS}, "iam:PassRole"),
    ],
)
def test_an_update_of_a_template_needs_what_the_user_guide_says(
    aws: LocalAws, speak: Callable[..., Any], kept: dict[str, str], needed: str
) -> None:
    aws.client("ecr", PROD, WEST).create_repository_creation_template(prefix="ROOT", appliedFor=["REPLICATION"], **kept)
    actions = ["ecr:CreateRepository", "ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy"]
    passing = [] if needed == "iam:PassRole" else [PASSING]
    aws.grant(ROLE, policy(statement([UPDATE, *(one for one in actions if one != needed)]), *passing))
    ecr = speak()
    said = denied(lambda: ecr.update_repository_creation_template(prefix="ROOT", imageTagMutability="IMMUTABLE"))
    assert f"is not authorized to perform: {needed} on resource: " in said

    aws.grant(ROLE, policy(statement([UPDATE, *actions]), PASSING))
    ecr.update_repository_creation_template(prefix="ROOT", imageTagMutability="IMMUTABLE")


def test_a_policy_of_the_organization_blocks_the_rules_of_its_account_alone(aws: LocalAws, connect: Connect) -> None:
    aws.block_scanning(PROD)
    with pytest.raises(ClientError, match="managed by a organization policy") as error:
        connect().put_registry_scanning_configuration(scanType="BASIC", rules=[])
    assert error.value.response["Error"]["Code"] == "BlockedByOrganizationPolicyException"
    connect(account="222222222222").put_registry_scanning_configuration(scanType="BASIC", rules=[])
    aws.clear()
    connect().put_registry_scanning_configuration(scanType="BASIC", rules=[])
