"""Guarding: three calls at most for each account and region; what is late or refused is unknown; what is remembered."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, HistoryError, NotConfiguredError
from ecr.guarding import FULL_PAGE, Guarding, Scope
from ecr.guardrail_ports import Known
from ecr.model import ALL_REGIONS, ROOT, CreationTemplate, Policy, RegistryState, Target, Unreadable, Verdict
from tests.ecr.plain_registry import OWNER, PlainRegistry, holding
from tests.ecr.registries import ON_PUSH, basic, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.guardrails import Guarded
    from ecr.model import RegistryScanning, Repository

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
PROD, STAGING = Target("111111111111", "eu-west-1", "prod"), Target("222222222222", "eu-west-1", "staging")
US = Target("111111111111", "us-east-1", "prod")
OPEN = Target(None, "eu-west-1")
EVERYTHING = basic(rule(ON_PUSH, "*"))
GUARDED = (CreationTemplate(ROOT, ("CREATE_ON_PUSH", "REPLICATION"), "IMMUTABLE"),)


@dataclass
class Remembering:
    """What is remembered of registries, as values."""

    swept: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    held: tuple[Known, ...] = ()
    written: list[tuple[Target, RegistryState, datetime]] = field(default_factory=list)

    def remember(self, target: Target, state: RegistryState, *, at: datetime) -> None:
        self.written.append((target, state, at))

    def known(self) -> tuple[Known, ...]:
        return self.held

    def names(self, account: str, region: str) -> tuple[str, ...] | None:
        return self.swept.get((account, region))


class DefaultAccount(PlainRegistry):
    """The account of the default credentials, which answers by its id too."""

    def pages(self, target: Target, deadline: Deadline) -> Iterator[tuple[Repository, ...]]:
        return super().pages(Target(None, target.region), deadline)


def guarding(registry: PlainRegistry, registries: Remembering | None = None, workers: int = 16) -> Guarding:
    return Guarding(registry, Policy(), lambda: NOW, registries, workers)


def read(
    registry: PlainRegistry, registries: Remembering | None = None, scope: Scope | None = None
) -> tuple[Guarded, ...]:
    return guarding(registry, registries).read(scope or Scope(), Deadline.after(5))


def calls(registry: PlainRegistry, target: Target) -> list[str]:
    return sorted(method for method, asked, _ in registry.asked if asked == target)


def guarded(registry: PlainRegistry, target: Target, scanning: RegistryScanning = EVERYTHING) -> PlainRegistry:
    registry.configuration[target], registry.made_by[target] = scanning, GUARDED
    return registry


def test_what_is_guarded_takes_two_calls() -> None:
    registry = guarded(holding({PROD: ("pay",)}), PROD)
    [found] = read(registry)
    assert (found.target, found.verdict, found.repositories, found.read_at) == (PROD, Verdict.PASS, None, NOW)
    assert found.state == RegistryState("111111111111", EVERYTHING, GUARDED)
    assert calls(registry, PROD) == ["scanning", "templates"]


def test_where_no_sweep_has_read_the_repositories_a_third_call_does() -> None:
    registry = holding({PROD: ("web", "pay")})
    [found] = read(registry)
    assert (found.repositories, found.guards[0].missed) == (2, ("pay", "web"))
    assert calls(registry, PROD) == ["pages", "scanning", "templates"]


def test_what_is_there_now_counts_and_not_what_the_last_sweep_knew() -> None:
    registry = holding({PROD: ("new", "pay")})
    [found] = read(registry, Remembering({("111111111111", "eu-west-1"): ("gone", "pay")}))
    assert (found.repositories, found.guards[0].missed) == (2, ("new", "pay"))


def test_of_more_repositories_than_a_page_holds_the_last_sweep_tells() -> None:
    registry = holding({PROD: tuple(f"r{number:04}" for number in range(FULL_PAGE + 5))})
    [found] = read(registry, Remembering({("111111111111", "eu-west-1"): ("api", "pay")}))
    assert (found.repositories, found.guards[0].missed) == (2, ("api", "pay"))
    assert calls(registry, PROD) == ["pages", "scanning", "templates"]


def test_where_the_repositories_cannot_be_read_the_last_sweep_tells() -> None:
    registry = holding({PROD: ("pay",)})
    registry.refused["pages", PROD] = AccessDeniedError("No.")
    [found] = read(registry, Remembering({("111111111111", "eu-west-1"): ("api", "pay")}))
    assert (found.repositories, found.guards[0].missed) == (2, ("api", "pay"))


def test_of_more_repositories_than_a_page_holds_one_page_is_read_and_that_is_said() -> None:
    registry = holding({PROD: tuple(f"r{number:04}" for number in range(FULL_PAGE + 5))})
    [found] = read(registry)
    assert (found.repositories, len(found.guards[0].missed)) == (None, FULL_PAGE)
    assert found.guards[0].evidence.startswith("No rule scans 1,000 of the first 1,000 repositories on push")
    assert calls(registry, PROD) == ["pages", "scanning", "templates"]


def test_what_has_not_answered_in_time_is_as_it_was_read_last_with_the_time_of_that() -> None:
    registry = holding({PROD: ("pay",)})
    state = RegistryState("111111111111", EVERYTHING, GUARDED)
    known = Known(PROD, state, NOW - timedelta(hours=2), 1)
    registry.gates[PROD] = threading.Event()
    [found] = Guarding(registry, Policy(), lambda: NOW, Remembering({}, (known,))).read(Scope(), Deadline.after(0.2))
    registry.gates[PROD].set()
    assert (found.verdict, found.read_at) == (Verdict.PASS, NOW - timedelta(hours=2))
    assert found.guards[0].sentences[0].startswith("AWS did not answer within 0.2 seconds. As read at ")


def test_names_are_taken_in_any_case_and_a_near_miss_is_suggested() -> None:
    registry = holding({PROD: ("pay",)})
    assert [one.target for one in read(registry, scope=Scope("PROD", "EU-WEST-1"))] == [PROD]
    with pytest.raises(NotConfiguredError, match=r"Did you mean prod\?"):
        read(registry, scope=Scope("prd"))


def test_a_plan_reads_every_page_for_each_repository_that_it_touches_is_named() -> None:
    registry = holding({PROD: tuple(f"r{number:04}" for number in range(FULL_PAGE + 5))})
    [item] = guarding(registry).plan(Scope(), Choice(), Deadline.after(5))
    assert item.changes[0].lines[0].startswith("The filter * scans 1,005 repositories that no rule scans yet: r0000, ")
    assert calls(registry, PROD) == ["pages", "pages", "scanning", "templates"]


def test_a_plan_of_what_is_guarded_has_no_changes_and_reads_no_repositories() -> None:
    registry = guarded(holding({PROD: ("pay",)}), PROD)
    [item] = guarding(registry).plan(Scope(), Choice(), Deadline.after(5))
    assert (item.name, item.arn, item.changes, item.advice) == (
        "registry settings",
        "arn:aws:ecr:eu-west-1:111111111111:registry",
        (),
        (),
    )
    assert calls(registry, PROD) == ["scanning", "templates"]


def test_whose_the_default_credentials_are_is_asked_once_for_all_regions() -> None:
    there = Target(None, "us-east-1")
    registry = DefaultAccount({OPEN: (), there: ()})
    found = read(registry)
    assert [one.target for one in found] == [Target(OWNER, "eu-west-1"), Target(OWNER, "us-east-1")]
    assert [one.state.account for one in found] == [OWNER, OWNER]
    assert [method for method, _, _ in registry.asked].count("account") == 1


def test_where_nobody_tells_whose_the_default_credentials_are_all_is_read_that_can_be() -> None:
    registry = guarded(holding({OPEN: ()}), OPEN)
    registry.refused["account", OPEN] = AccessDeniedError("It may not call sts:GetCallerIdentity.")
    remembering = Remembering()
    [found] = read(registry, remembering)
    assert (found.target, found.verdict) == (OPEN, Verdict.PASS)
    assert remembering.written == []


@pytest.mark.parametrize(
    "scope", [Scope("333333333333"), Scope("mars"), Scope(None, "us-east-2"), Scope("staging", "us-east-1")]
)
def test_what_is_not_configured_is_refused_with_what_is(scope: Scope) -> None:
    with pytest.raises(NotConfiguredError, match="they have prod, staging, and eu-west-1, us-east-1"):
        read(holding({PROD: (), US: (), STAGING: ()}), scope=scope)


def test_an_account_that_is_not_the_default_credentials_own_is_refused_before_ecr_is_asked() -> None:
    registry = DefaultAccount({OPEN: ()})
    with pytest.raises(NotConfiguredError, match="333333333333 is no account and region of the settings"):
        read(registry, scope=Scope("333333333333"))
    assert [method for method, _, _ in registry.asked] == ["account"]
    assert len(read(registry, scope=Scope(OWNER))) == 1


@pytest.mark.parametrize(
    ("scope", "meant"),
    [
        (Scope(), [PROD, US, STAGING]),
        (Scope("prod"), [PROD, US]),
        (Scope("111111111111"), [PROD, US]),
        (Scope(None, "eu-west-1"), [PROD, STAGING]),
        (Scope("prod", "us-east-1"), [US]),
    ],
)
def test_an_account_is_meant_by_its_id_or_name_and_a_region_by_its_code(scope: Scope, meant: list[Target]) -> None:
    assert [one.target for one in read(holding({PROD: (), US: (), STAGING: ()}), scope=scope)] == meant


def test_an_account_whose_regions_could_not_be_listed_is_unknown_and_never_left_out() -> None:
    unlisted = Target("111111111111", ALL_REGIONS, "prod")
    [found] = read(holding({unlisted: ()}), scope=Scope("prod", "eu-central-1"))
    assert (found.verdict, found.read_at) == (Verdict.UNKNOWN, None)
    assert found.guards[0].evidence == "The regions of prod (111111111111) in all could not be listed."


def test_what_is_refused_is_unknown_with_what_was_said_and_the_rest_is_judged() -> None:
    registry = guarded(guarded(holding({PROD: (), STAGING: ()}), PROD), STAGING)
    registry.refused["templates", STAGING] = AccessDeniedError("role/r may not call ecr:DescribeX: grant it that.")
    remembering = Remembering()
    prod, staging = read(registry, remembering)
    assert (prod.verdict, staging.verdict) == (Verdict.PASS, Verdict.UNKNOWN)
    assert [one.verdict for one in staging.guards] == [Verdict.PASS, Verdict.UNKNOWN]
    assert staging.guards[1].evidence == "role/r may not call ecr:DescribeX: grant it that."
    assert (STAGING, staging.state, NOW) in remembering.written


def test_what_is_late_is_unknown_and_holds_up_nothing_else() -> None:
    registry = guarded(guarded(holding({PROD: (), STAGING: ()}), PROD), STAGING)
    registry.gates[STAGING] = threading.Event()
    prod, staging = guarding(registry).read(Scope(), Deadline.after(0.3))
    registry.gates[STAGING].set()
    assert (prod.verdict, staging.verdict) == (Verdict.PASS, Verdict.UNKNOWN)
    assert staging.guards[1].evidence == "AWS did not answer within 0.3 seconds."


def test_both_halves_of_a_registry_are_read_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=5)

    class Meeting(PlainRegistry):
        def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
            together.wait()
            return super().scanning(target, deadline)

        def templates(self, target: Target, deadline: Deadline) -> tuple[CreationTemplate, ...]:
            together.wait()
            return super().templates(target, deadline)

    [found] = read(guarded(Meeting({PROD: ()}), PROD))
    assert found.verdict is Verdict.PASS


def test_no_more_calls_are_made_at_a_time_than_the_settings_say() -> None:
    running: list[str] = []
    most: list[int] = []
    together = threading.Barrier(4, timeout=5)

    def counted(what: str) -> None:
        running.append(what)
        most.append(len(running))
        together.wait()
        running.remove(what)

    class Counting(PlainRegistry):
        def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
            counted(f"scanning {target}")
            return super().scanning(target, deadline)

        def templates(self, target: Target, deadline: Deadline) -> tuple[CreationTemplate, ...]:
            counted(f"templates {target}")
            return super().templates(target, deadline)

    targets: dict[Target, tuple[Repository, ...]] = {Target(f"{n:012}", "eu-west-1"): () for n in range(12)}
    assert len(guarding(Counting(targets), workers=4).read(Scope(), Deadline.after(5))) == 12
    assert max(most) <= 4


def test_what_is_remembered_is_judged_without_any_call() -> None:
    registry = holding({PROD: ("pay",)})
    known = (
        Known(PROD, RegistryState("111111111111", basic(), GUARDED), NOW, 2),
        Known(STAGING, RegistryState("222222222222", EVERYTHING, Unreadable("It was not read yet.")), None, None),
    )
    remembering = Remembering({("111111111111", "eu-west-1"): ("api", "pay")}, known)
    prod, staging = guarding(registry, remembering).known(Scope())
    assert (prod.target, prod.verdict, prod.repositories, prod.read_at) == (PROD, Verdict.FAIL, 2, NOW)
    assert prod.guards[0].missed == ("api", "pay")
    assert (staging.verdict, staging.guards[1].evidence) == (Verdict.UNKNOWN, "It was not read yet.")
    assert registry.asked == []
    assert guarding(registry, remembering).known(Scope("prod")) == (prod,)
    assert guarding(registry).known(Scope()) == ()


def test_what_is_known_and_what_is_read_say_the_same_of_the_same() -> None:
    registry = holding({PROD: ("api", "pay")})
    remembering = Remembering({("111111111111", "eu-west-1"): ("api", "pay")})
    [now] = read(registry, remembering)
    [(target, state, at)] = remembering.written
    remembering.held = (Known(target, state, at, 2),)
    assert guarding(registry, remembering).known(Scope()) == (now,)


def test_a_history_that_can_not_be_written_is_told() -> None:
    class Broken(Remembering):
        def remember(self, target: Target, state: RegistryState, *, at: datetime) -> None:
            del target, state, at
            raise HistoryError("The history is full.")

    with pytest.raises(HistoryError, match=r"The history is full\."):
        read(holding({PROD: ()}), Broken())
