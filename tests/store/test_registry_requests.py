"""Requests that change registries: applied, undone and told of like any other, and never taken for a repository's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecr.arns import registry_arn
from ecr.audit import Step, verify
from ecr.changes import Action, Change
from ecr.guardrails import REGISTRY
from ecr.home import ENDED_WITHIN
from ecr.model import ScanFilter, ScanRule
from ecr.request import Item, Kind, Outcome, State
from ecr.setting import RegistryFilter, TemplateTags
from ecr.subscription import Filters
from store.homes import SqliteHomes
from tests.store.asked import (
    BOTH,
    CARDS,
    EVA,
    TO_IMMUTABLE,
    begun,
    broken_glass,
    carried_out,
    item,
    make,
    minutes,
    remediation,
    steps,
)
from tests.store.test_observing import broken
from tests.store.world import AT, FAIL, PROD, SCAN, STAGING, TAGS, after, read, seen, swept

if TYPE_CHECKING:
    from pathlib import Path

    from ecr.model import Target
    from ecr.request import Request
    from store.audit import SqliteAudit
    from store.history import SqliteHistory
    from store.requests import SqliteRequests

NONE = RegistryFilter("*", is_there=False, scan_type="BASIC")
EVERYTHING = replace(NONE, is_there=True, rules=(ScanRule("SCAN_ON_PUSH", (ScanFilter("*"),)),))
ONE = replace(EVERYTHING, filter="api", rules=(ScanRule("SCAN_ON_PUSH", (ScanFilter("api"),)),))
TEMPLATE = TemplateTags("ROOT", "IMMUTABLE", (), ("CREATE_ON_PUSH", "REPLICATION"))
ADD_RULE = Change(SCAN, Action.PUT_REGISTRY_SCANNING_CONFIGURATION, NONE, EVERYTHING)
ADD_TEMPLATE = Change(TAGS, Action.CREATE_REPOSITORY_CREATION_TEMPLATE, TemplateTags("ROOT"), TEMPLATE)
TAKE_RULE = replace(ADD_RULE, before=EVERYTHING, after=NONE)
TAKE_TEMPLATE = Change(TAGS, Action.DELETE_REPOSITORY_CREATION_TEMPLATE, TEMPLATE, TemplateTags("ROOT"))
ADD_FILTER = Change(SCAN, Action.PUT_REGISTRY_SCANNING_CONFIGURATION, replace(NONE, filter="api"), ONE)
WITHOUT_RULES = "BASIC without any scanning rule"
WITH_EVERYTHING = "BASIC, SCAN_ON_PUSH: *"
WITH_TEMPLATE = "template ROOT with IMMUTABLE for CREATE_ON_PUSH, REPLICATION"


def registry(*changes: Change, target: Target = PROD) -> Item:
    return Item(REGISTRY, target, registry_arn(target.account or "", target.region), changes)


def guardrail(key: str = "R1", *items: Item) -> Request:
    return replace(remediation(key, *(items or (registry(ADD_RULE, ADD_TEMPLATE),))), kind=Kind.GUARDRAIL)


def now(requests: SqliteRequests, key: str = "R1") -> Request:
    found = requests.get(key)
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def world(history: SqliteHistory) -> None:
    """Repositories of two accounts, of which one fails."""
    swept(history, AT, {PROD: [seen("api", scan=FAIL), seen("web")], STAGING: [seen("api", target=STAGING)]})


def test_guardrails_are_applied_and_undone_in_each_account(requests: SqliteRequests, audit: SqliteAudit) -> None:
    done = carried_out(
        requests, guardrail("R1", registry(ADD_RULE, ADD_TEMPLATE), registry(ADD_RULE, target=STAGING)), at=minutes(1)
    )
    assert (done.state, [one.made for one in done.items]) == (State.APPLIED, [(0, 1), (0,)])

    half = broken_glass("R2", done, registry(TAKE_RULE, TAKE_TEMPLATE))
    carried_out(requests, half, at=minutes(2))
    found = now(requests)
    assert (found.state, [one.outcome for one in found.items]) == (State.APPLIED, [Outcome.UNDONE, Outcome.APPLIED])

    carried_out(requests, broken_glass("R3", done, registry(TAKE_RULE, target=STAGING)), at=minutes(3))
    found = now(requests)
    assert (found.state, found.undone_by, found.changed) == (State.UNDONE, "R3", ())
    assert steps(audit)[-1] is Step.UNDONE
    assert verify(audit.events()).problems == ()


def test_an_undo_that_failed_leaves_the_guardrails_as_applied(requests: SqliteRequests) -> None:
    done = carried_out(requests, guardrail(), at=minutes(1))
    carried_out(requests, broken_glass("R2", done, registry(TAKE_RULE)), fails=(REGISTRY,), at=minutes(2))
    found = now(requests)
    assert (found.state, [one.outcome for one in found.items]) == (State.APPLIED, [Outcome.APPLIED])


def test_an_undo_that_failed_in_one_account_undoes_the_guardrails_of_the_other_alone(requests: SqliteRequests) -> None:
    both = (registry(ADD_RULE), registry(ADD_RULE, target=STAGING))
    done = carried_out(requests, guardrail("R1", *both), at=minutes(1))
    begun(requests, broken_glass("R2", done, registry(TAKE_RULE), registry(TAKE_RULE, target=STAGING)), at=minutes(2))
    for number, outcome in enumerate((Outcome.FAILED, Outcome.APPLIED)):
        make(requests, "R2", number, 0, at=minutes(2))
        requests.settle("R2", number, outcome, "It ended.", seen=None, at=minutes(2))
    requests.finish("R2", State.FAILED, "It ended.", lines=(), at=minutes(2))
    found = now(requests)
    assert (found.state, [one.outcome for one in found.items]) == (State.APPLIED, [Outcome.APPLIED, Outcome.UNDONE])


def test_a_repository_that_was_mended_by_a_registry_s_rule_is_undone_by_its_own_arn(
    requests: SqliteRequests,
) -> None:
    mended = remediation("R1", item("api", TO_IMMUTABLE, ADD_FILTER), item("web", ADD_FILTER))
    done = carried_out(requests, mended, at=minutes(1))
    back = replace(ADD_FILTER, before=ONE, after=replace(NONE, filter="api"))
    carried_out(requests, broken_glass("R2", done, item("api", back)), at=minutes(2))
    found = now(requests)
    assert (found.state, [one.outcome for one in found.items]) == (State.APPLIED, [Outcome.UNDONE, Outcome.APPLIED])


def test_the_audit_names_the_registry_and_what_was_before_and_after(
    requests: SqliteRequests, audit: SqliteAudit
) -> None:
    carried_out(requests, guardrail(), at=minutes(1))
    both = (f"{WITHOUT_RULES}; no template ROOT", f"{WITH_EVERYTHING}; {WITH_TEMPLATE}")
    rule, template = (WITHOUT_RULES, WITH_EVERYTHING), ("no template ROOT", WITH_TEMPLATE)
    told = [(one.event, one.kind, one.repository, one.before, one.after) for one in audit.events()]
    assert told == [
        (Step.REQUESTED, "guardrail", REGISTRY, *both),
        (Step.APPROVED, "guardrail", None, None, None),
        (Step.APPLYING, "guardrail", None, None, None),
        (Step.CHANGING, "guardrail", REGISTRY, *rule),
        (Step.CHANGED, "guardrail", REGISTRY, *rule),
        (Step.CHANGING, "guardrail", REGISTRY, *template),
        (Step.CHANGED, "guardrail", REGISTRY, *template),
        (Step.VERIFIED, "guardrail", REGISTRY, *both),
        (Step.APPLIED, "guardrail", None, None, None),
    ]


def test_a_request_about_a_registry_makes_no_repository_and_changes_no_figures(
    requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    before = (history.noncompliant(Filters()), history.last_sweep(), history.known(Filters()))
    carried_out(requests, guardrail(), at=minutes(1))
    assert (history.noncompliant(Filters()), history.last_sweep(), history.known(Filters())) == before
    assert read(path, "SELECT name FROM repositories ORDER BY name") == [("api",), ("api",), ("web",)]
    assert history.timeline(REGISTRY) == ()
    assert broken(path) == []


def test_a_home_tab_shows_a_request_about_a_registry(requests: SqliteRequests, path: Path) -> None:
    waiting = requests.ask(guardrail(), channel=CARDS)
    known = SqliteHomes(path).known(EVA.id, day=after(0).date(), since=after(0) - ENDED_WITHIN)
    assert (known.waiting, known.asked) == ((waiting,), (waiting,))
    assert [one.name for one in known.facts.older] == ["api"]


def test_the_timeline_of_a_repository_tells_of_its_own_requests_alone(
    requests: SqliteRequests, history: SqliteHistory
) -> None:
    before = {name: history.timeline(name) for name in ("api", "web")}
    carried_out(requests, guardrail(), at=minutes(1))
    assert {name: history.timeline(name) for name in ("api", "web")} == before

    carried_out(requests, guardrail("R2", item("web", *BOTH), registry(ADD_RULE)), at=minutes(2))
    assert history.timeline("api") == before["api"]
    told = [event.detail for event in history.timeline("web")[len(before["web"]) :]]
    assert [detail for detail in told if WITH_EVERYTHING in detail] == []
    assert len(told) == 3


def test_the_timeline_tells_of_a_registry_s_rule_that_mended_the_repository(
    requests: SqliteRequests, history: SqliteHistory
) -> None:
    carried_out(requests, remediation("R1", item("api", ADD_FILTER)), seen=seen("api"), at=minutes(1))
    told = [event.detail for event in history.timeline("api", PROD.account)]
    assert f"Request R1 ({WITHOUT_RULES} → BASIC, SCAN_ON_PUSH: api): Verified." in told
    assert "It was remediated by Eva." in told


def test_what_a_sweep_closes_while_a_registry_is_changed_is_nobody_s_remediation(
    requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    begun(requests, guardrail(), at=minutes(1))
    requests.changing("R1", 0, 0, at=minutes(1))
    swept(history, minutes(2), {PROD: [seen("api"), seen("web")]})
    closed = "SELECT closed_how, closed_by FROM findings WHERE closed_at IS NOT NULL"
    assert read(path, closed) == [("fixed outside", None)]
