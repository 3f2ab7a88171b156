"""What an exemption covers: one rule of one repository, where it fails, for as long as it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecr import controls
from ecr.exemption import Exemption, exempted, granted, index
from ecr.model import Observation, Policy, RegistryScanning, Rule, Target, Unreadable, Verdict
from ecr.request import Actor, Decided, Exempting, Item, Kind, Request, State
from tests.company import NOON, ONCALL, ONCALL_GROUP, PROD, STAGING
from tests.ecr.plain_registry import repository

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.model import Assessment

ENDS = NOON + timedelta(days=30)
BASE_IMAGE = Exemption(
    "api", PROD, Rule.TAG_IMMUTABILITY, "a base image.", ONCALL, "Otto Oncall", NOON, ENDS, "R0000000001"
)
FAILING = {"tag_mutability": "MUTABLE", "scan_on_push": False}
TAGS_FAIL = "Tag mutability is MUTABLE: every tag can be overwritten."


def judged(
    target: Target = PROD, *, scanning: RegistryScanning | Unreadable | None = None, **values: Any
) -> Assessment:
    registry = scanning or RegistryScanning("BASIC")
    one = repository(target, "api", **{**FAILING, **values})
    return controls.evaluate(Observation(one, registry, None), Policy(), target)


def verdicts(assessment: Assessment, *exemptions: Exemption, at: datetime = NOON) -> dict[Rule, Verdict]:
    return {finding.rule: finding.verdict for finding in exempted(assessment, index(exemptions), at).findings}


def test_a_failing_rule_that_is_exempt_counts_as_that_with_the_reason_and_the_date_and_the_other_one_fails() -> None:
    tags, scan = exempted(judged(), index((BASE_IMAGE,)), NOON).findings
    assert (tags.verdict, tags.evidence) == (
        Verdict.EXEMPT,
        f"Exempt until 2026-12-25, granted by Otto Oncall: a base image. {TAGS_FAIL}",
    )
    assert scan == judged().findings[1]


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (NOON - timedelta(microseconds=1), Verdict.FAIL),
        (NOON, Verdict.EXEMPT),
        (ENDS - timedelta(microseconds=1), Verdict.EXEMPT),
        (ENDS, Verdict.FAIL),
    ],
)
def test_it_holds_from_when_it_was_granted_until_its_end_and_not_at_it(at: datetime, verdict: Verdict) -> None:
    assert verdicts(judged(), BASE_IMAGE, at=at)[Rule.TAG_IMMUTABILITY] is verdict
    assert BASE_IMAGE.holds(at) is (verdict is Verdict.EXEMPT)


def test_one_that_was_ended_before_its_time_holds_no_more() -> None:
    ended = replace(BASE_IMAGE, ended_at=NOON + timedelta(days=1))
    assert verdicts(judged(), ended, at=NOON + timedelta(days=2))[Rule.TAG_IMMUTABILITY] is Verdict.FAIL


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE_IMAGE, name="api-2"),
        replace(BASE_IMAGE, target=STAGING),
        replace(BASE_IMAGE, target=Target(PROD.account, "us-east-1", "prod")),
        replace(BASE_IMAGE, rule=Rule.SCAN_ON_PUSH),
    ],
)
def test_it_covers_no_other_repository_account_region_or_rule(other: Exemption) -> None:
    assert verdicts(judged(), other)[Rule.TAG_IMMUTABILITY] is Verdict.FAIL


def test_what_an_account_is_called_is_of_no_meaning() -> None:
    renamed = replace(BASE_IMAGE, target=Target(PROD.account, PROD.region, "production"))
    assert verdicts(judged(), renamed)[Rule.TAG_IMMUTABILITY] is Verdict.EXEMPT


def test_a_rule_that_passes_passes_and_one_that_is_not_known_stays_so() -> None:
    both = (BASE_IMAGE, replace(BASE_IMAGE, rule=Rule.SCAN_ON_PUSH))
    assert verdicts(judged(tag_mutability="IMMUTABLE", scanning=Unreadable("No.")), *both) == {
        Rule.TAG_IMMUTABILITY: Verdict.PASS,
        Rule.SCAN_ON_PUSH: Verdict.UNKNOWN,
    }


def test_of_several_of_one_rule_the_one_that_holds_counts() -> None:
    over = replace(BASE_IMAGE, reason="an old one", ended_at=NOON)
    for order in ((over, BASE_IMAGE), (BASE_IMAGE, over)):
        tags = exempted(judged(), index(order), NOON + timedelta(days=1)).findings[0]
        assert "a base image" in tags.evidence


def test_what_was_not_found_is_left_as_it_is() -> None:
    unread = replace(judged(), repository=None)
    assert exempted(unread, index((BASE_IMAGE,)), NOON) is unread


def request(**values: Any) -> Request:
    given = {
        "id": "R0000000001",
        "kind": Kind.EXEMPTION,
        "state": State.APPLYING,
        "by": Actor("U0ENGINEER", "Eva"),
        "asked_in": "C0ENG",
        "reason": "a base image.",
        "made_at": NOON - timedelta(hours=1),
        "expires_at": NOON + timedelta(hours=7),
        "items": (Item("api", PROD, "arn:api"), Item("web", STAGING, "arn:web")),
        "exempts": Exempting((Rule.TAG_IMMUTABILITY, Rule.SCAN_ON_PUSH), ENDS),
        "decided": Decided(Actor(ONCALL, "Otto Oncall"), ONCALL_GROUP, NOON - timedelta(minutes=1)),
    }
    return Request(**{**given, **values})


def test_an_approved_request_grants_one_for_each_repository_and_rule_by_who_approved_from_then_on() -> None:
    assert granted(request(), NOON) == tuple(
        replace(BASE_IMAGE, name=name, target=target, rule=rule)
        for name, target in (("api", PROD), ("web", STAGING))
        for rule in (Rule.TAG_IMMUTABILITY, Rule.SCAN_ON_PUSH)
    )


def test_what_nobody_decided_and_what_exempts_nothing_grants_nothing() -> None:
    assert granted(request(decided=None), NOON) == ()
    assert granted(request(kind=Kind.REMEDIATION, exempts=None), NOON) == ()
