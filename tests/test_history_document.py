"""docs/history.md cannot rot: its tables list the real schema, and each of its queries is run and read."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store.history import SqliteHistory
from tests.store.world import FAIL, PROD, STAGING, seen, swept, write

DOCUMENT = (Path(__file__).parent.parent / "docs/history.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.+?)```", DOCUMENT, re.DOTALL)
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)


def day(number: int) -> datetime:
    return MONDAY + timedelta(days=number)


def moment(number: int) -> str:
    return f"{day(number):%Y-%m-%dT%H:%M:%S}.000000Z"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A history of three weeks: repositories that failed, were fixed, fell back and were deleted."""
    path = tmp_path / "ecrbot.db"
    history = SqliteHistory.prepare(path)
    staging = [seen("web", target=STAGING)]
    swept(history, day(0), {PROD: [seen("payments-api", FAIL, FAIL), seen("old", FAIL)], STAGING: staging})
    swept(history, day(4), {PROD: [seen("payments-api", FAIL), seen("old", FAIL)], STAGING: staging})
    swept(history, day(7), {PROD: [seen("payments-api")], STAGING: [seen("web", FAIL, target=STAGING)]})
    swept(history, day(9), {PROD: [seen("payments-api")], STAGING: staging})
    swept(history, day(16), {PROD: [seen("payments-api", FAIL)], STAGING: "Access denied."})
    return path


def run(path: Path, number: int) -> list[Any]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        return database.execute(QUERIES[number]).fetchall()


def test_there_are_five_queries() -> None:
    assert len(QUERIES) == 5


def test_the_oldest_open_findings(path: Path) -> None:
    write(path, "UPDATE findings SET opened_at = '2026-10-01T09:00:00.000000Z' WHERE closed_at IS NULL")
    swept(SqliteHistory(path), day(20), {PROD: [seen("payments-api", FAIL), seen("new", FAIL, FAIL)]})
    found = run(path, 0)
    assert [row[1:] for row in found] == [
        ("payments-api", "111111111111", "eu-west-1", "tag-immutability", "Tags fail."),
        ("new", "111111111111", "eu-west-1", "scan-on-push", "Scanning fail."),
        ("new", "111111111111", "eu-west-1", "tag-immutability", "Tags fail."),
    ]
    october = (datetime.now(UTC) - datetime(2026, 10, 1, 9, tzinfo=UTC)).days
    assert [row[0] for row in found[:1]] == [october]


def test_what_was_fixed_within_thirty_days_and_how(path: Path) -> None:
    """The window moves with the present: what closed is moved along, but for one that is older than it."""
    recent = f"{datetime.now(UTC) - timedelta(days=29):%Y-%m-%dT%H:%M:%S}.000000Z"
    before = f"{datetime.now(UTC) - timedelta(days=31):%Y-%m-%dT%H:%M:%S}.000000Z"
    write(
        path,
        f"UPDATE findings SET closed_at = '{recent}' WHERE closed_at IS NOT NULL",  # noqa: S608 - a moment of ours
        f"UPDATE findings SET closed_at = '{before}' WHERE closed_how = 'deleted'",  # noqa: S608 - as above
    )
    assert run(path, 1) == [
        ("111111111111", "fixed outside", 2, 1),
        ("222222222222", "fixed outside", 1, 1),
    ]


def test_what_a_repository_was_set_to(path: Path) -> None:
    prod = ("111111111111", "eu-west-1")
    assert run(path, 2) == [
        (*prod, moment(0), moment(4), "MUTABLE", "[]", 0, "MANUAL"),
        (*prod, moment(4), moment(7), "MUTABLE", "[]", 1, "SCAN_ON_PUSH"),
        (*prod, moment(7), moment(16), "IMMUTABLE", "[]", 1, "SCAN_ON_PUSH"),
        (*prod, moment(16), "now", "MUTABLE", "[]", 1, "SCAN_ON_PUSH"),
    ]


def test_compliance_by_week(path: Path) -> None:
    assert run(path, 3) == [
        ("2026-44", "2026-11-06", 1, 2, 0, 33.3),
        ("2026-45", "2026-11-11", 2, 0, 0, 100.0),
        ("2026-46", "2026-11-18", 1, 1, 0, 50.0),
    ]


def test_days_until_a_rule_is_met_again(path: Path) -> None:
    assert run(path, 4) == [("scan-on-push", 1, 4.0, 4.0), ("tag-immutability", 2, 4.5, 7.0)]


def test_every_query_takes_an_empty_history(tmp_path: Path) -> None:
    empty = tmp_path / "ecrbot.db"
    SqliteHistory.prepare(empty)
    assert [run(empty, number) for number in range(5)] == [[]] * 5


@pytest.mark.parametrize(("kind", "heading"), [("table", "## Tables"), ("view", "## Views")])
def test_every_table_and_view_is_in_the_document(tmp_path: Path, kind: str, heading: str) -> None:
    path = tmp_path / "ecrbot.db"
    SqliteHistory.prepare(path)
    with closing(sqlite3.connect(path)) as database:
        real = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))}
    section = DOCUMENT.partition(heading)[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == sorted(name for name in real if not name.startswith("sqlite_"))
