"""The one operation by which everything that was seen is written: by a check, by a sweep, by an apply.

What is stored of a later reading stays; what is as it was is not written again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecr.model import Rule, Verdict
from ecr.swept import Changes
from store import rows
from store.closers import Closers
from store.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlite_utils import Database

    from ecr.model import Assessment
    from store.rows import Value

MOST_ASKED = 500
"""Repositories that are asked for one by one; for more, all of the target are read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading that is to be written: of which target, when it began, and the present moment, as they are stored.

    `whole` tells that it saw all of the target, so that what it did not see is gone.
    """

    account: str
    region: str
    began_at: str
    at: str
    whole: bool

    def is_older_than(self, stored_at: str) -> bool:
        """Tell whether what is stored was read later.

        A stored moment that is still to come was stored before the clock went back: it says nothing about order.
        """
        return self.began_at < stored_at <= self.at


@dataclass(frozen=True, slots=True)
class _Stored:
    """A repository as it is stored: its settings, its judgement, when it was last written, and its open findings."""

    id: int
    settings: int
    judgement: int
    seen_at: str
    gone: bool
    findings: Mapping[str, int]


@dataclass(slots=True)
class _Writes:
    """What is to be written, collected and then written in few statements."""

    new: list[tuple[Value, ...]] = field(default_factory=list)
    repositories: list[tuple[Value, ...]] = field(default_factory=list)
    ended: list[tuple[Value, ...]] = field(default_factory=list)
    begun: list[tuple[Value, ...]] = field(default_factory=list)
    closed: list[tuple[Value, ...]] = field(default_factory=list)
    opened: list[tuple[Value, ...]] = field(default_factory=list)
    evidence: list[tuple[Value, ...]] = field(default_factory=list)
    gone: list[tuple[Value, ...]] = field(default_factory=list)


class _Comparison:
    """Compares what a reading saw with what is stored, and collects what is to be written."""

    def __init__(self, database: Database, reading: Reading, *, many: bool) -> None:
        self.writes = _Writes()
        self._reading = reading
        self._settings = Vocabulary(database, "setting_values", rows.SETTING_COLUMNS, many=many)
        self._judgements = Vocabulary(database, "judgements", ("findings",), many=many)
        self._evidence = Vocabulary(database, "evidence", ("sentence",), many=many)
        self._next = int(database.execute("SELECT coalesce(max(id), 0) + 1 FROM repositories").fetchone()[0])
        self._change = int(database.execute("SELECT number + 1 FROM last_change").fetchone()[0])
        self._closers = Closers(database, reading.account, reading.region)

    def seen(self, assessment: Assessment, before: _Stored | None) -> None:
        """Compare a repository that was seen."""
        failing = {str(f.rule): self._evidence.id((f.evidence,)) for f in assessment.findings if _fails(f.verdict)}
        undecided = {f.rule for f in assessment.findings if f.verdict is Verdict.UNKNOWN}
        known = before.findings if before is not None else {}
        closing = [rule for rule in known if rule not in failing and rule not in undecided]
        settings = self._settings.id(rows.settings(assessment))
        judgement = self._judgements.id((rows.findings_told(assessment),))
        same = before is not None and not before.gone and (before.settings, before.judgement) == (settings, judgement)
        if same and not closing and known.keys() >= failing.keys() and self._reading.whole:
            return
        remaining = len(known.keys() - set(closing) | failing.keys())
        number = self._write(assessment, before, (settings, judgement, assessment.verdict, remaining))
        at, writes, change = self._reading.began_at, self.writes, self._change
        verdicts = {f.rule: f.verdict for f in assessment.findings}
        for rule in closing:
            how, by = self._closers.of(assessment.name, rule, verdicts.get(Rule(rule)))
            writes.closed.append((at, change, how, by, number, rule))
        for rule, evidence in failing.items():
            if rule not in known:
                writes.opened.append((number, rule, evidence, at, change, number, rule))
            elif known[rule] != evidence:
                writes.evidence.append((evidence, number, rule))

    def missing(self, before: _Stored) -> None:
        """Note that a repository is not in its target any more."""
        at = self._reading.began_at
        self.writes.gone.append((at, at, before.id))
        self.writes.ended.append((at, before.id))
        self.writes.closed += [(at, self._change, "deleted", None, before.id, rule) for rule in before.findings]

    def _write(self, assessment: Assessment, before: _Stored | None, now: tuple[Value, ...]) -> int:
        """Have the repository's own row and its present settings written, and return its number."""
        at, writes = self._reading.began_at, self.writes
        if before is None:
            number, self._next = self._next, self._next + 1
            where = (self._reading.account, self._reading.region, assessment.name, rows.partition(assessment))
            writes.new.append((number, *where, *now, at, at))
        else:
            number = before.id
            writes.repositories.append((*now, at, number))
        if before is None or before.gone or before.settings != now[0]:
            writes.ended.append((at, number))
            writes.begun.append((number, at, number, now[0]))
        return number


