"""What a digest is composed from: each change told once, by the next digest, whenever its reading was saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from ecr.facts import MOST_ROWS, ClosedFinding, Facts, OpenFinding, Point, Totals, UnknownRepository, UnreadRepositories
from ecr.model import Finding, Target
from ecr.posting import Period
from ecr.subscription import Filters
from tests.store.world import (
    AT,
    EXEMPT,
    FAIL,
    PASS,
    PROD,
    PROD_US,
    SCAN,
    STAGING,
    TAGS,
    UNKNOWN,
    after,
    checked,
    read,
    repository,
    seen,
    swept,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from ecr.model import Rule
    from store.history import SqliteHistory

NAMES = ("api", "web")
EVERYTHING = Filters()


def facts(history: SqliteHistory, at: datetime, last: Facts | None = None, filters: Filters = EVERYTHING) -> Facts:
    """Return what a digest at a moment tells after the last one."""
    period = Period(at - timedelta(days=1), None if last is None else last.change)
    return history.facts(filters, period, day=at.date(), at=at)


def opened(name: str, days: float, rule: Rule = TAGS, target: Target = PROD) -> OpenFinding:
    said = "Tags fail." if rule is TAGS else "Scanning fail."
    return OpenFinding(name, target, repository(name, target).arn, rule, said, after(days))


def closed(name: str, days: float, how: str = "fixed outside", rule: Rule = TAGS) -> ClosedFinding:
    return ClosedFinding(name, PROD, repository(name).arn, rule, how, after(days))


def keys(found: Iterable[OpenFinding | ClosedFinding]) -> list[tuple[str, Rule]]:
    return sorted((one.name, one.rule) for one in found)


verdicts = st.sampled_from((PASS, FAIL, EXEMPT, UNKNOWN))
worlds = st.dictionaries(st.sampled_from(NAMES), st.tuples(verdicts, verdicts))


@dataclass(frozen=True)
class Step:
    """A reading that is saved so many steps after it began, or, without a world, a digest."""

    holds: dict[str, tuple[object, object]] | None
    late: int
    whole: bool


steps = st.lists(st.builds(Step, st.none() | worlds, st.integers(0, 3), st.booleans()), min_size=2, max_size=12)

ROWS = """
    SELECT f.id, r.name, f.rule, f.closed_at IS NULL, f.closed_at IS NOT NULL AND f.id = (
        SELECT max(l.id) FROM findings l WHERE l.repository_id = f.repository_id AND l.rule = f.rule),
        (SELECT b.closed_how FROM findings b WHERE b.repository_id = f.repository_id AND b.rule = f.rule AND b.id < f.id
            ORDER BY b.id DESC LIMIT 1)
    FROM findings f JOIN repositories r ON r.id = f.repository_id
