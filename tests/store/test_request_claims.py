"""Requests while they are applied: claimed by one, renewed by each step, and gone on with where somebody died."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.audit import Step
from ecr.errors import LostClaimError
from ecr.request import NEXT, Outcome, State
from store.request_steps import LEASE
from store.requests import SqliteRequests
from tests.store.asked import BOTH, approved, begun, brought_to, item, make, minutes, remediation, steps
from tests.store.world import AT, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.audit import SqliteAudit

SECOND = timedelta(seconds=1)


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
