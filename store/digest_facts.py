"""What a digest is composed from, asked in one transaction, so that all of it is of one moment."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr.facts import (
    EXEMPTION_NOTICE,
    MOST_ROWS,
    NAMES_OF_UNREAD,
    ClosedFinding,
    Ending,
    Facts,
    OpenFinding,
    Totals,
    UnknownRepository,
    UnreadRepositories,
)
from ecr.model import Rule, Verdict
from store import audit, changes, exemptions, rows, standing, trends
from store.scope import Condition, Scope, StoredTarget

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlite_utils import Database

    from ecr.posting import Period
    from ecr.subscription import Filters

_REGRESSED = "coalesce(f.closed_before, 'deleted') <> 'deleted'"

_FIRST = "SELECT f.repository_id FROM {source} WHERE f.closed_at IS NULL AND {which} ORDER BY {order} LIMIT ?"

_ROWS = """
    SELECT r.name, r.account, r.region, r.arn, f.rule, e.sentence, f.opened_at, f.closed_before IS 'exempted'
    FROM repositories r CROSS JOIN findings f ON f.repository_id = r.id JOIN evidence e ON e.id = f.evidence_id
    WHERE r.id IN ({numbers}) AND f.closed_at IS NULL AND {which} ORDER BY {order}
"""

# The order of the joins is said (CROSS JOIN keeps it): the planner knows nothing of how few findings are fresh.
_BY_FINDING = "findings f CROSS JOIN repositories r ON r.id = f.repository_id"
_BY_REPOSITORY = "repositories r CROSS JOIN findings f ON f.repository_id = r.id"

_LAST = "SELECT max(l.id) FROM findings l WHERE l.repository_id = f.repository_id AND l.rule = f.rule"
_CLOSED = f"f.closed_at IS NOT NULL AND f.closed_change > ? AND f.id = ({_LAST})"
_CLOSED_ROWS = f"""
    SELECT r.name, r.account, r.region, r.arn, f.rule, f.closed_how, f.closed_at, f.closed_by, r.open_findings > 0
    FROM {_BY_FINDING}
    WHERE {_CLOSED}{{also}} ORDER BY f.closed_by IS NULL, r.name, r.id LIMIT ?
"""

_NO_OLDER = (
    "NOT EXISTS (SELECT 1 FROM findings o WHERE o.repository_id = f.repository_id "
    "AND o.closed_at IS NULL AND o.opened_change <= ?)"
)

RULES = len(Rule)
"""Findings that a repository has at most at a time."""

_FEW = 3000
"""Repositories with open findings up to which their findings are looked up, rather than found among all."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question: of which repositories, after which change."""

    database: Database
    scope: Scope
    change: int

    def rows(self, source: str, which: str, order: str, within: Condition) -> tuple[OpenFinding, ...]:
        """Return the open findings of the first repositories, all that belong there of each."""
        first = _FIRST.format(source=source, which=which + within.also, order=order)
        found = self.database.execute(first, (self.change, *within.values, RULES * MOST_ROWS))
        numbers = tuple(dict.fromkeys(number for (number,) in found))[:MOST_ROWS]
        statement = _ROWS.format(numbers=", ".join(map(str, numbers)), which=which, order=order)
        return tuple(
            OpenFinding(
                name, self.scope.target(account, region), arn, Rule(rule), sentence, rows.moment_of(at), bool(exempt)
            )
            for name, account, region, arn, rule, sentence, at, exempt in self.database.execute(
                statement, (self.change,)
            )
        )

    def count(self, which: str, within: Condition, *more: int) -> int:
        """Count the repositories that some findings are about."""
        found = self.database.execute(
            f"SELECT count(DISTINCT f.repository_id) FROM {_BY_FINDING} WHERE {which}{within.also}",
            (self.change, *more, *within.values),
        ).fetchone()
        return int(found[0])

    def fresh(self, negation: str) -> tuple[tuple[OpenFinding, ...], int]:
        """Return findings that were opened since, either such that were resolved before or others, and their count."""
        which, within = f"f.opened_change > ? AND {negation}{_REGRESSED}", self.scope.condition
        found = self.rows(_BY_FINDING, which, "r.name", within)
        return found, self.count(f"f.closed_at IS NULL AND {which}", within)

    def older(self) -> tuple[tuple[OpenFinding, ...], int]:
        """Return the oldest findings that were open already, in targets that could be read, and their count.

        A repository with open findings has an older one, unless all of them are fresh.
        """
        within = self.scope.read
        standing_now = sum(count for _, _, count in standing.counts(self.database, within))
        only_fresh = self.count(f"f.closed_at IS NULL AND f.opened_change > ? AND {_NO_OLDER}", within, self.change)
        few = standing_now <= _FEW
        which = "f.opened_change <= ? AND r.open_findings > 0" if few else "f.opened_change <= ?"
        found = self.rows(_BY_REPOSITORY if few else _BY_FINDING, which, "f.opened_at", within)
        return found, standing_now - only_fresh


