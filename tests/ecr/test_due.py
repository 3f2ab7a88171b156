"""When a digest is due: once a local day, whatever the clocks do, and late rather than never."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.due import Due, due, moment, upcoming
from ecr.subscription import Filters, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
ZONES = (
    BERLIN,
    NEW_YORK,
    "UTC",
    "Europe/Bucharest",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # clocks change by half an hour
    "Africa/Cairo",  # at midnight
    "Africa/Casablanca",  # for Ramadan
    "America/Havana",  # at midnight, back to the day before
    "America/Nuuk",  # late in the evening
    "America/St_Johns",
    "Atlantic/Azores",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def subscription(at: str, timezone: str, since: datetime) -> Subscription:
    return Subscription("C0DIGEST", time.fromisoformat(at), timezone, Filters(), since)


def ticks(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while start < end:
        yield start
        start += step


def sent(wanted: Subscription, clock: Iterable[datetime], last: date | None = None) -> list[tuple[date, datetime]]:
    """Return each day that was due, and when, by a bot that looks at every tick of the clock."""
    found = []
    for now in clock:
        if one := due(now, wanted, last):
            last = one.day
            found.append((one.day, now))
    return found


@pytest.mark.parametrize(
    ("at", "timezone", "day", "moments"),
    [
        # clocks go forward: 02:30 does not exist on the day in the middle
        ("09:00", BERLIN, "2026-03-29", ("2026-03-28T08:00", "2026-03-29T07:00", "2026-03-30T07:00")),
        ("02:30", BERLIN, "2026-03-29", ("2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30")),
        ("09:00", NEW_YORK, "2026-03-08", ("2026-03-07T14:00", "2026-03-08T13:00", "2026-03-09T13:00")),
        ("02:30", NEW_YORK, "2026-03-08", ("2026-03-07T07:30", "2026-03-08T07:30", "2026-03-09T06:30")),
        ("09:00", BERLIN, "2027-03-28", ("2027-03-27T08:00", "2027-03-28T07:00", "2027-03-29T07:00")),
        ("02:30", BERLIN, "2027-03-28", ("2027-03-27T01:30", "2027-03-28T01:30", "2027-03-29T00:30")),
        ("09:00", NEW_YORK, "2027-03-14", ("2027-03-13T14:00", "2027-03-14T13:00", "2027-03-15T13:00")),
        ("02:30", NEW_YORK, "2027-03-14", ("2027-03-13T07:30", "2027-03-14T07:30", "2027-03-15T06:30")),
        # clocks go back: in Berlin 02:30 comes twice, in New York 01:30 does
        ("09:00", BERLIN, "2026-10-25", ("2026-10-24T07:00", "2026-10-25T08:00", "2026-10-26T08:00")),
        ("02:30", BERLIN, "2026-10-25", ("2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30")),
        ("09:00", NEW_YORK, "2026-11-01", ("2026-10-31T13:00", "2026-11-01T14:00", "2026-11-02T14:00")),
        ("02:30", NEW_YORK, "2026-11-01", ("2026-10-31T06:30", "2026-11-01T07:30", "2026-11-02T07:30")),
        ("01:30", NEW_YORK, "2026-11-01", ("2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30")),
        ("09:00", BERLIN, "2027-10-31", ("2027-10-30T07:00", "2027-10-31T08:00", "2027-11-01T08:00")),
        ("02:30", BERLIN, "2027-10-31", ("2027-10-30T00:30", "2027-10-31T00:30", "2027-11-01T01:30")),
        ("09:00", NEW_YORK, "2027-11-07", ("2027-11-06T13:00", "2027-11-07T14:00", "2027-11-08T14:00")),
        ("02:30", NEW_YORK, "2027-11-07", ("2027-11-06T06:30", "2027-11-07T07:30", "2027-11-08T07:30")),
    ],
)
def test_a_digest_comes_once_a_local_day_when_clocks_change(
    at: str, timezone: str, day: str, moments: tuple[str, ...]
) -> None:
    middle = date.fromisoformat(day)
    start = datetime.combine(middle - timedelta(days=1), time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    end = datetime.combine(middle + timedelta(days=2), time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    wanted = subscription(at, timezone, start)
    days = [middle + timedelta(days=offset) for offset in (-1, 0, 1)]
    expected = list(zip(days, map(utc, moments), strict=True))
    for step in (timedelta(seconds=30), timedelta(minutes=1)):
        assert sent(wanted, ticks(start, end, step)) == expected


def test_a_digest_comes_once_a_day_for_two_years() -> None:
    start, end = utc("2026-01-01T00:00"), utc("2028-01-01T00:00")
    for timezone in (BERLIN, NEW_YORK):
        wanted = subscription("02:30", timezone, start)
        found = sent(wanted, ticks(start, end, timedelta(minutes=15)))
        days = [day for day, _ in found]
        assert days == [days[0] + timedelta(days=number) for number in range(730)]
        assert all(now == moment(day, wanted.at, timezone) for day, now in found)


MORNING = subscription("09:00", BERLIN, utc("2026-11-20T12:00"))
YESTERDAY, TODAY = date(2026, 11, 24), date(2026, 11, 25)
NINE = utc("2026-11-25T08:00")


def test_nothing_is_due_before_its_time() -> None:
    assert due(NINE - timedelta(seconds=1), MORNING, YESTERDAY) is None
    assert upcoming(NINE - timedelta(seconds=1), MORNING, YESTERDAY) == NINE


def test_a_start_just_after_the_hour_sends_it() -> None:
    now = NINE + timedelta(seconds=30)
    assert due(now, MORNING, YESTERDAY) == Due(TODAY, NINE)
    assert upcoming(now, MORNING, YESTERDAY) == now


def test_what_was_dealt_with_is_not_due_again_and_the_next_one_comes_tomorrow() -> None:
    assert due(NINE + timedelta(minutes=1), MORNING, TODAY) is None
    assert upcoming(NINE + timedelta(minutes=1), MORNING, TODAY) == NINE + timedelta(days=1)


def test_one_missed_by_less_than_twelve_hours_is_sent_late() -> None:
    assert due(NINE + timedelta(hours=12, seconds=-1), MORNING, YESTERDAY) == Due(TODAY, NINE)


def test_one_missed_by_twelve_hours_is_skipped_and_the_next_one_comes_tomorrow() -> None:
    now = NINE + timedelta(hours=12)
    assert due(now, MORNING, YESTERDAY) == Due(TODAY, NINE, skipped=True)
    assert upcoming(now, MORNING, YESTERDAY) == NINE + timedelta(days=1)


def test_one_of_the_evening_is_sent_after_midnight_as_that_evenings() -> None:
    evening = subscription("23:30", BERLIN, utc("2026-11-20T12:00"))
    assert due(utc("2026-11-25T06:00"), evening, date(2026, 11, 23)) == Due(YESTERDAY, utc("2026-11-24T22:30"))


def test_a_day_that_had_begun_when_clocks_went_back_to_the_day_before_is_due() -> None:
    midnight = subscription("00:00", "America/St_Johns", utc("2010-11-01T12:00"))  # at 00:01 it became 23:01
    now = utc("2010-11-07T02:45")
    assert now.astimezone(ZoneInfo(midnight.timezone)).date() == date(2010, 11, 6)
    assert due(now, midnight, date(2010, 11, 6)) == Due(date(2010, 11, 7), utc("2010-11-07T02:30"))


@pytest.mark.parametrize(("last", "missed"), [(TODAY - timedelta(days=number), number - 1) for number in (1, 2, 5)])
def test_the_days_between_that_were_missed_are_counted(last: date, missed: int) -> None:
    assert due(NINE, MORNING, last) == Due(TODAY, NINE, missed=missed)


@pytest.mark.parametrize(
    ("since", "missed"),
    [
        ("2026-11-25T08:00", 0),
        ("2026-11-24T08:01", 0),
        ("2026-11-24T08:00", 1),  # yesterday's was to come
        ("2026-11-20T07:00", 5),
        ("2026-11-20T12:00", 4),  # that day's was over
    ],
)
def test_before_the_first_one_only_days_since_the_subscription_are_missed(since: str, missed: int) -> None:
    assert due(NINE, subscription("09:00", BERLIN, utc(since)), None) == Due(TODAY, NINE, missed=missed)


def test_who_subscribes_after_the_hour_gets_the_first_one_tomorrow() -> None:
    late = subscription("09:00", BERLIN, NINE + timedelta(seconds=1))
    now = NINE + timedelta(hours=1)
    assert due(now, late, None) is None
    assert upcoming(now, late, None) == NINE + timedelta(days=1)


def test_a_digest_of_another_day_does_not_count_for_this_one_after_a_change_of_the_hour() -> None:
    later = subscription("17:00", BERLIN, MORNING.since)
    assert due(utc("2026-11-25T16:00"), later, TODAY) is None
    assert upcoming(NINE, later, TODAY) == utc("2026-11-26T16:00")


@pytest.mark.parametrize("timezone", [BERLIN, NEW_YORK, "UTC"])
def test_a_clock_that_jumps_back_sends_nothing_twice(timezone: str) -> None:
    start = utc("2026-11-24T00:00")
    wanted = subscription("09:00", timezone, start)
    hour = moment(TODAY, wanted.at, timezone)
    clock = [
        *ticks(start, hour + timedelta(minutes=1), timedelta(minutes=1)),
        *ticks(hour - timedelta(hours=1), hour + timedelta(hours=2), timedelta(minutes=1)),
        *ticks(hour - timedelta(days=2), hour + timedelta(hours=2), timedelta(minutes=1)),
    ]
    assert [day for day, _ in sent(wanted, clock)] == [YESTERDAY, TODAY]


@given(
    timezone=st.sampled_from(ZONES),
    minute=st.integers(0, 24 * 60 - 1),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 - hypothesis draws naive ones
    step=st.sampled_from((timedelta(minutes=7), timedelta(minutes=30), timedelta(hours=5), timedelta(hours=11))),
)
def test_every_local_day_has_one_digest_in_every_zone(
    timezone: str, minute: int, start: datetime, step: timedelta
) -> None:
    at, since = time(minute // 60, minute % 60), start.replace(tzinfo=UTC)
    wanted = Subscription("C0DIGEST", at, timezone, Filters(), since)
    end = since + timedelta(days=5)
    found = sent(wanted, ticks(since, end, step))
    first = since.astimezone(ZoneInfo(timezone)).date() - timedelta(days=2)
    moments = {day: moment(day, at, timezone) for day in (first + timedelta(days=number) for number in range(10))}
    expected = [day for day, when in moments.items() if since <= when <= end - step]
    assert [day for day, _ in found][: len(expected)] == expected
    assert len(found) <= len(expected) + 1
    assert all(moments[day] <= now < moments[day] + step for day, now in found)


@given(
    timezone=st.sampled_from(ZONES),
    minute=st.integers(0, 24 * 60 - 1),
    now=st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 - hypothesis draws naive ones
    age=st.integers(0, 5),
)
def test_the_next_one_is_due_when_it_is_said_to_come_and_no_sooner(
    timezone: str, minute: int, now: datetime, age: int
) -> None:
    present = now.replace(tzinfo=UTC)
    since = present - timedelta(days=10)
    wanted = Subscription("C0DIGEST", time(minute // 60, minute % 60), timezone, Filters(), since)
    last = present.astimezone(ZoneInfo(timezone)).date() - timedelta(days=age)
    comes = upcoming(present, wanted, last)
    assert due(comes, wanted, last) is not None
    before = due(comes - timedelta(seconds=1), wanted, last)
    assert comes == present or before is None or before.skipped
