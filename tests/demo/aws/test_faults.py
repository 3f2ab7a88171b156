from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, STAGING, WEST = "111111111111", "222222222222", "eu-west-1"


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_failure_hits_its_operation_account_and_region_alone(aws: LocalAws, connect: Connect) -> None:
    aws.fail("DescribeRepositories", "AccessDeniedException", account=PROD, region=WEST)

    with pytest.raises(ClientError, match="no identity-based policy allows the ecr:DescribeRepositories action"):
        connect().describe_repositories()

    connect(account=STAGING).describe_repositories()
    connect(region="us-east-1").describe_repositories()
    connect().get_registry_scanning_configuration()


def test_a_failure_with_a_number_of_times_passes(aws: LocalAws, connect: Connect) -> None:
    aws.fail("DescribeRepositories", "ServerException", 500, times=2)

    answer = connect(attempts=3).describe_repositories()

    assert answer["repositories"] == []
    assert aws.calls["DescribeRepositories", PROD, WEST] == 3


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("ThrottlingException", 400),
        ("ExpiredTokenException", 400),
        ("UnrecognizedClientException", 400),
        ("ServerException", 500),
        ("ServiceUnavailable", 503),
    ],
)
def test_errors_arrive_with_their_code_and_status(aws: LocalAws, connect: Connect, error: str, status: int) -> None:
    aws.fail(None, error, status)

    with pytest.raises(ClientError) as caught:
        connect().describe_repositories()

    assert code(caught) == error
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_token_bucket_is_one_for_each_account_region_and_operation(aws: LocalAws, connect: Connect) -> None:
    aws.throttle(rate=0.001, burst=2)
    client = connect()

    client.describe_repositories()
    client.describe_repositories()
    with pytest.raises(ClientError, match="Rate exceeded") as error:
        client.describe_repositories()
    client.get_registry_scanning_configuration()

    assert code(error) == "ThrottlingException"


def test_slow_calls_take_their_time(aws: LocalAws, connect: Connect) -> None:
    client = connect()
    client.describe_repositories()
    aws.slow(0.2, "DescribeRepositories")
    began = time.monotonic()

    client.describe_repositories()

    assert time.monotonic() - began >= 0.2


def test_slow_calls_do_not_wait_for_each_other(aws: LocalAws, connect: Connect) -> None:
    client = connect()
    client.describe_repositories()
    aws.slow(0.3)
    began = time.monotonic()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.describe_repositories(), range(8)))

    assert time.monotonic() - began < 8 * 0.3


def test_a_call_that_hangs_is_answered_when_it_is_released(aws: LocalAws, connect: Connect) -> None:
    client = connect()
    aws.hang(PROD, WEST)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(client.describe_repositories()))
    asking.start()
    wait_until(lambda: aws.calls["DescribeRepositories", PROD, WEST] == 1)

    assert not answers
    aws.clear()
    asking.join(5)

    assert answers[0]["repositories"] == []


def test_a_call_that_hangs_ends_in_the_callers_timeout(aws: LocalAws, connect: Connect) -> None:
    aws.hang(PROD)

    with pytest.raises(ReadTimeoutError):
        connect(read_timeout=0.2).describe_repositories()


def test_an_answer_can_be_rewritten_in_place_or_anew(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")
    aws.rewrite("DescribeRepositories", lambda answer: answer["repositories"][0].pop("imageTagMutability") and None)
    aws.rewrite("GetRegistryScanningConfiguration", lambda answer: {**answer, "registryId": STAGING})

    (shown,) = connect().describe_repositories()["repositories"]

    assert "imageTagMutability" not in shown
    assert connect().get_registry_scanning_configuration()["registryId"] == STAGING


def test_the_outside_world_sees_no_fault_and_is_not_counted(aws: LocalAws) -> None:
    aws.fail(None)

    aws.client("ecr", PROD, WEST).create_repository(repositoryName="web")

    assert len(aws.client("ecr", PROD, WEST).describe_repositories()["repositories"]) == 1
    assert not aws.calls


def test_resetting_forgets_everything(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")
    aws.fail("GetRegistryScanningConfiguration")
    aws.scanning(PROD, WEST, "ENHANCED")

    aws.reset()

    assert connect().describe_repositories()["repositories"] == []
    assert connect().get_registry_scanning_configuration()["scanningConfiguration"]["scanType"] == "BASIC"


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        threading.Event().wait(0.005)
