"""The audit in its file: a chain that any change to a row, or a row that is gone, breaks."""

from __future__ import annotations

import ast
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecr.audit import FIRST, AuditEvent, verify
from ecr.request import Head
from store.audit import SqliteAudit
from store.history import SqliteHistory
from store.requests import SqliteRequests
from tests.store.asked import BOTH, TO_IMMUTABLE, broken_glass, carried_out, exemption, item, remediation
from tests.store.world import read, write

STORE = Path(__file__).parents[2] / "store"
TEXTS = [field.name for field in fields(AuditEvent) if field.name not in ("number", "previous_hash", "hash")]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A history in which something was remediated, failed half-way, was undone, and was exempted."""
    path = tmp_path_factory.mktemp("chain") / "ecrbot.db"
    SqliteHistory.prepare(path)
    requests = SqliteRequests(path)
    done = carried_out(requests, remediation("R1", item("api", *BOTH), item("web", TO_IMMUTABLE)), fails=("web",))
    carried_out(requests, broken_glass("R2", done, item("api", *BOTH)))
    carried_out(requests, exemption("R3", "batch"))
    read(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, chain: bytes) -> Path:
    path = tmp_path / "ecrbot.db"
    path.write_bytes(chain)
    return path


def problems(path: Path, head: str | None = None) -> tuple[str, ...]:
    return verify(SqliteAudit(path).events(), head).problems


def test_an_audit_of_nothing_has_no_head(tmp_path: Path) -> None:
    SqliteHistory.prepare(tmp_path / "ecrbot.db")
    audit = SqliteAudit(tmp_path / "ecrbot.db")
    assert (audit.head(), tuple(audit.events())) == (None, ())


def test_events_are_numbered_from_one_and_each_carries_the_hash_of_the_one_before(path: Path) -> None:
    audit = SqliteAudit(path)
    events = tuple(audit.events())
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert [event.previous_hash for event in events] == [FIRST, *(event.hash for event in events[:-1])]
    assert audit.head() == Head(len(events), events[-1].hash)
    assert problems(path, events[3].hash) == ()


def test_each_request_has_the_head_of_its_last_step(path: Path) -> None:
    last = {event.request: Head(event.number, event.hash) for event in SqliteAudit(path).events()}
    assert {one.id: one.head for one in SqliteRequests(path).all()} == last


@given(number=st.integers(1, 25), column=st.sampled_from(TEXTS), text=st.text(st.characters(codec="utf-8"), max_size=8))
@settings(max_examples=80)
def test_any_change_to_a_row_is_found(
    tmp_path_factory: pytest.TempPathFactory, chain: bytes, number: int, column: str, text: str
) -> None:
    path = tmp_path_factory.mktemp("changed") / "ecrbot.db"
    path.write_bytes(chain)
    (before,) = read(path, f"SELECT {column} FROM audit WHERE number = ?", number)[0]  # noqa: S608 - a name of ours
    quoted = text.replace("\0", "").replace("'", "''")
    write(path, f"UPDATE audit SET {column} = '{quoted}' WHERE number = {number}")  # noqa: S608 - values of ours
    if before == text.replace("\0", ""):
        assert problems(path) == ()
    else:
        assert problems(path)[0] == f"Event {number} was changed: its fields do not give its hash."


@pytest.mark.parametrize("number", [1, 7, 20])
def test_a_row_that_is_gone_is_found(path: Path, number: int) -> None:
    write(path, f"DELETE FROM audit WHERE number = {number}")  # noqa: S608 - a number of ours
    assert problems(path)[0] == f"Event {number} is missing: {number + 1} follows {number - 1}."


def test_a_tail_that_is_cut_off_is_found_by_a_head_from_outside(path: Path) -> None:
    head = SqliteAudit(path).head()
    assert head is not None
    write(path, f"DELETE FROM audit WHERE number = {head.number}")  # noqa: S608 - a number of ours
    assert problems(path) == ()
    assert len(problems(path, head.hash)) == 1


def test_the_chain_is_whole_however_many_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ecrbot.db"
    SqliteHistory.prepare(path)

    def ask(number: int) -> None:
        carried_out(SqliteRequests(path), remediation(f"R{number}", item(f"api-{number}", *BOTH)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(24)))
    told = verify(SqliteAudit(path).events())
    assert (told.events, told.problems) == (24 * 9, ())


def test_no_statement_of_ecrbot_changes_or_deletes_an_event() -> None:
    """Every text in the store is looked at, those of statements that are put together among them."""
    forbidden = re.compile(
        r"\b(update|delete\s+from|replace\s+into|drop\s+table|alter\s+table)\s+audit\b", re.IGNORECASE
    )
    texts = [
        (file.name, node.value)
        for file in STORE.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [(name, text) for name, text in texts if forbidden.search(text)] == []
    assert [name for name, text in texts if re.search(r"INSERT INTO audit\b", text)] == ["audit.py"]
