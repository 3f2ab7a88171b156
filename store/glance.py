"""What a Home tab tells of every repository, asked without reading every finding: numbers, and the oldest few."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ecr.facts import Facts, OpenFinding, Totals, UnreadRepositories
from ecr.home import MOST_SHOWN
from ecr.model import Rule, Verdict
from ecr.subscription import Filters
from store import rows, standing, trends
from store.scope import Scope

if TYPE_CHECKING:
    from datetime import date

    from sqlite_utils import Database

    from store.scope import Pair

# The order of the joins is said, and so is the index: the oldest come first in it, and few are looked at.
_OLDEST = """
    SELECT f.repository_id
    FROM findings f INDEXED BY open_findings_by_age CROSS JOIN repositories r ON r.id = f.repository_id
    WHERE f.closed_at IS NULL{also} ORDER BY f.opened_at, f.repository_id LIMIT ?
"""

_FINDINGS = """
    SELECT r.name, r.account, r.region, r.arn, f.rule, e.sentence, f.opened_at, f.closed_before IS 'exempted'
    FROM repositories r CROSS JOIN findings f ON f.repository_id = r.id JOIN evidence e ON e.id = f.evidence_id
    WHERE r.id IN ({numbers}) AND f.closed_at IS NULL
"""

# There are tens of thousands: they are counted in the order in which the index has them.
_VERDICTS = """
    SELECT r.account, r.region, r.verdict, count(*) FROM repositories r INDEXED BY repositories_by_verdict
    WHERE r.gone_at IS NULL{also} GROUP BY r.verdict, r.account, r.region
"""


def facts(database: Database, day: date) -> Facts:
    """Return what is known of every repository, inside the caller's transaction.

    Args:
        database: the history.
        day: the last day of the trend.
    """
    scope = Scope.of(database, Filters())
    condition = scope.condition
    failing = {(account, region): count for account, region, count in standing.counts(database, condition)}
    verdicts: dict[Pair, Counter[str]] = {}
    for account, region, verdict, count in database.execute(_VERDICTS.format(also=condition.also), condition.values):
        verdicts.setdefault((account, region), Counter())[verdict] += count
    unread = _unread(scope, verdicts, failing)
    last = database.execute(
        "SELECT finished_at, unreadable_targets >= targets FROM sweeps ORDER BY rowid DESC LIMIT 1"
    ).fetchone()
    return Facts(
        older=_oldest(database, scope),
        older_count=sum(failing.values()) - sum(one.failing for one in unread),
        unread=unread,
        totals=_totals(scope, verdicts),
        days=trends.trend(database, scope, day),
        swept_at=rows.moment_of(last[0]) if last else None,
        all_unread=bool(last and last[1]),
    )


def _oldest(database: Database, scope: Scope) -> tuple[OpenFinding, ...]:
    """Return all open findings of the repositories with the oldest ones, in targets that could be read."""
    within = scope.read
    found = database.execute(_OLDEST.format(also=within.also), (*within.values, len(Rule) * MOST_SHOWN))
    numbers = tuple(dict.fromkeys(number for (number,) in found))[:MOST_SHOWN]
    return tuple(
        OpenFinding(
            name, scope.target(account, region), arn, Rule(rule), sentence, rows.moment_of(at), was_exempt=bool(exempt)
        )
        for name, account, region, arn, rule, sentence, at, exempt in database.execute(
            _FINDINGS.format(numbers=", ".join(map(str, numbers)))
        )
    )


def _unread(
    scope: Scope, verdicts: dict[Pair, Counter[str]], failing: dict[Pair, int]
) -> tuple[UnreadRepositories, ...]:
    return tuple(
        UnreadRepositories(
            one.target,
            one.error or "",
            one.read_at,
            known=verdicts.get(one.pair, Counter()).total(),
            failing=failing.get(one.pair, 0),
        )
        for one in scope.unread
    )


def _totals(scope: Scope, verdicts: dict[Pair, Counter[str]]) -> Totals:
    """Return how many there are of each verdict; of a target that could not be read all are unknown."""
    unread, counts = {one.pair for one in scope.unread}, Counter[str]()
    for pair, some in verdicts.items():
        counts.update({Verdict.UNKNOWN: some.total()} if pair in unread else some)
    return Totals(counts[Verdict.PASS], counts[Verdict.FAIL], counts[Verdict.EXEMPT], counts[Verdict.UNKNOWN])
