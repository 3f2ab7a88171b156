"""What does not comply by the last reading, a page of it; how much the filters match; what the last sweep came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.swept import LastSweep, Standings, UnreadTarget
from store import rows
from store.scope import Scope, stored_targets

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from ecr.subscription import Filters
    from store.scope import Condition

_OPEN = "r.open_findings > 0"

_COUNT = f"SELECT r.account, r.region, count(*) FROM repositories r WHERE {_OPEN}{{also}} GROUP BY r.account, r.region"

# Every repository with an open finding, and where its target was not read since, why.
_PAGE = f"""
    SELECT r.arn, r.name, v.tag_mutability, v.exclusion_filters, v.scan_on_push, v.effective_scanning,
        r.account, r.region, t.name, max(r.seen_at, coalesce(t.read_at, '')), t.error, j.findings
    FROM repositories r
    JOIN setting_values v ON v.id = r.settings_id
    JOIN judgements j ON j.id = r.judgement_id
    LEFT JOIN targets t ON t.account = r.account AND t.region = r.region
    WHERE {_OPEN}{{also}}
    ORDER BY r.account, r.region, r.name
    LIMIT ? OFFSET ?
"""


def noncompliant(database: Database, filters: Filters, start: int, most: int | None) -> Standings:
    """Return some of what does not comply, in the order of accounts, regions and names, and how much there is."""
    scope = Scope.of(database, filters)
    condition = scope.condition
    counted = counts(database, condition)
    found = database.execute(
        _PAGE.format(also=condition.also), (*condition.values, -1 if most is None else most, start)
    ).fetchall()
    unread = {one.pair for one in scope.unread}
    return Standings(
        rows=tuple(rows.standing(tuple(row)) for row in found),
        count=sum(count for _, _, count in counted),
        unread_count=sum(count for account, region, count in counted if (account, region) in unread),
    )


def counts(database: Database, condition: Condition) -> list[tuple[str, str, int]]:
    """Count the repositories with open findings in each account and region."""
    return list(database.execute(_COUNT.format(also=condition.also), condition.values))


def known(database: Database, filters: Filters) -> int:
    """Return how many repositories the filters match today."""
    condition = Scope.of(database, filters).condition
    found = database.execute(
        f"SELECT count(*) FROM repositories r WHERE r.gone_at IS NULL{condition.also}",
        condition.values,
    ).fetchone()
    return int(found[0])


def swept_at(database: Database, *, asked: bool = False) -> datetime | None:
    """Return when the sweep that was written last ended, whatever the clock did since; or the last asked for."""
    which = "WHERE asked_by IS NOT NULL" if asked else ""
    last = database.execute(f"SELECT finished_at FROM sweeps {which} ORDER BY rowid DESC LIMIT 1").fetchone()
    return rows.moment_of(last[0]) if last else None


def last_sweep(database: Database) -> LastSweep | None:
    """Return what the last sweep came to, with the targets that could not be read since."""
    last = database.execute(
        "SELECT finished_at, targets, passing + failing + exempt + unknown, failing FROM sweeps "
        "ORDER BY rowid DESC LIMIT 1"
    ).fetchone()
    if last is None:
        return None
    unread = tuple(
        UnreadTarget(one.target, one.error)
        for one in stored_targets(database)
        if one.configured and one.error is not None
    )
    finished_at, targets, repositories, failing = last
    return LastSweep(rows.moment_of(finished_at), targets, repositories, failing, unread)
