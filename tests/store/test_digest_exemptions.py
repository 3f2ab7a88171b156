"""What a digest's facts tell of exemptions and of the audit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.facts import EXEMPTION_NOTICE, ClosedFinding, Ending, OpenFinding
from ecr.posting import Period
from ecr.subscription import Filters
from store.audit import SqliteAudit
from store.exemptions import SqliteExemptions
from store.requests import SqliteRequests
from tests.store.asked import EVA, OTTO, carried_out, exemption, item, minutes, remediation, undo
from tests.store.world import AT, EXEMPT, FAIL, PROD, SCAN, STAGING, TAGS, after, repository, seen, swept

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ecr.facts import Facts
    from store.history import SqliteHistory

END = after(30)
SECOND = timedelta(seconds=1)


@pytest.fixture
def requests(path: Path, history: SqliteHistory) -> SqliteRequests:
    swept(history, AT, {PROD: [seen("api", FAIL), seen("web", FAIL)], STAGING: [seen("api", FAIL, target=STAGING)]})
    return SqliteRequests(path)


def facts(history: SqliteHistory, at: datetime, last: Facts | None = None, *names: str) -> Facts:
    period = Period(at - timedelta(days=1), None if last is None else last.change)
    return history.facts(Filters(names), period, day=at.date(), at=at)


def test_exemptions_that_end_within_a_week_are_told_and_others_are_not(
    requests: SqliteRequests, history: SqliteHistory
) -> None:
    carried_out(requests, exemption("R1", "api", until=END))
    carried_out(requests, exemption("R2", "web", rules=(SCAN,), until=END + timedelta(days=1)))
    api = Ending("api", PROD, TAGS, END, "The audit.")
    web = Ending("web", PROD, SCAN, END + timedelta(days=1), "The audit.")
    begin = END - EXEMPTION_NOTICE
    moments = (begin - SECOND, begin, begin + timedelta(days=1), END - SECOND, END)
    assert [facts(history, at).ending for at in moments] == [(), (api,), (api, web), (api, web), (web,)]


def test_exemptions_are_told_by_the_filters_and_not_of_what_is_gone_or_was_undone(
    requests: SqliteRequests, history: SqliteHistory
) -> None:
    carried_out(requests, exemption("R1", "api", until=after(3)))
    done = carried_out(requests, exemption("R2", "web", until=after(3)))
    all_of_them = [[one.name for one in facts(history, after(1), None, *names).ending] for names in ((), ("we*",))]
    carried_out(requests, undo("R3", done, item("web")), at=minutes(5))
    swept(history, after(1), {PROD: [seen("web", FAIL)]})
    assert all_of_them == [["api", "web"], ["web"]]
    assert facts(history, after(1)).ending == ()


def test_what_is_exempted_is_resolved_by_the_granter_and_regresses_when_that_ended(
    requests: SqliteRequests, history: SqliteHistory, path: Path
) -> None:
    first = facts(history, after(1))
    carried_out(requests, exemption("R1", "api", until=after(9)), seen=seen("api", EXEMPT), at=after(0.2))
    swept(history, after(1.1), {PROD: [seen("api", EXEMPT), seen("web")]})
    second = facts(history, after(2), first)
    SqliteExemptions(path).end(after(9))
    swept(history, after(9), {PROD: [seen("api", FAIL), seen("web", FAIL)]})
    third = facts(history, after(9.1), second)
    later = facts(history, after(10), third)

    arns = {name: repository(name).arn for name in ("api", "web")}
    assert second.closed == (
        ClosedFinding("api", PROD, arns["api"], TAGS, "exempted", after(0.2), OTTO.id),
        ClosedFinding("web", PROD, arns["web"], TAGS, "fixed outside", after(1.1)),
    )
    assert third.regressed == (
        OpenFinding("api", PROD, arns["api"], TAGS, "Tags fail.", after(9), was_exempt=True),
        OpenFinding("web", PROD, arns["web"], TAGS, "Tags fail.", after(9)),
    )
    assert [one.name for one in later.older if one.was_exempt] == ["api"]


def test_what_a_request_mended_is_resolved_by_whoever_asked(requests: SqliteRequests, history: SqliteHistory) -> None:
    first = facts(history, after(0.1))
    carried_out(requests, remediation(), seen=seen("api"), at=after(0.2))
    told = facts(history, after(1), first).closed
    assert told == (ClosedFinding("api", PROD, repository("api").arn, TAGS, "remediated", after(0.2), EVA.id),)


def test_the_head_is_the_audit_s_last_hash(requests: SqliteRequests, history: SqliteHistory, path: Path) -> None:
    before = facts(history, after(1)).head
    carried_out(requests, remediation())
    head = SqliteAudit(path).head()
    assert head is not None
    assert (before, facts(history, after(1)).head) == (None, head.hash)
