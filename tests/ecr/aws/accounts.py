"""The accounts of these tests, as they are configured, and how long a test gives AWS."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ecr.aws.registry import Account, AwsRegistry
from ecr.aws.sessions import Role
from ecr.deadline import Deadline
from ecr.model import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws

HOME = Target("123456789012", "eu-west-1")
PROD = Target("111111111111", "eu-west-1", "prod")
ROLE = Role("arn:aws:iam::111111111111:role/ecrbot-read")


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


def home() -> AwsRegistry:
    """Return the account of the default credentials."""
    return AwsRegistry([Account(HOME.account, (HOME.region,))])


def prod(*regions: str, external_id: str | None = None) -> AwsRegistry:
    """Return an account that is read through a role."""
    role = Role(ROLE.arn, external_id)
    return AwsRegistry([Account(PROD.account, regions or (PROD.region,), PROD.name, role)])


def called(aws: LocalAws, operation: str) -> int:
    """Return how often an operation was called, retries included."""
    return sum(count for call, count in aws.calls.items() if call[0] == operation)


def until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    """Wait for a condition; tell whether it came."""
    ends_at = time.monotonic() + seconds
    while not condition() and time.monotonic() < ends_at:
        time.sleep(0.01)
    return condition()
