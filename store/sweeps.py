"""What a sweep leaves beside the repositories: its targets, read or not, the totals of the day, and its own row."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ecr.model import ALL_REGIONS, Verdict
from store import rows
from store.scope import StoredTarget, stored_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from ecr.model import Assessment, Target
    from ecr.swept import SweepReport

_COUNTED = (Verdict.PASS, Verdict.FAIL, Verdict.EXEMPT, Verdict.UNKNOWN)

_READ = """
    INSERT INTO targets (account, region, name, read_at, configured) VALUES (?, ?, ?, ?, 1)
    ON CONFLICT (account, region) DO UPDATE SET
        name = excluded.name, read_at = excluded.read_at, error = NULL, error_at = NULL, configured = 1
"""

_UNREAD = """
    INSERT INTO targets (account, region, name, error, error_at, configured) VALUES (?, ?, ?, ?, ?, 1)
    ON CONFLICT (account, region) DO UPDATE SET
        name = coalesce(excluded.name, name), error = excluded.error, error_at = excluded.error_at, configured = 1
"""

_DAY = """
    INSERT INTO target_days (day, account, region, passing, failing, exempt, unknown) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, account, region) DO UPDATE SET
        passing = excluded.passing, failing = excluded.failing, exempt = excluded.exempt, unknown = excluded.unknown
"""

# A day on which nobody could read it is as the last one was: neither fixed nor worse, as far as anybody knows.
_UNREAD_DAY = """
    INSERT INTO target_days (day, account, region, passing, failing, exempt, unknown)
    SELECT :day, account, region, passing, failing, exempt, unknown FROM target_days
    WHERE account = :account AND region = :region AND day < :day ORDER BY day DESC LIMIT 1
    ON CONFLICT (day, account, region) DO NOTHING
"""

_SWEEP = """
    INSERT INTO sweeps (
        id, started_at, finished_at, targets, unreadable_targets, passing, failing, exempt, unknown,
        findings_opened, findings_resolved, api_calls, asked_by, last_change
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT number FROM last_change))
"""


def target_read(database: Database, target: Target, assessments: Sequence[Assessment], at: str) -> None:
    """Write that a target was read, and its totals of the day."""
    account, counts = target.account or "", Counter(assessment.verdict for assessment in assessments)
    database.execute(_READ, (account, target.region, target.name, at))
    database.execute(_DAY, (at[:10], account, target.region, *(counts[verdict] for verdict in _COUNTED)))
    # What stood for it while nobody could tell the account or its regions is known now.
    database.execute("DELETE FROM targets WHERE account = ? AND region = ?", (account, ALL_REGIONS))
    database.execute("DELETE FROM targets WHERE account = '' AND region IN (?, ?)", (target.region, ALL_REGIONS))


def target_unread(database: Database, target: Target, error: str, at: str) -> int:
    """Write that a target could not be read, and return how many repositories are known there.

    One whose account or regions could not be told stands for every known one that it may be.
    """
    meant = [one for one in stored_targets(database) if _stands_for(target, one)]
    pairs = [(one.account, one.region, one.name) for one in meant] or [
        (target.account or "", target.region, target.name)
    ]
    known = 0
    for account, region, name in pairs:
        database.execute(_UNREAD, (account, region, name, error, at))
        count = database.execute(
            "SELECT count(*) FROM repositories WHERE account = ? AND region = ? AND gone_at IS NULL", (account, region)
        ).fetchone()[0]
        database.execute(_UNREAD_DAY, {"day": at[:10], "account": account, "region": region})
        known += int(count)
    return known


def swept(database: Database, report: SweepReport, targets: Sequence[Target]) -> None:
    """Write a sweep that ended; targets that are none of its own are configured no more."""
    database.execute(_SWEEP, rows.sweep(report))
    pairs = {(target.account or "", target.region) for target in targets}
    open_ended = [target for target in targets if target.account is None or target.region == ALL_REGIONS]
    for one in stored_targets(database):
        configured = one.pair in pairs or any(_stands_for(target, one) for target in open_ended)
        if configured != bool(one.configured):
            database.execute(
                "UPDATE targets SET configured = ? WHERE account = ? AND region = ?",
                (int(configured), one.account, one.region),
            )


def _stands_for(target: Target, one: StoredTarget) -> bool:
    """Tell whether a known target is, or may be, the one that is meant."""
    return (
        bool(one.account)
        and one.region != ALL_REGIONS
        and target.account in (None, one.account)
        and target.region in (ALL_REGIONS, one.region)
    )
