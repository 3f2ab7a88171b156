"""The statements of migration m0005: requests with all that came of them, what is exempt, and the audit."""

TABLES = (
    """
    CREATE TABLE requests (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('remediation', 'undo', 'exemption', 'guardrail')),
        state TEXT NOT NULL CHECK (state IN (
            'requested', 'approved', 'applying', 'applied', 'failed', 'denied', 'expired', 'cancelled', 'undone'
        )),
        asked_by TEXT NOT NULL,
        asked_by_name TEXT NOT NULL,
        asked_in TEXT NOT NULL,
        reason TEXT NOT NULL,
        made_at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        undoes TEXT REFERENCES requests (id),
        undone_by TEXT,
        exempts_rules TEXT,
        exempts_until TEXT,
        break_glass INTEGER NOT NULL,
        no_approver TEXT,
        decided_by TEXT,
        decided_by_name TEXT,
        decided_as TEXT,
        decided_at TEXT,
        decision_reason TEXT,
        began_at TEXT,
        ended_at TEXT,
        sentence TEXT NOT NULL DEFAULT '',
        claimed_by TEXT,
        lease_until TEXT,
        card_channel TEXT,
        card_ts TEXT,
        shown_revision INTEGER,
        revision INTEGER NOT NULL DEFAULT 1,
        head_number INTEGER,
        head_hash TEXT
    ) STRICT
    """,
    # Of requests that would do the same, one is open at a time.
    """
    CREATE UNIQUE INDEX one_open_request ON requests (fingerprint)
    WHERE state IN ('requested', 'approved', 'applying')
    """,
    "CREATE INDEX requests_by_state ON requests (state, made_at)",
    """
    CREATE INDEX outdated_cards ON requests (id)
    WHERE card_ts IS NOT NULL AND shown_revision < revision
    """,
    """
    CREATE TABLE request_repositories (
        request TEXT NOT NULL REFERENCES requests (id),
        number INTEGER NOT NULL,
        account TEXT NOT NULL,
        region TEXT NOT NULL,
        account_name TEXT,
        name TEXT NOT NULL,
        arn TEXT NOT NULL,
        content TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('waiting', 'applied', 'failed', 'undone')),
        sentence TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (request, number)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX requests_by_repository ON request_repositories (name, account, region)",
    """
    CREATE TABLE request_changes (
        request TEXT NOT NULL,
        repository INTEGER NOT NULL,
        number INTEGER NOT NULL,
        rule TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('attempted', 'made', 'refused')),
        attempted_at TEXT NOT NULL,
        ended_at TEXT,
        aws_request_id TEXT,
        said TEXT,
        PRIMARY KEY (request, repository, number),
        FOREIGN KEY (request, repository) REFERENCES request_repositories (request, number)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE letters (
        request TEXT NOT NULL REFERENCES requests (id),
        letter TEXT NOT NULL CHECK (letter IN ('card', 'details', 'outcome', 'line')),
        channel TEXT NOT NULL,
        made_at TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'given up')),
        claimed_by TEXT,
        claimed_at TEXT,
        lease_until TEXT,
        not_before TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        in_doubt INTEGER NOT NULL DEFAULT 0,
        ts TEXT,
        ended_at TEXT,
        said TEXT,
        PRIMARY KEY (request, letter, channel)
    ) STRICT
    """,
    "CREATE INDEX letters_waiting ON letters (request) WHERE state = 'waiting'",
    """
    CREATE TABLE drafts (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        user TEXT NOT NULL,
        channel TEXT NOT NULL,
        response_url TEXT NOT NULL,
        made_at TEXT NOT NULL,
        asked TEXT NOT NULL,
        items TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE exemptions (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        region TEXT NOT NULL,
        account_name TEXT,
        name TEXT NOT NULL,
        rule TEXT NOT NULL,
        reason TEXT NOT NULL,
        granted_by TEXT NOT NULL,
        granted_by_name TEXT NOT NULL,
        granted_at TEXT NOT NULL,
        ends_at TEXT NOT NULL,
        request TEXT NOT NULL REFERENCES requests (id),
        ended_at TEXT
    ) STRICT
    """,
    "CREATE INDEX present_exemptions ON exemptions (ends_at) WHERE ended_at IS NULL",
    "CREATE INDEX exemptions_by_repository ON exemptions (name)",
    """
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        event TEXT NOT NULL,
        request TEXT NOT NULL,
        kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        actor_name TEXT NOT NULL,
        actor_entry TEXT,
        account TEXT,
        region TEXT,
        repository TEXT,
        rule TEXT,
        before TEXT,
        after TEXT,
        aws_request_id TEXT,
        detail TEXT,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX audit_by_request ON audit (request)",
    """
    CREATE VIEW request_log AS
    SELECT requests.id AS request, requests.kind, requests.state, requests.asked_by_name, requests.made_at,
        requests.reason, requests.decided_by_name, requests.decided_as, requests.decided_at, requests.ended_at,
        request_repositories.account, request_repositories.region, request_repositories.name AS repository,
        request_repositories.outcome, request_repositories.sentence
    FROM requests JOIN request_repositories ON request_repositories.request = requests.id
    ORDER BY requests.made_at, requests.id, request_repositories.number
    """,
)
