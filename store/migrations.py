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
