"""Reading what tells of what a change may break, over real HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecr import errors
from ecr.aws.signals import SIGNAL_ACTIONS, AwsSignals
from ecr.impact import Image
from tests.ecr.aws.accounts import PROD, called, prod, soon
from tests.ecr.aws.plans import arn_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws

PUSHED = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
WHERE = ("111111111111", "eu-west-1")


def signals() -> AwsSignals:
    return AwsSignals(prod())


def test_images_come_whole_tagged_or_not_with_times_in_utc(aws: LocalAws) -> None:
    aws.create(*WHERE, "api")
    aws.push(*WHERE, "api", ("latest", "v1"), PUSHED, "sha256:1", media_type="docker")
    aws.push(*WHERE, "api", (), PUSHED, "sha256:2", media_type="oci", artifact_type="sig", subject="sha256:1")
    assert sorted(signals().images(PROD, "api", soon()), key=lambda one: one.digest) == [
        Image("sha256:1", ("latest", "v1"), PUSHED, "docker"),
        Image("sha256:2", (), PUSHED, "oci", "sig", "sha256:1"),
    ]
    assert signals().images(PROD, "api", soon())[0].pushed_at == PUSHED


def test_images_are_read_a_thousand_a_page_and_ten_pages_at_most(aws: LocalAws) -> None:
    aws.create(*WHERE, "api")
    for number in range(10_001):
        aws.push(*WHERE, "api", (), PUSHED, f"sha256:{number:05}")
    assert len(signals().images(PROD, "api", soon())) == 10_000
    assert called(aws, "DescribeImages") == 10


def test_tags_are_read_by_the_repository_s_arn(aws: LocalAws) -> None:
    aws.create(*WHERE, "api")
    told = {"aws:cloudformation:stack-name": "shop", "team": "payments", "empty": ""}
    aws.tag(*WHERE, "api", told)
    assert signals().tags(PROD, arn_of("api"), soon()) == told


def test_prefixes_are_read_to_the_last_page(aws: LocalAws) -> None:
    prefixes = tuple(f"cache-{number:04}" for number in range(1001))
    for prefix in prefixes:
        aws.pull_through(*WHERE, prefix)
    assert signals().pull_through_prefixes(PROD, soon()) == prefixes
    assert called(aws, "DescribePullThroughCacheRules") == 2


def test_a_hundred_plans_ask_for_the_prefixes_once(aws: LocalAws) -> None:
    aws.pull_through(*WHERE, "docker-hub")
    aws.slow(0.1, "DescribePullThroughCacheRules")
    reading = signals()
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: reading.pull_through_prefixes(PROD, soon()), range(100)))
    assert found == [("docker-hub",)] * 100
    assert called(aws, "DescribePullThroughCacheRules") == 1


def test_a_refusal_of_the_prefixes_is_not_asked_for_again_at_once(aws: LocalAws) -> None:
    aws.fail("DescribePullThroughCacheRules", error="AccessDeniedException")
    reading = signals()
    for _ in range(3):
        with pytest.raises(errors.AccessDeniedError, match="grant it ecr:DescribePullThroughCacheRules"):
            reading.pull_through_prefixes(PROD, soon())
    assert called(aws, "DescribePullThroughCacheRules") == 1


@pytest.mark.parametrize(
    ("action", "read"),
    [
        ("ecr:DescribeImages", lambda reading: reading.images(PROD, "api", soon())),
        ("ecr:ListTagsForResource", lambda reading: reading.tags(PROD, arn_of("api"), soon())),
        ("ecr:DescribePullThroughCacheRules", lambda reading: reading.pull_through_prefixes(PROD, soon())),
    ],
)
def test_each_read_needs_the_action_that_is_declared_for_it(aws: LocalAws, action: str, read: Any) -> None:
    aws.create(*WHERE, "api")
    read(signals())
    assert {operation for operation, *_ in aws.calls} == {action.partition(":")[2], "AssumeRole"}
    assert action in SIGNAL_ACTIONS
    aws.fail(action.partition(":")[2], error="AccessDeniedException")
    with pytest.raises(errors.AccessDeniedError, match=f"grant it {action}"):
        read(signals())


@pytest.mark.parametrize(
    ("operation", "answer", "kind"),
    [
        ("DescribeImages", {"imageDetails": [{"registryId": "222222222222"}]}, errors.AccountMismatchError),
        ("DescribeImages", {}, errors.MalformedAnswerError),
        (
            "DescribePullThroughCacheRules",
            {"pullThroughCacheRules": [{"registryId": "222222222222", "ecrRepositoryPrefix": "x"}]},
            errors.AccountMismatchError,
        ),
        (
            "DescribePullThroughCacheRules",
            {"pullThroughCacheRules": [{"registryId": "111111111111"}]},
            errors.MalformedAnswerError,
        ),
        ("ListTagsForResource", {"tags": [{"Value": "x"}]}, errors.MalformedAnswerError),
    ],
)
def test_an_answer_of_another_account_or_shape_is_refused(
    aws: LocalAws, operation: str, answer: dict[str, Any], kind: type[Exception]
) -> None:
    aws.create(*WHERE, "api")
    aws.rewrite(operation, lambda _: answer)
    reading = signals()
    reads: dict[str, Callable[[], object]] = {
        "DescribeImages": lambda: reading.images(PROD, "api", soon()),
        "DescribePullThroughCacheRules": lambda: reading.pull_through_prefixes(PROD, soon()),
        "ListTagsForResource": lambda: reading.tags(PROD, arn_of("api"), soon()),
    }
    with pytest.raises(kind):
        reads[operation]()


def test_what_a_tag_moves_from_is_left_untagged(aws: LocalAws) -> None:
    aws.create(*WHERE, "api")
    aws.push(*WHERE, "api", ("latest",), PUSHED - timedelta(days=1), "sha256:1")
    aws.push(*WHERE, "api", ("latest",), PUSHED, "sha256:2")
    assert [(one.digest, one.tags) for one in signals().images(PROD, "api", soon())] == [
        ("sha256:1", ()),
        ("sha256:2", ("latest",)),
    ]
