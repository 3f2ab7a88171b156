"""What is forgotten, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from ecr.audit import verify
from ecr.checked import CheckReport, QueryResult
from ecr.names import Query
from ecr.posting import Period
from ecr.subscription import Filters, Subscription
from store.audit import SqliteAudit
from store.exemptions import SqliteExemptions
from store.postings import SqlitePostings
from store.requests import SqliteRequests
from store.subscriptions import SqliteSubscriptions
from tests.store.asked import BOTH, carried_out, exemption, item, remediation, undo
from tests.store.world import AT, FAIL, PASS, PROD, TAGS, after, read, seen, swept

if TYPE_CHECKING:
    from pathlib import Path

    from store.history import SqliteHistory

ONE = Subscription("C0DIGEST", time(9), "UTC", Filters(), AT, "U0EVA")


@pytest.fixture
def past(history: SqliteHistory, path: Path) -> SqliteHistory:
    """A year in which things changed, were resolved, went away and were told of."""
    gone, changed, still = "gone", "changed", "still"
    swept(history, after(0), {PROD: [seen(gone, FAIL), seen(changed, FAIL), seen(still, FAIL)]})
    swept(history, after(10), {PROD: [seen(changed, PASS), seen(still, FAIL)]})
    swept(history, after(200), {PROD: [replace(seen(changed, FAIL)), seen(still, FAIL)]})
    swept(history, after(210), {PROD: [seen(changed, PASS), seen(still, FAIL)]})
    for day in (5, 205):
        report = CheckReport((QueryResult(Query(still), (seen(still, FAIL),)),), after(day))
        history.record_check(report, by="eva", source="cli", at=after(day))
    subscriptions, postings = SqliteSubscriptions(path), SqlitePostings(path)
    subscriptions.subscribe(ONE)
    subscriptions.pause(ONE, "it is archived", notice="It is paused.", at=after(5))
    postings.told(postings.notices()[0], at=after(6))
    subscriptions.subscribe(ONE)
    subscriptions.pause(ONE, "it is archived", notice="It is paused again.", at=after(7))
    posting = postings.claim(ONE, date(2026, 11, 2), at=after(5))
    assert posting is not None
    postings.sent(postings.begin(postings.fill(posting, ["{}"], Period(after(5), 3)), at=after(5)), "1.2", at=after(5))
    return history


def test_the_detail_of_what_was_over_by_then_goes_and_the_rest_stays(past: SqliteHistory, path: Path) -> None:
    past.forget(after(100))

    assert read(path, "SELECT repository, opened_at, closed_how FROM closed_findings") == [
        ("changed", "2027-05-20T09:00:00.000000Z", "fixed outside")
    ]
    assert read(path, "SELECT repository FROM open_findings") == [("still",)]
    assert read(path, "SELECT repository, since, until, tag_mutability FROM repository_settings") == [
        ("still", "2026-11-01T09:00:00.000000Z", None, "MUTABLE"),
        ("changed", "2026-11-11T09:00:00.000000Z", "2027-05-20T09:00:00.000000Z", "IMMUTABLE"),
        ("changed", "2027-05-20T09:00:00.000000Z", "2027-05-30T09:00:00.000000Z", "MUTABLE"),
        ("changed", "2027-05-30T09:00:00.000000Z", None, "IMMUTABLE"),
    ]
    assert read(path, "SELECT name FROM repositories ORDER BY name") == [("changed",), ("still",)]
    assert read(path, "SELECT count(*) FROM checks") == [(2,)]
    assert read(path, "SELECT count(*) FROM check_findings") == [(4,)]
    assert read(path, "PRAGMA foreign_key_check") == []


def test_totals_sweeps_subscriptions_digests_and_untold_notices_stay(past: SqliteHistory, path: Path) -> None:
    kept = ("target_days", "sweeps", "targets", "subscriptions", "digests")
    before = {table: read(path, f"SELECT * FROM {table}") for table in kept}  # noqa: S608 - names of ours

    past.forget(after(1000))

    assert {table: read(path, f"SELECT * FROM {table}") for table in kept} == before  # noqa: S608 - names of ours
    assert read(path, "SELECT text FROM notices") == [("It is paused again.",)]


def test_what_no_row_says_any_more_goes_too(past: SqliteHistory, path: Path) -> None:
    past.forget(after(1000))
    assert read(path, "SELECT tag_mutability FROM setting_values ORDER BY 1") == [("IMMUTABLE",), ("MUTABLE",)]
    assert read(path, "SELECT sentence FROM evidence") == [("Tags fail.",)]
    assert read(path, "SELECT count(*) FROM judgements") == [(2,)]
    swept(past, after(1001), {PROD: [seen("gone", FAIL), seen("changed"), seen("still", FAIL)]})
    assert [row.assessment.name for row in past.noncompliant(Filters()).rows] == ["gone", "still"]


def test_a_finding_that_comes_back_has_regressed_although_the_earlier_one_is_forgotten_later(
    past: SqliteHistory,
) -> None:
    swept(past, after(300), {PROD: [seen("changed", FAIL), seen("still", FAIL)]})
    past.forget(after(299))
    told = past.facts(Filters(), Period(after(299), 4), day=after(300).date(), at=after(300))
    assert [(one.name, one.rule) for one in told.regressed] == [("changed", TAGS)]


def test_nothing_goes_before_its_time(past: SqliteHistory, path: Path) -> None:
    tables = ("repositories", "findings", "settings", "checks", "check_findings", "notices", "evidence")
    before = {table: read(path, f"SELECT * FROM {table}") for table in tables}  # noqa: S608 - names of ours
    past.forget(AT)
    assert {table: read(path, f"SELECT * FROM {table}") for table in tables} == before  # noqa: S608 - names of ours


def test_requests_exemptions_and_the_audit_stay_for_ever(past: SqliteHistory, path: Path) -> None:
    requests = SqliteRequests(path)
    done = carried_out(requests, remediation("R1", item("gone", *BOTH)), at=after(0.1))
    carried_out(requests, undo("R2", done, item("gone", *BOTH)), at=after(0.2))
    carried_out(requests, exemption("R3", "gone", until=after(0.3)))
    SqliteExemptions(path).end(after(1))
    kept = ("requests", "request_repositories", "request_changes", "letters", "exemptions", "audit")
    before = {table: read(path, f"SELECT * FROM {table}") for table in kept}  # noqa: S608 - names of ours

    past.forget(after(1000))

    assert all(before.values())
    assert {table: read(path, f"SELECT * FROM {table}") for table in kept} == before  # noqa: S608 - names of ours
    assert read(path, "SELECT count(*) FROM repositories WHERE name = 'gone'") == [(0,)]
    assert verify(SqliteAudit(path).events()).problems == ()
