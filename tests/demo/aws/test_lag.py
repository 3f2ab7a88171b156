from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, WEST = "111111111111", "eu-west-1"


def shown(ecr: Any) -> tuple[str, bool]:
    [one] = ecr.describe_repositories(repositoryNames=["web"])["repositories"]
    return one["imageTagMutability"], one["imageScanningConfiguration"]["scanOnPush"]


def put(ecr: Any) -> None:
    ecr.put_image_tag_mutability(repositoryName="web", imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(repositoryName="web", imageScanningConfiguration={"scanOnPush": True})


def test_puts_are_shown_only_after_the_lag(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")
    aws.lag(0.3)
    ecr = connect()

    put(ecr)
    seen = {shown(ecr)}
    ends_at = time.monotonic() + 5
    while shown(ecr) != ("IMMUTABLE", True) and time.monotonic() < ends_at:
        seen.add(shown(ecr))

    assert ("MUTABLE", False) in seen
    assert shown(ecr) == ("IMMUTABLE", True)


def test_a_lag_is_for_its_account_and_region_and_ends_when_it_is_cleared(aws: LocalAws, connect: Connect) -> None:
    for account in (PROD, "222222222222"):
        aws.create(account, WEST, "web")
    aws.lag(60, account=PROD)
    lagging, prompt = connect(), connect(account="222222222222")
    put(lagging)
    put(prompt)

    assert (shown(lagging), shown(prompt)) == (("MUTABLE", False), ("IMMUTABLE", True))
    aws.clear()
    assert shown(lagging) == ("IMMUTABLE", True)


def test_a_function_is_called_once_after_a_call_was_carried_out_and_before_its_answer(
    aws: LocalAws, connect: Connect
) -> None:
    aws.create(PROD, WEST, "web")
    outside = aws.client("ecr", PROD, WEST)
    seen: list[tuple[str, bool]] = []
    aws.after("PutImageTagMutability", lambda: seen.append(shown(outside)))
    ecr = connect()

    with pytest.raises(ClientError):
        ecr.put_image_tag_mutability(repositoryName="gone", imageTagMutability="IMMUTABLE")
    assert seen == []
    put(ecr)
    put(ecr)

    assert seen == [("IMMUTABLE", False)]


def test_every_answer_has_a_request_id_of_its_own(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")
    ecr = connect()
    answers = [ecr.describe_repositories(), ecr.list_images(repositoryName="web"), ecr.describe_repositories()]

    assert len({one["ResponseMetadata"]["RequestId"] for one in answers}) == 3
