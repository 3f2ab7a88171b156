"""What stands by the last reading: a page of it, how much there is, what the filters leave; and targets not read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecr.model import ALL_REGIONS, Target
from ecr.posting import Period
from ecr.subscription import Filters
from ecr.swept import LastSweep, Standing, Standings, UnreadTarget
from tests.store.world import AT, FAIL, PROD, PROD_US, STAGING, UNKNOWN, after, read, seen, sweep_report, swept

if TYPE_CHECKING:
    from pathlib import Path

    from store.history import SqliteHistory

EVERYTHING = Filters()


def names(history: SqliteHistory, filters: Filters = EVERYTHING) -> list[str]:
    found = history.noncompliant(filters)
    assert found.count == len(found.rows)
    return [row.assessment.name for row in found.rows]


@pytest.fixture
def seeded(history: SqliteHistory) -> SqliteHistory:
    """Three targets, with what fails and what does not."""
    swept(
        history,
        after(0),
        {
            PROD: [seen("payments-api", FAIL), seen("payments-web", FAIL, FAIL), seen("fine"), seen("odd", UNKNOWN)],
            PROD_US: [seen("payments-api", FAIL, target=PROD_US)],
            STAGING: [seen("audit-1", FAIL, target=STAGING), seen("audit-x", FAIL, target=STAGING)],
        },
    )
    return history


def test_an_empty_history_knows_nothing(history: SqliteHistory) -> None:
    assert history.noncompliant(EVERYTHING) == Standings((), 0, 0)
    assert history.known(EVERYTHING) == 0
    assert history.last_sweep() is None
    assert history.swept_at() is None
    assert history.asked_at() is None
    assert history.timeline("api") == ()
    assert not history.sweep_is_running()


def test_what_fails_is_told_as_it_was_read(history: SqliteHistory) -> None:
    failing = seen("api", FAIL)
    swept(history, after(0), {PROD: [failing, seen("fine")]})
    swept(history, after(1), {PROD: [failing, seen("fine")]})
    assert history.noncompliant(EVERYTHING) == Standings(
        (Standing(failing, after(1)),), 1, 0, accounts=("prod", "111111111111"), regions=("eu-west-1",)
    )


def test_a_rule_that_became_unknown_is_told_as_such(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)]})
    swept(history, after(1), {PROD: [seen("api", UNKNOWN)]})
    assert history.noncompliant(EVERYTHING).rows == (Standing(seen("api", UNKNOWN), after(1)),)


def test_a_page_is_some_of_all_in_the_order_of_accounts_regions_and_names(seeded: SqliteHistory) -> None:
    every = seeded.noncompliant(EVERYTHING)
    assert [(row.assessment.target, row.assessment.name) for row in every.rows] == [
        (PROD, "payments-api"),
        (PROD, "payments-web"),
        (PROD_US, "payments-api"),
        (STAGING, "audit-1"),
        (STAGING, "audit-x"),
    ]
    pages = [seeded.noncompliant(EVERYTHING, start=start, most=2) for start in (0, 2, 4, 6)]
    assert [page.rows for page in pages] == [every.rows[:2], every.rows[2:4], every.rows[4:], ()]
    assert {(page.count, page.unread_count) for page in pages} == {(5, 0)}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(("payments-*",)), ["payments-api", "payments-web", "payments-api"]),
        (Filters(("PAYMENTS-W*",)), ["payments-web"]),
        (Filters(("payments-api", "audit-1")), ["payments-api", "payments-api", "audit-1"]),
        (Filters(("audit-[0-9]",)), ["audit-1"]),
        (Filters(("audit-[!0-9]",)), ["audit-x"]),
        (Filters(("audit-?",)), ["audit-1", "audit-x"]),
        (Filters(("audit", "*")), ["payments-api", "payments-web", "payments-api", "audit-1", "audit-x"]),
        (Filters(accounts=("prod",)), ["payments-api", "payments-web", "payments-api"]),
        (Filters(accounts=("222222222222",)), ["audit-1", "audit-x"]),
        (Filters(accounts=("prod", "222222222222"), regions=("us-east-1",)), ["payments-api"]),
        (Filters(regions=("us-east-1", ALL_REGIONS), accounts=("staging",)), ["audit-1", "audit-x"]),
        (Filters(("payments-*",), ("staging",)), []),
        (Filters(accounts=("nobody",)), []),
        (Filters(regions=("mars-1",)), []),
        (Filters(("%",)), []),
    ],
)
def test_filters_leave_what_they_name(seeded: SqliteHistory, filters: Filters, expected: list[str]) -> None:
    assert names(seeded, filters) == expected


def test_the_filters_count_every_repository_that_they_match(seeded: SqliteHistory) -> None:
    assert seeded.known(EVERYTHING) == 7
    assert seeded.known(Filters(("payments-*",))) == 3
    assert seeded.known(Filters(accounts=("prod",), regions=("eu-west-1",))) == 4
    swept(seeded, after(1), {PROD: [seen("payments-api", FAIL)], PROD_US: [], STAGING: []})
    assert seeded.known(EVERYTHING) == 1


def test_what_stands_in_a_target_that_cannot_be_read_stays_with_why_and_is_counted(seeded: SqliteHistory) -> None:
    known = seeded.record_unread(PROD, "Access denied.", at=after(1))
    found = seeded.noncompliant(EVERYTHING)
    assert known == 4
    assert [(row.assessment.name, row.read_at, row.unread) for row in found.rows[:3]] == [
        ("payments-api", after(0), "Access denied."),
        ("payments-web", after(0), "Access denied."),
        ("payments-api", after(0), None),
    ]
    assert (found.count, found.unread_count) == (5, 2)
    assert seeded.known(EVERYTHING) == 7


def test_what_is_unknown_beside_what_is_listed_is_counted(seeded: SqliteHistory) -> None:
    before = seeded.noncompliant(EVERYTHING)
    seeded.record_unread(PROD, "Access denied.", at=after(1))
    unread = seeded.noncompliant(EVERYTHING)
    elsewhere = seeded.noncompliant(Filters(accounts=("staging",)))
    named = seeded.noncompliant(Filters(("payments-*",)))
    assert (before.unknown_count, before.unread) == (1, ())
    assert (unread.unknown_count, unread.unread) == (2, (UnreadTarget(PROD, "Access denied."),))
    assert (elsewhere.unknown_count, elsewhere.unread, elsewhere.is_certain) == (0, (), True)
    assert (named.unknown_count, named.unread) == (0, unread.unread)


def test_what_is_listed_is_not_counted_among_the_unknown_once_more(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)]})
    swept(history, after(1), {PROD: [seen("api", UNKNOWN)]})
    found = history.noncompliant(EVERYTHING)
    assert (found.count, found.unknown_count) == (1, 0)


def test_the_configured_accounts_and_regions_are_told_whatever_is_asked(seeded: SqliteHistory) -> None:
    found = seeded.noncompliant(Filters(accounts=("nobody",)))
    assert found.accounts == ("prod", "staging", "111111111111", "222222222222")
    assert found.regions == ("eu-west-1", "us-east-1")
    swept(seeded, after(1), {STAGING: []})
    later = seeded.noncompliant(EVERYTHING)
    assert (later.accounts, later.regions) == (("staging", "222222222222"), ("eu-west-1",))


@pytest.mark.parametrize(
    ("target", "filters", "accounts", "regions", "is_certain"),
    [
        (Target(None, ALL_REGIONS), Filters(accounts=("prod",), regions=("eu-west-1",)), (), (), False),
        (Target(None, "eu-west-1"), Filters(accounts=("prod",)), (), ("eu-west-1",), False),
        (Target(None, "eu-west-1"), Filters(regions=("us-east-1",)), (), ("eu-west-1",), True),
        (Target("1", ALL_REGIONS, "one"), Filters(regions=("us-east-1",)), ("one", "1"), (), False),
        (Target("1", ALL_REGIONS, "one"), Filters(accounts=("one",)), ("one", "1"), (), False),
        (Target("1", ALL_REGIONS, "one"), Filters(accounts=("two",)), ("one", "1"), (), True),
    ],
)
def test_a_target_that_never_told_its_account_or_regions_may_be_the_one_that_is_asked_about(
    history: SqliteHistory,
    target: Target,
    filters: Filters,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    *,
    is_certain: bool,
) -> None:
    swept(history, after(0), {target: "No credentials."})
    found = history.noncompliant(filters)
    assert (found.accounts, found.regions, found.is_certain) == (accounts, regions, is_certain)


def test_a_target_that_can_be_read_again_has_no_error_any_more(seeded: SqliteHistory) -> None:
    seeded.record_unread(PROD_US, "Access denied.", at=after(1))
    seeded.record_target(PROD_US, [seen("payments-api", FAIL, target=PROD_US)], began_at=after(2), at=after(2))
    assert [row.unread for row in seeded.noncompliant(EVERYTHING).rows] == [None] * 5


def test_the_last_sweep_is_told_with_the_targets_that_cannot_be_read_since(seeded: SqliteHistory) -> None:
    unread = UnreadTarget(STAGING, "Access denied.")
    seeded.record_unread(STAGING, "Access denied.", at=after(1))
    report = replace(sweep_report(after(1), targets=3, unread=[unread]), asked_by="U0EVA")
    seeded.record_sweep(report, (PROD, PROD_US, STAGING))

    assert seeded.last_sweep() == LastSweep(after(1), 3, 10, 2, (unread,))
    assert seeded.swept_at() == after(1)
    assert seeded.asked_at() == after(1)


def test_the_sweep_that_was_asked_for_last_is_remembered_through_others(history: SqliteHistory) -> None:
    history.record_sweep(replace(sweep_report(after(0)), asked_by="U0EVA"), (PROD,))
    history.record_sweep(sweep_report(after(1)), (PROD,))
    assert (history.asked_at(), history.swept_at()) == (after(0), after(1))


def test_the_last_sweep_is_the_one_written_last_whatever_the_clock_did(history: SqliteHistory) -> None:
    history.record_sweep(sweep_report(after(1)), (PROD,))
    history.record_sweep(sweep_report(after(0)), (PROD,))
    assert history.swept_at() == after(0)


@pytest.mark.parametrize(
    ("target", "stands_for"),
    [
        (Target("111111111111", ALL_REGIONS, "prod"), {PROD, PROD_US}),
        (Target(None, "eu-west-1"), {PROD, STAGING}),
        (Target(None, ALL_REGIONS), {PROD, PROD_US, STAGING}),
    ],
)
def test_a_target_whose_account_or_regions_cannot_be_told_stands_for_the_known_ones(
    seeded: SqliteHistory, path: Path, target: Target, stands_for: set[Target]
) -> None:
    known = seeded.record_unread(target, "Access denied.", at=after(1))
    seeded.record_sweep(sweep_report(after(1)), (target,))

    found = read(path, "SELECT account, region, name FROM targets WHERE error IS NOT NULL")
    assert {Target(*row) for row in found} == stands_for
    assert known == {2: 6 if target.account is None else 5, 3: 7}[len(stands_for)]
    assert {Target(*row) for row in read(path, "SELECT account, region, name FROM targets WHERE configured")} == (
        stands_for
    )
    assert {one.assessment.target for one in seeded.noncompliant(EVERYTHING).rows} == stands_for


def test_an_account_that_nothing_is_known_of_is_a_target_of_its_own_until_it_is_known(
    history: SqliteHistory, path: Path
) -> None:
    unknown = Target(None, ALL_REGIONS)
    history.record_unread(unknown, "No credentials.", at=after(0))
    history.record_sweep(sweep_report(after(0)), (unknown,))
    last = history.last_sweep()
    assert last is not None
    assert last.unreadable == (UnreadTarget(unknown, "No credentials."),)

    swept(history, after(1), {PROD: [seen("api", FAIL)]})

    assert read(path, "SELECT account, region FROM targets") == [("111111111111", "eu-west-1")]


def test_a_target_that_is_configured_no_more_drops_out_and_comes_back(seeded: SqliteHistory) -> None:
    period = Period(AT, 0)
    swept(seeded, after(1), {STAGING: [seen("audit-1", FAIL, target=STAGING)]})
    without = (
        names(seeded),
        seeded.known(EVERYTHING),
        [one.name for one in seeded.facts(EVERYTHING, period, day=AT.date(), at=after(1)).new],
        seeded.facts(EVERYTHING, period, day=AT.date(), at=after(1)).totals.repositories,
    )
    prod = {PROD: [seen("payments-api", FAIL)], STAGING: [seen("audit-1", FAIL, target=STAGING)]}
    swept(seeded, after(2), prod)

    assert without == (["audit-1"], 1, ["audit-1"], 1)
    assert names(seeded) == ["payments-api", "audit-1"]
    assert seeded.known(EVERYTHING) == 2
    kinds = [event.kind for event in seeded.timeline("payments-web")]
    assert kinds == ["first seen", "found", "found", "resolved", "resolved", "gone"]


def test_a_target_that_cannot_be_read_for_the_first_time_counts_among_the_unread(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: "Access denied."})
    found = history.noncompliant(EVERYTHING)
    assert (found.rows, found.count, found.unread_count, found.unknown_count) == ((), 0, 0, 0)
    assert found.unread == (UnreadTarget(PROD, "Access denied."),)
    assert not found.is_certain
    last = history.last_sweep()
    assert last is not None
    assert last.unreadable == (UnreadTarget(PROD, "Access denied."),)


def test_the_totals_of_a_day_are_of_its_last_reading_and_an_unread_target_keeps_them(
    history: SqliteHistory, path: Path
) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL), seen("web")]})
    swept(history, after(0, hours=1), {PROD: [seen("api"), seen("web")]})
    history.record_unread(PROD, "Access denied.", at=after(0, hours=2))
    history.record_unread(PROD, "Access denied.", at=after(1))
    assert read(path, "SELECT * FROM compliance_by_day") == [("2026-11-01", 2, 0, 0, 0), ("2026-11-02", 2, 0, 0, 0)]


def test_a_repository_that_was_deleted_and_made_anew_has_both_in_its_timeline(history: SqliteHistory) -> None:
    for number, some in enumerate(([seen("api")], [], [seen("api", FAIL)])):
        swept(history, after(number), {PROD: some})
    assert [event.kind for event in history.timeline("api")] == ["first seen", "gone", "seen again", "found"]


def test_what_is_configured_no_more_is_in_no_view_of_the_present(history: SqliteHistory, path: Path) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)], STAGING: [seen("web", FAIL, target=STAGING)]})
    swept(history, after(1), {PROD: [seen("api", FAIL)]})
    assert read(path, "SELECT repository FROM open_findings") == [("api",)]
    assert read(path, "SELECT repository FROM current_repositories") == [("api",)]
