"""The truth table once more, through the adapter and the check, over HTTP.

Settings are made in the local AWS wherever it can hold them; only what no AWS of today answers is written into answers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ecr.aws.registry import Account, AwsRegistry
from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.model import Mode, Policy, RepositoryScanning, Unreadable
from ecr.names import Query
from tests.ecr.truth_table import NAME, SCANS, TAGS, Scans, Tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws
    from ecr.model import Assessment, RegistryScanning, ScanRule

HOME = ("123456789012", "eu-west-1")
BATCH_GET = "BatchGetRepositoryScanningConfiguration"
EACH_MODE = tuple(Mode)


@pytest.fixture(scope="module")
def registry(local_aws: LocalAws) -> Iterator[AwsRegistry]:
    """One adapter for the whole table: no row may leave anything behind in it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", local_aws.url)
        environment.setenv("AWS_ACCESS_KEY_ID", "AKIAHOME")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "home")
        yield AwsRegistry([Account(HOME[0], (HOME[1],))])


def judged(registry: AwsRegistry, policy: Policy) -> Assessment:
    checker = Checker(registry, policy, lambda: datetime(2026, 11, 24, tzinfo=UTC))
    [assessment] = checker.check([Query(NAME)], Deadline.after(10)).assessments
    return assessment


@pytest.mark.parametrize("row", TAGS, ids=str)
def test_tag_mutability_holds_through_the_adapter(aws: LocalAws, registry: AwsRegistry, row: Tags) -> None:
    _hold_tags(aws, row)
    assert [judged(registry, Policy(mode, row.accepted)).findings[0].verdict for mode in EACH_MODE] == [
        getattr(row, mode) for mode in EACH_MODE
    ]


@pytest.mark.parametrize("row", SCANS, ids=str)
def test_scanning_holds_through_the_adapter(aws: LocalAws, registry: AwsRegistry, row: Scans) -> None:
    _hold_scanning(aws, row)
    aws.reset_calls()
    assessments = [judged(registry, Policy(mode)) for mode in EACH_MODE]
    assert [one.findings[1].verdict for one in assessments] == [getattr(row, mode) for mode in EACH_MODE]
    assert [one.effective_scanning for one in assessments] == [row.frequency] * 2
    assert aws.calls["GetRegistryScanningConfiguration", *HOME] == 2
    assert aws.calls[BATCH_GET, *HOME] == (2 if row.batch else 0)


def _hold_tags(aws: LocalAws, row: Tags) -> None:
    aws.create(*HOME, NAME, mutability=row.value or "MUTABLE", filters=[one.text for one in row.filters or ()])

    def as_no_aws_of_today(answer: dict[str, Any]) -> None:
        [found] = answer["repositories"]
        if row.value is None:
            del found["imageTagMutability"]
        for one, exclusion in zip(row.filters or (), found.get("imageTagMutabilityExclusionFilters", ()), strict=True):
            exclusion["filterType"] = "WILDCARD" if one.understood else "REGEX"

    aws.rewrite("DescribeRepositories", as_no_aws_of_today)


def _hold_scanning(aws: LocalAws, row: Scans) -> None:
    aws.create(*HOME, NAME, mutability="IMMUTABLE", scan_on_push=bool(row.flag))
    if row.flag is None:
        aws.rewrite("DescribeRepositories", _without_a_flag)
    if row.registry is None:
        aws.fail("GetRegistryScanningConfiguration", error="AccessDeniedException")
    else:
        _hold_registry(aws, row.registry)
    _hold_batch(aws, row.batch)


def _without_a_flag(answer: dict[str, Any]) -> None:
    del answer["repositories"][0]["imageScanningConfiguration"]


def _hold_registry(aws: LocalAws, registry: RegistryScanning) -> None:
    rules = [(one.frequency, [each.text for each in one.filters]) for one in registry.rules]
    aws.scanning(*HOME, registry.scan_type, rules)

    def with_kinds(answer: dict[str, Any]) -> None:
        held = answer["scanningConfiguration"]["rules"]
        answer["scanningConfiguration"]["rules"] = [
            _with_kinds(*pair) for pair in zip(registry.rules, held, strict=True)
        ]

    if not all(each.understood for one in registry.rules for each in one.filters):
        aws.rewrite("GetRegistryScanningConfiguration", with_kinds)


def _with_kinds(rule: ScanRule, held: dict[str, Any]) -> dict[str, Any]:
    filters = [
        {**entry, "filterType": "WILDCARD" if one.understood else "REGEX"}
        for one, entry in zip(rule.filters, held["repositoryFilters"], strict=True)
    ]
    return {**held, "repositoryFilters": filters}


def _hold_batch(aws: LocalAws, batch: RepositoryScanning | Unreadable | None) -> None:
    match batch:
        case RepositoryScanning("SCAN_ON_PUSH", True):
            aws.legacy_flag_counts(*HOME, counts=True)
        case RepositoryScanning("MANUAL", False):
            aws.legacy_flag_counts(*HOME, counts=False)
        case RepositoryScanning():
            aws.rewrite(BATCH_GET, lambda answer: _told(answer, batch))
        case Unreadable():
            failure = {"repositoryName": NAME, "failureCode": "REPOSITORY_NOT_FOUND"}
            aws.rewrite(BATCH_GET, lambda _: {"scanningConfigurations": [], "failures": [failure]})


def _told(answer: dict[str, Any], batch: RepositoryScanning) -> None:
    [found] = answer["scanningConfigurations"]
    for key, value in (("scanFrequency", batch.frequency), ("scanOnPush", batch.scan_on_push)):
        found.pop(key)
        if value is not None:
            found[key] = value


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"scanningConfigurations": [], "failures": []}, "left it out of its answer"),
        ({}, "left it out of its answer"),
        (
            {"failures": [{"repositoryName": NAME, "failureCode": "X", "failureReason": "it is busy"}]},
            "ECR said it is busy",
        ),
        ({"failures": [{"repositoryName": NAME}]}, "ECR said no reason given"),
    ],
)
def test_what_batch_get_does_not_answer_is_unknown_with_the_reason(
    aws: LocalAws, registry: AwsRegistry, answer: dict[str, Any], reason: str
) -> None:
    _hold_scanning(aws, next(row for row in SCANS if row.batch))
    aws.rewrite(BATCH_GET, lambda _: answer)
    finding = judged(registry, Policy()).findings[1]
    assert (finding.verdict, reason in finding.evidence) == ("unknown", True)


def test_where_batch_get_is_refused_it_says_what_to_grant(aws: LocalAws, registry: AwsRegistry) -> None:
    _hold_scanning(aws, next(row for row in SCANS if row.batch))
    aws.fail(BATCH_GET, error="AccessDeniedException")
    finding = judged(registry, Policy()).findings[1]
    assert finding.verdict == "unknown"
    assert f"grant it ecr:{BATCH_GET}." in finding.evidence
