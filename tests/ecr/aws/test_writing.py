"""Writing: exactly what a plan says is put, with few calls, no faster than ECR takes them."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ecr.aws.registry import Account
from ecr.aws.writing import AwsWriter
from ecr.model import Target
from tests.ecr.aws.accounts import HOME, PROD, called, soon
from tests.ecr.aws.plans import SCAN, TAGS, plan, tags
from tests.ecr.aws.writers import PUT, create, shown, writer

if TYPE_CHECKING:
    from demo.aws import LocalAws


def test_one_repository_costs_assume_role_and_a_put_for_each_change(aws: LocalAws) -> None:
    create(aws, "api")
    one = plan("api", TAGS, SCAN)
    writing = writer().writing(PROD, "R0123456789", [one])
    assert not aws.calls
    ids = [writing.put("api", change, soon()) for change in one.changes]
    assert [bool(re.fullmatch(r"[0-9a-f-]{36}", str(each))) for each in ids] == [True, True]
    assert len(set(ids)) == 2
    assert {operation: count for (operation, *_), count in aws.calls.items()} == {
        "AssumeRole": 1,
        "PutImageTagMutability": 1,
        "PutImageScanningConfiguration": 1,
    }
    now = shown(aws, "api")
    assert (now["imageTagMutability"], now["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})


@pytest.mark.parametrize(
    ("change", "mutability", "filters"),
    [
        (tags("IMMUTABLE_WITH_EXCLUSION", "latest", "dev-*"), "IMMUTABLE_WITH_EXCLUSION", ["latest", "dev-*"]),
        (tags("MUTABLE_WITH_EXCLUSION", "v*"), "MUTABLE_WITH_EXCLUSION", ["v*"]),
        (tags("IMMUTABLE"), "IMMUTABLE", []),
        (tags("MUTABLE"), "MUTABLE", []),
    ],
)
def test_every_setting_of_tags_is_put_as_it_is(aws: LocalAws, change: Any, mutability: str, filters: list[str]) -> None:
    aws.create("111111111111", "eu-west-1", "api", "IMMUTABLE_WITH_EXCLUSION", ("old",))
    writer().writing(PROD, "R1", [plan("api", change)]).put("api", change, soon())
    now = shown(aws, "api")
    assert now["imageTagMutability"] == mutability
    assert [one["filter"] for one in now.get("imageTagMutabilityExclusionFilters", [])] == filters


def test_default_credentials_write_once_it_is_known_whose_they_are(aws: LocalAws) -> None:
    create(aws, "api", "web", account="123456789012")
    target = Target(None, HOME.region)
    plans = [plan(name, TAGS, target=target, account=HOME.account) for name in ("api", "web")]
    writing = AwsWriter([Account(None, (HOME.region,))]).writing(target, "R1", plans)
    for one in plans:
        writing.put(one.name, TAGS, soon())
    assert {operation: count for (operation, *_), count in aws.calls.items()} == {"GetCallerIdentity": 1, PUT: 2}
    assert shown(aws, "web", "123456789012")["imageTagMutability"] == "IMMUTABLE"


def test_a_hundred_puts_at_once_are_not_throttled_by_a_registry_that_takes_20_a_second(aws: LocalAws) -> None:
    names = [f"svc-{number:03}" for number in range(100)]
    create(aws, *names)
    aws.throttle(rate=20, burst=20)
    shared = writer()
    halves = [shared.writing(PROD, f"R{half}", [plan(name, TAGS) for name in names[half::2]]) for half in (0, 1)]
    began = time.monotonic()
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda index: halves[index % 2].put(names[index], TAGS, soon(60)), range(100)))
    print(f"100 puts took {time.monotonic() - began:.1f} s")  # noqa: T201 - shown with -s; a slow machine is no failure
    assert called(aws, PUT) == 100
    assert {shown(aws, name)["imageTagMutability"] for name in names} == {"IMMUTABLE"}
