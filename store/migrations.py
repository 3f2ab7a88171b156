"""The schema, as numbered steps that are only ever added to. Each says why it is there.

sqlite-utils keeps which of them a file has had, in its table `_sqlite_migrations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

MIGRATIONS = Migrations("ecrbot")


@MIGRATIONS()
def m0001_repositories_checks_deliveries(database: Database) -> None:
    """Lay the first tables: what was seen, who checked what, and which deliveries of Slack's were taken.

    `repositories` is the state as last seen, one row each; `seen_at` is when that reading began, so that an older
    reading which is saved later can be told and ignored.
    """
    for statement in (
        """
        CREATE TABLE repositories (
            arn TEXT PRIMARY KEY,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            name TEXT NOT NULL,
            tag_mutability TEXT,
            exclusion_filters TEXT,
            scan_on_push INTEGER,
            effective_scanning TEXT,
            verdict TEXT NOT NULL,
            first_seen_at TEXT NOT NULL,
            seen_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX repositories_by_name ON repositories (name)",
        """
        CREATE TABLE checks (
            id INTEGER PRIMARY KEY,
            began_at TEXT NOT NULL,
            asked TEXT NOT NULL,
            asked_by TEXT NOT NULL,
            source TEXT NOT NULL CHECK (source IN ('slack', 'cli')),
            verdict TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE check_findings (
            check_id INTEGER NOT NULL REFERENCES checks (id) ON DELETE CASCADE,
            account TEXT,
            region TEXT NOT NULL,
            repository TEXT NOT NULL,
            rule TEXT NOT NULL,
            verdict TEXT NOT NULL,
            evidence TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX check_findings_by_check ON check_findings (check_id)",
        "CREATE INDEX check_findings_by_repository ON check_findings (repository)",
        """
        CREATE TABLE deliveries (
            key TEXT PRIMARY KEY,
            claimed_by TEXT NOT NULL,
            claimed_at TEXT NOT NULL,
            finished_at TEXT
        ) STRICT
        """,
        "CREATE INDEX deliveries_by_time ON deliveries (claimed_at)",
    ):
        database.execute(statement)


@MIGRATIONS()
def m0002_sweeps_and_intervals(database: Database) -> None:
    """Lay what a sweep remembers: intervals rather than daily copies, and totals for each target and day.

    A finding opens, and closes with how; settings hold from one moment until another. A sweep that sees nothing new
    writes one row a target (`targets.read_at`, which dates everything in the target that was not written since).
    """
    for statement in (
        "ALTER TABLE repositories ADD COLUMN gone_at TEXT",
        "ALTER TABLE repositories ADD COLUMN last_findings TEXT NOT NULL DEFAULT '[]'",
        "CREATE INDEX repositories_by_target ON repositories (account, region)",
        """
        CREATE TABLE findings (
            id INTEGER PRIMARY KEY,
            arn TEXT NOT NULL REFERENCES repositories (arn),
            rule TEXT NOT NULL,
            evidence TEXT NOT NULL,
            opened_at TEXT NOT NULL,
            closed_at TEXT,
            closed_how TEXT CHECK (closed_how IN ('remediated', 'fixed outside', 'deleted', 'exempted'))
        ) STRICT
        """,
        "CREATE UNIQUE INDEX one_open_finding_a_rule ON findings (arn, rule) WHERE closed_at IS NULL",
        "CREATE INDEX findings_by_repository ON findings (arn)",
        """
        CREATE TABLE settings (
            arn TEXT NOT NULL REFERENCES repositories (arn),
            tag_mutability TEXT,
            exclusion_filters TEXT,
            scan_on_push INTEGER,
            effective_scanning TEXT,
            since TEXT NOT NULL,
            until TEXT
        ) STRICT
        """,
        "CREATE UNIQUE INDEX one_present_setting ON settings (arn) WHERE until IS NULL",
        "CREATE INDEX settings_by_repository ON settings (arn)",
        """
        CREATE TABLE targets (
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            name TEXT,
            read_at TEXT,
            error TEXT,
            error_at TEXT,
            PRIMARY KEY (account, region)
        ) STRICT
        """,
        """
        CREATE TABLE target_days (
            day TEXT NOT NULL,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            passing INTEGER NOT NULL,
            failing INTEGER NOT NULL,
            exempt INTEGER NOT NULL,
            unknown INTEGER NOT NULL,
            PRIMARY KEY (day, account, region)
        ) STRICT
        """,
        """
        CREATE TABLE sweeps (
            id TEXT PRIMARY KEY,
            started_at TEXT NOT NULL,
            finished_at TEXT NOT NULL,
            targets INTEGER NOT NULL,
            unreadable_targets INTEGER NOT NULL,
            passing INTEGER NOT NULL,
            failing INTEGER NOT NULL,
            exempt INTEGER NOT NULL,
            unknown INTEGER NOT NULL,
            findings_opened INTEGER NOT NULL,
            findings_resolved INTEGER NOT NULL,
            api_calls INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE VIEW open_findings AS
        SELECT repositories.account, repositories.region, repositories.name AS repository, findings.rule,
            findings.evidence, findings.opened_at,
            CAST(julianday('now') - julianday(findings.opened_at) AS INTEGER) AS age_in_days
        FROM findings JOIN repositories ON repositories.arn = findings.arn
        WHERE findings.closed_at IS NULL
        ORDER BY findings.opened_at
        """,
        """
        CREATE VIEW compliance_by_day AS
        SELECT day, sum(passing) AS passing, sum(failing) AS failing, sum(exempt) AS exempt, sum(unknown) AS unknown
        FROM target_days GROUP BY day ORDER BY day
        """,
    ):
        database.execute(statement)
