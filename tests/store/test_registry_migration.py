"""A file as the release before registries left it: its requests are read, and registries are remembered in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ecr.guardrail_ports import Known
from ecr.model import RegistryScanning, RegistryState, Unreadable
from ecr.setting import Scanning, Tags
from store import file
from store.history import SqliteHistory
from store.migrations import MIGRATIONS
from store.registries import SqliteRegistries
from store.requests import SqliteRequests
from store.turns import SqliteTurns
from tests.store.asked import TO_IMMUTABLE, TO_SCAN
from tests.store.test_migrations import ACCOUNT, REGION, insert
from tests.store.test_observing import broken
from tests.store.world import AT, PROD, after, read, write

if TYPE_CHECKING:
    from pathlib import Path

M0007 = "m0007_registries_and_turns"
NEW = {"registries", "registry_turns"}

CONTENT = json.dumps(
    {
        "changes": [
            {
                "rule": "tag-immutability",
                "action": "PutImageTagMutability",
                "before": {"mutability": "MUTABLE", "filters": []},
                "after": {"mutability": "IMMUTABLE", "filters": []},
                "lines": [],
            },
            {
                "rule": "scan-on-push",
                "action": "PutImageScanningConfiguration",
                "before": {"scan_on_push": False},
                "after": {"scan_on_push": True},
                "lines": [],
            },
        ],
        "advice": [],
        "impact": [],
        "code": None,
        "failing": [],
    }
)
"""What that release wrote of a repository of a request."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of the release before, with a target that was read, a repository in it, and a request."""
    path = tmp_path / "ecrbot.db"
    with file.connection(path, make=True) as database:
        MIGRATIONS.apply(database, stop_before=M0007)
    write(
        path,
        "INSERT INTO targets (account, region, name, read_at) "
        "VALUES ('111111111111', 'eu-west-1', 'prod', '2026-11-01T09:00:00.000000Z')",
        "INSERT INTO setting_values (id, tag_mutability) VALUES (1, 'MUTABLE')",
        "INSERT INTO judgements (id, findings) VALUES (1, '[]')",
        "INSERT INTO repositories (id, account, region, name, partition, settings_id, judgement_id, verdict, "
        "first_seen_at, seen_at) VALUES (1, '111111111111', 'eu-west-1', 'api', 'aws', 1, 1, 'pass', "
        "'2026-11-01T09:00:00.000000Z', '2026-11-01T09:00:00.000000Z')",
        "INSERT INTO settings (repository_id, since, values_id) VALUES (1, '2026-11-01T09:00:00.000000Z', 1)",
        "INSERT INTO requests (id, kind, state, asked_by, asked_by_name, asked_in, reason, made_at, expires_at, "
        "fingerprint, break_glass) VALUES ('R1', 'remediation', 'requested', 'U0EVA', 'Eva', '', 'why', "
        "'2026-11-01T09:00:00.000000Z', '2026-11-01T17:00:00.000000Z', 'f', 0)",
        *insert("request_repositories", ("R1", 0, ACCOUNT, REGION, "prod", "api", "arn", CONTENT, "waiting", "")),
    )
    return path


def tables(path: Path) -> set[str]:
    found = read(path, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in found}


def test_what_is_there_stays_and_what_is_new_is_empty_and_strict(old: Path) -> None:
    before = {table: read(old, f"SELECT * FROM {table}") for table in tables(old)}  # noqa: S608 - names of the file
    SqliteHistory.prepare(old)
    assert tables(old) == before.keys() | NEW
    del before["_sqlite_migrations"]
    assert {table: read(old, f"SELECT * FROM {table}") for table in before} == before  # noqa: S608 - as above
    assert [table for table in NEW if read(old, f"SELECT 1 FROM {table}")] == []  # noqa: S608 - as above
    strict = {name: bool(strict) for _, name, _, _, _, strict in read(old, "PRAGMA table_list")}
    assert {name: strict[name] for name in NEW} == dict.fromkeys(NEW, True)
    assert broken(old) == []


def test_the_copy_beside_it_is_as_the_release_before_left_it(old: Path) -> None:
    before = tables(old)
    SqliteHistory.prepare(old)
    assert tables(old.with_name("ecrbot.db.before-0007-registries-and-turns")) == before


def test_a_request_of_before_is_read_as_it_was(old: Path) -> None:
    SqliteHistory.prepare(old)
    (found,) = SqliteRequests(old).all()
    assert found.items[0].changes == (TO_IMMUTABLE, TO_SCAN)
    assert [type(one.before) for one in found.items[0].changes] == [Tags, Scanning]


def test_registries_are_known_and_written_in_turn_in_it(old: Path) -> None:
    SqliteHistory.prepare(old)
    registries = SqliteRegistries(old)
    unread = Unreadable("It was not read yet.")
    never = RegistryState(PROD.account, unread, unread)
    assert registries.known() == (Known(PROD, never, None, 1),)
    assert registries.names("111111111111", "eu-west-1") == ("api",)
    state = RegistryState(PROD.account, RegistryScanning("BASIC"), ())
    registries.remember(PROD, state, at=after(1))
    assert registries.known() == (Known(PROD, state, after(1), 1),)
    assert SqliteTurns(old).take("111111111111", "eu-west-1", "R1", at=AT)
