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
        *_SMALL_TABLES,
        *_SMALL_ROWS,
        "DROP TABLE old_findings",
        "DROP TABLE old_settings",
        "DROP TABLE old_target_days",
        "DROP TABLE old_repositories",
        "ALTER TABLE targets ADD COLUMN configured INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE sweeps ADD COLUMN asked_by TEXT",
        "ALTER TABLE sweeps ADD COLUMN last_change INTEGER NOT NULL DEFAULT 0",
        *_VIEWS,
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


_SMALL_TABLES = (
    """
    CREATE TABLE setting_values (
        id INTEGER PRIMARY KEY,
        tag_mutability TEXT,
        exclusion_filters TEXT,
        scan_on_push INTEGER,
        effective_scanning TEXT
    ) STRICT
    """,
    "CREATE TABLE judgements (id INTEGER PRIMARY KEY, findings TEXT NOT NULL UNIQUE) STRICT",
    "CREATE TABLE evidence (id INTEGER PRIMARY KEY, sentence TEXT NOT NULL UNIQUE) STRICT",
    "CREATE TABLE last_change (number INTEGER NOT NULL) STRICT",
    """
    CREATE TABLE repositories (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        region TEXT NOT NULL,
        name TEXT NOT NULL,
        partition TEXT NOT NULL,
        arn TEXT GENERATED ALWAYS AS (
            'arn:' || partition || ':ecr:' || region || ':' || account || ':repository/' || name
        ) VIRTUAL,
        settings_id INTEGER NOT NULL REFERENCES setting_values (id),
        judgement_id INTEGER NOT NULL REFERENCES judgements (id),
        verdict TEXT NOT NULL,
        open_findings INTEGER NOT NULL DEFAULT 0,
        first_seen_at TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        gone_at TEXT,
        UNIQUE (account, region, name)
    ) STRICT
    """,
    "CREATE INDEX repositories_by_name ON repositories (name)",
    "CREATE INDEX repositories_by_verdict ON repositories (verdict, account, region, name) WHERE gone_at IS NULL",
    "CREATE INDEX open_repositories ON repositories (account, region, name) WHERE open_findings > 0",
    """
    CREATE TABLE findings (
        id INTEGER PRIMARY KEY,
        repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        rule TEXT NOT NULL,
        evidence_id INTEGER NOT NULL REFERENCES evidence (id),
        opened_at TEXT NOT NULL,
        opened_change INTEGER NOT NULL,
        closed_before TEXT,
        closed_at TEXT,
        closed_change INTEGER,
        closed_how TEXT CHECK (closed_how IN ('remediated', 'fixed outside', 'deleted', 'exempted')),
        closed_by TEXT
    ) STRICT
    """,
    "CREATE UNIQUE INDEX one_open_finding_a_rule ON findings (repository_id, rule) WHERE closed_at IS NULL",
    "CREATE INDEX findings_by_repository ON findings (repository_id)",
    "CREATE INDEX open_findings_by_age ON findings (opened_at, repository_id) WHERE closed_at IS NULL",
    "CREATE INDEX open_findings_by_change ON findings (opened_change, repository_id) WHERE closed_at IS NULL",
    "CREATE INDEX closed_findings_by_change ON findings (closed_change) WHERE closed_at IS NOT NULL",
    """
    CREATE TABLE settings (
        repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
        since TEXT NOT NULL,
        until TEXT,
        values_id INTEGER NOT NULL REFERENCES setting_values (id),
        PRIMARY KEY (repository_id, since)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE UNIQUE INDEX one_present_setting ON settings (repository_id) WHERE until IS NULL",
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
    ) STRICT, WITHOUT ROWID
    """,
)

_SAME_SETTINGS = (
    "v.tag_mutability IS o.tag_mutability AND v.exclusion_filters IS o.exclusion_filters "
    "AND v.scan_on_push IS o.scan_on_push AND v.effective_scanning IS o.effective_scanning"
)
_FOUR = "tag_mutability, exclusion_filters, scan_on_push, effective_scanning"

