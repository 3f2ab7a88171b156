"""The check over a registry that is a plain value: which calls are made, and what becomes of each answer."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, NotConfiguredError, RegionDisabledError
from ecr.model import Policy, RegistryScanning, Repository, RepositoryScanning, ScanFilter, ScanRule, Target
from ecr.names import Query, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ecr.checked import CheckReport

PROD, STAGING = Target("111111111111", "eu-west-1", "prod"), Target("222222222222", "eu-west-1", "staging")
DEFAULT = Target(None, "eu-west-1")
MISSED = RegistryScanning("BASIC", (ScanRule("SCAN_ON_PUSH", (ScanFilter("other-*"),)),))
NO_RULES = RegistryScanning("BASIC")


@dataclass
class Registry:
    """Answers from values, and counts what it is asked."""

    holds: dict[Target, tuple[str, ...]]
    configuration: RegistryScanning = NO_RULES
    unreadable: dict[Target, Exception] = field(default_factory=dict)
    hanging: dict[Target, threading.Event] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    calls: int = 0

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        del deadline
        return tuple(self.holds)

    def account(self, target: Target, deadline: Deadline) -> str:
        del target, deadline
        self.asked["account"] += 1
        return "999999999999"

    def find(self, target: Target, names: Sequence[str], deadline: Deadline) -> tuple[Repository, ...]:
        self._meet("find", target, deadline)
        return tuple(self._made(target, name) for name in self.holds[target] if name in names)

    def pages(self, target: Target, deadline: Deadline) -> Iterator[tuple[Repository, ...]]:
        self._meet("pages", target, deadline)
        yield tuple(self._made(target, name) for name in self.holds[target])

    def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
        self._meet("scanning", target, deadline)
        return self.configuration

    def repository_scanning(
        self, target: Target, names: Sequence[str], deadline: Deadline
    ) -> Mapping[str, RepositoryScanning]:
        self._meet("batch", target, deadline)
        return {name: RepositoryScanning("SCAN_ON_PUSH", scan_on_push=True) for name in names}

    def _meet(self, call: str, target: Target, deadline: Deadline) -> None:
        self.asked[call] += 1
        if target in self.hanging:
            self.hanging[target].wait(deadline.remaining + 5)
        if target in self.unreadable:
            raise self.unreadable[target]

    def _made(self, target: Target, name: str) -> Repository:
        account = target.account or "999999999999"
        return Repository(account, target.region, name, f"arn:{account}:{name}", "IMMUTABLE", (), scan_on_push=True)


def check(registry: Registry, *asked: str, seconds: float = 5) -> CheckReport:
    checker = Checker(registry, Policy(), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    return checker.check(tuple(map(parse, asked)), Deadline.after(seconds))


def rows(report: CheckReport) -> list[tuple[str | None, str, str]]:
    return [(row.target.account, row.name, row.verdict) for row in report.assessments]


def test_a_name_is_looked_for_in_every_target_in_their_order() -> None:
    registry = Registry({STAGING: ("api",), PROD: ("api", "web")})
    assert rows(check(registry, "api")) == [("222222222222", "api", "pass"), ("111111111111", "api", "pass")]
    assert registry.asked == {"find": 2, "scanning": 2}


def test_where_nothing_is_found_the_registry_s_scanning_is_not_asked_for() -> None:
    registry = Registry({PROD: ("api",), STAGING: ("web",)})
    check(registry, "api")
    assert registry.asked == {"find": 2, "scanning": 1}


def test_several_names_and_globs_are_read_once_a_target() -> None:
    registry = Registry({PROD: ("api", "team-a", "team-b", "web")})
    report = check(registry, "team-*", "api", "nowhere")
    assert rows(report) == [("111111111111", name, "pass") for name in ("team-a", "team-b", "api")]
    assert [str(result.query) for result in report.missing] == ["nowhere"]
    assert registry.asked == {"pages": 2, "scanning": 1}


def test_only_ambiguous_repositories_are_asked_about_once_more() -> None:
    registry = Registry({PROD: ("api", "other-x")}, MISSED)
    assert [row[2] for row in rows(check(registry, "*"))] == ["pass", "pass"]
    assert registry.asked["batch"] == 1
    registry.asked.clear()
    check(registry, "other-x")
    assert registry.asked["batch"] == 0


def test_one_unreadable_target_is_unknown_and_the_others_answer() -> None:
    registry = Registry({PROD: ("api",), STAGING: ("api",)}, unreadable={STAGING: AccessDeniedError("It may not.")})
    report = check(registry, "api")
    assert rows(report) == [("111111111111", "api", "pass"), ("222222222222", "api", "unknown")]
    assert {finding.evidence for finding in report.assessments[1].findings} == {"It may not."}
    assert not report.missing


def test_nothing_found_while_a_target_was_not_read_is_not_called_missing() -> None:
    registry = Registry({PROD: ("api",), STAGING: ()}, unreadable={STAGING: RegionDisabledError("It is off.")})
    report = check(registry, "apj")
    assert report.missing == ()
    assert [result.suggestions for result in report.unmatched] == [("api",)]


def test_what_is_late_is_unknown_and_does_not_hold_the_others_up() -> None:
    gate = threading.Event()
    registry = Registry({PROD: ("api",), STAGING: ("api",)}, hanging={PROD: gate})
    report = check(registry, "api", seconds=0.2)
    gate.set()
    assert rows(report) == [("111111111111", "api", "unknown"), ("222222222222", "api", "pass")]
    assert "did not answer within 0.2 seconds for prod" in report.assessments[0].findings[0].evidence


def test_a_name_that_is_nowhere_suggests_the_nearest() -> None:
    report = check(Registry({PROD: ("payments-api",), STAGING: ("payments-app",)}), "paymnts-api")
    assert report.missing[0].suggestions == ("payments-api", "payments-app")


def test_a_uri_is_looked_for_in_its_own_target_alone() -> None:
    registry = Registry({PROD: ("api",), STAGING: ("api",)})
    report = check(registry, "222222222222.dkr.ecr.eu-west-1.amazonaws.com/api:v1")
    assert rows(report) == [("222222222222", "api", "pass")]
    assert registry.asked["find"] == 1


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("333333333333.dkr.ecr.eu-west-1.amazonaws.com/api", "Account 333333333333 in eu-west-1 is not configured"),
        ("111111111111.dkr.ecr.us-east-1.amazonaws.com/api", "not its region us-east-1, only eu-west-1"),
    ],
)
def test_a_uri_of_elsewhere_says_what_to_configure(uri: str, said: str) -> None:
    with pytest.raises(NotConfiguredError, match=said):
        check(Registry({PROD: ("api",)}), uri)


def test_the_default_account_learns_its_id_only_where_it_matters() -> None:
    registry = Registry({DEFAULT: ("api",)})
    assert rows(check(registry, "api")) == [("999999999999", "api", "pass")]
    assert registry.asked["account"] == 0
    assert rows(check(registry, "999999999999.dkr.ecr.eu-west-1.amazonaws.com/api")) == [
        ("999999999999", "api", "pass")
    ]
    with pytest.raises(NotConfiguredError):
        check(registry, "111111111111.dkr.ecr.eu-west-1.amazonaws.com/api")


def test_an_unreadable_default_account_is_named_all_the_same() -> None:
    registry = Registry({DEFAULT: ()}, unreadable={DEFAULT: AccessDeniedError("It may not.")})
    assert rows(check(registry, "api")) == [("999999999999", "api", "unknown")]


def test_a_defect_of_ours_is_raised_and_not_hidden_as_unknown() -> None:
    with pytest.raises(ZeroDivisionError):
        check(Registry({PROD: ("api",)}, unreadable={PROD: ZeroDivisionError()}), "api")


def test_a_report_counts_a_row_once() -> None:
    report = check(Registry({PROD: ("api",)}), "api", "a*")
    assert len(report.assessments) == 1
    assert report.verdict == "pass"
    assert report.results[0].query == Query("api")
