"""From names to plans: what is planned for, what is asked back, what is told of, and what a late answer comes to."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from ecr.changes import Action, Choice
from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, AwsError, UsageError
from ecr.model import Policy, RegistryScanning, Rule, ScanFilter, ScanRule, Target
from ecr.names import parse
from ecr.planning import Planning
from tests.company import NOON, PROD, STAGING, PlainSignals
from tests.ecr.plain_registry import PlainRegistry, repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.impact import Image
    from ecr.model import Repository
    from ecr.planning import Planned
    from ecr.request_ports import Signals

FAILING = {"tag_mutability": "MUTABLE", "scan_on_push": False}
POLICY = Policy(accepted_exclusions=frozenset({"latest"}))
STACK = "CloudFormation stack payments made this repository: its next update will revert this."


def failing(target: Target, *names: str) -> tuple[Repository, ...]:
    return tuple(repository(target, name, **FAILING) for name in names)


def planning(registry: PlainRegistry, signals: Signals | None = None) -> Planning:
    checker = Checker(registry, POLICY, lambda: NOON)
    return Planning(registry, checker, signals or PlainSignals(), POLICY, lambda: NOON)


def plan(registry: PlainRegistry, *names: str, choice: Choice | None = None, signals: Signals | None = None) -> Planned:
    queries = tuple(parse(name) for name in names)
    return planning(registry, signals).plan(queries, choice or Choice(), Deadline.after(10))


def names(planned: Planned) -> dict[str, list[str]]:
    return {
        "items": [item.name for item in planned.items],
        "idle": [item.name for item in planned.idle],
        "choices": [f"{item.name} in {item.target}" for item in planned.choices],
        "unread": [row.name for row in planned.unread],
        "missing": [str(result.query) for result in planned.missing],
    }


def only(**some: list[str]) -> dict[str, list[str]]:
    return {"items": [], "idle": [], "choices": [], "unread": [], "missing": [], **some}


def test_of_a_glob_what_complies_is_left_out_and_of_a_name_it_is_told_as_having_nothing_to_change() -> None:
    registry = PlainRegistry({PROD: (*failing(PROD, "team-a", "team-b"), repository(PROD, "team-fine"))})
    of_glob, of_names = plan(registry, "team-*"), plan(registry, "team-a", "team-fine")
    assert (names(of_glob), of_glob.found) == (only(items=["team-a", "team-b"]), 2)
    assert (names(of_names), of_names.found) == (only(items=["team-a"], idle=["team-fine"]), 2)
    assert (of_names.idle[0].changes, of_names.idle[0].advice) == ((), ())


def test_what_is_asked_for_twice_is_planned_once() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "team-a", "team-b")})
    planned = plan(registry, "team-a", "team-*", "team-a")
    assert (names(planned), planned.found) == (only(items=["team-a", "team-b"]), 2)


def test_a_name_that_exists_in_several_accounts_is_asked_back_and_nothing_is_planned() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "api", "web"), STAGING: failing(STAGING, "api")})
    planned = plan(registry, "api", "web")
    assert names(planned) == only(choices=[f"api in {PROD}", f"api in {STAGING}", f"web in {PROD}"])
    assert [item.arn for item in planned.choices] == [
        one.arn for one in (*failing(PROD, "api"), *failing(STAGING, "api"), *failing(PROD, "web"))
    ]


def test_an_arn_or_a_glob_is_never_ambiguous() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "api"), STAGING: failing(STAGING, "api")})
    [of_staging] = failing(STAGING, "api")
    assert [item.target for item in plan(registry, of_staging.arn).items] == [STAGING]
    assert [item.target for item in plan(registry, "api*").items] == [PROD, STAGING]


@pytest.mark.parametrize(("count", "planned"), [(100, 100), (101, 0)])
def test_over_a_hundred_nothing_is_planned_and_the_count_is_told(count: int, planned: int) -> None:
    registry = PlainRegistry({PROD: failing(PROD, *(f"team-{number:03}" for number in range(count)))})
    told = plan(registry, "team-*")
    assert (len(told.items), told.found) == (planned, count)


def test_what_complies_does_not_count_towards_the_hundred() -> None:
    fine = tuple(repository(PROD, f"team-fine-{number:03}") for number in range(100))
    registry = PlainRegistry({PROD: (*fine, *failing(PROD, "team-a"))})
    assert names(plan(registry, "team-*")) == only(items=["team-a"])


def test_a_target_that_cannot_be_read_is_told_beside_the_plans_of_the_others() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "team-a"), STAGING: failing(STAGING, "team-b")})
    registry.refused[STAGING] = AccessDeniedError("The role may not call ecr:DescribeRepositories: grant it.")
    planned = plan(registry, "team-*")
    assert names(planned) == only(items=["team-a"], unread=["team-*"])
    assert (planned.unread[0].target, planned.found) == (STAGING, 1)
    assert "The role may not call ecr:DescribeRepositories" in planned.unread[0].findings[0].evidence


def test_a_name_that_is_nowhere_is_missing() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "team-a")})
    planned = plan(registry, "team-a", "nowhere")
    assert (names(planned), planned.found) == (only(items=["team-a"], missing=["nowhere"]), 1)


TOUCHES = (
    "The filter api has no asterisk, so it matches every name that contains it, and scans 1 other repository that "
    "no rule scans yet: api-v2."
)
COSTS = (
    "Under ENHANCED, Amazon Inspector charges for each image that it scans from then on: those pushed lately at "
    "once, and each one pushed later."
)
NO_ROOM = (
    "The filter x2 cannot be added: the rule that scans on push has its 100 filters. "
    "One filter * would stand for all of them."
)


def test_what_only_the_registry_s_rules_can_mend_gets_a_filter_there_and_all_that_it_touches_is_named() -> None:
    also = (repository(PROD, "api-v2", scan_on_push=False), repository(PROD, "web-api", scan_on_push=False))
    registry = PlainRegistry({PROD: (repository(PROD, "api", scan_on_push=False), *also)})
    registry.configuration[PROD] = RegistryScanning("ENHANCED", (ScanRule("SCAN_ON_PUSH", (ScanFilter("web-*"),)),))
    planned = plan(registry, "api")
    assert names(planned) == only(items=["api"])
    [change] = planned.items[0].changes
    assert str(change) == "ENHANCED, SCAN_ON_PUSH: web-* → ENHANCED, SCAN_ON_PUSH: web-*, api"
    assert change.lines == (TOUCHES, COSTS)


def test_where_what_else_it_touches_cannot_be_read_that_is_said() -> None:
    registry = PlainRegistry({PROD: (repository(PROD, "api", scan_on_push=False),)})
    registry.configuration[PROD] = RegistryScanning("BASIC", (ScanRule("SCAN_ON_PUSH", (ScanFilter("web-*"),)),))
    registry.refused["pages", PROD] = AccessDeniedError("No.")
    [item] = plan(registry, "api").items
    assert item.changes[0].lines == ("Which repositories else the filter api touches is not known. No.",)


def test_filters_that_do_not_all_go_into_the_rules_are_planned_for_none() -> None:
    some = tuple(repository(PROD, f"x{number}", scan_on_push=False) for number in range(3))
    registry = PlainRegistry({PROD: some})
    full = ScanRule("SCAN_ON_PUSH", tuple(ScanFilter(f"y{number}z") for number in range(98)))
    registry.configuration[PROD] = RegistryScanning("BASIC", (full, ScanRule("MANUAL", (ScanFilter("q"),))))
    planned = plan(registry, "x*")
    assert names(planned) == only(idle=["x0", "x1", "x2"])
    assert {advice for item in planned.idle for advice in item.advice} == {NO_ROOM}


def test_where_the_registry_s_scanning_cannot_be_read_the_tags_alone_are_planned() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "api")})
    registry.refused["scanning", PROD] = AccessDeniedError("No.")
    [item] = plan(registry, "api").items
    assert [change.rule for change in item.changes] == [Rule.TAG_IMMUTABILITY]
    assert [text.partition(". ")[0] for text in item.advice] == [
        "scan-on-push is unknown, so nothing is planned for it"
    ]


def test_an_exclusion_that_the_policy_does_not_accept_is_refused_before_anything_is_read() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "api")})
    with pytest.raises(UsageError) as refused:
        plan(registry, "api", choice=Choice(exclusions=("dev-*",)))
    assert str(refused.value) == "policy.accepted_exclusions does not have dev-*; it has latest."
    assert registry.asked == []


def test_a_rule_that_was_not_chosen_is_left_as_it_is() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "api")})
    [item] = plan(registry, "api", choice=Choice(frozenset({Rule.SCAN_ON_PUSH}))).items
    assert [change.action for change in item.changes] == [Action.PUT_IMAGE_SCANNING_CONFIGURATION]


@dataclass
class Watched(PlainSignals):
    """Signals that note what they were asked, refuse some of it, and let some of it wait for `gate`."""

    refused: dict[str, AwsError] = field(default_factory=dict)
    waits_for: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def images(self, target: Target, name: str, deadline: Deadline) -> tuple[Image, ...]:
        self._meet("images", name)
        return super().images(target, name, deadline)

    def tags(self, target: Target, arn: str, deadline: Deadline) -> dict[str, str]:
        self._meet("tags", arn.rpartition("/")[2])
        del target, deadline
        return {"aws:cloudformation:stack-name": "payments"}

    def pull_through_prefixes(self, target: Target, deadline: Deadline) -> tuple[str, ...]:
        self._meet("prefixes", target.region)
        return super().pull_through_prefixes(target, deadline)

    def _meet(self, method: str, about: str) -> None:
        self.asked.append(method)
        if method in self.refused:
            raise self.refused[method]
        if about == self.waits_for:
            self.gate.wait(30)


@pytest.fixture
def signals() -> Iterator[Watched]:
    watched = Watched()
    yield watched
    watched.gate.set()


def test_images_and_prefixes_are_read_only_where_tags_change(signals: Watched) -> None:
    registry = PlainRegistry({PROD: (repository(PROD, "api", scan_on_push=False), repository(PROD, "fine"))})
    [item] = plan(registry, "api", "fine", signals=signals).items
    assert signals.asked == ["tags"]
    assert item.impact == (STACK,)
    assert item.code == "ImageScanningConfiguration:\n  ScanOnPush: true"


def test_a_read_of_what_may_break_that_fails_is_told_and_blocks_nothing(signals: Watched) -> None:
    signals.refused["images"] = AccessDeniedError("The role may not call ecr:DescribeImages: grant it.")
    [item] = plan(PlainRegistry({PROD: failing(PROD, "api")}), "api", signals=signals).items
    assert len(item.changes) == 2
    assert item.impact == (
        STACK,
        "The images could not be read: The role may not call ecr:DescribeImages: grant it.",
    )


def test_what_may_break_that_does_not_answer_in_time_is_told_as_late_of_that_repository_alone(signals: Watched) -> None:
    signals.waits_for = "slow"
    registry = PlainRegistry({PROD: failing(PROD, "quick", "slow")})
    queries = (parse("quick"), parse("slow"))
    planned = planning(registry, signals).plan(queries, Choice(), Deadline.after(1))
    assert names(planned) == only(items=["quick", "slow"])
    quick, slow = planned.items
    assert quick.changes == slow.changes
    assert quick.impact == (STACK,)
    assert slow.impact == (
        "The images could not be read: AWS did not answer within 1 seconds.",
        "The resource tags could not be read: AWS did not answer within 1 seconds.",
        "The pull-through-cache rules could not be read: AWS did not answer within 1 seconds.",
    )


def test_what_exists_is_told_by_arn_and_what_cannot_be_read_is_an_error() -> None:
    registry = PlainRegistry({PROD: failing(PROD, "api")})
    [api] = failing(PROD, "api")
    queries = (parse(api.arn), parse(api.arn.replace("api", "gone")))
    assert planning(registry).existing(queries, Deadline.after(10)) == {api.arn}
    registry.refused[PROD] = AccessDeniedError("The role may not call ecr:DescribeRepositories: grant it.")
    with pytest.raises(AwsError, match="The role may not call ecr:DescribeRepositories"):
        planning(registry).existing(queries, Deadline.after(10))