def observe(database: Database, reading: Reading, assessments: Iterable[Assessment]) -> Changes:
    """Write what a reading saw in a target, inside the caller's transaction.

    Args:
        database: in a transaction that nobody else writes in.
        reading: of which target, and when.
        assessments: what was seen, each with its repository.

    Returns:
        The findings that it opened and resolved.
    """
    seen = {one.name: one for one in assessments if one.repository is not None}
    read_at = _read_at(database, reading)
    many = reading.whole or len(seen) > MOST_ASKED
    stored = _stored(database, reading, None if many else tuple(seen))
    comparison = _Comparison(database, reading, many=many)
    for name, assessment in seen.items():
        before = stored.get(name)
        seen_at = before.seen_at if before is not None else ""
        if not reading.is_older_than(_later(seen_at, read_at, reading.at)):
            comparison.seen(assessment, before)
    if reading.whole and not reading.is_older_than(read_at):
        for name, before in stored.items():
            if name not in seen and not before.gone and not reading.is_older_than(before.seen_at):
                comparison.missing(before)
    _write(database, comparison.writes)
    return Changes(len(comparison.writes.opened), len(comparison.writes.closed))


def is_overtaken(database: Database, reading: Reading) -> bool:
    """Tell whether a later reading of the whole target is stored already."""
    return reading.is_older_than(_read_at(database, reading))


def _later(one: str, other: str, at: str) -> str:
    """Return the later of two stored moments, of those that are not still to come."""
    return max((moment for moment in (one, other) if moment <= at), default="")


def _fails(verdict: Verdict) -> bool:
    return verdict is Verdict.FAIL


def _read_at(database: Database, reading: Reading) -> str:
    found = database.execute(
        "SELECT read_at FROM targets WHERE account = ? AND region = ?", (reading.account, reading.region)
    ).fetchone()
    return str(found[0]) if found and found[0] else ""


def _stored(database: Database, reading: Reading, names: tuple[str, ...] | None) -> dict[str, _Stored]:
    """Return what is stored of a target, or of some of its repositories."""
    where, values = "r.account = ? AND r.region = ?", [reading.account, reading.region]
    if names is not None:
        where += f" AND r.name IN ({','.join('?' * len(names))})"
        values += names
    open_findings: dict[int, dict[str, int]] = {}
    for number, rule, evidence in database.execute(
        "SELECT f.repository_id, f.rule, f.evidence_id FROM repositories r JOIN findings f ON f.repository_id = r.id "
        f"WHERE f.closed_at IS NULL AND {where}",
        values,
    ):
        open_findings.setdefault(number, {})[rule] = evidence
    found = database.execute(
        f"SELECT r.name, r.id, r.settings_id, r.judgement_id, r.seen_at, r.gone_at FROM repositories r WHERE {where}",
        values,
    )
    return {
        name: _Stored(number, settings, judgement, seen_at, gone_at is not None, open_findings.get(number, {}))
        for name, number, settings, judgement, seen_at, gone_at in found
    }


def _write(database: Database, writes: _Writes) -> None:
    for statement, values in zip(_STATEMENTS, _in_order(writes), strict=True):
        if values:
            database.conn.executemany(statement, values)
    if writes.opened or writes.closed:
        database.execute("UPDATE last_change SET number = number + 1")


def _in_order(writes: _Writes) -> tuple[list[tuple[Value, ...]], ...]:
    return (
        writes.new,
        writes.repositories,
        writes.ended,
        writes.begun,
        writes.closed,
        writes.opened,
        writes.evidence,
        writes.gone,
    )


# No interval ends before it begins, nor begins before the last one ended, whatever the clock did in between.
_STATEMENTS = (
    """
    INSERT INTO repositories (
        id, account, region, name, partition, settings_id, judgement_id, verdict, open_findings, first_seen_at, seen_at
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """,
    """
    UPDATE repositories SET settings_id = ?, judgement_id = ?, verdict = ?, open_findings = ?, seen_at = ?,
        gone_at = NULL
    WHERE id = ?
    """,
    "UPDATE settings SET until = max(?, since) WHERE repository_id = ? AND until IS NULL",
    """
    INSERT INTO settings (repository_id, since, values_id)
    SELECT ?, max(?, coalesce((SELECT max(until) FROM settings WHERE repository_id = ?), '')), ? WHERE true
    ON CONFLICT (repository_id, since) DO UPDATE SET until = NULL, values_id = excluded.values_id
    """,
    """
    UPDATE findings SET closed_at = max(?, opened_at), closed_change = ?, closed_how = ?, closed_by = ?
    WHERE repository_id = ? AND rule = ? AND closed_at IS NULL
    """,
    """
    INSERT INTO findings (repository_id, rule, evidence_id, opened_at, opened_change, closed_before)
    SELECT ?, ?, ?, max(?, coalesce(last.closed_at, '')), ?, last.closed_how
    FROM (SELECT 1) LEFT JOIN (
        SELECT closed_at, closed_how FROM findings WHERE repository_id = ? AND rule = ? ORDER BY id DESC LIMIT 1
    ) AS last
    """,
    "UPDATE findings SET evidence_id = ? WHERE repository_id = ? AND rule = ? AND closed_at IS NULL",
    "UPDATE repositories SET gone_at = ?, seen_at = ?, open_findings = 0 WHERE id = ?",
)
