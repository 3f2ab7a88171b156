"""The statements of migration m0003: tables with small rows, what was there put into them, and views for people."""

TABLES = (
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

# What an earlier release wrote has the number of the sweep that knew of it first, or the next one where none did.
_CHANGE = (
    "coalesce((SELECT s.rowid FROM sweeps s WHERE s.finished_at >= {at} ORDER BY s.finished_at LIMIT 1), "
    "(SELECT number FROM last_change))"
)

ROWS = (
    f"INSERT INTO setting_values ({_FOUR}) SELECT {_FOUR} FROM old_repositories UNION SELECT {_FOUR} FROM old_settings",
    "INSERT INTO judgements (findings) SELECT DISTINCT last_findings FROM old_repositories",
    "INSERT INTO evidence (sentence) SELECT DISTINCT evidence FROM old_findings",
    "INSERT INTO last_change SELECT coalesce(max(rowid), 0) + 1 FROM sweeps",
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
    f"""
    INSERT INTO findings (
        repository_id, rule, evidence_id, opened_at, opened_change, closed_before, closed_at, closed_change, closed_how
    )
    SELECT r.id, o.rule, e.id, o.opened_at, {_CHANGE.format(at="o.opened_at")},
        (SELECT b.closed_how FROM old_findings b WHERE b.arn = o.arn AND b.rule = o.rule AND b.id < o.id
            ORDER BY b.id DESC LIMIT 1),
        o.closed_at, iif(o.closed_at IS NULL, NULL, {_CHANGE.format(at="o.closed_at")}), o.closed_how
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
    # What only checks of the first release saw has no interval yet.
    """
    INSERT INTO settings (repository_id, since, values_id)
    SELECT r.id, r.seen_at, r.settings_id FROM repositories r
    WHERE r.gone_at IS NULL AND r.id NOT IN (SELECT repository_id FROM settings WHERE until IS NULL)
    """,
    "INSERT INTO target_days SELECT * FROM old_target_days",
)

VIEWS = (
    """
    CREATE VIEW open_findings AS
    SELECT repositories.account, repositories.region, repositories.name AS repository, findings.rule,
        evidence.sentence AS evidence, findings.opened_at,
        CAST(julianday('now') - julianday(findings.opened_at) AS INTEGER) AS age_in_days
    FROM findings
    JOIN repositories ON repositories.id = findings.repository_id
    JOIN evidence ON evidence.id = findings.evidence_id
    LEFT JOIN targets ON targets.account = repositories.account AND targets.region = repositories.region
    WHERE findings.closed_at IS NULL AND coalesce(targets.configured, 1)
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
    WHERE repositories.gone_at IS NULL AND coalesce(targets.configured, 1)
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
