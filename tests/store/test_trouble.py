"""Every way a file can be in trouble, for real, and the sentence that it comes to."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecr.errors import HistoryError
from store.history import SqliteHistory
from store.trouble import translated

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)

# Root may read and write everywhere: it gives that up and starts anew (prctl PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and
# CAP_DAC_READ_SEARCH).
UNPRIVILEGED = """
import ctypes, os, sys
if os.geteuid() == 0:
    for capability in (1, 2):
        assert ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) == 0
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ecrbot.db"


def said(code: str, path: Path) -> str:
    """Run code that may not write where permissions forbid it, and return the last line it died with."""
    program = f"import pathlib, sys\nfrom store.history import SqliteHistory\n{code}"
    command = [sys.executable, "-c", UNPRIVILEGED, program, str(path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr.strip().rpartition("\n")[2]


def test_a_folder_that_cannot_be_written_is_a_sentence(path: Path) -> None:
    path.parent.chmod(0o555)
    refusal = said("SqliteHistory.prepare(pathlib.Path(sys.argv[1]))", path)
    path.parent.chmod(0o755)
    assert refusal == (
        f"ecr.errors.HistoryError: The history {path} cannot be used: give ecrbot the right to write in its folder, "
        "or change ECRBOT_DATABASE."
    )
    assert not path.exists()


def test_a_file_in_a_folder_that_became_read_only_is_a_sentence(path: Path) -> None:
    SqliteHistory.prepare(path)
    path.parent.chmod(0o555)
    refusal = said("SqliteHistory(pathlib.Path(sys.argv[1])).ping()", path)
    path.parent.chmod(0o755)
    assert refusal == (
        f"ecr.errors.HistoryError: The history {path} cannot be written: give ecrbot the right to write it and its "
        "folder, or change ECRBOT_DATABASE."
    )


def test_a_file_that_cannot_be_written_is_a_sentence(path: Path) -> None:
    SqliteHistory.prepare(path)
    path.chmod(0o444)
    refusal = said("SqliteHistory(pathlib.Path(sys.argv[1])).finish_delivery('one')", path)
    assert refusal == (
        f"ecr.errors.HistoryError: The history {path} cannot be written: give ecrbot the right to write it and its "
        "folder, or change ECRBOT_DATABASE."
    )


def test_a_folder_that_cannot_be_entered_is_a_sentence(path: Path) -> None:
    path.parent.chmod(0o000)
    refusal = said("SqliteHistory.existing(pathlib.Path(sys.argv[1]))", path)
    path.parent.chmod(0o755)
    assert refusal.startswith(f"ecr.errors.HistoryError: The history {path} cannot be used: give ecrbot the right")


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "ecrbot.db"
    with pytest.raises(HistoryError) as refusal:
        SqliteHistory.prepare(path)
    assert str(refusal.value) == (
        f"The folder of the history {path} does not exist: make it, or change ECRBOT_DATABASE."
    )


def test_a_file_that_is_no_database_is_a_sentence_and_left_as_it_is(path: Path) -> None:
    content = b"this is no database, whatever its name says" * 100
    path.write_bytes(content)
    for use in (SqliteHistory.prepare, SqliteHistory.existing):
        with pytest.raises(HistoryError, match="is not an SQLite database: change ECRBOT_DATABASE"):
            use(path)
    assert path.read_bytes() == content


def test_a_folder_in_place_of_the_file_is_a_sentence(path: Path) -> None:
    path.mkdir()
    with pytest.raises(HistoryError, match="cannot be opened"):
        SqliteHistory.prepare(path)


def test_a_damaged_file_is_a_sentence(path: Path) -> None:
    history = SqliteHistory.prepare(path)
    path.write_bytes(path.read_bytes()[:4096])
    with pytest.raises(HistoryError, match="is damaged: put a copy of it there"):
        history.claim_delivery("one", at=AT)


def test_a_file_that_is_deleted_under_the_bot_is_missed_and_not_made_anew(path: Path) -> None:
    history = SqliteHistory.prepare(path)
    path.unlink()
    for use in (history.ping, lambda: history.claim_delivery("one", at=AT)):
        with pytest.raises(HistoryError, match="cannot be opened: is it there"):
            use()
    assert not path.exists()


def test_a_name_with_signs_that_addresses_know_is_only_a_name(tmp_path: Path) -> None:
    path = tmp_path / "ecr bot?mode=memory#1%20ü.db"
    SqliteHistory.prepare(path).ping()
    assert path.is_file()


def test_a_file_that_another_program_locks_is_a_sentence(path: Path) -> None:
    SqliteHistory.prepare(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as mine,
            pytest.raises(HistoryError, match="stayed locked by another program"),
            translated(path),
        ):
            mine.execute("BEGIN IMMEDIATE")


def test_a_full_disk_is_a_sentence(path: Path) -> None:
    SqliteHistory.prepare(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA max_page_count = 1")  # what SQLite answers then is what it answers on a full disk
        with pytest.raises(HistoryError, match="its disk is full"), translated(path):
            database.execute("CREATE TABLE more AS SELECT randomblob(100000)")


def test_what_is_not_foreseen_is_told_as_sqlite_tells_it(path: Path) -> None:
    history = SqliteHistory.prepare(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE deliveries")
    with pytest.raises(HistoryError, match=r"cannot be used: no such table: deliveries\.$"):
        history.claim_delivery("one", at=AT)