"""


class Channel:
    """Who reads every digest, and knows what it must tell by looking at each finding there is."""

    def __init__(self, history: SqliteHistory) -> None:
        self.history = history
        self.last: Facts | None = None
        self.openings: set[int] = set()
        self.closings: set[int] = set()

    def read(self, at: datetime) -> None:
        told = facts(self.history, at, self.last)
        found = read(self.history.path, ROWS)
        fresh = [row for row in found if row[3] and row[0] not in self.openings]
        resolved = [row for row in found if row[4] and row[0] not in self.closings]

        assert keys(told.new) == sorted((row[1], row[2]) for row in fresh if row[5] in (None, "deleted"))
        assert keys(told.regressed) == sorted((row[1], row[2]) for row in fresh if row[5] not in (None, "deleted"))
        assert keys(told.older) == sorted((row[1], row[2]) for row in found if row[3] and row not in fresh)
        assert keys(told.closed) == sorted((row[1], row[2]) for row in resolved)
        for count, some in (
            (told.new_count, told.new),
            (told.regressed_count, told.regressed),
            (told.older_count, told.older),
            (told.closed_count, told.closed),
        ):
            assert count == len({one.name for one in some})

        self.last = told
        self.openings |= {row[0] for row in fresh}
        self.closings |= {row[0] for row in resolved}


@settings(max_examples=80)
@given(steps)
def test_every_change_is_told_by_the_next_digest_and_by_no_other(
    fresh_history: Callable[[], AbstractContextManager[SqliteHistory]], some: list[Step]
) -> None:
    events: list[tuple[float, Step, int]] = [
        (at + step.late + 0.1 * step.whole, step, at) for at, step in enumerate(some)
    ]
    with fresh_history() as history:
        channel = Channel(history)
        for saved, step, began in sorted(events, key=lambda event: event[0]):
            at, began_at = after(hours=saved), after(hours=began)
            if step.holds is None:
                channel.read(at)
                continue
            judged = [seen(name, *both) for name, both in step.holds.items()]  # type: ignore[arg-type]
            if step.whole:
                history.record_target(PROD, judged, began_at=began_at, at=at)
            else:
                history.record_check(checked(began_at, *judged), by="eva", source="cli", at=at)
        channel.read(after(10))
        channel.read(after(11))


def test_what_was_read_before_a_digest_and_saved_after_it_is_told_by_the_next_one(history: SqliteHistory) -> None:
    swept(history, after(0.5), {PROD: [seen("api"), seen("web", FAIL)]})
    first = facts(history, after(1))
    history.record_check(
        checked(after(0.9), seen("api", FAIL), seen("web")), by="eva", source="cli", at=after(1, minutes=1)
    )
    second = facts(history, after(2), first)
    third = facts(history, after(3), second)

    assert (first.new, first.closed) == ((opened("web", 0.5),), ())
    assert (second.new, second.closed) == ((opened("api", 0.9),), (closed("web", 0.9),))
    assert (third.new, third.older, third.closed) == ((), (opened("api", 0.9),), ())


def test_a_finding_that_was_resolved_before_has_regressed_and_one_of_a_deleted_repository_is_new(
    history: SqliteHistory,
) -> None:
    swept(history, after(0), {PROD: [seen("fixed", FAIL), seen("gone", FAIL)]})
    first = facts(history, after(0, hours=1))
    swept(history, after(1), {PROD: [seen("fixed", PASS)]})
    second = facts(history, after(1, hours=1), first)
    swept(history, after(2), {PROD: [seen("fixed", FAIL), seen("gone", FAIL)]})
    third = facts(history, after(2, hours=1), second)

    assert second.closed == (closed("fixed", 1), closed("gone", 1, "deleted"))
    assert (third.regressed, third.regressed_count) == ((opened("fixed", 2),), 1)
    assert (third.new, third.new_count) == ((opened("gone", 2),), 1)


def test_what_was_resolved_and_came_back_between_two_digests_is_told_as_regressed_alone(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)]})
    first = facts(history, after(0, hours=1))
    swept(history, after(0, hours=2), {PROD: [seen("api", PASS)]})
    swept(history, after(0, hours=3), {PROD: [seen("api", FAIL)]})
    second = facts(history, after(1), first)
    assert (second.new, second.closed, second.older) == ((), (), ())
    assert second.regressed == (opened("api", 3 / 24),)


def test_who_resolved_a_finding_is_told_where_it_is_known_and_comes_first(history: SqliteHistory, path: Path) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL), seen("web", FAIL)]})
    first = facts(history, after(0, hours=1))
    swept(history, after(1), {PROD: [seen("api"), seen("web")]})
    write(path, "UPDATE findings SET closed_how = 'remediated', closed_by = 'U0LEAD' WHERE id = 2")

    told = facts(history, after(2), first).closed

    assert told == (
        ClosedFinding("web", PROD, repository("web").arn, TAGS, "remediated", after(1), "U0LEAD"),
        closed("api", 1),
    )


def test_the_first_digest_tells_the_last_day_by_the_sweep_that_was_known_then(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("old", FAIL)]})
    swept(history, after(1.5), {PROD: [seen("old", FAIL), seen("new", FAIL)]})
    told = facts(history, after(2))
    assert (told.new, told.older) == ((opened("new", 1.5),), (opened("old", 0),))


def test_a_sweep_that_ended_just_when_the_period_begins_was_known_then(history: SqliteHistory) -> None:
    swept(history, after(1), {PROD: [seen("api", FAIL)]})
    told = facts(history, after(2))
    assert (told.new, told.older) == ((), (opened("api", 1),))


def test_the_first_digest_of_a_young_history_tells_everything_as_new(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL, FAIL)]})
    told = facts(history, after(0, hours=1))
    assert (keys(told.new), told.new_count, told.older) == ([("api", SCAN), ("api", TAGS)], 1, ())


def test_an_empty_history_tells_nothing(history: SqliteHistory) -> None:
    assert facts(history, AT) == Facts(change=1)


def test_a_repository_with_a_fresh_and_an_older_finding_counts_among_both(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)]})
    first = facts(history, after(0, hours=1))
    swept(history, after(1), {PROD: [seen("api", FAIL, FAIL)]})
    told = facts(history, after(2), first)
    assert (told.new, told.new_count) == ((opened("api", 1, SCAN),), 1)
    assert (told.older, told.older_count) == ((opened("api", 0),), 1)


def test_what_is_beyond_the_rows_is_counted(history: SqliteHistory) -> None:
    names = [f"api-{number:03}" for number in range(MOST_ROWS + 40)]
    swept(history, after(0), {PROD: [seen(name) for name in names]})
    start = facts(history, after(0.1))
    swept(history, after(1), {PROD: [seen(name, FAIL, FAIL) for name in names]})
    new = facts(history, after(1.1), start)
    older = facts(history, after(1.2), new)
    swept(history, after(2), {PROD: [seen(name) for name in names]})
    gone = facts(history, after(2.1), older)
    swept(history, after(3), {PROD: [seen(name, FAIL) for name in names]})
    back = facts(history, after(3.1), gone)
    swept(history, after(4), {PROD: [seen(name, UNKNOWN) for name in names]})
    unknown = facts(history, after(4.1), back)

    assert (len(new.new), new.new_count) == (2 * MOST_ROWS, len(names))
    assert (len(older.older), older.older_count, older.new_count) == (2 * MOST_ROWS, len(names), 0)
    assert (len(gone.closed), gone.closed_count) == (2 * MOST_ROWS, len(names))
    assert {len(list(some)) for _, some in groupby(new.new, key=lambda one: one.arn)} == {2}
    assert (len(back.regressed), back.regressed_count) == (MOST_ROWS, len(names))
    assert (len(unknown.unknown), unknown.unknown_count) == (MOST_ROWS, len(names))


def test_the_oldest_of_very_many_open_findings_are_told(history: SqliteHistory) -> None:
    """Beyond three thousand repositories they are found in another way."""
    early = [seen(f"early-{number:04}", FAIL) for number in range(100)]
    late = [seen(f"late-{number:04}", FAIL) for number in range(3200)]
    swept(history, after(0), {PROD: early})
    swept(history, after(1), {PROD: [*early, *late]})
    told = facts(history, after(3), facts(history, after(2)))
    assert (len(told.older), told.older_count) == (MOST_ROWS, 3300)
    assert {one.name for one in told.older[:100]} == {one.name for one in early}


def test_of_each_repository_that_is_not_known_the_reason_is_told(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", UNKNOWN, UNKNOWN), seen("web", FAIL, UNKNOWN)]})
    told = facts(history, after(1))
    assert (told.unknown, told.unknown_count) == (
        (UnknownRepository("api", PROD, "Tags unknown. Scanning unknown."),),
        1,
    )


def test_a_target_that_cannot_be_read_is_told_with_what_is_known_of_it(history: SqliteHistory) -> None:
    failing = [seen(f"api-{number}", FAIL) for number in range(7)]
    swept(history, after(0), {PROD: [*failing, seen("fine")], STAGING: [seen("web", FAIL, target=STAGING)]})
    first = facts(history, after(0.1))
    swept(history, after(1), {PROD: "Access denied.", STAGING: [seen("web", FAIL, target=STAGING)]})
    told = facts(history, after(2), first)

    names = ("api-0", "api-1", "api-2", "api-3", "api-4")
    assert told.unread == (UnreadRepositories(PROD, "Access denied.", after(0), 8, 7, names),)
    assert told.totals == Totals(failing=1, unknown=8)
    assert (told.older, told.older_count) == ((opened("web", 0, target=STAGING),), 1)
    assert (told.closed, told.new, told.unknown) == ((), (), ())
    assert not told.all_unread


def test_an_unread_target_without_any_of_the_names_is_not_told(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)]})
    swept(history, after(1), {PROD: "Access denied."})
    assert facts(history, after(2), filters=Filters(("web*",))).unread == ()
    assert facts(history, after(2), filters=Filters(("api",))).unread == (
        UnreadRepositories(PROD, "Access denied.", after(0), 1, 1, ("api",)),
    )


def test_a_sweep_that_could_read_nothing_is_told(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: "Access denied."})
    told = facts(history, after(1))
    assert (told.all_unread, told.swept_at) == (True, after(0))


def test_totals_count_by_verdict_within_the_filters(history: SqliteHistory) -> None:
    swept(
        history,
        after(0),
        {
            PROD: [seen("a"), seen("b", FAIL), seen("c", EXEMPT), seen("d", UNKNOWN), seen("e", FAIL, UNKNOWN)],
            PROD_US: [seen("a", FAIL, target=PROD_US)],
        },
    )
    assert facts(history, after(1)).totals == Totals(passing=1, failing=3, exempt=1, unknown=1)
    assert facts(history, after(1), filters=Filters(regions=("eu-west-1",))).totals == Totals(1, 2, 1, 1)
    assert facts(history, after(1), filters=Filters(("a",))).totals == Totals(passing=1, failing=1)
    assert facts(history, after(1), filters=Filters(accounts=("staging",))).totals == Totals()


def day(number: int) -> date:
    return after(number).date()


def test_the_trend_of_targets_carries_a_count_on_until_the_next_one(history: SqliteHistory) -> None:
    staging = {STAGING: [seen("web", FAIL, target=STAGING)]}
    swept(history, after(0), {PROD: [seen("api", FAIL), seen("b", UNKNOWN)], **staging})
    swept(history, after(3), {PROD: [seen("api", FAIL), seen("b", FAIL)]})
    swept(history, after(6), {PROD: "Access denied.", STAGING: []})

    told = facts(history, after(6, hours=1)).days

    assert told == (Point(day(0), 2, 1), Point(day(2), 2, 1), Point(day(4), 3, 0), Point(day(6), 2, 0))


def test_the_trend_leaves_out_targets_that_the_filters_leave_out(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)], STAGING: [seen("web", FAIL, target=STAGING)]})
    told = facts(history, after(0, hours=1), filters=Filters(accounts=("prod",))).days
    assert told == (Point(day(0), 1),)


def test_the_trend_of_some_names_counts_what_was_open_at_the_end_of_each_day(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api"), seen("web", FAIL)]})
    swept(history, after(1), {PROD: [seen("api", FAIL, FAIL), seen("web", FAIL)]})
    swept(history, after(3), {PROD: [seen("api", FAIL), seen("web", FAIL)]})
    swept(history, after(5), {PROD: [seen("api"), seen("web", FAIL)]})

    told = facts(history, after(6), filters=Filters(("api",))).days

    assert told == (Point(day(0), 0), Point(day(2), 1), Point(day(4), 1), Point(day(6), 0))


def test_names_that_leave_nothing_out_have_the_trend_of_their_targets(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL), seen("app", UNKNOWN)]})
    assert facts(history, after(0.1), filters=Filters(("a*",))).days == (Point(day(0), 1, 1),)


def test_the_trend_of_thirty_days_has_a_point_every_second_day(history: SqliteHistory) -> None:
    for number in range(40):
        swept(history, after(number), {PROD: [seen(f"api-{one}", FAIL) for one in range(number % 5)]})
    told = facts(history, after(39, hours=1)).days
    assert told == tuple(Point(day(number), number % 5) for number in range(9, 40, 2))


def test_the_evidence_told_is_the_present_one(history: SqliteHistory) -> None:
    swept(history, after(0), {PROD: [seen("api", FAIL)]})
    before = seen("api", FAIL)
    moved = replace(before, findings=(Finding(TAGS, FAIL, "Otherwise mutable."), before.findings[1]))
    swept(history, after(1), {PROD: [moved]})
    assert [one.evidence for one in facts(history, after(2)).older] == ["Otherwise mutable."]
