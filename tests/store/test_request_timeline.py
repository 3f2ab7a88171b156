"""The timeline of a repository tells what was asked for, decided and done, and by whom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecr.approval import Decision
from ecr.request import Decided
from ecr.timeline import Event, Kind
from store.exemptions import SqliteExemptions
from store.requests import SqliteRequests
from tests.store.asked import (
    BOTH,
    CARDS,
    OTTO,
    TO_IMMUTABLE,
    broken_glass,
    carried_out,
    exemption,
    item,
    minutes,
    remediation,
    undo,
)
from tests.store.world import AT, FAIL, PROD, STAGING, after, seen, swept

if TYPE_CHECKING:
    from pathlib import Path

    from store.history import SqliteHistory

TOLD = tuple(Kind)[tuple(Kind).index(Kind.REQUESTED) :]


@pytest.fixture
def requests(path: Path, history: SqliteHistory) -> SqliteRequests:
    swept(history, AT, {PROD: [seen("api", FAIL), seen("web", FAIL)], STAGING: [seen("api", FAIL, target=STAGING)]})
    return SqliteRequests(path)


def told(history: SqliteHistory, name: str = "api", account: str | None = PROD.account) -> list[tuple[Kind, str]]:
    return [(event.kind, event.detail) for event in history.timeline(name, account) if event.kind in TOLD]


def test_a_remediation_from_its_being_asked_for_to_its_undo(requests: SqliteRequests, history: SqliteHistory) -> None:
    done = carried_out(requests, remediation(), seen=seen("api"), at=minutes(5))
    carried_out(requests, broken_glass("R2", done, item("api", *BOTH)), at=minutes(9))
    what = "(MUTABLE; scanOnPush false → IMMUTABLE; scanOnPush true)"
    events = history.timeline("api", PROD.account)
    assert [(event.at, event.kind, event.detail) for event in events if event.kind in TOLD] == [
        (AT, Kind.REQUESTED, f"Eva asked for remediation {what}, request R1: The audit."),
        (AT, Kind.REQUESTED, f"Otto asked for undo {what}, request R2: A hotfix."),
        (AT, Kind.APPROVED, "Otto approved their own undo, request R2, break-glass: A hotfix."),
        (minutes(5), Kind.APPROVED, "Otto approved request R1."),
        (minutes(5), Kind.CHANGED, "Tags are IMMUTABLE, scanOnPush is true, scanning is SCAN_ON_PUSH."),
        (minutes(5), Kind.APPLIED, f"Request R1 {what}: Verified."),
        (minutes(5), Kind.RESOLVED, "It was remediated by Eva."),
        (minutes(9), Kind.APPLIED, f"Request R2 {what}: Verified."),
        (minutes(9), Kind.UNDONE, "Request R1 is undone: Undone by request R2."),
    ]


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (Decision.DENY, (Kind.DENIED, "Otto denied request R1: Not now.")),
        (Decision.CANCEL, (Kind.CANCELLED, "Otto cancelled request R1: Not now.")),
    ],
)
def test_what_was_denied_or_cancelled_says_by_whom_and_why(
    decision: Decision, expected: tuple[Kind, str], requests: SqliteRequests, history: SqliteHistory
) -> None:
    requests.ask(remediation(), channel=CARDS)
    requests.decide("R1", decision, Decided(OTTO, "S0ONCALL", minutes(1), "Not now."))
    assert told(history)[1:] == [expected]


def test_what_expired_says_that_nobody_decided(requests: SqliteRequests, history: SqliteHistory) -> None:
    requests.ask(remediation(), channel=CARDS)
    requests.expire(after(1))
    assert told(history)[1:] == [(Kind.EXPIRED, "Request R1 expired: nobody decided.")]


def test_what_failed_says_why(requests: SqliteRequests, history: SqliteHistory) -> None:
    carried_out(requests, remediation(), fails=("api",))
    assert told(history)[-1] == (Kind.FAILED, "Request R1 failed: It failed.")


def test_each_repository_of_a_request_has_its_own_steps_and_its_decision(
    requests: SqliteRequests, history: SqliteHistory
) -> None:
    carried_out(requests, remediation("R1", item("api", TO_IMMUTABLE), item("web", TO_IMMUTABLE)), fails=("web",))
    asked = (Kind.REQUESTED, "Eva asked for remediation (MUTABLE → IMMUTABLE), request R1: The audit.")
    decided = (Kind.APPROVED, "Otto approved request R1.")
    verified = (Kind.APPLIED, "Request R1 (MUTABLE → IMMUTABLE): Verified.")
    assert told(history) == [asked, decided, verified]
    assert told(history, "web") == [asked, decided, (Kind.FAILED, "Request R1 failed: It failed.")]
    assert told(history, "api", STAGING.account) == []


def test_an_exemption_and_its_end(requests: SqliteRequests, history: SqliteHistory, path: Path) -> None:
    done = carried_out(requests, replace(exemption(), reason="A base image."))
    carried_out(requests, undo("R2", done, item("api")), at=minutes(1))
    carried_out(requests, replace(exemption("R3", until=after(1)), reason="Once more."), at=minutes(2))
    SqliteExemptions(path).end(after(1))
    exempt = "tag-immutability exempt until 2026-12-01 09:00 UTC"
    kinds = (Kind.EXEMPTED, Kind.EXEMPTION_ENDED)
    assert [event for event in history.timeline("api", PROD.account) if event.kind in kinds] == [
        Event(AT, "api", PROD, Kind.EXEMPTED, f"Otto exempted it by request R1 ({exempt}): A base image."),
        Event(minutes(1), "api", PROD, Kind.EXEMPTION_ENDED, f"Eva ended an exemption ({exempt}): A hotfix."),
        Event(
            minutes(2),
            "api",
            PROD,
            Kind.EXEMPTED,
            "Otto exempted it by request R3 (tag-immutability exempt until 2026-11-02 09:00 UTC): Once more.",
        ),
        Event(
            after(1),
            "api",
            PROD,
            Kind.EXEMPTION_ENDED,
            "An exemption ended (tag-immutability exempt until 2026-11-02 09:00 UTC): Its time is over.",
        ),
    ]
