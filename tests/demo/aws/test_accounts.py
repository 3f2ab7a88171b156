from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, STAGING, WEST = "111111111111", "222222222222", "eu-west-1"


def assume(client: Any, account: str, **extra: str) -> Any:
    role = f"arn:aws:iam::{account}:role/ecrbot-read"
    return client.assume_role(RoleArn=role, RoleSessionName="ecrbot-read", **extra)["Credentials"]


def test_assumed_keys_are_of_the_roles_account(aws: LocalAws, connect: Connect) -> None:
    aws.create(STAGING, WEST, "web")
    keys = assume(connect("sts"), STAGING)
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], WEST)
    ecr, sts = (session.client(name, endpoint_url=aws.url, config=Config(proxies={})) for name in ("ecr", "sts"))

    registry = ecr.describe_repositories()["repositories"][0]["registryId"]
    identity = sts.get_caller_identity()

    ecr.close()
    sts.close()
    assert registry == identity["Account"] == STAGING
    assert identity["Arn"] == f"arn:aws:sts::{STAGING}:assumed-role/ecrbot-read/ecrbot-read"
    assert aws.calls["AssumeRole", STAGING, WEST] == 1


def test_keys_that_nobody_knows_are_the_home_accounts(aws: LocalAws) -> None:
    session = boto3.Session("AKIAANYTHING", "any", region_name=WEST)
    sts = session.client("sts", endpoint_url=aws.url, config=Config(proxies={}))

    account = sts.get_caller_identity()["Account"]

    sts.close()
    assert account == aws.home_account == "123456789012"


def test_a_refused_role_is_denied_as_sts_denies(aws: LocalAws, connect: Connect) -> None:
    aws.refuse_role(STAGING)

    with pytest.raises(ClientError) as error:
        assume(connect("sts", account=PROD), STAGING)

    assert error.value.response["Error"]["Code"] == "AccessDenied"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{PROD}:user/ecrbot is not authorized to perform: sts:AssumeRole on resource: "
        f"arn:aws:iam::{STAGING}:role/ecrbot-read"
    )
    assume(connect("sts"), PROD)


def test_a_role_that_wants_an_external_id_lets_in_who_says_it(aws: LocalAws, connect: Connect) -> None:
    aws.require_external_id(STAGING, "shared-word")

    for extra in ({}, {"ExternalId": "another"}):
        with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
            assume(connect("sts"), STAGING, **extra)

    assert assume(connect("sts"), STAGING, ExternalId="shared-word")["AccessKeyId"]


def test_the_enabled_regions_are_listed_and_the_others_refused(aws: LocalAws, connect: Connect) -> None:
    aws.enable_regions(PROD, WEST, "us-east-1")

    listed = connect("ec2").describe_regions()["Regions"]
    everything = connect("ec2").describe_regions(AllRegions=True)["Regions"]
    with pytest.raises(ClientError, match="security token included in the request is invalid") as error:
        connect(region="eu-north-1").describe_repositories()

    assert [one["RegionName"] for one in listed] == [WEST, "us-east-1"]
    assert len(everything) > 20
    assert error.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_a_region_that_does_not_exist_is_refused(connect: Connect) -> None:
    with pytest.raises(ClientError) as error:
        connect(region="mars-north-1").describe_repositories()

    assert error.value.response["Error"]["Code"] == "UnrecognizedClientException"
