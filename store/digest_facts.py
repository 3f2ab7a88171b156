"""What a digest is composed from, asked in one transaction, so that all of it is of one moment."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from ecr.digest import (
    MOST_ROWS,
    ClosedFinding,
    Facts,
    OpenFinding,
    Point,
    Totals,
    UnknownRepository,
    UnreadRepositories,
    points,
)
from ecr.model import Rule, Verdict
from store import rows
from store.scope import Condition, Scope, StoredTarget

if TYPE_CHECKING:
    from datetime import date

    from sqlite_utils import Database

    from ecr.posting import Period
    from ecr.subscription import Filters

_NAMES_OF_UNREAD = 5
_REGRESSED = "coalesce(f.closed_before, 'deleted') <> 'deleted'"

_OPEN_ROWS = """
    SELECT r.name, r.account, r.region, r.arn, f.rule, e.sentence, f.opened_at
    FROM findings f JOIN repositories r ON r.id = f.repository_id JOIN evidence e ON e.id = f.evidence_id
    WHERE f.closed_at IS NULL AND {which} ORDER BY {order} LIMIT ?
"""
_CLOSED = "f.closed_at IS NOT NULL AND f.closed_change > ? AND f.id = ({last})".format(
    last="SELECT max(l.id) FROM findings l WHERE l.repository_id = f.repository_id AND l.rule = f.rule"
)
_CLOSED_ROWS = f"""
    SELECT r.name, r.account, r.region, r.arn, f.rule, f.closed_how, f.closed_at, f.closed_by
    FROM findings f JOIN repositories r ON r.id = f.repository_id
    WHERE {_CLOSED}{{also}} ORDER BY f.closed_by IS NULL, r.name LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question: of which repositories, after which change."""

    database: Database
    scope: Scope
    change: int

    def open(self, which: str, values: tuple[object, ...], order: str, within: Condition) -> tuple[OpenFinding, ...]:
        """Return some open findings."""
        found = self.database.execute(
            _OPEN_ROWS.format(which=which + within.also, order=order), (*values, *within.values, MOST_ROWS)
        )
        return tuple(
            OpenFinding(name, self.scope.target(account, region), arn, Rule(rule), sentence, rows.moment_of(at))
            for name, account, region, arn, rule, sentence, at in found
        )

    def repositories(self, which: str, values: tuple[object, ...], within: Condition) -> int:
        """Count the repositories that findings are about; without a condition, the findings alone tell."""
        join = " JOIN repositories r ON r.id = f.repository_id" if within.text else ""
        found = self.database.execute(
            f"SELECT count(DISTINCT f.repository_id) FROM findings f{join} WHERE {which}{within.also}",
            (*values, *within.values),
        ).fetchone()
        return int(found[0])


def facts(database: Database, filters: Filters, period: Period, day: date) -> Facts:
    """Return the facts, inside the caller's transaction."""
    scope = Scope.of(database, filters)
    change = _change_at(database, period.since) if period.change is None else period.change
    asked = _Asked(database, scope, change)
    new, regressed = (f"f.opened_change > ? AND {negated}{_REGRESSED}" for negated in ("NOT ", ""))
    older, closed = "f.opened_change <= ?", (change,)
    everywhere, read = scope.condition, scope.read
    unknown, unknown_count = _unknown(database, scope)
    last = database.execute(
        "SELECT finished_at, unreadable_targets >= targets FROM sweeps ORDER BY rowid DESC LIMIT 1"
    ).fetchone()
    return Facts(
        new=asked.open(new, closed, "r.name", everywhere),
        new_count=asked.repositories(f"f.closed_at IS NULL AND {new}", closed, everywhere),
        regressed=asked.open(regressed, closed, "r.name", everywhere),
        regressed_count=asked.repositories(f"f.closed_at IS NULL AND {regressed}", closed, everywhere),
        older=asked.open(older, closed, "f.opened_at", read),
        older_count=asked.repositories(f"f.closed_at IS NULL AND {older}", closed, read),
        closed=_closed(asked),
        closed_count=asked.repositories(_CLOSED, closed, everywhere),
        unknown=unknown,
        unknown_count=unknown_count,
        unread=_unread_targets(database, scope),
        totals=_totals(database, scope),
        days=_by_interval(database, scope, day) if scope.names.text else _by_target(database, scope, day),
        swept_at=rows.moment_of(last[0]) if last else None,
        all_unread=bool(last and last[1]),
        change=int(database.execute("SELECT number FROM last_change").fetchone()[0]),
    )


def _change_at(database: Database, since: datetime) -> int:
    """Return the number of the last change that was made by a moment, as far as findings tell."""
    at = rows.moment(since)
    found = database.execute(
        "SELECT max(coalesce((SELECT max(opened_change) FROM findings WHERE opened_at <= ?), 0),"
        " coalesce((SELECT max(closed_change) FROM findings WHERE closed_at <= ?), 0))",
        (at, at),
    ).fetchone()
    return int(found[0])


