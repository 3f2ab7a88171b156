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
from ecr.errors import HistoryError, LostClaimError
from ecr.request import ECRBOT, NEXT, Actor, Decided, Head, Outcome, State
from store.audit import SqliteAudit
from store.request_steps import LEASE
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
    begun,
    broken_glass,
    carried_out,
    item,
    make,
    minutes,
    remediation,
    undo,
)
from tests.store.world import AT, PROD_US, STAGING, read, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ecr.request import Request
    from store.history import SqliteHistory

SECOND = timedelta(seconds=1)


@pytest.fixture
def requests(path: Path, history: SqliteHistory) -> SqliteRequests:
    assert history.path == path
    return SqliteRequests(path)


@pytest.fixture
def other(path: Path, history: SqliteHistory) -> SqliteRequests:
    """Another process's."""
    assert history.path == path
    return SqliteRequests(path)


@pytest.fixture
def audit(path: Path) -> SqliteAudit:
    return SqliteAudit(path)


def steps(audit: SqliteAudit, request: str = "R1") -> list[Step]:
    return [event.event for event in audit.events() if event.request == request]


def by(actor: Actor = OTTO, minute: float = 1, reason: str | None = None) -> Decided:
    return Decided(actor, "S0ONCALL", minutes(minute), reason)


def brought_to(state: State, requests: SqliteRequests) -> None:
    """Bring request R1 into a state by the steps that lead there."""
    new = remediation("R1")
    match state:
        case State.REQUESTED:
            requests.ask(new, channel=CARDS)
        case State.APPROVED:
            approved(requests, new)
        case State.APPLYING:
            begun(requests, new)
        case State.APPLIED:
            carried_out(requests, new)
        case State.FAILED:
            carried_out(requests, new, fails=("api",))
        case State.EXPIRED:
            requests.ask(replace(new, expires_at=AT), channel=CARDS)
            requests.expire(AT)
        case State.UNDONE:
            done = carried_out(requests, new)
            carried_out(requests, broken_glass("R2", done, item("api", *BOTH)))
        case State.DENIED | State.CANCELLED:
            requests.ask(new, channel=CARDS)
            decision = next(one for one, becomes in BECOMES.items() if becomes is state)
            assert requests.decide("R1", decision, by()) is not None


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


def test_of_many_at_once_one_applies_whether_threads_or_processes(path: Path, requests: SqliteRequests) -> None:
    approved(requests, remediation())
    processes = [SqliteRequests(path) for _ in range(4)]
    with ThreadPoolExecutor(40) as threads:
        won = list(threads.map(lambda number: processes[number % 4].begin("R1", at=AT), range(40)))
    assert len([one for one in won if one is not None]) == 1
    assert read(path, "SELECT count(*) FROM audit WHERE event = 'applying'") == [(1,)]


def test_applying_begins_once_and_its_beginning_stays(requests: SqliteRequests, audit: SqliteAudit) -> None:
    found = approved(requests, remediation())
    claimed = requests.begin("R1", at=minutes(1))
    assert claimed == replace(found, state=State.APPLYING, began_at=minutes(1), revision=3, head=audit.head())
    requests.release("R1")
    again = requests.begin("R1", at=minutes(2))
    assert again == replace(claimed, head=audit.head())
    assert steps(audit) == [Step.REQUESTED, Step.APPROVED, Step.APPLYING, Step.APPLYING]


@pytest.mark.parametrize("state", [one for one in State if one not in (State.APPROVED, State.APPLYING)])
def test_what_is_not_approved_is_never_begun(state: State, requests: SqliteRequests, other: SqliteRequests) -> None:
    brought_to(state, requests)
    for own in (requests, other):
        assert own.begin("R1", at=minutes(60)) is None
        assert "R1" not in own.unfinished(minutes(60))


def test_the_states_that_a_request_can_be_in_are_those_that_the_core_knows() -> None:
    assert {state for state, after in NEXT.items() if State.APPLYING in after} == {State.APPROVED}


def test_what_this_process_applies_it_does_not_begin_again_until_it_is_released(requests: SqliteRequests) -> None:
    begun(requests, remediation())
    mine = (requests.begin("R1", at=minutes(1)), requests.begin("R1", at=AT + 9 * LEASE), requests.unfinished(AT))
    requests.release("R1")
    assert mine == (None, None, ())
    assert requests.unfinished(minutes(1)) == ("R1",)
    assert requests.begin("R1", at=minutes(1)) is not None


