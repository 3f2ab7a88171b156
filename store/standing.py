"""What does not comply by the last reading, a page of it; how much the filters match; what the last sweep came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.model import ALL_REGIONS
from ecr.swept import LastSweep, Standings, UnreadTarget
from store import rows
from store.scope import Scope, stored_targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from ecr.subscription import Filters
    from store.scope import Condition, Pair, StoredTarget

_OPEN = "r.open_findings > 0"

_COUNT = f"SELECT r.account, r.region, count(*) FROM repositories r WHERE {_OPEN}{{also}} GROUP BY r.account, r.region"

# What can be told from the index alone is: there are tens of thousands.
_PRESENT = "FROM repositories r INDEXED BY repositories_by_verdict WHERE r.gone_at IS NULL"

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
    unread_count = sum(count for account, region, count in counted if (account, region) in unread)
    configured = tuple(one for one in stored_targets(database) if one.configured)
    return Standings(
        rows=tuple(rows.standing(tuple(row)) for row in found),
        count=sum(count for _, _, count in counted),
        unread_count=unread_count,
        unread=_unread(one for one in configured if one.pair in unread or _may_be_meant(one, filters)),
        unknown_count=_undecided(database, scope) + _present(database, scope, unread) - unread_count,
        accounts=_accounts(configured),
        regions=_regions(configured),
    )


def _undecided(database: Database, scope: Scope) -> int:
    """Count what is unknown, and not listed for an open finding, in targets that could be read."""
    within = scope.read
    found = database.execute(
        f"SELECT count(*) {_PRESENT} AND r.verdict = 'unknown' AND r.open_findings = 0{within.also}", within.values
    ).fetchone()
    return int(found[0])


def _present(database: Database, scope: Scope, pairs: set[Pair]) -> int:
    """Count the repositories of the scope that are known in some of its targets."""
    if not pairs:
        return 0
    within = scope.condition
    found = database.execute(
        f"SELECT r.account, r.region, count(*) {_PRESENT}{within.also} GROUP BY r.verdict, r.account, r.region",
        within.values,
    )
    return sum(count for account, region, count in found if (account, region) in pairs)


def _may_be_meant(one: StoredTarget, filters: Filters) -> bool:
    """Tell whether filters may mean a target whose account or regions could not be told."""
    if one.account and one.region != ALL_REGIONS:
        return False
    accounts, regions = filters.accounts, filters.named_regions
    is_account = not (accounts and one.account) or one.account in accounts or one.name in accounts
    return is_account and (not regions or one.region == ALL_REGIONS or one.region in regions)


def _unread(targets: Iterable[StoredTarget]) -> tuple[UnreadTarget, ...]:
    return tuple(UnreadTarget(one.target, one.error) for one in targets if one.error is not None)


def _accounts(configured: Sequence[StoredTarget]) -> tuple[str, ...]:
    """Return the names and ids of accounts; none where one is not known."""
    if not all(one.account for one in configured):
        return ()
    names = {one.name for one in configured if one.name}
    return (*sorted(names), *sorted({one.account for one in configured} - names))


def _regions(configured: Sequence[StoredTarget]) -> tuple[str, ...]:
    """Return the regions; none where those of an account are not known."""
    regions = {one.region for one in configured}
    return () if ALL_REGIONS in regions else tuple(sorted(regions))


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
    unread = _unread(one for one in stored_targets(database) if one.configured)
    finished_at, targets, repositories, failing = last
    return LastSweep(rows.moment_of(finished_at), targets, repositories, failing, unread)
