"""What does not answer: nothing waits for longer than the deadline, and nothing goes on asking after it."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ecr import errors
from ecr.aws.registry import Account, AwsRegistry
from ecr.aws.sessions import Role
from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.model import Policy, Target
from ecr.names import Query
from tests.ecr.aws.accounts import HOME, PROD, ROLE, called, home, soon, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws

DESCRIBE = "DescribeRepositories"


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a port that is taken and at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def warm(aws: LocalAws) -> AwsRegistry:
    """Return a registry whose clients are made already: making them takes a slow machine longer than some deadlines."""
    other = Account("222222222222", (PROD.region,), "other", Role("arn:aws:iam::222222222222:role/ecrbot-read"))
    registry = AwsRegistry([Account(PROD.account, (PROD.region,), PROD.name, ROLE), other])
    registry.find(Target("222222222222", PROD.region, "other"), ("api",), soon())
    aws.reset_calls()
    return registry


def test_a_refused_connection_is_unreachable(silence: str, monkeypatch: pytest.MonkeyPatch, aws: LocalAws) -> None:
    del aws
    monkeypatch.setenv("AWS_ENDPOINT_URL", silence)
    with pytest.raises(errors.UnreachableError):
        home().find(HOME, ("api",), soon(0.3))


@pytest.mark.parametrize("deadline", [Deadline.after, Deadline.for_each_answer])
@pytest.mark.parametrize("operation", [DESCRIBE, "AssumeRole"])
def test_what_hangs_is_given_up_at_the_deadline_after_one_request(aws: LocalAws, operation: str, deadline: Any) -> None:
    registry = warm(aws)
    aws.hang(operation=operation)
    began = time.monotonic()
    with pytest.raises(errors.UnreachableError):
        registry.find(PROD, ("api",), deadline(0.4))
    assert time.monotonic() - began < 3
    assert called(aws, operation) == 1


@pytest.mark.parametrize("operation", [DESCRIBE, "AssumeRole"])
def test_nothing_is_asked_any_more_once_the_deadline_has_passed(aws: LocalAws, operation: str) -> None:
    registry = warm(aws)
    aws.slow(1.5, operation)
    aws.fail(operation, error="ServerException", status=500)
    with pytest.raises(errors.UnreachableError, match=r"within 1\.2 seconds|cannot be reached"):
        registry.find(PROD, ("api",), soon(1.2))
    assert called(aws, operation) == 1
    with pytest.raises(errors.UnreachableError, match="within 0 seconds"):
        registry.find(PROD, ("api",), soon(0))
    assert called(aws, operation) == 1


def test_a_page_that_hangs_ends_the_reading(aws: LocalAws) -> None:
    for number in range(1001):
        aws.create("123456789012", "eu-west-1", f"svc-{number:04}")
    pages = home().pages(HOME, soon(1))
    assert len(next(pages)) == 1000
    aws.hang()
    with pytest.raises(errors.UnreachableError):
        next(pages)


def test_a_target_that_hangs_is_unknown_at_the_deadline_and_left_in_peace_after_it(aws: LocalAws) -> None:
    for account in ("111111111111", "123456789012"):
        aws.create(account, "eu-west-1", "api", mutability="IMMUTABLE", scan_on_push=True)
    aws.hang("111111111111")
    registry = AwsRegistry([Account("111111111111", ("eu-west-1",), "prod", ROLE), Account(None, ("eu-west-1",))])
    checker = Checker(registry, Policy(), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    began = time.monotonic()
    report = checker.check([Query("api")], soon(1))
    assert time.monotonic() - began < 3
    assert [(row.target.account, row.verdict) for row in report.assessments] == [
        ("111111111111", "unknown"),
        ("123456789012", "pass"),
    ]
    assert until(lambda: not any(one.name == "ecr-read" for one in threading.enumerate()))
    assert called(aws, "AssumeRole") == 1


def test_a_deadline_that_is_for_each_answer_lasts_as_long_as_pages_come(aws: LocalAws) -> None:
    for number in range(2500):
        aws.create("123456789012", "eu-west-1", f"svc-{number:04}")
    aws.slow(1.1)
    deadline = Deadline.for_each_answer(3)
    assert sum(len(page) for page in home().pages(HOME, deadline)) == 2500
    assert deadline.passed
