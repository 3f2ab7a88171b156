"""Requests from their being asked for to their being claimed: of any number of people at once one gets each."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.approval import BECOMES, Decision
from ecr.audit import Step, verify
from ecr.errors import HistoryError
from ecr.request import ECRBOT, Actor, Decided, Head, State
from store.requests import SqliteRequests
from tests.store.asked import (
    BOTH,
    CARDS,
    EVA,
    OLGA,
    OTTO,
    TO_IMMUTABLE,
    TO_SCAN,
    approved,
    broken_glass,
    brought_to,
    by,
    carried_out,
    item,
    minutes,
    remediation,
    steps,
    undo,
)
from tests.store.world import AT, PROD_US, STAGING, read, write

if TYPE_CHECKING:
    from pathlib import Path

    from ecr.request import Request
    from store.audit import SqliteAudit

SECOND = timedelta(seconds=1)


def test_what_was_asked_for_is_read_as_it_was_written(requests: SqliteRequests, audit: SqliteAudit) -> None:
    new = remediation("R1", item("api", *BOTH), item("web", TO_SCAN, target=STAGING))
    saved = requests.ask(new, channel=CARDS)
    head = audit.head()
    assert saved == replace(new, revision=1, head=head)
    assert requests.get("R1") == saved
    assert requests.get("R2") is None


def test_asking_is_an_event_for_each_repository_with_before_and_after(
    requests: SqliteRequests, audit: SqliteAudit
) -> None:
    requests.ask(remediation("R1", item("api", *BOTH), item("web", TO_SCAN, target=STAGING)), channel=CARDS)
    told = [(e.actor, e.account, e.region, e.repository, e.rule, e.before, e.after) for e in audit.events()]
    assert steps(audit) == [Step.REQUESTED, Step.REQUESTED]
    assert told == [
        (
            EVA.id,
            "111111111111",
            "eu-west-1",
            "api",
            "tag-immutability, scan-on-push",
            "MUTABLE; scanOnPush false",
            "IMMUTABLE; scanOnPush true",
        ),
        (EVA.id, "222222222222", "eu-west-1", "web", "scan-on-push", "scanOnPush false", "scanOnPush true"),
    ]


@pytest.mark.parametrize("state", [State.REQUESTED, State.APPROVED, State.APPLYING])
def test_of_identical_requests_one_is_open(state: State, requests: SqliteRequests, audit: SqliteAudit) -> None:
    brought_to(state, requests)
    before = steps(audit)
    found = requests.ask(remediation("R9", at=minutes(5)), channel=CARDS)
    assert (found.id, found.state) == ("R1", state)
    assert requests.get("R9") is None
    assert steps(audit) == before


@pytest.mark.parametrize(
    "state", [State.APPLIED, State.FAILED, State.DENIED, State.EXPIRED, State.CANCELLED, State.UNDONE]
)
def test_what_is_over_can_be_asked_for_anew(state: State, requests: SqliteRequests) -> None:
    brought_to(state, requests)
    assert requests.ask(remediation("R9", at=minutes(5)), channel=CARDS).id == "R9"


@pytest.mark.parametrize(
    "different",
    [
        remediation("R9", item("api", TO_IMMUTABLE)),
        remediation("R9", item("web", *BOTH)),
        remediation("R9", item("api", *BOTH, target=PROD_US)),
        remediation("R9", item("api", *BOTH), item("web", *BOTH)),
        undo("R9", remediation("R0"), item("api", *BOTH)),
    ],
)
def test_what_would_do_something_else_is_another_request(different: Request, requests: SqliteRequests) -> None:
    requests.ask(remediation("R0", item("zero")), channel=None)
    requests.ask(remediation("R1"), channel=CARDS)
    assert requests.ask(different, channel=CARDS).id == "R9"


def test_the_file_itself_refuses_a_second_open_request_of_the_same(requests: SqliteRequests, path: Path) -> None:
    requests.ask(remediation("R1"), channel=None)
    requests.ask(remediation("R2", item("web")), channel=None)
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE constraint failed: requests.fingerprint"):
        write(path, "UPDATE requests SET fingerprint = (SELECT fingerprint FROM requests WHERE id = 'R1')")


def test_an_approver_s_own_undo_is_approved_with_its_being_asked_for(
    requests: SqliteRequests, audit: SqliteAudit
) -> None:
    done = carried_out(requests, remediation("R1"))
    saved = requests.ask(broken_glass("R2", done, item("api", *BOTH)), channel=CARDS)
    assert (saved.state, saved.break_glass, saved.undoes) == (State.APPROVED, True, "R1")
    assert saved.decided == Decided(OTTO, "S0ONCALL", AT, "A hotfix.")
    told = [(event.event, event.actor, event.actor_entry) for event in audit.events() if event.request == "R2"]
    assert told == [(Step.REQUESTED, OTTO.id, None), (Step.BREAK_GLASS, OTTO.id, "S0ONCALL")]


@pytest.mark.parametrize("decision", Decision)
def test_a_decision_is_written_with_who_as_what_when_and_why(
    decision: Decision, requests: SqliteRequests, audit: SqliteAudit
) -> None:
    asked = requests.ask(remediation(), channel=CARDS)
    decided = by(OTTO, 1, "because")
    settled = requests.decide("R1", decision, decided)
    over = None if decision is Decision.APPROVE else minutes(1)
    assert settled == replace(
        asked, state=BECOMES[decision], decided=decided, ended_at=over, revision=2, head=audit.head()
    )
    last = list(audit.events())[-1]
    assert (last.event, last.actor, last.actor_name, last.actor_entry, last.detail, last.repository) == (
        Step(BECOMES[decision]),
        OTTO.id,
        "Otto",
        "S0ONCALL",
        "because",
        None,
    )


@pytest.mark.parametrize("state", [state for state in State if state is not State.REQUESTED])
@pytest.mark.parametrize("decision", Decision)
def test_what_does_not_wait_is_not_decided(
    state: State, decision: Decision, requests: SqliteRequests, audit: SqliteAudit
) -> None:
    brought_to(state, requests)
    before, told = requests.get("R1"), steps(audit)
    assert requests.decide("R1", decision, by(OLGA, 2)) is None
    assert (requests.get("R1"), steps(audit)) == (before, told)


def test_what_is_not_there_is_not_decided(requests: SqliteRequests) -> None:
    assert requests.decide("R1", Decision.APPROVE, by()) is None


@pytest.mark.parametrize("decision", Decision)
def test_what_has_expired_is_not_decided_although_nobody_noted_it_yet(
    decision: Decision, requests: SqliteRequests
) -> None:
    asked = requests.ask(remediation(), channel=CARDS)
    assert requests.decide("R1", decision, by(minute=8 * 60)) is None
    assert requests.get("R1") == asked
    assert requests.decide("R1", decision, by(minute=8 * 60 - 0.01)) is not None


def test_what_waited_too_long_expires_once_and_the_rest_waits_on(requests: SqliteRequests, audit: SqliteAudit) -> None:
    requests.ask(remediation("R1"), channel=CARDS)
    requests.ask(remediation("R2", item("web"), at=minutes(1)), channel=CARDS)
    approved(requests, remediation("R3", item("batch")))
    due = minutes(8 * 60)
    assert requests.expire(due - SECOND) == ()
    (expired,) = requests.expire(due)
    assert requests.expire(due) == ()
    assert (expired.id, expired.state, expired.ended_at, expired.decided) == ("R1", State.EXPIRED, due, None)
    assert [one.state for one in requests.all()] == [State.REQUESTED, State.APPROVED, State.EXPIRED]
    last = list(audit.events())[-1]
    assert (last.event, last.actor, last.request) == (Step.EXPIRED, ECRBOT.id, "R1")


def test_of_a_hundred_people_at_once_one_decides_and_the_chain_is_whole(
    path: Path, requests: SqliteRequests, audit: SqliteAudit
) -> None:
    requests.ask(remediation(), channel=CARDS)
    processes = [SqliteRequests(path) for _ in range(5)]
    decisions = tuple(Decision)

    def click(number: int) -> tuple[str, State] | None:
        who = Actor(f"U{number}", f"User {number}")
        found = processes[number % 5].decide("R1", decisions[number % 3], Decided(who, "S0ONCALL", minutes(1)))
        return (who.id, found.state) if found else None

    with ThreadPoolExecutor(100) as threads:
        won = [one for one in threads.map(click, range(100)) if one is not None]

    now = requests.get("R1")
    assert now is not None
    assert now.decided is not None
    assert won == [(now.decided.by.id, now.state)]
    told = verify(audit.events())
    assert (told.events, told.problems) == (2, ())
    assert now.head == Head(2, told.head)


def test_of_a_hundred_requests_at_once_for_the_same_one_is_made(path: Path, requests: SqliteRequests) -> None:
    def ask(number: int) -> str:
        return SqliteRequests(path).ask(remediation(f"R{number}"), channel=CARDS).id

    with ThreadPoolExecutor(20) as threads:
        found = Counter(threads.map(ask, range(100)))
    (only,) = requests.all()
    assert found == {only.id: 100}
    assert read(path, "SELECT count(*) FROM letters") == [(1,)]


def test_requests_come_newest_first_by_state_and_as_many_as_are_asked_for(requests: SqliteRequests) -> None:
    for number in range(4):
        requests.ask(remediation(f"R{number}", item(f"api-{number}"), at=minutes(number)), channel=None)
    requests.decide("R1", Decision.DENY, by(minute=5))
    requests.decide("R3", Decision.APPROVE, by(minute=5))

    def keys(*states: State, most: int | None = None) -> list[str]:
        return [one.id for one in requests.all(states, most=most)]

    assert keys() == ["R3", "R2", "R1", "R0"]
    assert keys(most=2) == ["R3", "R2"]
    assert keys(State.REQUESTED) == ["R2", "R0"]
    assert keys(State.APPROVED, State.DENIED) == ["R3", "R1"]
    assert keys(State.UNDONE) == []


def test_a_card_that_offers_something_else_by_now_has_another_revision(requests: SqliteRequests) -> None:
    asked = requests.ask(remediation(), channel=CARDS)
    requests.show("R1")
    assert requests.get("R1") == replace(asked, revision=2)


def test_a_file_that_is_gone_is_missed_in_a_sentence(path: Path, requests: SqliteRequests) -> None:
    path.unlink()
    with pytest.raises(HistoryError, match="cannot be opened"):
        requests.get("R1")
