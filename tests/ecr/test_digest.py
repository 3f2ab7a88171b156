"""What a digest is composed of: rows from findings, the trend from days, and whether there is anything to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.digest import Digest, Resolved, Row, compose, points, trend
from ecr.facts import ClosedFinding, Facts, Point, Totals
from ecr.model import Rule
from tests.digests import AT, DAY, PROD, STAGING, arn, finding, occasion, quiet, rich, row


def closed(name: str, rule: Rule, how: str, by: str | None = None) -> ClosedFinding:
    return ClosedFinding(name, PROD, arn(name), rule, how, AT, by)


def facts(**known: Any) -> Facts:
    return replace(Facts(swept_at=AT), **known)


def test_a_repository_with_two_findings_is_one_row() -> None:
    found = (finding("b", Rule.SCAN_ON_PUSH), finding("a"), finding("b"))
    digest = compose(facts(new=found, new_count=2), occasion())
    assert digest.new == (row("a"), row("b", Rule.TAG_IMMUTABILITY, Rule.SCAN_ON_PUSH))
    assert digest.new_count == 2


def test_a_name_in_two_targets_is_two_rows() -> None:
    elsewhere = replace(finding("a"), target=STAGING, arn="arn:aws:ecr:us-east-1:222222222222:repository/a")
    digest = compose(facts(new=(elsewhere, finding("a")), new_count=2), occasion())
    assert [(one.name, one.target) for one in digest.new] == [("a", PROD), ("a", STAGING)]


def test_what_is_still_open_comes_oldest_first_by_its_oldest_finding() -> None:
    older = (finding("a", days=3), finding("b", days=1), finding("b", Rule.SCAN_ON_PUSH, days=9))
    digest = compose(facts(older=older, older_count=2), occasion())
    assert [one.name for one in digest.still_open] == ["b", "a"]
    assert [occasion().days_since(one.opened_at) for one in digest.still_open] == [9, 3]


def test_what_was_closed_in_two_ways_is_told_as_two() -> None:
    found = (
        closed("b", Rule.TAG_IMMUTABILITY, "deleted"),
        closed("a", Rule.SCAN_ON_PUSH, "fixed outside"),
        closed("a", Rule.TAG_IMMUTABILITY, "remediated", "U0LEAD"),
        closed("b", Rule.SCAN_ON_PUSH, "deleted"),
    )
    digest = compose(facts(closed=found, closed_count=2), occasion())
    assert digest.resolved == (
        Resolved("a", PROD, (Rule.SCAN_ON_PUSH,), "fixed outside"),
        Resolved("a", PROD, (Rule.TAG_IMMUTABILITY,), "remediated", "U0LEAD"),
        Resolved("b", PROD, (Rule.TAG_IMMUTABILITY, Rule.SCAN_ON_PUSH), "deleted"),
    )


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (facts(), None),
        (facts(all_unread=True), "The last sweep could read none of the configured accounts and regions."),
        (Facts(), "There was no sweep yet, so nothing is known."),
    ],
)
def test_what_makes_a_digest_less_than_fresh_is_its_trouble(known: Facts, said: str | None) -> None:
    assert compose(known, occasion()).trouble == said
    assert compose(known, occasion(trouble="The sweep failed.")).trouble == "The sweep failed."


def test_the_exemption_that_ends_first_comes_first() -> None:
    first, last = rich().ending[0], replace(rich().ending[0], ends_at=AT + timedelta(days=6))
    assert compose(facts(ending=(last, first)), occasion()).ending == (first, last)


@pytest.mark.parametrize(
    ("opened_at", "days"),
    [
        (datetime(2026, 11, 25, 7, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 24, 23, 1, tzinfo=UTC), 0),  # 00:01 of the same day in Berlin
        (datetime(2026, 11, 24, 22, 59, tzinfo=UTC), 1),
        (datetime(2026, 11, 13, 8, 0, tzinfo=UTC), 12),
        (datetime(2026, 11, 26, 8, 0, tzinfo=UTC), 0),  # a clock that was ahead
    ],
)
def test_an_age_is_in_days_of_the_calendar(opened_at: datetime, days: int) -> None:
    assert occasion().days_since(opened_at) == days


def test_a_trend_is_of_every_second_day_of_thirty_and_ends_today() -> None:
    assert points(DAY)[0] == date(2026, 10, 26)
    assert points(DAY)[-2:] == (date(2026, 11, 23), DAY)
    assert len(points(DAY)) == 16


def test_a_day_without_a_count_is_as_the_one_before_it() -> None:
    days = (Point(date(2026, 11, 18), 4, 1), Point(date(2026, 11, 22), 7), Point(DAY, 5))
    assert trend(days, DAY) == (
        Point(date(2026, 11, 19), 4, 1),
        Point(date(2026, 11, 21), 4, 1),
        Point(date(2026, 11, 23), 7),
        Point(DAY, 5),
    )


def test_a_trend_begins_with_its_first_point() -> None:
    assert trend((), DAY) == ()
    assert trend((Point(DAY + timedelta(days=1), 5),), DAY) == ()
    assert trend((Point(DAY, 5),), DAY) == (Point(DAY, 5),)


@given(st.lists(st.integers(0, 60), unique=True), st.integers(0, 50))
def test_a_trend_never_passes_a_charts_twenty_points_nor_today(ages: list[int], failing: int) -> None:
    days = [Point(DAY - timedelta(days=age), failing) for age in sorted(ages, reverse=True)]
    found = trend(days, DAY)
    assert len(found) <= 16
    assert all(point.day <= DAY and point.failing == failing for point in found)


def test_a_digest_is_quiet_where_everything_complies() -> None:
    assert quiet(exempt=2).is_quiet
    assert compose(facts(totals=Totals(passing=3), days=(Point(DAY, 0),)), occasion()).is_quiet


@pytest.mark.parametrize(
    "loud",
    [
        replace(quiet(), new_count=1),
        replace(quiet(), regressed_count=1),
        replace(quiet(), resolved_count=1),
        replace(quiet(), still_open_count=1),
        replace(quiet(), unknown_count=1),
        replace(quiet(), unread=rich().unread),
        replace(quiet(), ending=rich().ending),
        replace(quiet(), trouble="The last sweep failed."),
        replace(quiet(), totals=Totals(passing=1, failing=1)),
        replace(quiet(), totals=Totals(passing=1, unknown=1)),
    ],
)
def test_a_digest_is_not_quiet_where_there_is_anything_to_tell(loud: Digest) -> None:
    assert not loud.is_quiet


def test_a_row_is_as_old_as_its_oldest_finding() -> None:
    findings = (finding("a", days=1), finding("a", Rule.SCAN_ON_PUSH, days=4))
    assert Row("a", PROD, arn("a"), findings).opened_at == AT - timedelta(days=4)


def test_the_head_of_the_audit_is_told_and_makes_no_noise() -> None:
    digest = compose(facts(totals=Totals(passing=3), head="0" * 64), occasion())
    assert digest.head == "0" * 64
    assert digest.is_quiet


def test_a_finding_whose_exemption_ended_is_a_row_that_tells_it() -> None:
    ended = replace(finding("a"), was_exempt=True)
    digest = compose(facts(regressed=(ended,), regressed_count=1), occasion())
    assert [one.findings for one in digest.regressed] == [(ended,)]
