"""How many repositories did not comply, day by day: a lookup for whole targets, a count of intervals for some names."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from ecr.digest import points
from ecr.facts import Point
from store import changes, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlite_utils import Database

    from store.scope import Scope


def trend(database: Database, scope: Scope, day: date) -> tuple[Point, ...]:
    """Return the points of a trend up to a day, oldest first, those left out that nothing is known of.

    Where the names leave nothing out, the totals of the targets tell it.
    """
    if scope.names.text and _leaves_out(database, scope):
        return _by_interval(database, scope, day)
    return _by_target(database, scope, day)


def _leaves_out(database: Database, scope: Scope) -> bool:
    found = database.execute(
        f"SELECT 1 FROM repositories r WHERE r.gone_at IS NULL AND NOT {scope.names.text} LIMIT 1", scope.names.values
    ).fetchone()
    return found is not None


def _by_target(database: Database, scope: Scope, day: date) -> tuple[Point, ...]:
    """Return the trend from the totals of each target and day; a day that a target lacks is as the one before."""
    wanted, pairs = points(day), scope.by_pair
    found = database.execute(
        "SELECT day, account, region, failing, unknown FROM target_days WHERE day BETWEEN ? AND ? ORDER BY day",
        (str(wanted[0] - timedelta(days=2)), str(day + timedelta(days=1))),
    ).fetchall()
    present: dict[tuple[str, str], tuple[int, int]] = {}
    counted, index = [], 0
    for point in wanted:
        # The days of the totals are UTC's: where the local one is ahead or behind, its last reading counts.
        limit = str(point) if point != day else str(day + timedelta(days=1))
        while index < len(found) and found[index][0] <= limit:
            _, account, region, failing, unknown = found[index]
            if (account, region) in pairs:
                present[account, region] = (failing, unknown)
            index += 1
        if present:
            failing, unknown = (sum(values) for values in zip(*present.values(), strict=True))
            counted.append(Point(point, failing, unknown))
    return tuple(counted)


def _by_interval(database: Database, scope: Scope, day: date) -> tuple[Point, ...]:
    """Return the trend of some names from their findings: how many had one open at the end of each day, in UTC."""
    wanted = points(day)
    ends = [rows.moment(datetime.combine(point + timedelta(days=1), time(), tzinfo=UTC)) for point in wanted]
    first = database.execute("SELECT min(started_at) FROM sweeps").fetchone()[0]
    if first is None:
        return ()
    masks: dict[int, int] = {}
    for number, opened_at, closed_at in _intervals(database, scope, ends[0]):
        # A bit for each day at whose end the finding was open; of a repository's two, either counts.
        start = bisect_left(ends, opened_at)
        stop = len(ends) if closed_at is None else bisect_left(ends, closed_at)
        masks[number] = masks.get(number, 0) | ((1 << stop) - (1 << start))
    counts, begun = Counter(masks.values()), bisect_left(ends, first)
    return tuple(
        Point(point, sum(count for mask, count in counts.items() if mask >> index & 1))
        for index, point in enumerate(wanted)
        if index >= begun
    )


def _intervals(database: Database, scope: Scope, since: str) -> Iterator[tuple[int, str, str | None]]:
    """Return the repository, the beginning and the end of each finding that was open at some time since a moment."""
    within = scope.condition
    yield from database.execute(
        "SELECT f.repository_id, f.opened_at, NULL FROM findings f INDEXED BY open_findings_by_age "
        "WHERE f.closed_at IS NULL AND f.repository_id IN "
        f"(SELECT r.id FROM repositories r WHERE r.open_findings > 0{within.also})",
        within.values,
    )
    yield from database.execute(
        "SELECT f.repository_id, f.opened_at, f.closed_at FROM findings f CROSS JOIN repositories r "
        "ON r.id = f.repository_id WHERE f.closed_at IS NOT NULL AND f.closed_change > ? AND f.closed_at > ?"
        f"{within.also}",
        (changes.change_at(database, since), since, *within.values),
    )
