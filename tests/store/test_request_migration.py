"""A file as the release before requests left it: everything in it stays, and requests can be made in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecr.audit import verify
from ecr.posting import Period
from ecr.subscription import Filters
from store import file
from store.audit import SqliteAudit
from store.history import SqliteHistory
from store.migrations import MIGRATIONS
from store.requests import SqliteRequests
from tests.store.asked import BOTH, EVA, carried_out, item, minutes, remediation
from tests.store.test_observing import broken
from tests.store.world import AT, FAIL, PROD, after, read, seen, swept, write

if TYPE_CHECKING:
    from pathlib import Path

M0005 = "m0005_requests_exemptions_and_the_audit"
NEW = {
    "requests",
    "request_repositories",
    "request_changes",
    "letters",
    "drafts",
    "exemptions",
    "audit",
}
SWEPT = (
    *("setting_values", "judgements", "evidence", "repositories", "findings", "settings"),
    *("targets", "target_days", "sweeps", "last_change"),
)
"""What a sweep writes into, in the order that their keys need."""
SINCE = {"homes", "registries", "registry_turns"}
"""What later migrations lay."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of the release before, with a repository that fails and a digest that was sent."""
    path = tmp_path / "ecrbot.db"
    with file.connection(path, make=True) as database:
        MIGRATIONS.apply(database, stop_before=M0005)
    write(
        path,
        "INSERT INTO subscriptions VALUES ('S1', 'C0DIGEST', '09:00', 'UTC', '[]', '[]', '[]', 'U0EVA', "
        "'2026-11-01T09:00:00.000000Z', NULL, NULL)",
        "INSERT INTO digests (subscription, day, channel, state, began_at) "
        "VALUES ('S1', '2026-11-01', 'C0DIGEST', 'sent', '2026-11-01T09:00:00.000000Z')",
    )
    filled(path, tmp_path / "present.db")
    return path


def filled(path: Path, present: Path) -> None:
    """Put into a file of before what a sweep of this release leaves in the tables that were there already."""
    swept(SqliteHistory.prepare(present), AT, {PROD: [seen("api", FAIL, FAIL), seen("web")]})
    statements = [f"ATTACH '{present}' AS present", "DELETE FROM last_change"]
    for table in SWEPT:
        columns = ", ".join(row[1] for row in read(path, f"PRAGMA table_info({table})"))
        statements.append(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM present.{table}")  # noqa: S608 - ours
    write(path, *statements)


def tables(path: Path) -> set[str]:
    found = read(path, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name for (name,) in found}


def test_what_is_there_stays_and_what_is_new_is_empty(old: Path) -> None:
    before = {table: read(old, f"SELECT * FROM {table}") for table in tables(old)}  # noqa: S608 - names of the file
    SqliteHistory.prepare(old)
    assert tables(old) == before.keys() | NEW | SINCE
    del before["_sqlite_migrations"]
    assert {table: read(old, f"SELECT * FROM {table}") for table in before} == before  # noqa: S608 - as above
    assert [table for table in NEW if read(old, f"SELECT 1 FROM {table}")] == []  # noqa: S608 - as above
    assert broken(old) == []


def test_the_copy_beside_it_is_as_the_release_before_left_it(old: Path) -> None:
    before = tables(old)
    SqliteHistory.prepare(old)
    assert tables(old.with_name("ecrbot.db.before-0005-requests-exemptions-and-the-audit")) == before


def test_a_finding_of_before_is_remediated_in_it(old: Path) -> None:
    history, requests = SqliteHistory.prepare(old), SqliteRequests(old)
    carried_out(requests, remediation("R1", item("api", *BOTH)), seen=seen("api"), at=minutes(5))
    told = history.facts(Filters(), Period(AT, 1), day=AT.date(), at=after(1))
    assert {(one.name, one.how, one.by) for one in told.closed} == {("api", "remediated", EVA.id)}
    assert verify(SqliteAudit(old).events()).problems == ()


def test_every_new_table_is_strict(old: Path) -> None:
    SqliteHistory.prepare(old)
    strict = {name: bool(strict) for _, name, _, _, _, strict in read(old, "PRAGMA table_list")}
    assert {name: strict[name] for name in NEW} == dict.fromkeys(NEW, True)


def test_the_view_of_requests_has_a_row_for_each_repository(old: Path) -> None:
    SqliteHistory.prepare(old)
    requests = SqliteRequests(old)
    carried_out(requests, remediation("R1", item("api", *BOTH), item("web", *BOTH)), fails=("web",))
    wanted = "request, state, asked_by_name, decided_by_name, decided_as, repository, outcome, sentence"
    assert read(old, f"SELECT {wanted} FROM request_log") == [  # noqa: S608 - names of ours
        ("R1", "failed", "Eva", "Otto", "S0ONCALL", "api", "applied", "Verified."),
        ("R1", "failed", "Eva", "Otto", "S0ONCALL", "web", "failed", "It failed."),
    ]