_SMALL_ROWS = (
    f"INSERT INTO setting_values ({_FOUR}) SELECT {_FOUR} FROM old_repositories UNION SELECT {_FOUR} FROM old_settings",
    "INSERT INTO judgements (findings) SELECT DISTINCT last_findings FROM old_repositories",
    "INSERT INTO evidence (sentence) SELECT DISTINCT evidence FROM old_findings",
    "INSERT INTO last_change VALUES (1)",
    f"""
    INSERT INTO repositories (
        account, region, name, partition, settings_id, judgement_id, verdict, open_findings, first_seen_at, seen_at,
        gone_at
    )
    SELECT o.account, o.region, o.name, substr(o.arn, 5, instr(substr(o.arn, 5), ':') - 1),
        (SELECT v.id FROM setting_values v WHERE {_SAME_SETTINGS}),
        (SELECT j.id FROM judgements j WHERE j.findings = o.last_findings),
        o.verdict,
        (SELECT count(*) FROM old_findings f WHERE f.arn = o.arn AND f.closed_at IS NULL),
        o.first_seen_at, o.seen_at, o.gone_at
    FROM old_repositories o
    """,
    """
    INSERT INTO findings (
        repository_id, rule, evidence_id, opened_at, opened_change, closed_before, closed_at, closed_change, closed_how
    )
    SELECT r.id, o.rule, e.id, o.opened_at, 1,
        (SELECT b.closed_how FROM old_findings b WHERE b.arn = o.arn AND b.rule = o.rule AND b.id < o.id
            ORDER BY b.id DESC LIMIT 1),
        o.closed_at, iif(o.closed_at IS NULL, NULL, 1), o.closed_how
    FROM old_findings o
    JOIN old_repositories p ON p.arn = o.arn
    JOIN repositories r ON r.account = p.account AND r.region = p.region AND r.name = p.name
    JOIN evidence e ON e.sentence = o.evidence
    ORDER BY o.id
    """,
    f"""
    INSERT OR REPLACE INTO settings (repository_id, since, until, values_id)
    SELECT r.id, o.since, o.until, (SELECT v.id FROM setting_values v WHERE {_SAME_SETTINGS})
    FROM old_settings o
    JOIN old_repositories p ON p.arn = o.arn
    JOIN repositories r ON r.account = p.account AND r.region = p.region AND r.name = p.name
    ORDER BY o.until IS NULL, o.since
    """,
    "INSERT INTO target_days SELECT * FROM old_target_days",
)

_VIEWS = (
    """
    CREATE VIEW open_findings AS
    SELECT repositories.account, repositories.region, repositories.name AS repository, findings.rule,
        evidence.sentence AS evidence, findings.opened_at,
        CAST(julianday('now') - julianday(findings.opened_at) AS INTEGER) AS age_in_days
    FROM findings
    JOIN repositories ON repositories.id = findings.repository_id
    JOIN evidence ON evidence.id = findings.evidence_id
    WHERE findings.closed_at IS NULL
    ORDER BY findings.opened_at
    """,
    """
    CREATE VIEW closed_findings AS
    SELECT repositories.account, repositories.region, repositories.name AS repository, findings.rule,
        evidence.sentence AS evidence, findings.opened_at, findings.closed_at, findings.closed_how, findings.closed_by
    FROM findings
    JOIN repositories ON repositories.id = findings.repository_id
    JOIN evidence ON evidence.id = findings.evidence_id
    WHERE findings.closed_at IS NOT NULL
    ORDER BY findings.closed_at
    """,
    """
    CREATE VIEW current_repositories AS
    SELECT repositories.account, repositories.region, repositories.name AS repository, repositories.arn,
        repositories.verdict, setting_values.tag_mutability, setting_values.exclusion_filters,
        setting_values.scan_on_push, setting_values.effective_scanning, repositories.first_seen_at,
        max(repositories.seen_at, coalesce(targets.read_at, '')) AS read_at
    FROM repositories
    JOIN setting_values ON setting_values.id = repositories.settings_id
    LEFT JOIN targets ON targets.account = repositories.account AND targets.region = repositories.region
    WHERE repositories.gone_at IS NULL
    """,
    """
    CREATE VIEW repository_settings AS
    SELECT repositories.account, repositories.region, repositories.name AS repository, settings.since, settings.until,
        setting_values.tag_mutability, setting_values.exclusion_filters, setting_values.scan_on_push,
        setting_values.effective_scanning
    FROM settings
    JOIN repositories ON repositories.id = settings.repository_id
    JOIN setting_values ON setting_values.id = settings.values_id
    ORDER BY settings.since
    """,
    """
    CREATE VIEW compliance_by_day AS
    SELECT day, sum(passing) AS passing, sum(failing) AS failing, sum(exempt) AS exempt, sum(unknown) AS unknown
    FROM target_days GROUP BY day ORDER BY day
    """,
)