def _closed(asked: _Asked) -> tuple[ClosedFinding, ...]:
    within = asked.scope.condition
    found = asked.database.execute(
        _CLOSED_ROWS.format(also=within.also), (asked.change, *within.values, MOST_ROWS)
    ).fetchall()
    return tuple(
        ClosedFinding(name, asked.scope.target(account, region), arn, Rule(rule), how, rows.moment_of(at), by)
        for name, account, region, arn, rule, how, at, by in found
    )


def _unknown(database: Database, scope: Scope) -> tuple[tuple[UnknownRepository, ...], int]:
    """Return repositories about which a rule could not be decided, in targets that could be read."""
    within = scope.read
    where = f"FROM repositories r JOIN judgements j ON j.id = r.judgement_id WHERE r.gone_at IS NULL{within.also}"
    where += " AND r.verdict = 'unknown'"
    count = database.execute(f"SELECT count(*) {where}", within.values).fetchone()[0]
    found = database.execute(
        f"SELECT r.name, r.account, r.region, j.findings {where} ORDER BY r.name LIMIT ?", (*within.values, MOST_ROWS)
    )
    return tuple(
        UnknownRepository(name, scope.target(account, region), _reason(told)) for name, account, region, told in found
    ), int(count)


def _reason(told: str) -> str:
    reasons = (evidence for _, verdict, evidence in json.loads(told) if verdict == Verdict.UNKNOWN)
    return " ".join(dict.fromkeys(reasons))


def _unread_targets(database: Database, scope: Scope) -> tuple[UnreadRepositories, ...]:
    """Return the targets that could not be read; where names are asked for, those that such names are known in."""
    found = (_unread(database, scope, one) for one in scope.unread)
    return tuple(one for one in found if one.known or not scope.names.text)


def _unread(database: Database, scope: Scope, one: StoredTarget) -> UnreadRepositories:
    where = f"FROM repositories r WHERE r.account = ? AND r.region = ? AND r.gone_at IS NULL{scope.names.also}"
    values = (*one.pair, *scope.names.values)
    known = database.execute(f"SELECT count(*) {where}", values).fetchone()[0]
    where += " AND EXISTS (SELECT 1 FROM findings f WHERE f.repository_id = r.id AND f.closed_at IS NULL)"
    failing = database.execute(f"SELECT count(*) {where}", values).fetchone()[0]
    names = database.execute(f"SELECT r.name {where} ORDER BY r.name LIMIT ?", (*values, _NAMES_OF_UNREAD))
    return UnreadRepositories(
        one.target, one.error or "", one.read_at, known, failing, tuple(name for (name,) in names)
    )


def _totals(database: Database, scope: Scope) -> Totals:
    within, unread = scope.condition, {one.pair for one in scope.unread}
    counts: Counter[str] = Counter()
    for account, region, verdict, count in database.execute(
        f"SELECT r.account, r.region, r.verdict, count(*) FROM repositories r WHERE r.gone_at IS NULL{within.also} "
        "GROUP BY r.account, r.region, r.verdict",
        within.values,
    ):
        counts[Verdict.UNKNOWN if (account, region) in unread else verdict] += count
    return Totals(counts[Verdict.PASS], counts[Verdict.FAIL], counts[Verdict.EXEMPT], counts[Verdict.UNKNOWN])


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
    wanted, within = points(day), scope.condition
    ends = [rows.moment(datetime.combine(point + timedelta(days=1), time(), tzinfo=UTC)) for point in wanted]
    first = database.execute(
        f"SELECT min(r.first_seen_at) FROM repositories r WHERE true{within.also}",
        within.values,
    ).fetchone()[0]
    if first is None:
        return ()
    masks: dict[int, int] = {}
    for number, opened_at, closed_at in database.execute(
        "SELECT f.repository_id, f.opened_at, f.closed_at FROM findings f JOIN repositories r "
        f"ON r.id = f.repository_id WHERE coalesce(f.closed_at, '9') > ?{within.also}",
        (ends[0], *within.values),
    ):
        # A bit for each day at whose end the finding was open; of a repository's two, either counts.
        start = bisect_left(ends, opened_at)
        stop = len(ends) if closed_at is None else bisect_left(ends, closed_at)
        masks[number] = masks.get(number, 0) | ((1 << stop) - (1 << start))
    counts = Counter(masks.values())
    begun = bisect_left(ends, first)
    return tuple(
        Point(point, sum(count for mask, count in counts.items() if mask >> index & 1))
        for index, point in enumerate(wanted)
        if index >= begun
    )
