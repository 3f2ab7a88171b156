"""What an export reads: everything that is there, since when it is so, and what of it could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecr.model import ALL_REGIONS, Target
from ecr.swept import Standing, UnreadTarget
from store.export_reading import Background, Current, Grant
from store.history import SqliteHistory
from tests.store.asked import carried_out, exemption
from tests.store.world import AT, EXEMPT, FAIL, PROD, PROD_US, SCAN, STAGING, TAGS, UNKNOWN, after, seen, swept

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.model import Assessment, Rule
    from store.requests import SqliteRequests


def since(history: SqliteHistory, rule: Rule = TAGS) -> datetime | None:
    """Return since when the rule of the only repository is as it is."""
    [one] = history.current()
    assert isinstance(one, Current)
    return next(background.since for background in one.backgrounds if background.rule == rule)


def day_by_day(history: SqliteHistory, *days: list[Assessment]) -> None:
    for number, some in enumerate(days):
        swept(history, after(number), {PROD: some})


def test_everything_that_is_there_comes_in_the_order_of_accounts_regions_and_names(history: SqliteHistory) -> None:
    web, api, job = seen("web", FAIL), seen("api"), seen("job", UNKNOWN, target=PROD_US)
    swept(history, after(0), {STAGING: [seen("x", target=STAGING)], PROD_US: [job], PROD: [web, api, seen("old")]})
    swept(history, after(1), {STAGING: [seen("x", target=STAGING)], PROD_US: [job], PROD: [web, api]})
    found = tuple(history.current())
    nothing = (Background(TAGS, None), Background(SCAN, None))
    assert found == (
        Current(Standing(api, after(1)), after(0), nothing),
        Current(Standing(web, after(1)), after(0), (Background(TAGS, after(0)), nothing[1])),
        Current(Standing(job, after(1)), after(0), nothing),
        Current(Standing(seen("x", target=STAGING), after(1)), after(0), nothing),
    )


def test_what_was_not_read_since_says_why(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)], STAGING: [seen("web", target=STAGING)]})
    swept(history, after(1), {PROD: "Access denied.", STAGING: [seen("web", target=STAGING)]})
    standings = [one.standing for one in history.current() if isinstance(one, Current)]
    assert standings == [
        Standing(seen("api", FAIL), after(0), "Access denied."),
        Standing(seen("web", target=STAGING), after(1)),
    ]


@pytest.mark.parametrize("target", [STAGING, Target("3", ALL_REGIONS, "lab"), Target(None, "eu-west-1")])
def test_a_target_that_could_never_be_read_is_told_itself(history: SqliteHistory, target: Target) -> None:
    swept(history, after(0), {target: "Access denied."})
    assert tuple(history.current()) == (UnreadTarget(target, "Access denied."),)


def test_a_target_whose_repositories_are_gone_and_that_cannot_be_read_any_more_is_told_itself(
    history: SqliteHistory,
) -> None:
    day_by_day(history, [seen("api")], [])
    swept(history, after(2), {PROD: "Access denied."})
    assert tuple(history.current()) == (UnreadTarget(PROD, "Access denied."),)


def test_what_is_configured_no_more_is_left_out(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api")], STAGING: [seen("web", target=STAGING)], PROD_US: "Access denied."})
    swept(history, after(1), {PROD: [seen("api")]})
    assert [one.standing.assessment.name for one in history.current() if isinstance(one, Current)] == ["api"]


def test_more_repositories_than_are_read_at_once_all_come(history: SqliteHistory) -> None:
    names = [f"r{number:04}" for number in range(1203)]
    swept(history, after(0), {PROD: [seen(name) for name in names]})
    assert [one.standing.assessment.name for one in history.current() if isinstance(one, Current)] == names


def test_all_of_it_is_of_one_moment_whatever_is_written_meanwhile(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen(f"r{number:04}") for number in range(1203)]})
    reading = history.current()
    next(reading)
    swept(SqliteHistory(history.path), after(1), {PROD: [], STAGING: "Access denied."})
    assert len(tuple(reading)) == 1202


def test_a_failure_began_when_it_was_found_first(history: SqliteHistory) -> None:
    day_by_day(history, [seen("api")], [seen("api", FAIL)], [seen("api", FAIL, FAIL)])
    assert since(history) == after(1)


def test_a_failure_that_came_back_began_when_it_did(history: SqliteHistory) -> None:
    day_by_day(history, [seen("api", FAIL)], [seen("api")], [seen("api", FAIL)])
    assert since(history) == after(2)


def test_a_pass_began_when_the_last_failure_was_mended(history: SqliteHistory) -> None:
    day_by_day(history, [seen("api", FAIL)], [seen("api")], [seen("api")])
    assert since(history) == after(1)


def test_nobody_knows_when_a_pass_began_of_what_never_failed_or_was_made_anew(history: SqliteHistory) -> None:
    day_by_day(history, [seen("api", FAIL)], [], [seen("api")])
    assert (since(history), since(history, SCAN)) == (None, None)


def test_nobody_knows_when_something_became_unknown(history: SqliteHistory) -> None:
    day_by_day(history, [seen("api", FAIL)], [seen("api", UNKNOWN)])
    assert since(history) is None


def test_what_is_exempt_says_since_when_by_whom_why_and_until_when(
    history: SqliteHistory, requests: SqliteRequests
) -> None:
    swept(history, after(-1), {PROD: [seen("api", FAIL, FAIL)]})
    carried_out(requests, exemption("R1", "api", until=after(10)))
    swept(history, after(1), {PROD: [seen("api", EXEMPT, FAIL)]})
    [one] = history.current()
    grant = Grant("Otto", "The audit.", AT, after(10))
    assert isinstance(one, Current)
    assert one.backgrounds == (Background(TAGS, after(1), grant), Background(SCAN, after(-1)))


def test_what_never_failed_is_exempt_since_the_grant(history: SqliteHistory, requests: SqliteRequests) -> None:
    carried_out(requests, exemption("R1", "api"))
    swept(history, after(1), {PROD: [seen("api", EXEMPT)]})
    assert since(history) == AT


def test_an_exemption_that_follows_another_one_began_when_it_was_granted(
    history: SqliteHistory, requests: SqliteRequests
) -> None:
    swept(history, after(-9), {PROD: [seen("api", FAIL)]})
    swept(history, after(-8), {PROD: [seen("api", EXEMPT)]})
    carried_out(requests, exemption("R1", "api"))
    swept(history, after(1), {PROD: [seen("api", EXEMPT)]})
    assert since(history) == AT


def test_an_exempt_rule_that_passes_now_passes_since_nobody_knows_when(
    history: SqliteHistory, requests: SqliteRequests
) -> None:
    swept(history, after(-1), {PROD: [seen("api", FAIL)]})
    carried_out(requests, exemption("R1", "api"))
    swept(history, after(1), {PROD: [seen("api", EXEMPT)]})
    swept(history, after(2), {PROD: [seen("api")]})
    [one] = history.current()
    assert isinstance(one, Current)
    assert one.backgrounds[0] == Background(TAGS, None)


def test_an_exemption_of_the_same_name_elsewhere_is_none_of_this_one(
    history: SqliteHistory, requests: SqliteRequests
) -> None:
    carried_out(requests, exemption("R1", "api"))
    swept(history, after(1), {STAGING: [seen("api", EXEMPT, target=STAGING)]})
    [one] = history.current()
    assert isinstance(one, Current)
    assert one.backgrounds[0] == Background(TAGS, None)
