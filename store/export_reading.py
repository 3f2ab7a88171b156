"""What stands by the last sweep, all of it, one after the other: for an export, which must not need much memory.

Nothing here is about what fails alone; that is store/standing.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecr.model import Rule, Verdict
from ecr.subscription import Filters
from ecr.swept import Standing, UnreadTarget
from store import rows
from store.scope import Scope, stored_targets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlite_utils import Database

    from ecr.model import Finding

_AT_ONCE = 500

# The order is that of a unique index, so that the first row is there at once and nothing is sorted.
_REPOSITORIES = """
    SELECT r.arn, r.name, v.tag_mutability, v.exclusion_filters, v.scan_on_push, v.effective_scanning,
        r.account, r.region, t.name, max(r.seen_at, coalesce(t.read_at, '')), t.error, j.findings, r.id, r.first_seen_at
    FROM repositories r
    JOIN setting_values v ON v.id = r.settings_id
    JOIN judgements j ON j.id = r.judgement_id
    LEFT JOIN targets t ON t.account = r.account AND t.region = r.region
    WHERE r.gone_at IS NULL{also}
    ORDER BY r.account, r.region, r.name
"""

_FINDINGS = "SELECT rule, opened_at, closed_at, closed_how FROM findings WHERE repository_id = ? ORDER BY id"

_EXEMPTION = """
    SELECT reason, granted_by_name, granted_at, ends_at FROM exemptions
    WHERE name = ? AND account = ? AND region = ? AND rule = ? ORDER BY id DESC LIMIT 1
"""

# How a failure ends that is followed by a pass; after an exemption, or a deletion, it is not known when that began.
_MENDED = ("remediated", "fixed outside")

_KNOWN = "SELECT 1 FROM repositories WHERE account = ? AND region = ? AND gone_at IS NULL LIMIT 1"


@dataclass(frozen=True, slots=True)
class Grant:
    """The exemption that a rule was judged exempt by; `by` is the name that its granter had."""

    by: str
    reason: str
    granted_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Background:
    """What the history knows of a rule beside what it came to.

    `since` is when the verdict began: of a failure, when it was found; of a pass, when the last failure was mended; of
    what is exempt, when the present exemption was granted, or ended the failure. It is `None` where the history does
    not know: it keeps neither when something became unknown nor since when what never failed has passed.
    """

    rule: Rule
    since: datetime | None
    grant: Grant | None = None


@dataclass(frozen=True, slots=True)
class Current:
    """A repository as last read, with what is known behind each of its findings, in their order."""

    standing: Standing
    first_seen_at: datetime
    backgrounds: tuple[Background, ...]


def current(database: Database) -> Iterator[Current | UnreadTarget]:
    """Yield every repository that is there, and every target that could not be read and of which none is known.

    Repositories come in the order of accounts, regions and names; the targets come after them. What is configured no
    more is left out, as it is from `list`.

    Args:
        database: in a transaction, which stays open until the last one was taken.
    """
    condition = Scope.of(database, Filters()).condition
    found = database.execute(_REPOSITORIES.format(also=condition.also), condition.values)
    while some := found.fetchmany(_AT_ONCE):
        yield from (_current(database, row) for row in some)
    for one in stored_targets(database):
        if one.configured and one.error is not None and not database.execute(_KNOWN, one.pair).fetchone():
            yield UnreadTarget(one.target, one.error)


def _current(database: Database, row: tuple[Any, ...]) -> Current:
    standing, number, first_seen_at = rows.standing(tuple(row[:12])), row[12], row[13]
    last = {rule: (opened, closed, how) for rule, opened, closed, how in database.execute(_FINDINGS, (number,))}
    return Current(
        standing,
        rows.moment_of(first_seen_at),
        tuple(_background(database, standing, one, last.get(one.rule)) for one in standing.assessment.findings),
    )


def _background(
    database: Database, standing: Standing, finding: Finding, last: tuple[str, str | None, str | None] | None
) -> Background:
    """Return what is known behind a finding, of which `last` is the last failure: when it began, ended, and how."""
    opened_at, closed_at, how = last or (None, None, None)
    if finding.verdict is Verdict.EXEMPT:
        grant = _grant(database, standing, finding.rule)
        began = [grant.granted_at] if grant else []
        if closed_at and how == "exempted":
            began.append(rows.moment_of(closed_at))
        return Background(finding.rule, max(began, default=None), grant)
    since = None
    if finding.verdict is Verdict.FAIL and closed_at is None:
        since = opened_at
    elif finding.verdict is Verdict.PASS and how in _MENDED:
        since = closed_at
    return Background(finding.rule, rows.moment_of(since) if since else None)


def _grant(database: Database, standing: Standing, rule: Rule) -> Grant | None:
    """Return the exemption of a rule that was granted last; it may have ended since the repository was read."""
    one = standing.assessment
    values = (one.name, one.target.account or "", one.target.region, rule)
    found = database.execute(_EXEMPTION, values).fetchone()
    if found is None:
        return None
    reason, by, granted_at, ends_at = found
    return Grant(by, reason, rows.moment_of(granted_at), rows.moment_of(ends_at))
