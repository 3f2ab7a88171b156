"""The contract's truth table, row by row, in both modes: by the pure functions, and through the adapter over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from demo.aws import LocalAws
from ecr import controls
from ecr.aws.registry import Account, AwsRegistry
from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.model import (
    Exclusion,
    Mode,
    Observation,
    Policy,
    RegistryScanning,
    Repository,
    RepositoryScanning,
    ScanFilter,
    ScanRule,
    Target,
    Unreadable,
)
from ecr.names import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Target("123456789012", "eu-west-1")
ACCEPTED = frozenset({"latest", "dev-*", "*"})


@dataclass(frozen=True)
class Tags:
    """A row of the first table: what ECR says, and the verdict in each mode."""

    value: str | None
    effective: str
    literal: str
    filters: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class Scans:
    """A row of the second table: the registry, the flag, BatchGet where it is asked, the verdicts, the frequency."""

    scan_type: str | None
    rules: tuple[tuple[str, str], ...]
    flag: bool | None
    effective: str
    literal: str
    frequency: str | None
    batch: str | None = None


TAGS = (
    Tags("IMMUTABLE", "pass", "pass"),
    Tags("IMMUTABLE_WITH_EXCLUSION", "pass", "fail", ("latest",)),
    Tags("IMMUTABLE_WITH_EXCLUSION", "pass", "fail", ("latest", "dev-*")),
    Tags("IMMUTABLE_WITH_EXCLUSION", "fail", "fail", ("latest", "release-*")),
    Tags("IMMUTABLE_WITH_EXCLUSION", "fail", "fail", ("lates*",)),
    Tags("IMMUTABLE_WITH_EXCLUSION", "fail", "fail", ("*",)),
    Tags("IMMUTABLE_WITH_EXCLUSION", "fail", "fail", ("latest", "**")),
    Tags("IMMUTABLE_WITH_EXCLUSION", "unknown", "fail", ()),
    Tags("MUTABLE", "fail", "fail"),
    Tags("MUTABLE_WITH_EXCLUSION", "fail", "fail", ("latest",)),
    Tags("MUTABLE_WITH_EXCLUSION", "fail", "fail", ()),
    Tags("SOMETHING_NEW", "unknown", "unknown"),
    Tags(None, "unknown", "unknown"),
)

SCANS = (
    Scans("ENHANCED", (("CONTINUOUS_SCAN", "*"),), False, "pass", "fail", "CONTINUOUS_SCAN"),
    Scans("ENHANCED", (("SCAN_ON_PUSH", "*"),), False, "pass", "fail", "SCAN_ON_PUSH"),
    Scans("ENHANCED", (("SCAN_ON_PUSH", "pay"),), True, "pass", "pass", "SCAN_ON_PUSH"),
    Scans("ENHANCED", (("SCAN_ON_PUSH", "other-*"),), True, "fail", "pass", "MANUAL"),
    Scans("ENHANCED", (), True, "fail", "pass", "MANUAL"),
    Scans("ENHANCED", (), False, "fail", "fail", "MANUAL"),
    Scans("ENHANCED", (("SCAN_ON_PUSH", "*"), ("CONTINUOUS_SCAN", "pay*")), None, "pass", "unknown", "CONTINUOUS_SCAN"),
    Scans("ENHANCED", (("CONTINUOUS_SCAN", "pay*"), ("SCAN_ON_PUSH", "*")), None, "pass", "unknown", "CONTINUOUS_SCAN"),
    Scans("ENHANCED", (("MANUAL", "*"),), True, "fail", "pass", "MANUAL"),
    Scans("ENHANCED", (("HOURLY", "*"),), True, "unknown", "pass", None),
    Scans("ENHANCED", (("HOURLY", "*"), ("SCAN_ON_PUSH", "*")), True, "unknown", "pass", None),
    Scans("ENHANCED", (("HOURLY", "*"), ("CONTINUOUS_SCAN", "*")), True, "pass", "pass", "CONTINUOUS_SCAN"),
    Scans("BASIC", (("SCAN_ON_PUSH", "*"),), False, "pass", "fail", "SCAN_ON_PUSH"),
    Scans("BASIC", (("SCAN_ON_PUSH", "api"),), None, "pass", "unknown", "SCAN_ON_PUSH"),
    Scans("BASIC", (), True, "pass", "pass", "SCAN_ON_PUSH"),
    Scans("BASIC", (), False, "fail", "fail", "MANUAL"),
    Scans("BASIC", (), None, "unknown", "unknown", None),
    Scans("BASIC", (("SCAN_ON_PUSH", "other-*"),), False, "fail", "fail", "MANUAL"),
    Scans("BASIC", (("SCAN_ON_PUSH", "other-*"),), None, "unknown", "unknown", None),
    Scans("BASIC", (("SCAN_ON_PUSH", "other-*"),), True, "pass", "pass", "SCAN_ON_PUSH", batch="counts"),
    Scans("BASIC", (("SCAN_ON_PUSH", "other-*"),), True, "fail", "pass", "MANUAL", batch="counts for nothing"),
    Scans("BASIC", (("SCAN_ON_PUSH", "other-*"),), True, "unknown", "pass", None, batch="fails"),
    Scans("BASIC", (("MANUAL", "*"),), True, "fail", "pass", "MANUAL"),
    Scans("BASIC", (("HOURLY", "*"),), True, "unknown", "pass", None),
    Scans("SPLENDID", (("SCAN_ON_PUSH", "*"),), True, "unknown", "pass", None),
    Scans(None, (), True, "unknown", "pass", None),
    Scans(None, (), False, "unknown", "fail", None),
    Scans(None, (), None, "unknown", "unknown", None),
)

BATCHES = {
    "counts": RepositoryScanning("SCAN_ON_PUSH", scan_on_push=True),
    "counts for nothing": RepositoryScanning("MANUAL", scan_on_push=False),
    "fails": Unreadable("ECR said REPOSITORY_NOT_FOUND."),
    None: None,
}


def repository(**values: Any) -> Repository:
    given = {"tag_mutability": "IMMUTABLE", "exclusions": (), "scan_on_push": True, **values}
    arn = "arn:aws:ecr:eu-west-1:123456789012:repository/pay-api"
    return Repository("123456789012", "eu-west-1", "pay-api", arn, **given)


@pytest.mark.parametrize("row", TAGS, ids=str)
@pytest.mark.parametrize("mode", Mode)
def test_tag_mutability_is_judged_as_the_table_says(row: Tags, mode: Mode) -> None:
    exclusions = tuple(map(Exclusion, row.filters or ()))
    finding = controls.tag_immutability(
        repository(tag_mutability=row.value, exclusions=exclusions), Policy(mode, ACCEPTED)
    )
    assert finding.verdict == getattr(row, mode)
    assert finding.evidence.count(". ") == 0
    assert finding.evidence.endswith(".")


@pytest.mark.parametrize("row", SCANS, ids=str)
@pytest.mark.parametrize("mode", Mode)
def test_scanning_is_judged_as_the_table_says(row: Scans, mode: Mode) -> None:
    rules = tuple(ScanRule(frequency, (ScanFilter(text),)) for frequency, text in row.rules)
    registry = RegistryScanning(row.scan_type, rules) if row.scan_type else Unreadable("It may not be read.")
    observed = Observation(repository(scan_on_push=row.flag), registry, BATCHES[row.batch])
    assessment = controls.evaluate(observed, Policy(mode), TARGET)
    assert assessment.findings[1].verdict == getattr(row, mode)
    assert assessment.effective_scanning == row.frequency
    assert assessment.findings[1].evidence.endswith(".")


@pytest.mark.parametrize("kind", ["Exclusion", "ScanFilter"])
def test_a_filter_of_a_kind_that_is_not_known_is_unknown(kind: str) -> None:
    if kind == "Exclusion":
        exclusions = (Exclusion("latest"), Exclusion("^v", understood=False))
        found = repository(tag_mutability="IMMUTABLE_WITH_EXCLUSION", exclusions=exclusions)
        finding = controls.tag_immutability(found, Policy(Mode.EFFECTIVE, ACCEPTED))
    else:
        rules = (ScanRule("SCAN_ON_PUSH", (ScanFilter("^pay", understood=False),)),)
        observed = Observation(repository(), RegistryScanning("BASIC", rules))
        finding = controls.evaluate(observed, Policy(), TARGET).findings[1]
    assert finding.verdict == "unknown"


def test_a_repository_s_verdict_is_the_worst_of_its_rules() -> None:
    mutable = Observation(repository(tag_mutability="MUTABLE"), Unreadable("It may not be read."))
    unread = Observation(repository(), Unreadable("It may not be read."))
    assert controls.evaluate(mutable, Policy(), TARGET).verdict == "fail"
    assert controls.evaluate(unread, Policy(), TARGET).verdict == "unknown"


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws() as running:
        yield running


@pytest.fixture
def registry(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsRegistry]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHOME")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "home")
    aws.reset()
    aws.clear()
    yield AwsRegistry([Account(None, ("eu-west-1",))])
    aws.clear()


def judged(registry: AwsRegistry, mode: Mode) -> Any:
    checker = Checker(registry, Policy(mode, ACCEPTED), lambda: datetime.now(UTC))
    [assessment] = checker.check([Query("pay-api")], Deadline.after(10)).assessments
    return assessment


@pytest.mark.parametrize("row", TAGS, ids=str)
@pytest.mark.parametrize("mode", Mode)
def test_tag_mutability_holds_through_the_adapter(aws: LocalAws, registry: AwsRegistry, row: Tags, mode: Mode) -> None:
    aws.create("123456789012", "eu-west-1", "pay-api")

    def as_the_row_says(answer: dict[str, Any]) -> None:
        for found in answer["repositories"]:
            found.pop("imageTagMutability", None)
            if row.value is not None:
                found["imageTagMutability"] = row.value
            if row.filters:
                kinds = [{"filterType": "WILDCARD", "filter": text} for text in row.filters]
                found["imageTagMutabilityExclusionFilters"] = kinds

    aws.rewrite("DescribeRepositories", as_the_row_says)
    assert judged(registry, mode).findings[0].verdict == getattr(row, mode)


@pytest.mark.parametrize("row", SCANS, ids=str)
@pytest.mark.parametrize("mode", Mode)
def test_scanning_holds_through_the_adapter(aws: LocalAws, registry: AwsRegistry, row: Scans, mode: Mode) -> None:
    aws.create("123456789012", "eu-west-1", "pay-api", mutability="IMMUTABLE", scan_on_push=bool(row.flag))
    rules = [
        {"scanFrequency": frequency, "repositoryFilters": [{"filterType": "WILDCARD", "filter": text}]}
        for frequency, text in row.rules
    ]
    if row.scan_type is None:
        aws.fail("GetRegistryScanningConfiguration", error="AccessDeniedException")

    def registry_of_the_row(answer: dict[str, Any]) -> None:
        answer["scanningConfiguration"] = {"scanType": row.scan_type, "rules": rules}

    def without_a_flag(answer: dict[str, Any]) -> None:
        for found in answer["repositories"]:
            del found["imageScanningConfiguration"]

    def of_the_row(answer: dict[str, Any]) -> None:
        if row.batch == "fails":
            answer["failures"] = [{"repositoryName": "pay-api", "failureCode": "REPOSITORY_NOT_FOUND"}]
            answer["scanningConfigurations"] = []
        for found in answer["scanningConfigurations"]:
            found["scanOnPush"] = row.batch == "counts"
            found["scanFrequency"] = "SCAN_ON_PUSH" if row.batch == "counts" else "MANUAL"

    aws.rewrite("GetRegistryScanningConfiguration", registry_of_the_row)
    aws.rewrite("BatchGetRepositoryScanningConfiguration", of_the_row)
    if row.flag is None:
        aws.rewrite("DescribeRepositories", without_a_flag)
    aws.reset_calls()
    assessment = judged(registry, mode)
    assert assessment.findings[1].verdict == getattr(row, mode)
    assert assessment.effective_scanning == row.frequency
    asked = sum(n for call, n in aws.calls.items() if call[0] == "BatchGetRepositoryScanningConfiguration")
    assert asked == (row.batch is not None)
