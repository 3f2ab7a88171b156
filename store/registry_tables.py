"""The statements of migration m0007: what is known of registries, and whose turn it is to write one."""

TABLES = (
    """
    CREATE TABLE registries (
        account TEXT NOT NULL,
        region TEXT NOT NULL,
        scanning TEXT,
        scanning_read_at TEXT,
        dated_by_target INTEGER NOT NULL DEFAULT 0 CHECK (dated_by_target IN (0, 1)),
        templates TEXT,
        templates_read_at TEXT,
        PRIMARY KEY (account, region)
    ) STRICT
    """,
    """
    CREATE TABLE registry_turns (
        account TEXT NOT NULL,
        region TEXT NOT NULL,
        request TEXT NOT NULL,
        process TEXT NOT NULL,
        until TEXT NOT NULL,
        PRIMARY KEY (account, region)
    ) STRICT
    """,
)