def facts(database: Database, filters: Filters, period: Period, day: date, at: datetime) -> Facts:
    """Return the facts, inside the caller's transaction."""
    scope = Scope.of(database, filters)
    change = changes.change_at(database, rows.moment(period.since)) if period.change is None else period.change
    asked = _Asked(database, scope, change)
    (new, new_count), (regressed, regressed_count) = asked.fresh("NOT "), asked.fresh("")
    older, older_count = asked.older()
    unknown, unknown_count = _unknown(database, scope)
    last = database.execute(
        "SELECT finished_at, unreadable_targets >= targets FROM sweeps ORDER BY rowid DESC LIMIT 1"
    ).fetchone()
    return Facts(
        new=new,
        new_count=new_count,
        regressed=regressed,
        regressed_count=regressed_count,
        older=older,
        older_count=older_count,
        closed=_closed(asked),
        closed_count=asked.count(_CLOSED, scope.condition),
        unknown=unknown,
        unknown_count=unknown_count,
        unread=_unread_targets(database, scope),
        totals=_totals(database, scope),
        days=trends.trend(database, scope, day),
        swept_at=rows.moment_of(last[0]) if last else None,
        all_unread=bool(last and last[1]),
        change=changes.last(database),
        ending=_exemptions_that_end(database, scope, at),
        head=head.hash if (head := audit.last(database)) else None,
    )


def _closed(asked: _Asked) -> tuple[ClosedFinding, ...]:
    within = asked.scope.condition
    found = asked.database.execute(
        _CLOSED_ROWS.format(also=within.also), (asked.change, *within.values, RULES * MOST_ROWS)
    ).fetchall()
    closed = (
        ClosedFinding(
            name, asked.scope.target(account, region), arn, Rule(rule), how, rows.moment_of(at), by, bool(still_fails)
        )
        for name, account, region, arn, rule, how, at, by, still_fails in found
    )
    return _of_first(closed)


def _of_first(closed: Iterable[ClosedFinding]) -> tuple[ClosedFinding, ...]:
    """Return what belongs to the first repositories, so that none is cut in two."""
    by_arn: dict[str, list[ClosedFinding]] = {}
    for one in closed:
        by_arn.setdefault(one.arn, []).append(one)
    return tuple(one for some in list(by_arn.values())[:MOST_ROWS] for one in some)


def _unknown(database: Database, scope: Scope) -> tuple[tuple[UnknownRepository, ...], int]:
    """Return repositories about which a rule could not be decided, in targets that could be read."""
    within = scope.read
    where = "FROM repositories r INDEXED BY repositories_by_verdict JOIN judgements j ON j.id = r.judgement_id"
    where += f" WHERE r.gone_at IS NULL AND r.verdict = 'unknown'{within.also}"
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
    where += " AND r.open_findings > 0"
    failing = database.execute(f"SELECT count(*) {where}", values).fetchone()[0]
    names = database.execute(f"SELECT r.name {where} ORDER BY r.name LIMIT ?", (*values, NAMES_OF_UNREAD))
    return UnreadRepositories(
        one.target, one.error or "", one.read_at, known, failing, tuple(name for (name,) in names)
    )


def _exemptions_that_end(database: Database, scope: Scope, at: datetime) -> tuple[Ending, ...]:
    """Return the exemptions of these repositories that end soon; of a repository that is gone none."""
    soon = [one for one in exemptions.present(database, at) if one.ends_at - at <= EXEMPTION_NOTICE]
    if not soon:
        return ()
    names = {
        (account, region, name)
        for account, region, name in database.execute(
            "SELECT r.account, r.region, r.name FROM exemptions x CROSS JOIN repositories r ON r.account = x.account "
            "AND r.region = x.region AND r.name = x.name "
            f"WHERE x.ended_at IS NULL AND r.gone_at IS NULL{scope.condition.also}",
            scope.condition.values,
        )
    }
    return tuple(
        Ending(one.name, one.target, one.rule, one.ends_at, one.reason)
        for one in soon
        if (one.target.account, one.target.region, one.name) in names
    )


def _totals(database: Database, scope: Scope) -> Totals:
    within, unread = scope.condition, {one.pair for one in scope.unread}
    counts: Counter[str] = Counter()
    for account, region, verdict, count in database.execute(
        f"SELECT r.account, r.region, r.verdict, count(*) FROM repositories r WHERE r.gone_at IS NULL{within.also} "
        "GROUP BY r.verdict, r.account, r.region",
        within.values,
    ):
        counts[Verdict.UNKNOWN if (account, region) in unread else verdict] += count
    return Totals(counts[Verdict.PASS], counts[Verdict.FAIL], counts[Verdict.EXEMPT], counts[Verdict.UNKNOWN])
