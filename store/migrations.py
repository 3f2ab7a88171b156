"""The schema, as numbered steps that are only ever added to. Each says why it is there.

sqlite-utils keeps which of them a file has had, in its table `_sqlite_migrations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

from store import registry_tables, request_tables, small_rows

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


@MIGRATIONS()
def m0003_small_rows_and_numbered_changes(database: Database) -> None:
    """Make a year of changes small, and number them.

    A repository is a number in the rows about it, and what thousands of rows say alike (settings, sentences) is kept
    once. Every transaction that opens or closes findings has a number, so that a digest can tell exactly what came
    after the last one: moments cannot, as a reading that began before a digest may be saved after it.
    `targets.configured` tells a target that is no longer swept from one that could not be read.
    """
    for statement in (
        "DROP VIEW open_findings",
        "DROP VIEW compliance_by_day",
        "ALTER TABLE repositories RENAME TO old_repositories",
        "ALTER TABLE findings RENAME TO old_findings",
        "ALTER TABLE settings RENAME TO old_settings",
        "ALTER TABLE target_days RENAME TO old_target_days",
        "DROP INDEX repositories_by_name",
        "DROP INDEX repositories_by_target",
        "DROP INDEX one_open_finding_a_rule",
        "DROP INDEX findings_by_repository",
        "DROP INDEX one_present_setting",
        "DROP INDEX settings_by_repository",
        "CREATE INDEX sweeps_by_end ON sweeps (finished_at)",
        *small_rows.TABLES,
        *small_rows.ROWS,
        "DROP INDEX sweeps_by_end",
        "DROP TABLE old_findings",
        "DROP TABLE old_settings",
        "DROP TABLE old_target_days",
        "DROP TABLE old_repositories",
        "ALTER TABLE targets ADD COLUMN configured INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE sweeps ADD COLUMN asked_by TEXT",
        "ALTER TABLE sweeps ADD COLUMN last_change INTEGER NOT NULL DEFAULT 0",
        "UPDATE sweeps SET last_change = rowid",
        *small_rows.VIEWS,
    ):
        database.execute(statement)


@MIGRATIONS()
def m0004_subscriptions_and_digests(database: Database) -> None:
    """Lay who reads a digest, which digests were sent, and what the approvals channel is still to be told.

    A digest is one row for each subscription and local day: claimed before it is posted, done after. Its messages are
    in it until they are sent, so that whoever takes over after a crash sends the same ones.
    """
    for statement in (
        """
        CREATE TABLE subscriptions (
            id TEXT PRIMARY KEY,
            channel TEXT NOT NULL,
            time_of_day TEXT NOT NULL,
            timezone TEXT NOT NULL,
            repositories TEXT NOT NULL,
            accounts TEXT NOT NULL,
            regions TEXT NOT NULL,
            subscribed_by TEXT,
            since TEXT NOT NULL,
            paused_at TEXT,
            paused_because TEXT
        ) STRICT
        """,
        """
        CREATE TABLE digests (
            subscription TEXT NOT NULL,
            day TEXT NOT NULL,
            channel TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('claimed', 'sending', 'sent', 'skipped', 'given up')),
            began_at TEXT NOT NULL,
            claimed_by TEXT,
            claimed_at TEXT,
            lease_until TEXT,
            not_before TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            parts TEXT,
            parts_sent INTEGER NOT NULL DEFAULT 0,
            in_doubt INTEGER NOT NULL DEFAULT 0,
            thread TEXT,
            known_at TEXT,
            known_change INTEGER,
            ended_at TEXT,
            PRIMARY KEY (subscription, day)
        ) STRICT
        """,
        """
        CREATE TABLE notices (
            id INTEGER PRIMARY KEY,
            channel TEXT NOT NULL,
            text TEXT NOT NULL,
            made_at TEXT NOT NULL,
            told_at TEXT
        ) STRICT
        """,
        "CREATE INDEX notices_untold ON notices (id) WHERE told_at IS NULL",
    ):
        database.execute(statement)


@MIGRATIONS()
def m0005_requests_exemptions_and_the_audit(database: Database) -> None:
    """Lay what is asked for, decided and done: each step of a request is written down before it counts.

    A request has its repositories, and each of these its changes: a row is there before a call is made, so that
    whoever goes on after a crash knows what may have been done. What Slack is still to be told are letters. The audit
    is only ever added to; each of its rows carries the hash of the one before.
    """
    for statement in request_tables.TABLES:
        database.execute(statement)


@MIGRATIONS()
def m0006_homes(database: Database) -> None:
    """Lay who has opened the bot's Home tab, and a mark of what was published there, so that it is kept up to date.

    What somebody asked for is shown there, and looked up by who asked.
    """
    for statement in (
        "CREATE TABLE homes (user TEXT PRIMARY KEY, opened_at TEXT NOT NULL, shown TEXT) STRICT",
        "CREATE INDEX requests_by_asker ON requests (asked_by, made_at)",
    ):
        database.execute(statement)


@MIGRATIONS()
def m0007_registries_and_turns(database: Database) -> None:
    """Lay what is known of the registry of an account and region, and whose turn it is to write it.

    A sweep that sees a registry's scanning as it was writes nothing of it: `targets.read_at` dates it from then on, as
    `dated_by_target` tells. ECR has no conditional write of a registry's rules, so one request at a time has the turn.
    """
    for statement in registry_tables.TABLES:
        database.execute(statement)
