"""Exemptions in what a check and a sweep come to: counted where they hold, never where nothing is known to fail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, HistoryError
from ecr.exemption import Exemption
from ecr.model import Policy, Rule, Target, Verdict
from ecr.names import parse
from ecr.sweep import Sweeper
from tests.ecr.plain_registry import OWNER, PlainRegistry, repository
from tests.ecr.test_sweep import PlainHistory

if TYPE_CHECKING:
    from ecr.checked import CheckReport

PROD = Target("111111111111", "eu-west-1", "prod")
PROD_US = Target("111111111111", "us-east-1", "prod")
STAGING = Target("222222222222", "eu-west-1", "staging")
UNSAID = Target(None, "eu-west-1")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TAGS, SCAN = Rule.TAG_IMMUTABILITY, Rule.SCAN_ON_PUSH
API = Exemption(
    "api", PROD, TAGS, "A base image.", "U0LEAD", "Lea Lead", NOW - timedelta(days=1), NOW + timedelta(days=30), "r1"
)
MUTABLE = "Tag mutability is MUTABLE: every tag can be overwritten."


@dataclass
class PlainExemptions:
    """What is exempt, as values; `asked` are the moments that were asked for."""

    held: tuple[Exemption, ...] = ()
    failure: Exception | None = None
    asked: list[datetime] = field(default_factory=list)

    def current(self, at: datetime) -> tuple[Exemption, ...]:
        self.asked.append(at)
        if self.failure is not None:
            raise self.failure
        return tuple(one for one in self.held if one.holds(at))

    def end(self, at: datetime) -> tuple[Exemption, ...]:
        raise NotImplementedError


def mutable(*targets: Target, name: str = "api", **values: Any) -> PlainRegistry:
    return PlainRegistry(
        {target: (repository(target, name, tag_mutability="MUTABLE", **values),) for target in targets}
    )


def check(registry: PlainRegistry, *exemptions: Exemption, asked: str = "api") -> CheckReport:
    checker = Checker(registry, Policy(), lambda: NOW, exemptions=PlainExemptions(exemptions))
    return checker.check((parse(asked),), Deadline.after(5))


def verdicts(report: CheckReport) -> list[list[str]]:
    return [[finding.verdict for finding in row.findings] for row in report.assessments]


def test_a_failing_rule_that_is_exempt_counts_as_that_with_the_reason_and_the_date() -> None:
    report = check(mutable(PROD), API)
    assert report.verdict is Verdict.EXEMPT
    assert [finding.evidence for finding in report.assessments[0].findings] == [
        f"Exempt until 2026-12-24, granted by Lea Lead: A base image. {MUTABLE}",
        "scanOnPush is true and the registry is BASIC without any scanning rule.",
    ]


def test_the_other_rule_counts_as_before() -> None:
    assert verdicts(check(mutable(PROD, scan_on_push=False), API)) == [["exempt", "fail"]]
    both = (API, replace(API, rule=SCAN))
    assert verdicts(check(mutable(PROD, scan_on_push=False), *both)) == [["exempt", "exempt"]]


def test_a_repository_of_that_name_elsewhere_is_not_exempt() -> None:
    report = check(mutable(PROD, PROD_US, STAGING), API)
    assert [(row.target, row.verdict) for row in report.assessments] == [
        (PROD, "exempt"),
        (PROD_US, "fail"),
        (STAGING, "fail"),
    ]


def test_a_glob_counts_each_repository_s_own() -> None:
    registry = PlainRegistry({PROD: tuple(repository(PROD, name, tag_mutability="MUTABLE") for name in ("api", "apj"))})
    assert [row.verdict for row in check(registry, API, asked="ap*").assessments] == ["exempt", "fail"]


def test_the_account_of_the_default_credentials_is_known_by_its_answer() -> None:
    own = replace(API, target=Target(OWNER, "eu-west-1"))
    assert check(mutable(UNSAID), own).verdict is Verdict.EXEMPT
    assert check(mutable(UNSAID), API).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "over",
    [
        replace(API, ends_at=NOW),
        replace(API, ended_at=NOW - timedelta(hours=1)),
        replace(API, granted_at=NOW + timedelta(seconds=1)),
    ],
)
def test_one_that_does_not_hold_now_hides_nothing(over: Exemption) -> None:
    assert check(mutable(PROD), over).verdict is Verdict.FAIL


def test_what_passes_passes_and_what_is_unknown_stays_unknown() -> None:
    registry = PlainRegistry({PROD: (repository(PROD, "api", tag_mutability=None),)})
    assert verdicts(check(registry, API, replace(API, rule=SCAN))) == [["unknown", "pass"]]


def test_a_target_that_cannot_be_read_is_unknown_whatever_is_exempt() -> None:
    registry = mutable(PROD)
    registry.refused[PROD] = AccessDeniedError("It may not.")
    assert verdicts(check(registry, API)) == [["unknown", "unknown"]]


def test_where_exemptions_are_not_known_what_fails_fails() -> None:
    checker = Checker(mutable(PROD), Policy(), lambda: NOW)
    assert checker.check((parse("api"),), Deadline.after(5)).verdict is Verdict.FAIL


def test_they_are_read_once_a_check_before_anything_is_asked_of_aws() -> None:
    registry, exemptions = mutable(PROD, STAGING), PlainExemptions(failure=HistoryError("The disk is full."))
    checker = Checker(registry, Policy(), lambda: NOW, exemptions=exemptions)
    with pytest.raises(HistoryError):
        checker.check((parse("api"),), Deadline.after(5))
    assert (exemptions.asked, registry.asked) == ([NOW], [])


def test_a_sweep_counts_and_remembers_what_is_exempt() -> None:
    history, exemptions = PlainHistory(), PlainExemptions((API,))
    everything: Any = history
    report = Sweeper(mutable(PROD, STAGING), Policy(), everything, lambda: NOW, exemptions=exemptions).sweep()
    assert (report.passing, report.failing, report.exempt, report.unknown) == (0, 1, 1, 0)
    assert sorted(history.read, key=str) == [(PROD, ("api exempt",)), (STAGING, ("api fail",))]
    assert exemptions.asked == [NOW]


def test_a_sweep_of_nothing_but_what_is_exempt_is_green() -> None:
    everything: Any = PlainHistory()
    exemptions = PlainExemptions((API,))
    report = Sweeper(mutable(PROD), Policy(), everything, lambda: NOW, exemptions=exemptions).sweep()
    assert (report.exempt, report.verdict) == (1, Verdict.PASS)


def test_a_sweep_that_cannot_read_the_exemptions_reads_nothing_at_all() -> None:
    registry, history = mutable(PROD), PlainHistory()
    everything: Any = history
    exemptions = PlainExemptions(failure=HistoryError("The disk is full."))
    with pytest.raises(HistoryError):
        Sweeper(registry, Policy(), everything, lambda: NOW, exemptions=exemptions).sweep()
    assert (registry.asked, history.read, history.running) == ([], [], False)
