"""How a request is applied, as it is written down: each change before and after, what closed by it, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecr.audit import Step
from ecr.errors import HistoryError
from ecr.exemption import Exemption
from ecr.request import ECRBOT, Outcome, State
from store.exemptions import SqliteExemptions
from tests.store.asked import (
    BOTH,
    EVA,
    OTTO,
    TO_IMMUTABLE,
    TO_SCAN,
    UNTIL,
    begun,
    broken_glass,
    carried_out,
    exemption,
    item,
    make,
    minutes,
    remediation,
    undo,
)
from tests.store.test_observing import broken
from tests.store.world import AT, EXEMPT, FAIL, PASS, PROD, SCAN, STAGING, TAGS, checked, read, seen, swept

if TYPE_CHECKING:
    from pathlib import Path

    from ecr.model import Assessment, Verdict
    from ecr.request import Request
    from store.audit import SqliteAudit
    from store.history import SqliteHistory
    from store.requests import SqliteRequests

CLOSED = (
    "SELECT r.name, f.rule, f.closed_how, f.closed_by FROM findings f JOIN repositories r ON r.id = f.repository_id "
    "WHERE f.closed_at IS NOT NULL ORDER BY f.id"
)


@pytest.fixture
def exemptions(path: Path) -> SqliteExemptions:
    return SqliteExemptions(path)


def now(requests: SqliteRequests, key: str = "R1") -> Request:
    found = requests.get(key)
    assert found is not None
    return found


def letters(path: Path) -> list[Any]:
    return read(path, "SELECT request, letter, channel FROM letters ORDER BY rowid")


def test_a_change_is_an_event_before_it_is_made_and_one_after_with_aws_s_own_id(
    requests: SqliteRequests, audit: SqliteAudit, path: Path
) -> None:
    begun(requests, remediation())
    requests.changing("R1", 0, 0, at=minutes(1))
    before = read(path, "SELECT state, ended_at, aws_request_id FROM request_changes")
    requests.changed("R1", 0, 0, aws_request_id="aws-1", at=minutes(2))

    assert before == [("attempted", None, None)]
    assert read(path, "SELECT rule, state, attempted_at, ended_at, aws_request_id FROM request_changes") == [
        (TAGS, "made", "2026-11-01T09:01:00.000000Z", "2026-11-01T09:02:00.000000Z", "aws-1")
    ]
    assert now(requests).items[0].made == (0,)
    told = [
        (e.event, e.at, e.actor, e.account, e.region, e.repository, e.rule, e.before, e.after, e.aws_request_id)
        for e in list(audit.events())[-2:]
    ]
    where = (ECRBOT.id, "111111111111", "eu-west-1", "api", TAGS, "MUTABLE", "IMMUTABLE")
    assert told == [
        (Step.CHANGING, "2026-11-01T09:01:00.000000Z", *where, None),
        (Step.CHANGED, "2026-11-01T09:02:00.000000Z", *where, "aws-1"),
    ]


def test_a_change_that_was_refused_is_not_made_and_says_why(
    requests: SqliteRequests, audit: SqliteAudit, path: Path
) -> None:
    begun(requests, remediation())
    make(requests, "R1", 0, 0)
    requests.changing("R1", 0, 1, at=AT)
    requests.refused("R1", 0, 1, sentence="The role may not.", at=minutes(1))
    assert now(requests).items[0].made == (0,)
    assert requests.attempted("R1") == {(0, 0), (0, 1)}
    assert read(path, "SELECT number, state, said FROM request_changes") == [
        (0, "made", None),
        (1, "refused", "The role may not."),
    ]
    last = list(audit.events())[-1]
    assert (last.event, last.rule, last.detail) == (Step.REFUSED, SCAN, "The role may not.")


def test_a_change_that_was_refused_and_is_found_as_it_was_to_be_made_counts_as_made(
    requests: SqliteRequests, audit: SqliteAudit, path: Path
) -> None:
    begun(requests, remediation())
    requests.changing("R1", 0, 0, at=AT)
    requests.refused("R1", 0, 0, sentence="AWS did not answer.", at=AT)
    requests.changed("R1", 0, 0, aws_request_id=None, at=minutes(1))
    assert now(requests).items[0].made == (0,)
    assert read(path, "SELECT state, said FROM request_changes") == [("made", None)]
    assert list(audit.events())[-1].detail == "Found as it was to be made."


@pytest.mark.parametrize(("outcome", "step"), [(Outcome.APPLIED, Step.VERIFIED), (Outcome.FAILED, Step.NOT_VERIFIED)])
def test_what_came_of_a_repository_is_an_event_with_all_its_changes(
    outcome: Outcome, step: Step, requests: SqliteRequests, audit: SqliteAudit
) -> None:
    claimed = begun(requests, remediation("R1", item("api", *BOTH), item("web", TO_SCAN, target=STAGING)))
    requests.settle("R1", 1, outcome, "It is so.", seen=None, at=minutes(1))
    found = now(requests)
    assert found.items == (claimed.items[0], replace(claimed.items[1], outcome=outcome, sentence="It is so."))
    assert found.head == audit.head()
    last = list(audit.events())[-1]
    assert (last.event, last.repository, last.account, last.rule, last.before, last.after, last.detail) == (
        step,
        "web",
        "222222222222",
        SCAN,
        "scanOnPush false",
        "scanOnPush true",
        "It is so.",
    )


def test_what_is_seen_closes_findings_as_remediated_by_whoever_asked(
    requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    swept(history, AT, {PROD: [seen("api", FAIL, FAIL), seen("web", FAIL)]})
    carried_out(requests, remediation(), seen=seen("api"), at=minutes(5))
    assert read(path, CLOSED) == [("api", TAGS, "remediated", EVA.id), ("api", SCAN, "remediated", EVA.id)]
    assert read(path, "SELECT repository FROM open_findings") == [("web",)]
    assert broken(path) == []


@pytest.mark.parametrize("by", ["sweep", "check"])
@pytest.mark.parametrize("noted", ["changing", "changed"])
def test_whoever_sees_the_new_settings_before_they_are_verified_closes_them_as_remediated_too(
    by: str, noted: str, requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    swept(history, AT, {PROD: [seen("api", FAIL, FAIL), seen("web", FAIL)]})
    begun(requests, remediation(), at=minutes(1))
    requests.changing("R1", 0, 0, at=minutes(1))
    if noted == "changed":
        requests.changed("R1", 0, 0, aws_request_id="aws-1", at=minutes(1))
    look = [seen("api"), seen("web")]
    if by == "sweep":
        swept(history, minutes(2), {PROD: look})
    else:
        history.record_check(checked(minutes(2), *look), by="eva", source="cli", at=minutes(2))

    # Its scanning and the other repository were mended by somebody else.
    assert read(path, CLOSED) == [
        ("api", TAGS, "remediated", EVA.id),
        ("api", SCAN, "fixed outside", None),
        ("web", TAGS, "fixed outside", None),
    ]
    requests.settle("R1", 0, Outcome.APPLIED, "Verified.", seen=(seen("api"), minutes(3)), at=minutes(3))
    assert len(read(path, CLOSED)) == 3
    assert broken(path) == []


def test_the_same_name_elsewhere_and_what_closed_before_or_after_is_not_the_request_s(
    requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    everywhere = {PROD: [seen("api", FAIL)], STAGING: [seen("api", FAIL, target=STAGING)]}
    swept(history, AT, everywhere)
    begun(requests, remediation(), at=minutes(1))
    make(requests, "R1", 0, 0, at=minutes(1))
    swept(history, minutes(2), {PROD: [seen("api", FAIL)], STAGING: [seen("api", target=STAGING)]})
    requests.settle("R1", 0, Outcome.FAILED, "It failed.", seen=(seen("api", FAIL), minutes(3)), at=minutes(3))
    requests.finish("R1", State.FAILED, "It failed.", lines=(), at=minutes(3))
    swept(history, minutes(9), {PROD: [seen("api")]})
    assert read(path, CLOSED) == [("api", TAGS, "fixed outside", None), ("api", TAGS, "fixed outside", None)]


def test_a_sweep_that_began_before_the_change_and_is_saved_after_it_opens_nothing_again(
    requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    swept(history, AT, {PROD: [seen("api", FAIL)]})
    carried_out(requests, remediation(), seen=seen("api"), at=minutes(5))
    history.record_target(PROD, [seen("api", FAIL)], began_at=minutes(4), at=minutes(6))
    assert read(path, "SELECT repository FROM open_findings") == []
    assert broken(path) == []


def test_an_end_tells_whoever_asked_and_each_channel_once(
    requests: SqliteRequests, audit: SqliteAudit, path: Path
) -> None:
    claimed = begun(requests, remediation())
    make(requests, "R1", 0, 0, 1)
    requests.settle("R1", 0, Outcome.APPLIED, "Verified.", seen=None, at=AT)
    settled = now(requests)
    ended = requests.finish("R1", State.APPLIED, "Applied.", lines=("C0ONE", "C0TWO", "C0ONE"), at=minutes(1))
    assert ended == replace(
        settled,
        state=State.APPLIED,
        sentence="Applied.",
        ended_at=minutes(1),
        revision=claimed.revision + 1,
        head=audit.head(),
    )
    assert now(requests) == ended
    assert letters(path) == [
        ("R1", "card", "C0APPROVE"),
        ("R1", "outcome", EVA.id),
        ("R1", "line", "C0ONE"),
        ("R1", "line", "C0TWO"),
    ]
    assert requests.begin("R1", at=minutes(1)) is None
    assert requests.unfinished(minutes(60)) == ()


def test_a_whole_request_as_the_audit_has_it(requests: SqliteRequests, audit: SqliteAudit) -> None:
    carried_out(requests, remediation("R1", item("api", *BOTH), item("web", TO_IMMUTABLE)), fails=("web",))
    assert [(event.event, event.repository, event.actor) for event in audit.events()] == [
        (Step.REQUESTED, "api", EVA.id),
        (Step.REQUESTED, "web", EVA.id),
        (Step.APPROVED, None, OTTO.id),
        (Step.APPLYING, None, ECRBOT.id),
        *[(step, "api", ECRBOT.id) for step in (Step.CHANGING, Step.CHANGED) * 2],
        (Step.VERIFIED, "api", ECRBOT.id),
        (Step.CHANGING, "web", ECRBOT.id),
        (Step.CHANGED, "web", ECRBOT.id),
        (Step.NOT_VERIFIED, "web", ECRBOT.id),
        (Step.FAILED, None, ECRBOT.id),
    ]
    assert {event.kind for event in audit.events()} == {"remediation"}


def test_a_step_that_cannot_be_written_whole_is_not_written_at_all(
    requests: SqliteRequests, audit: SqliteAudit, path: Path
) -> None:
    begun(requests, remediation())
    before = (now(requests), list(audit.events()), letters(path))
    with pytest.raises(HistoryError, match=r"NOT NULL constraint failed: letters.channel"):
        requests.finish("R1", State.APPLIED, "Applied.", lines=(None,), at=minutes(1))  # type: ignore[arg-type]
    assert (now(requests), list(audit.events()), letters(path)) == before


def test_what_an_undo_undid_is_undone_by_it(requests: SqliteRequests, audit: SqliteAudit) -> None:
    done = carried_out(requests, remediation("R1", item("api", *BOTH), item("web", TO_SCAN)))
    carried_out(requests, undo("R2", done, item("api", *BOTH), item("web", TO_SCAN)), at=minutes(5))
    undone = now(requests)
    assert (undone.state, undone.undone_by, undone.revision) == (State.UNDONE, "R2", done.revision + 1)
    assert [one.outcome for one in undone.items] == [Outcome.UNDONE] * 2
    assert (undone.changed, undone.can_be_undone(minutes(6))) == ((), False)
    assert undone.head == audit.head()
    last = list(audit.events())[-1]
    assert (last.event, last.request, last.actor, last.detail) == (Step.UNDONE, "R1", EVA.id, "Undone by request R2.")


def test_an_undo_that_failed_for_some_undoes_the_others_alone_and_can_be_tried_again(
    requests: SqliteRequests, audit: SqliteAudit
) -> None:
    both = (item("api", *BOTH), item("web", TO_SCAN))
    done = carried_out(requests, remediation("R1", *both))
    carried_out(requests, undo("R2", done, *both), fails=("web",), at=minutes(5))
    half = now(requests)
    assert (half.state, half.undone_by, half.revision) == (State.APPLIED, None, done.revision + 1)
    assert [one.outcome for one in half.items] == [Outcome.UNDONE, Outcome.APPLIED]
    assert [one.name for one in half.changed] == ["web"]
    assert half.can_be_undone(minutes(6))
    assert Step.UNDONE not in [event.event for event in audit.events()]

    carried_out(requests, undo("R3", half, both[1]), at=minutes(9))
    whole = now(requests)
    assert (whole.state, whole.undone_by) == (State.UNDONE, "R3")


def test_an_undo_that_failed_altogether_undoes_nothing(requests: SqliteRequests) -> None:
    done = carried_out(requests, remediation())
    carried_out(requests, undo("R2", done, item("api", *BOTH)), fails=("api",), at=minutes(5))
    assert now(requests) == done


def test_what_failed_half_way_is_undone_too(requests: SqliteRequests) -> None:
    failed = carried_out(requests, remediation(), fails=("api",))
    assert (failed.state, failed.items[0].made) == (State.FAILED, (0,))
    carried_out(requests, broken_glass("R2", failed, item("api", TO_IMMUTABLE)), at=minutes(5))
    assert now(requests).state is State.UNDONE


def judged(tags: Verdict) -> Assessment:
    return seen("api", tags)


def test_what_is_exempted_is_exempt_from_then_on_and_its_finding_is_closed_by_the_granter(
    requests: SqliteRequests, audit: SqliteAudit, exemptions: SqliteExemptions, history: SqliteHistory, path: Path
) -> None:
    swept(history, AT, {PROD: [seen("api", FAIL)]})
    carried_out(requests, exemption(), seen=judged(EXEMPT), at=minutes(5))
    granted = Exemption("api", PROD, TAGS, "The audit.", OTTO.id, "Otto", minutes(5), UNTIL, "R1")
    assert exemptions.current(minutes(5)) == (granted,)
    assert exemptions.current(minutes(4)) == ()
    assert read(path, CLOSED) == [("api", TAGS, "exempted", OTTO.id)]
    last = list(audit.events())[-1]
    assert (last.event, last.actor, last.actor_entry, last.repository, last.rule, last.after) == (
        Step.EXEMPTED,
        OTTO.id,
        "S0ONCALL",
        "api",
        TAGS,
        "tag-immutability exempt until 2026-12-01 09:00 UTC",
    )


def test_a_sweep_that_finds_a_rule_exempt_closes_it_by_the_granter_where_the_exemption_is_known(
    requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    swept(history, AT, {PROD: [seen("api", FAIL, FAIL)]})
    carried_out(requests, exemption(rules=(TAGS,)), at=minutes(5))
    swept(history, minutes(9), {PROD: [seen("api", EXEMPT, EXEMPT)]})
    assert read(path, CLOSED) == [("api", TAGS, "exempted", OTTO.id), ("api", SCAN, "exempted", None)]


def test_what_is_mended_while_it_is_exempt_is_not_called_exempted(
    requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    swept(history, AT, {PROD: [seen("api", FAIL)]})
    carried_out(requests, exemption(), at=minutes(5))
    swept(history, minutes(9), {PROD: [seen("api", PASS)]})
    assert read(path, CLOSED) == [("api", TAGS, "fixed outside", None)]


def test_what_failed_exempts_nothing(requests: SqliteRequests, exemptions: SqliteExemptions) -> None:
    begun(requests, exemption())
    requests.settle("R1", 0, Outcome.FAILED, "Approved at 9, not applied.", seen=None, at=AT)
    requests.finish("R1", State.FAILED, "It was not applied.", lines=(), at=AT)
    assert exemptions.current(AT) == ()


def test_undoing_an_exemption_ends_it_now(
    requests: SqliteRequests, audit: SqliteAudit, exemptions: SqliteExemptions, path: Path
) -> None:
    done = carried_out(requests, exemption("R1", "api", "web", rules=(TAGS, SCAN)))
    carried_out(requests, undo("R2", done, item("api"), item("web")), at=minutes(5))
    assert exemptions.current(minutes(5)) == ()
    assert read(path, "SELECT DISTINCT ended_at FROM exemptions") == [("2026-11-01T09:05:00.000000Z",)]
    assert (now(requests).state, now(requests).undone_by) == (State.UNDONE, "R2")
    told = [
        (event.request, event.actor, event.repository, event.rule, event.before)
        for event in audit.events()
        if event.event is Step.EXEMPTION_ENDED
    ]
    assert told == [
        ("R2", EVA.id, name, rule, f"{rule} exempt until 2026-12-01 09:00 UTC")
        for name in ("api", "web")
        for rule in (TAGS, SCAN)
    ]


def test_undoing_an_exemption_that_ended_by_itself_ends_nothing_once_more(
    requests: SqliteRequests, audit: SqliteAudit, exemptions: SqliteExemptions
) -> None:
    done = carried_out(requests, exemption(until=minutes(30)))
    assert len(exemptions.end(minutes(30))) == 1
    carried_out(requests, undo("R2", done, item("api")), at=minutes(40))
    assert [event.event for event in audit.events()].count(Step.EXEMPTION_ENDED) == 1
    assert now(requests).state is State.UNDONE


def test_a_new_exemption_of_the_same_rule_takes_the_place_of_the_old_one(
    requests: SqliteRequests, audit: SqliteAudit, exemptions: SqliteExemptions
) -> None:
    carried_out(requests, exemption("R1", rules=(TAGS, SCAN)))
    carried_out(requests, exemption("R2", until=UNTIL + timedelta(days=9)), at=minutes(5))
    assert [(one.rule, one.request) for one in exemptions.current(minutes(5))] == [(SCAN, "R1"), (TAGS, "R2")]
    told = [(event.event, event.request, event.rule, event.detail) for event in list(audit.events())[-2:]]
    assert told == [
        (Step.EXEMPTION_ENDED, "R2", TAGS, "Request R2 grants another one in its place."),
        (Step.EXEMPTED, "R2", TAGS, "The audit."),
    ]