def test_what_another_one_released_is_free_at_once(requests: SqliteRequests, other: SqliteRequests) -> None:
    begun(requests, remediation())
    before = (other.unfinished(minutes(1)), other.begin("R1", at=minutes(1)))
    requests.release("R1")
    assert before == ((), None)
    assert other.unfinished(minutes(1)) == ("R1",)
    assert other.begin("R1", at=minutes(1)) is not None


def test_releasing_what_somebody_else_has_by_now_leaves_it_theirs(
    requests: SqliteRequests, other: SqliteRequests
) -> None:
    begun(requests, remediation())
    assert other.begin("R1", at=AT + LEASE) is not None
    requests.release("R1")
    other.changing("R1", 0, 0, at=AT + LEASE)
    assert requests.begin("R1", at=AT + LEASE) is None


def test_a_claim_is_renewed_by_each_step_and_taken_over_after_its_lease(
    requests: SqliteRequests, other: SqliteRequests
) -> None:
    begun(requests, remediation())
    late = AT + LEASE - SECOND
    requests.changing("R1", 0, 0, at=late)
    early = (other.begin("R1", at=late + LEASE - SECOND), other.unfinished(late + LEASE - SECOND))
    found = other.unfinished(late + LEASE)
    taken = other.begin("R1", at=late + LEASE)
    assert early == (None, ())
    assert found == ("R1",)
    assert taken is not None
    assert taken.began_at == AT


def test_a_clock_that_went_back_far_frees_a_claim_and_one_that_is_a_little_behind_does_not(
    requests: SqliteRequests, other: SqliteRequests
) -> None:
    begun(requests, remediation())
    assert other.unfinished(AT - SECOND) == ()
    assert other.begin("R1", at=AT - SECOND) is None
    assert other.begin("R1", at=AT - 2 * LEASE) is not None


STEPS: dict[str, Callable[[SqliteRequests], object]] = {
    "changing": lambda own: own.changing("R1", 0, 1, at=AT + LEASE),
    "changed": lambda own: own.changed("R1", 0, 0, aws_request_id="late", at=AT + LEASE),
    "refused": lambda own: own.refused("R1", 0, 0, sentence="No.", at=AT + LEASE),
    "settle": lambda own: own.settle("R1", 0, Outcome.APPLIED, "Verified.", seen=None, at=AT + LEASE),
    "finish": lambda own: own.finish("R1", State.APPLIED, "Done.", lines=(), at=AT + LEASE),
}


@pytest.mark.parametrize("step", STEPS)
def test_whoever_lost_the_claim_writes_no_step_more(
    step: str, requests: SqliteRequests, other: SqliteRequests, audit: SqliteAudit
) -> None:
    begun(requests, remediation())
    requests.changing("R1", 0, 0, at=AT)
    assert other.begin("R1", at=AT + LEASE) is not None
    before, told = other.get("R1"), steps(audit)
    with pytest.raises(LostClaimError, match="Request R1 is applied by another process by now"):
        STEPS[step](requests)
    assert (other.get("R1"), steps(audit)) == (before, told)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", [one for one in State if one is not State.APPLYING])
def test_no_step_is_written_of_what_is_not_being_applied(
    state: State, step: str, requests: SqliteRequests, audit: SqliteAudit
) -> None:
    brought_to(state, requests)
    before, told = requests.get("R1"), steps(audit)
    with pytest.raises(LostClaimError):
        STEPS[step](requests)
    assert (requests.get("R1"), steps(audit)) == (before, told)


def test_a_bot_that_starts_frees_what_a_dead_one_had_claimed(requests: SqliteRequests, other: SqliteRequests) -> None:
    begun(requests, remediation("R1"))
    approved(requests, remediation("R2", item("web"), at=minutes(1)), at=minutes(1))
    before = other.unfinished(minutes(1))
    other.take_over()
    assert before == ("R2",)
    assert other.unfinished(minutes(1)) == ("R1", "R2")
    assert other.begin("R1", at=minutes(1)) is not None
    with pytest.raises(LostClaimError):
        requests.changing("R1", 0, 0, at=minutes(1))


def test_what_was_about_to_be_made_is_known_to_whoever_goes_on(requests: SqliteRequests, other: SqliteRequests) -> None:
    begun(requests, remediation("R1", item("api", *BOTH), item("web", *BOTH)))
    make(requests, "R1", 0, 0)
    requests.changing("R1", 1, 1, at=AT)
    assert other.attempted("R1") == {(0, 0), (1, 1)}
    found = other.get("R1")
    assert found is not None
    assert [one.made for one in found.items] == [(0,), ()]


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
