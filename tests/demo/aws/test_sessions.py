from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from demo.aws.sts import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, WEST = "111111111111", "eu-west-1"
ROLE = f"arn:aws:iam::{PROD}:role/ecrbot-remediate"
WEB = f"arn:aws:ecr:{WEST}:{PROD}:repository/web"


def policy(action: str | list[str] = "ecr:PutImageTagMutability", resource: str | list[str] = WEB) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    )


@pytest.fixture
def speak(aws: LocalAws, connect: Connect) -> Iterator[Callable[..., Any]]:
    made = []

    def client(**asked: Any) -> Any:
        keys = connect("sts").assume_role(RoleArn=ROLE, **{"RoleSessionName": "ecrbot-R1", **asked})["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], WEST)
        made.append(session.client("ecr", endpoint_url=aws.url, config=Config(proxies={})))
        return made[-1]

    yield client
    for one in made:
        one.close()


def test_each_session_is_kept_with_what_it_was_asked_with(aws: LocalAws, speak: Callable[..., Any]) -> None:
    speak()
    speak(DurationSeconds=900, Policy=policy(), ExternalId="shared-word")

    first, second = aws.sessions

    assert first == Session(PROD, WEST, ROLE, "ecrbot-R1", None, None, None, first.key)
    assert second == Session(PROD, WEST, ROLE, "ecrbot-R1", 900, policy(), "shared-word", second.key)
    assert first.key != second.key
    aws.reset()
    assert aws.sessions == ()


def test_a_refused_role_is_no_session(aws: LocalAws, speak: Callable[..., Any]) -> None:
    aws.refuse_role(PROD)
    with pytest.raises(ClientError):
        speak()
    assert aws.sessions == ()


def test_a_session_may_do_what_its_policy_says_and_nothing_else(aws: LocalAws, speak: Callable[..., Any]) -> None:
    for name in ("web", "api"):
        aws.create(PROD, WEST, name)
    ecr = speak(Policy=policy())

    ecr.put_image_tag_mutability(repositoryName="web", imageTagMutability="IMMUTABLE")
    calls: list[tuple[Callable[[], Any], str]] = [
        (
            lambda: ecr.put_image_tag_mutability(repositoryName="api", imageTagMutability="IMMUTABLE"),
            "ecr:PutImageTagMutability on resource: " + WEB.replace("web", "api"),
        ),
        (
            lambda: ecr.put_image_scanning_configuration(
                repositoryName="web", imageScanningConfiguration={"scanOnPush": True}
            ),
            "ecr:PutImageScanningConfiguration on resource: " + WEB,
        ),
        (ecr.get_registry_scanning_configuration, "ecr:GetRegistryScanningConfiguration on resource: *"),
    ]
    for call, denied in calls:
        with pytest.raises(ClientError) as error:
            call()
        assert error.value.response["Error"] == {
            "Code": "AccessDeniedException",
            "Message": (
                f"User: arn:aws:sts::{PROD}:assumed-role/ecrbot-remediate/ecrbot-R1 is not authorized to perform: "
                f"{denied} because no session policy allows the {denied.split(' ')[0]} action"
            ),
        }


def test_every_repository_of_a_call_must_be_allowed(aws: LocalAws, speak: Callable[..., Any]) -> None:
    for name in ("web", "api"):
        aws.create(PROD, WEST, name)
    ecr = speak(Policy=policy("ecr:Describe*"))

    assert len(ecr.describe_repositories(repositoryNames=["web"])["repositories"]) == 1
    with pytest.raises(ClientError, match="no session policy allows"):
        ecr.describe_repositories(repositoryNames=["web", "api"])


def test_a_session_without_a_policy_may_do_everything(aws: LocalAws, speak: Callable[..., Any]) -> None:
    aws.create(PROD, WEST, "web")
    assert len(speak().describe_repositories()["repositories"]) == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Policy": policy(resource=[WEB] * 40)}, "PackedPolicyTooLarge"),
        ({"Policy": "no json"}, "MalformedPolicyDocument"),
        ({"Policy": json.dumps({"Version": "2012-10-17", "Statement": []})}, "MalformedPolicyDocument"),
        ({"Policy": policy(action=[])}, "MalformedPolicyDocument"),
        ({"Policy": policy(resource="")}, "MalformedPolicyDocument"),
        ({"RoleSessionName": "with space"}, "ValidationError"),
        ({"RoleSessionName": "x" * 65}, "ValidationError"),
        ({"DurationSeconds": 899}, "ValidationError"),
        ({"ExternalId": "no space"}, "ValidationError"),
    ],
)
def test_what_sts_does_not_take_is_refused(aws: LocalAws, connect: Connect, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        connect("sts").assume_role(RoleArn=ROLE, **{"RoleSessionName": "ecrbot-R1", **asked})
    assert error.value.response["Error"]["Code"] == code
    assert aws.sessions == ()
