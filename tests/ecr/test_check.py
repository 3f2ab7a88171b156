"""The check over a registry that is a plain value: which calls are made, and what becomes of each answer."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, RegionDisabledError, ThrottledError
from ecr.model import Policy, RegistryScanning, RepositoryScanning, Target, Unreadable
from ecr.names import Query, parse
from tests.ecr.plain_registry import PlainRegistry, holding, repository
from tests.ecr.truth_table import MISSED

if TYPE_CHECKING:
    from ecr.checked import CheckReport

PROD = Target("111111111111", "eu-west-1", "prod")
PROD_US = Target("111111111111", "us-east-1", "prod")
STAGING = Target("222222222222", "eu-west-1", "staging")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
REFUSED = AccessDeniedError("It may not.")


def check(registry: PlainRegistry, *asked: str, seconds: float = 5, workers: int = 16) -> CheckReport:
    checker = Checker(registry, Policy(), lambda: NOW, workers)
    return checker.check(tuple(map(parse, asked)), Deadline.after(seconds))


def rows(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(str(row.target), row.name, row.verdict) for row in report.assessments]


def reasons(report: CheckReport) -> list[str]:
    return [finding.evidence for row in report.assessments for finding in row.findings]


def test_a_name_is_looked_for_in_every_target_in_their_order() -> None:
    registry = holding({STAGING: ("api",), PROD: ("api", "web"), PROD_US: ("web",)})
    assert rows(check(registry, "api")) == [(str(STAGING), "api", "pass"), (str(PROD), "api", "pass")]
    assert registry.asked_for("find") == [(target, ("api",)) for target in (STAGING, PROD, PROD_US)]


class LastFirst(PlainRegistry):
    """Lets the first target answer once the second has."""

    def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
        answer = super().scanning(target, deadline)
        self.gates[PROD].set()
        return answer


def test_the_order_is_that_of_the_settings_whoever_answers_first() -> None:
    registry = LastFirst(holding({PROD: ("api",), STAGING: ("api",)}).holds, gates={PROD: threading.Event()})
    assert rows(check(registry, "api")) == [(str(PROD), "api", "pass"), (str(STAGING), "api", "pass")]
    assert [target for target, _ in registry.asked_for("scanning")] == [STAGING, PROD]


def test_one_worker_is_enough_for_many_targets() -> None:
    targets = [Target(f"{number:012}", "eu-west-1") for number in range(40)]
    report = check(holding(dict.fromkeys(targets, ("api",))), "api", workers=1)
    assert [row.target for row in report.assessments] == targets


def test_registry_scanning_is_asked_for_once_a_target_and_only_where_something_was_found() -> None:
    registry = holding({PROD: ("team-a", "team-b", "team-c"), STAGING: ("web",)})
    check(registry, "team-a", "team-b", "team-*")
    assert registry.asked_for("scanning") == [(PROD, ())]


def test_several_names_are_asked_for_in_one_call_and_answered_in_the_order_of_the_queries() -> None:
    registry = holding({PROD: ("api", "web"), STAGING: ("api",)})
    report = check(registry, "web", "api", "web")
    assert registry.asked_for("find") == [(PROD, ("web", "api")), (STAGING, ("web", "api"))]
    assert rows(report) == [(str(PROD), "web", "pass"), (str(PROD), "api", "pass"), (str(STAGING), "api", "pass")]


def test_a_glob_reads_the_pages_once_for_all_queries() -> None:
    registry = holding({PROD: ("team-b", "web", "api", "team-a")})
    report = check(registry, "team-*", "api", "*b")
    assert [row[1] for row in rows(report)] == ["team-a", "team-b", "api", "web"]
    assert [method for method, _, _ in registry.asked] == ["pages", "scanning"]


def test_a_glob_reads_every_page() -> None:
    registry = holding({PROD: tuple(f"svc-{number}" for number in range(10))})
    registry.page_size = 3
    assert len(check(registry, "svc-*").assessments) == 10
    assert len(registry.asked_for("pages")) == 4


def test_a_report_has_a_row_once_and_each_query_its_own() -> None:
    report = check(holding({PROD: ("api",)}), "api", "a*")
    assert len(report.assessments) == 1
    assert [(result.query, len(result.found)) for result in report.results] == [(Query("api"), 1), (Query("a*"), 1)]
    assert (report.verdict, report.began_at) == ("pass", NOW)


def test_only_ambiguous_repositories_are_asked_about_once_more_in_one_call() -> None:
    registry = holding({PROD: ("api", "other-x", "web")})
    registry.holds[PROD] += (repository(PROD, "off", scan_on_push=False),)
    registry.configuration[PROD] = MISSED
    registry.told = {"web": RepositoryScanning("MANUAL", scan_on_push=False)}
    report = check(registry, "*")
    assert registry.asked_for("repository_scanning") == [(PROD, ("api", "web"))]
    assert [row[1:] for row in rows(report)] == [
        ("api", "pass"),
        ("off", "fail"),
        ("other-x", "pass"),
        ("web", "fail"),
    ]


@pytest.mark.parametrize("configuration", [RegistryScanning("BASIC"), RegistryScanning("ENHANCED", MISSED.rules)])
def test_without_ambiguity_nothing_more_is_asked(configuration: RegistryScanning) -> None:
    registry = holding({PROD: ("api",)})
    registry.configuration[PROD] = configuration
    check(registry, "api")
    assert registry.asked_for("repository_scanning") == []


def test_what_cannot_be_read_about_scanning_is_unknown_and_the_tags_are_judged_all_the_same() -> None:
    registry = holding({PROD: ("api",)})
    registry.holds[PROD] += (repository(PROD, "web", tag_mutability="MUTABLE"),)
    registry.refused = {("scanning", PROD): REFUSED}
    report = check(registry, "*")
    assert [[finding.verdict for finding in row.findings] for row in report.assessments] == [
        ["pass", "unknown"],
        ["fail", "unknown"],
    ]
    assert reasons(report)[1] == "The registry's scanning configuration could not be read: It may not."


@pytest.mark.parametrize("refuse", ["the whole call", "one name"])
def test_what_batch_get_does_not_say_is_unknown_with_the_reason(refuse: str) -> None:
    registry = holding({PROD: ("api",)})
    registry.configuration[PROD] = MISSED
    if refuse == "one name":
        registry.told = {"api": Unreadable("It may not.")}
    else:
        registry.refused = {("repository_scanning", PROD): REFUSED}
    report = check(registry, "api")
    assert rows(report) == [(str(PROD), "api", "unknown")]
    assert reasons(report)[1].endswith("ECR did not say whether the flag counts: It may not.")


@pytest.mark.parametrize("asked", ["api", "a*"])
def test_one_unreadable_target_is_unknown_and_the_others_answer(asked: str) -> None:
    registry = holding({PROD: ("api",), STAGING: ("api",)})
    registry.refused = {STAGING: REFUSED}
    report = check(registry, asked)
    assert rows(report) == [(str(PROD), "api", "pass"), (str(STAGING), asked, "unknown")]
    assert reasons(report)[2:] == ["It may not.", "It may not."]
    assert report.verdict == "unknown"
    assert [row.target for row in report.results[0].unread] == [STAGING]


def test_where_every_target_is_unreadable_each_is_a_row_with_its_own_reason() -> None:
    registry = holding({PROD: ("api",), STAGING: ("api",)})
    registry.refused = {PROD: REFUSED, STAGING: ThrottledError("It is too much.")}
    report = check(registry, "api")
    assert rows(report) == [(str(PROD), "api", "unknown"), (str(STAGING), "api", "unknown")]
    assert reasons(report) == ["It may not."] * 2 + ["It is too much."] * 2
    assert (report.missing, report.unmatched) == ((), report.results)
    assert report.results[0].suggestions == ()


def test_what_is_late_is_unknown_and_does_not_hold_the_others_up() -> None:
    registry = holding({PROD: ("api",), STAGING: ("api",)})
    registry.gates = {PROD: threading.Event()}
    began = time.monotonic()
    report = check(registry, "api", seconds=0.3)
    took = time.monotonic() - began
    registry.gates[PROD].set()
    assert rows(report) == [(str(PROD), "api", "unknown"), (str(STAGING), "api", "pass")]
    assert reasons(report)[0] == "AWS did not answer within 0.3 seconds for prod (111111111111) in eu-west-1."
    assert took < 3


def test_targets_that_no_worker_came_to_are_late_as_well() -> None:
    registry = holding({PROD: ("api",), STAGING: ("api",), PROD_US: ("api",)})
    registry.gates = {PROD: threading.Event()}
    report = check(registry, "api", seconds=0.3, workers=1)
    registry.gates[PROD].set()
    assert [row[2] for row in rows(report)] == ["unknown"] * 3


def test_a_name_that_is_nowhere_suggests_the_nearest_of_all_targets() -> None:
    report = check(holding({PROD: ("payments-api", "unlike"), STAGING: ("payments-app",)}), "paymnts-api")
    assert report.assessments == ()
    assert report.missing == report.results
    assert report.missing[0].suggestions == ("payments-api", "payments-app")


def test_suggestions_are_looked_for_only_where_nothing_was_found() -> None:
    registry = holding({PROD: ("api",), STAGING: ()})
    assert check(registry, "api").results[0].suggestions == ()
    assert registry.asked_for("pages") == []


def test_nothing_found_while_a_target_was_not_read_is_not_called_missing() -> None:
    registry = holding({PROD: ("api",), STAGING: ()})
    registry.refused = {STAGING: RegionDisabledError("It is off.")}
    report = check(registry, "apj")
    assert report.missing == ()
    assert [result.suggestions for result in report.unmatched] == [("api",)]


def test_suggestions_that_cannot_be_read_are_left_out() -> None:
    registry = holding({PROD: ("api",), STAGING: ("apk",)})
    registry.refused = {("pages", STAGING): REFUSED}
    assert check(registry, "apj").missing[0].suggestions == ("api",)


def test_a_defect_of_ours_is_raised_and_not_hidden_as_unknown() -> None:
    registry = holding({PROD: ("api",)})
    registry.refused = {PROD: ZeroDivisionError()}
    with pytest.raises(ZeroDivisionError):
        check(registry, "api")
