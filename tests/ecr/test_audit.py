"""The audit's chain: whole as it was written, and what of it can be told when somebody has been at it."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from ecr.audit import FIRST, SHORTEST_HEAD, AuditEvent, Step, Verified, chained, hash_of, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = (Step.REQUESTED, Step.APPROVED, Step.APPLYING, Step.CHANGING, Step.CHANGED, Step.APPLIED)


def told(step: Step, **fields_: Any) -> AuditEvent:
    return AuditEvent(step, "2026-11-25T12:00:00Z", "R0000000001", "remediation", "U0ONCALL", "Oncall", **fields_)


def chain(events: Sequence[AuditEvent]) -> tuple[AuditEvent, ...]:
    made: list[AuditEvent] = []
    for number, event in enumerate(events, 1):
        made.append(chained(event, number, made[-1].hash if made else FIRST))
    return tuple(made)


WHOLE = chain([told(step) for step in STEPS])
HEAD = WHOLE[-1].hash


def test_a_chain_as_it_was_written_is_whole_and_tells_its_head() -> None:
    assert verify(WHOLE) == Verified(6, HEAD)
    assert verify(()) == Verified(0, FIRST)


def test_the_hash_is_sha_256_over_the_other_fields_as_anybody_can_write_them_down() -> None:
    event = chained(told(Step.REQUESTED, detail="für “payments”"), 1, FIRST)
    written = (
        '{"account":null,"actor":"U0ONCALL","actor_entry":null,"actor_name":"Oncall","after":null,'
        '"at":"2026-11-25T12:00:00Z","aws_request_id":null,"before":null,'
        r'"detail":"f\u00fcr \u201cpayments\u201d","event":"requested","kind":"remediation","number":1,'
        f'"previous_hash":"{"0" * 64}","region":null,"repository":null,"request":"R0000000001","rule":null}}'
    )
    assert event.hash == hashlib.sha256(written.encode()).hexdigest()


@pytest.mark.parametrize("name", [field.name for field in fields(AuditEvent) if field.name not in ("number", "hash")])
def test_a_change_of_any_field_is_found(name: str) -> None:
    other: Any = Step.DENIED if name == "event" else "something else"
    changed = replace(WHOLE[2], **{name: other})
    found = verify((*WHOLE[:2], changed, *WHOLE[3:]))
    said = (
        "Event 3 does not follow the one before it: that one was changed or replaced."
        if name == "previous_hash"
        else "Event 3 was changed: its fields do not give its hash."
    )
    assert found == Verified(6, HEAD, (said,))


def test_a_change_with_its_own_hash_made_anew_is_found_by_the_next_event() -> None:
    forged = replace(WHOLE[1], actor="U0OTHER")
    forged = replace(forged, hash=hash_of(replace(forged, hash="")))
    assert verify((WHOLE[0], forged, *WHOLE[2:])).problems == (
        "Event 3 does not follow the one before it: that one was changed or replaced.",
    )


def test_a_change_of_the_last_event_is_found() -> None:
    changed = replace(WHOLE[-1], event=Step.FAILED)
    assert verify((*WHOLE[:-1], changed)).problems == ("Event 6 was changed: its fields do not give its hash.",)


@pytest.mark.parametrize("missing", range(5))
def test_a_missing_event_inside_the_chain_is_found(missing: int) -> None:
    found = verify((*WHOLE[:missing], *WHOLE[missing + 1 :]))
    assert found == Verified(6, HEAD, (f"Event {missing + 1} is missing: {missing + 2} follows {missing}.",))


def test_missing_events_whose_gap_was_closed_by_new_numbers_are_found() -> None:
    renumbered = tuple(replace(event, number=event.number - 1) for event in WHOLE[2:])
    problems = verify((WHOLE[0], *renumbered)).problems
    assert problems[0] == "Event 2 does not follow the one before it: that one was changed or replaced."


def test_events_in_another_order_are_found() -> None:
    swapped = (*WHOLE[:2], WHOLE[3], WHOLE[2], *WHOLE[4:])
    assert verify(swapped).problems != ()


def test_an_event_that_was_added_in_between_is_found() -> None:
    added = chained(told(Step.APPROVED), 3, WHOLE[1].hash)
    assert verify((*WHOLE[:2], added, *WHOLE[2:])).problems == ("Event 4 is missing: 3 follows 3.",)


def test_every_place_that_somebody_has_been_at_is_named() -> None:
    changed = {1, 4}
    events = [replace(event, actor_name="Nobody") if at in changed else event for at, event in enumerate(WHOLE)]
    assert verify(events).problems == (
        "Event 2 was changed: its fields do not give its hash.",
        "Event 5 was changed: its fields do not give its hash.",
    )


def test_a_step_that_nobody_knows_breaks_the_chain_as_any_other_change() -> None:
    changed: Any = replace(WHOLE[1], event="waved through")  # type: ignore[arg-type]  # as a row may hold it
    assert verify((WHOLE[0], changed, *WHOLE[2:])).problems == (
        "Event 2 was changed: its fields do not give its hash.",
    )


@pytest.mark.parametrize("shown", WHOLE)
def test_a_head_that_slack_showed_is_found_wherever_the_chain_went_on_from_it(shown: AuditEvent) -> None:
    assert verify(WHOLE, shown.hash) == Verified(6, HEAD)
    assert verify(WHOLE, shown.hash[:SHORTEST_HEAD]) == Verified(6, HEAD)


def test_a_cut_tail_is_found_by_a_head_alone() -> None:
    cut = WHOLE[:-1]
    assert verify(cut) == Verified(5, cut[-1].hash)
    assert verify(cut, HEAD).problems == (
        f"No event has the hash {HEAD}: the end of the chain was cut off, or the chain was written anew.",
    )
    assert verify((), HEAD).problems == (
        f"No event has the hash {HEAD}: the end of the chain was cut off, or the chain was written anew.",
    )


def test_a_chain_that_was_written_anew_is_found_by_a_head_alone() -> None:
    anew = chain([told(step) if step is not Step.APPROVED else told(step, detail="by somebody else") for step in STEPS])
    assert verify(anew).problems == ()
    for shown in WHOLE[1:]:
        assert len(verify(anew, shown.hash).problems) == 1
    assert verify(anew, WHOLE[0].hash).problems == ()


def test_an_event_is_sealed_by_its_place_whatever_it_carried_before() -> None:
    carried = told(Step.DENIED, number=9, previous_hash="x", hash="y")
    assert chained(carried, 2, WHOLE[0].hash) == chained(told(Step.DENIED), 2, WHOLE[0].hash)
