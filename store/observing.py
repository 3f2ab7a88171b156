"""The one operation by which everything that was seen is written: by a check, by a sweep, later by an apply.

What is stored of a later reading stays; what is as it was is not written again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecr.model import Verdict
from ecr.swept import Changes
from store import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlite_utils import Database

    from ecr.model import Assessment
    from store.rows import Value

MOST_ASKED = 500
"""Repositories that are asked for one by one; for more, all of the target are read."""

_HOW = {Verdict.PASS: "fixed outside", Verdict.EXEMPT: "exempted"}


@dataclass(frozen=True, slots=True)
class _Stored:
    """A repository as it is stored: its settings, its verdict, when it was last written, and its open findings."""

    settings: tuple[Value, ...]
    verdict: str
    last_findings: str
    seen_at: str
    gone: bool
    findings: Mapping[str, str]


@dataclass(slots=True)
class _Writes:
    """What is to be written, collected and then written in few statements."""

    repositories: list[tuple[Value, ...]] = field(default_factory=list)
    ended: list[tuple[Value, ...]] = field(default_factory=list)
    begun: list[tuple[Value, ...]] = field(default_factory=list)
    closed: list[tuple[Value, ...]] = field(default_factory=list)
    opened: list[tuple[Value, ...]] = field(default_factory=list)
    evidence: list[tuple[Value, ...]] = field(default_factory=list)
    gone: list[tuple[Value, ...]] = field(default_factory=list)


def observe(
    database: Database, account: str, region: str, assessments: Iterable[Assessment], began_at: str, *, whole: bool
) -> Changes:
    """Write what a reading saw in a target, inside the caller's transaction.

    Args:
        database: in a transaction that nobody else writes in.
        account: whose repositories they are.
        region: where they are.
        assessments: what was seen, each with its repository.
        began_at: when the reading began, as it is stored.
        whole: whether it saw all of the target, so that what it did not see is gone.

    Returns:
        The findings that it opened and resolved.
    """
    seen = {one.repository.arn: one for one in assessments if one.repository is not None}
    read_at = _read_at(database, account, region)
    stored = _stored(database, account, region, None if whole or len(seen) > MOST_ASKED else tuple(seen))
    writes = _Writes()
    for arn, assessment in seen.items():
        before = stored.get(arn)
        if before is None or began_at >= max(before.seen_at, read_at):
            _compare(writes, arn, assessment, before, began_at, always=not whole)
    if whole and began_at >= read_at:
        for arn, before in stored.items():
            if arn not in seen and not before.gone and began_at >= before.seen_at:
                _leave(writes, arn, before, began_at)
    _write(database, writes)
    return Changes(len(writes.opened), len(writes.closed))


def _compare(
    writes: _Writes, arn: str, assessment: Assessment, before: _Stored | None, at: str, *, always: bool
) -> None:
    settings, failing = rows.settings(assessment), _failing(assessment)
    undecided = {f.rule for f in assessment.findings if f.verdict is Verdict.UNKNOWN}
    known = before.findings if before is not None else {}
    closing = [rule for rule in known if rule not in failing and rule not in undecided]
    opening = [rule for rule in failing if rule not in known]
    changed = [rule for rule in failing if rule in known and known[rule] != failing[rule]]
    told = rows.findings_told(assessment)
    same = before is not None and not before.gone and (before.settings, before.last_findings) == (settings, told)
    if same and not (closing or opening or changed or always):
        return
    found = assessment.repository
    if found is None:
        return
    identity = (arn, found.account, found.region, found.name)
    writes.repositories.append((*identity, *settings, assessment.verdict, told, at, at))
    if before is None or before.gone or before.settings != settings:
        writes.ended.append((at, arn))
        writes.begun.append((arn, *settings, at))
    verdicts = {f.rule: f.verdict for f in assessment.findings}
    writes.closed += [(at, _HOW.get(verdicts[rule], "fixed outside"), arn, rule) for rule in closing]  # type: ignore[index]
    writes.opened += [(arn, rule, failing[rule], at) for rule in opening]
    writes.evidence += [(failing[rule], arn, rule) for rule in changed]


def _leave(writes: _Writes, arn: str, before: _Stored, at: str) -> None:
    writes.gone.append((at, at, arn))
    writes.ended.append((at, arn))
    writes.closed += [(at, "deleted", arn, rule) for rule in before.findings]


def _failing(assessment: Assessment) -> dict[str, str]:
    return {str(f.rule): f.evidence for f in assessment.findings if f.verdict is Verdict.FAIL}


def _read_at(database: Database, account: str, region: str) -> str:
    found = database.execute(
        "SELECT read_at FROM targets WHERE account = ? AND region = ?", (account, region)
    ).fetchone()
    return str(found[0]) if found and found[0] else ""


def _stored(database: Database, account: str, region: str, arns: tuple[str, ...] | None) -> dict[str, _Stored]:
    """Return what is stored of a target, or of some of its repositories."""
    where = "r.account = ? AND r.region = ?"
    values: tuple[str, ...] = (account, region)
    if arns is not None:
        where, values = f"r.arn IN ({','.join('?' * len(arns))})", arns
    open_findings: dict[str, dict[str, str]] = {}
    for arn, rule, evidence in database.execute(
        f"SELECT f.arn, f.rule, f.evidence FROM findings f JOIN repositories r ON r.arn = f.arn "  # noqa: S608 - question marks alone are put in
        f"WHERE f.closed_at IS NULL AND {where}",
        values,
    ):
        open_findings.setdefault(arn, {})[rule] = evidence
    return {
        row[0]: _Stored(row[1:5], row[5], row[6], row[7], row[8] is not None, open_findings.get(row[0], {}))
        for row in database.execute(
            "SELECT r.arn, r.tag_mutability, r.exclusion_filters, r.scan_on_push, r.effective_scanning, r.verdict, "  # noqa: S608 - the same
            f"r.last_findings, r.seen_at, r.gone_at FROM repositories r WHERE {where}",
            values,
        )
    }


def _write(database: Database, writes: _Writes) -> None:
    many = database.conn.executemany
    many(
        """
        INSERT INTO repositories (
            arn, account, region, name, tag_mutability, exclusion_filters, scan_on_push, effective_scanning, verdict,
            last_findings, first_seen_at, seen_at
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (arn) DO UPDATE SET
            tag_mutability = excluded.tag_mutability, exclusion_filters = excluded.exclusion_filters,
            scan_on_push = excluded.scan_on_push, effective_scanning = excluded.effective_scanning,
            verdict = excluded.verdict, last_findings = excluded.last_findings, seen_at = excluded.seen_at,
            gone_at = NULL
        """,
        writes.repositories,
    )
    many("UPDATE settings SET until = ? WHERE arn = ? AND until IS NULL", writes.ended)
    many(
        "INSERT INTO settings (arn, tag_mutability, exclusion_filters, scan_on_push, effective_scanning, since) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        writes.begun,
    )
    many(
        "UPDATE findings SET closed_at = ?, closed_how = ? WHERE arn = ? AND rule = ? AND closed_at IS NULL",
        writes.closed,
    )
    many("INSERT INTO findings (arn, rule, evidence, opened_at) VALUES (?, ?, ?, ?)", writes.opened)
    many("UPDATE findings SET evidence = ? WHERE arn = ? AND rule = ? AND closed_at IS NULL", writes.evidence)
    many("UPDATE repositories SET gone_at = ?, seen_at = ? WHERE arn = ?", writes.gone)
