"""Who has opened their Home tab, and what there is to tell in it: numbers, the oldest findings, requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.facts import Facts, OpenFinding, Point, Totals, UnreadRepositories
from ecr.home import ENDED_WITHIN, MOST_SHOWN, REMEMBERED, Known
from ecr.request import State
from store import file, glance
from store.history import SqliteHistory
from store.homes import SqliteHomes
from store.migrations import MIGRATIONS
from tests.store.asked import BOTH, EVA, OTTO, brought_to, carried_out, item, minutes, remediation
from tests.store.world import (
    AT,
    EXEMPT,
    FAIL,
    PROD,
    PROD_US,
    SCAN,
    STAGING,
    TAGS,
    UNKNOWN,
    after,
    read,
    repository,
    seen,
    swept,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ecr.model import Rule, Target
    from store.requests import SqliteRequests


@pytest.fixture
def homes(path: Path, history: SqliteHistory) -> SqliteHomes:
    assert history.path == path
    return SqliteHomes(path)


def known(homes: SqliteHomes, day: float = 0, user: str = EVA.id) -> Known:
    return homes.known(user, day=after(day).date(), since=after(day) - ENDED_WITHIN)


def finding(name: str, rule: Rule = TAGS, target: Target = PROD, day: float = 0) -> OpenFinding:
    said = "Tags fail." if rule is TAGS else "Scanning fail."
    return OpenFinding(name, target, repository(name, target).arn, rule, said, after(day))


def test_an_empty_history_knows_nothing(homes: SqliteHomes) -> None:
    assert known(homes) == Known(Facts())


def test_everything_is_told_in_numbers_and_the_oldest_findings_in_full(
    history: SqliteHistory, homes: SqliteHomes
) -> None:
    swept(history, AT, {PROD: [seen("old", FAIL), seen("well")], STAGING: [seen("web", target=STAGING)]})
    later = [seen("old", FAIL, FAIL), seen("well"), seen("new", scan=FAIL), seen("odd", UNKNOWN), seen("let", EXEMPT)]
    swept(history, after(4), {PROD: later, STAGING: "Access denied."})
    facts = known(homes, 4).facts
    assert replace(facts, older=()) == Facts(
        older_count=2,
        unread=(UnreadRepositories(STAGING, "Access denied.", AT, known=1),),
        totals=Totals(passing=1, failing=2, exempt=1, unknown=2),
        days=(*(Point(after(day).date(), 1) for day in (0, 2)), Point(after(4).date(), 2, 1)),
        swept_at=after(4),
    )
    assert set(facts.older) == {finding("old"), finding("old", SCAN, day=4), finding("new", SCAN, day=4)}


def test_what_could_not_be_read_is_counted_and_never_among_the_findings(
    history: SqliteHistory, homes: SqliteHomes
) -> None:
    swept(history, AT, {PROD: [seen("api", FAIL)], PROD_US: [seen("us", FAIL, target=PROD_US)]})
    swept(history, after(1), {PROD: "No.", PROD_US: "Not either."})
    facts = known(homes, 1).facts
    assert (facts.older, facts.older_count, facts.totals, facts.all_unread) == ((), 0, Totals(unknown=2), True)
    assert facts.unread == (
        UnreadRepositories(PROD, "No.", AT, known=1, failing=1),
        UnreadRepositories(PROD_US, "Not either.", AT, known=1, failing=1),
    )


def test_what_is_gone_or_configured_no_more_is_not_told(history: SqliteHistory, homes: SqliteHomes) -> None:
    swept(history, AT, {PROD: [seen("api", FAIL), seen("gone", FAIL)], STAGING: [seen("web", FAIL, target=STAGING)]})
    swept(history, after(1), {PROD: [seen("api", FAIL)]})
    facts = known(homes, 1).facts
    assert (facts.older, facts.older_count, facts.totals) == ((finding("api"),), 1, Totals(failing=1))


def test_the_oldest_ten_repositories_are_told_with_all_of_their_findings(
    history: SqliteHistory, homes: SqliteHomes
) -> None:
    assessed = []
    for day in range(15):
        assessed.append(seen(f"team-{day:02}", FAIL, FAIL))
        swept(history, after(day), {PROD: assessed})
    facts = known(homes, 20).facts
    assert facts.older_count == 15
    assert set(facts.older) == {
        finding(f"team-{day:02}", rule, day=day) for day in range(MOST_SHOWN) for rule in (TAGS, SCAN)
    }


def test_the_oldest_findings_are_found_without_reading_or_sorting_all(path: Path, history: SqliteHistory) -> None:
    """Of fifty thousand repositories they are told within a millisecond."""
    assert history.path == path
    oldest = glance._OLDEST.format(also="").replace("?", "20")  # noqa: SLF001 - its plan is what is looked at
    with file.connection(path) as database:
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {oldest}")]
    assert plan == ["SCAN f USING INDEX open_findings_by_age", "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"]


def test_what_waits_comes_oldest_first_and_nothing_that_is_settled(
    homes: SqliteHomes, requests: SqliteRequests
) -> None:
    carried_out(requests, remediation("R0", item("done", *BOTH)))
    for number in (2, 1, 3):
        requests.ask(remediation(f"R{number}", item(f"api-{number}", *BOTH), at=minutes(number)), channel=None)
    told = known(homes, user=OTTO.id)
    assert ([one.id for one in told.waiting], told.asked, told.asked_count) == (["R1", "R2", "R3"], (), 0)
    assert told.waiting[0] == requests.get("R1")


def test_of_what_somebody_asked_for_the_open_comes_first_and_then_the_newest(
    homes: SqliteHomes, requests: SqliteRequests
) -> None:
    for key, minute in (("R1", 1.0), ("R2", 2.0)):
        requests.ask(remediation(key, item(key, *BOTH), at=minutes(minute)), channel=None)
    for key, minute in (("R3", 3.0), ("R4", 4.0)):
        carried_out(requests, remediation(key, item(key, *BOTH), at=minutes(minute)), at=minutes(minute))
    requests.ask(replace(remediation("R5", item("other", *BOTH)), by=OTTO), channel=None)
    told = known(homes)
    assert ([one.id for one in told.asked], told.asked_count) == (["R2", "R1", "R4", "R3"], 4)
    assert told.asked[2] == requests.get("R4")


def test_what_ended_more_than_a_week_ago_is_told_no_more(homes: SqliteHomes, requests: SqliteRequests) -> None:
    carried_out(requests, remediation("R1"))
    until = AT + ENDED_WITHIN
    told = [homes.known(EVA.id, day=at.date(), since=at - ENDED_WITHIN) for at in (until, until + timedelta(seconds=1))]
    assert [one.asked_count for one in told] == [1, 0]


def test_ten_of_many_are_read_and_all_are_counted(homes: SqliteHomes, requests: SqliteRequests) -> None:
    for number in range(14):
        requests.ask(remediation(f"R{number}", item(f"api-{number}", *BOTH), at=minutes(number)), channel=None)
    told = known(homes)
    assert ([one.id for one in told.asked], told.asked_count) == ([f"R{n}" for n in range(13, 3, -1)], 14)


@pytest.mark.parametrize("state", State)
def test_a_request_waits_in_one_state_alone_and_is_its_askers_in_each(
    state: State, homes: SqliteHomes, requests: SqliteRequests
) -> None:
    brought_to(state, requests)
    told = known(homes)
    assert [one.id for one in told.waiting] == (["R1"] if state is State.REQUESTED else [])
    assert [(one.id, one.state) for one in told.asked] == [("R1", state)]


def test_whoever_opened_their_home_is_remembered_for_thirty_days(homes: SqliteHomes) -> None:
    homes.opened("U0EVA", at=AT)
    homes.opened("U0OTTO", at=after(3))
    last = AT + REMEMBERED
    assert homes.users(last) == {"U0EVA", "U0OTTO"}
    assert homes.users(last + timedelta(seconds=1)) == {"U0OTTO"}
    homes.opened("U0EVA", at=last)
    assert homes.users(last + timedelta(days=1)) == {"U0EVA", "U0OTTO"}


def test_who_has_not_for_long_is_deleted_when_somebody_opens_theirs(path: Path, homes: SqliteHomes) -> None:
    homes.opened("U0EVA", at=AT)
    homes.opened("U0OTTO", at=AT + REMEMBERED + timedelta(seconds=1))
    assert read(path, "SELECT user FROM homes") == [("U0OTTO",)]


def test_what_was_published_is_noted_of_those_who_are_remembered(homes: SqliteHomes) -> None:
    homes.opened("U0EVA", at=AT)
    homes.published("U0EVA", "a1")
    homes.published("U0OTTO", "b2")
    homes.opened("U0EVA", at=after(1))
    assert [homes.shown(user) for user in ("U0EVA", "U0OTTO")] == ["a1", None]
    homes.forget("U0EVA")
    assert (homes.shown("U0EVA"), homes.users(after(1))) == (None, frozenset())


def test_a_file_of_the_release_before_keeps_its_requests_and_gets_homes(tmp_path: Path) -> None:
    path = tmp_path / "ecrbot.db"
    with file.connection(path, make=True) as database:
        MIGRATIONS.apply(database, stop_before="m0006_homes")
    write = "INSERT INTO requests (id, kind, state, asked_by, asked_by_name, asked_in, reason, made_at, expires_at, "
    write += "fingerprint, break_glass) VALUES ('R1', 'remediation', 'requested', 'U0EVA', 'Eva', '', 'why', "
    write += "'2026-11-01T09:00:00.000000Z', '2026-11-01T17:00:00.000000Z', 'f', 0)"
    with file.connection(path) as database:
        database.execute(write)
    SqliteHistory.prepare(path)
    homes = SqliteHomes(path)
    homes.opened(EVA.id, at=AT)
    assert [one.id for one in known(homes).asked] == ["R1"]
    assert (tmp_path / "ecrbot.db.before-0006-homes").exists()
    assert read(path, "SELECT strict FROM pragma_table_list WHERE name = 'homes'") == [(1,)]
