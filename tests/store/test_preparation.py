"""Making and migrating the file: once, after a copy, whole or not at all, whoever starts or dies meanwhile."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Migrations

from ecr.errors import HistoryError, NewerHistoryError
from store import preparation
from store.history import SqliteHistory
from store.migrations import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

ROOT = Path(__file__).parents[2]
COPY = "ecrbot.db.before-0001-tell-hosts"


def read(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def steps(*functions: Callable[[Database], None]) -> Migrations:
    some = Migrations("ecrbot")
    for function in functions:
        some()(function)
    return some


def m0000_checks(database: Database) -> None:
    database.table("checks").create({"id": int, "asked": str}, pk="id", strict=True)
    database.execute("CREATE TABLE check_findings (check_id REFERENCES checks (id) ON DELETE CASCADE, rule TEXT)")


def m0001_tell_hosts(database: Database) -> None:
    database.execute("ALTER TABLE checks ADD COLUMN host TEXT")


def m0001_fail(database: Database) -> None:
    database.execute("ALTER TABLE checks ADD COLUMN host TEXT")
    database.execute("INSERT INTO nowhere VALUES (1)")


def m0002_fail(database: Database) -> None:
    database.execute("INSERT INTO nowhere VALUES (1)")


def m0001_rename(database: Database) -> None:
    database.table("checks").transform(rename={"asked": "question"})


OLD, NEW = steps(m0000_checks), steps(m0000_checks, m0001_tell_hosts)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ecrbot.db"


@pytest.fixture
def old(path: Path) -> Path:
    """A file of an older release, with something to lose in it."""
    preparation.prepare(path, OLD)
    write(path, "INSERT INTO checks VALUES (1, 'precious')", "INSERT INTO check_findings VALUES (1, 'scan-on-push')")
    return path


def copies(path: Path) -> list[str]:
    return sorted(copy.name for copy in path.parent.glob("*.before-*"))


def python(code: str, *arguments: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stderr=subprocess.PIPE)


START = """
import pathlib, sys
from store.history import SqliteHistory
sys.stdin.read()
SqliteHistory.prepare(pathlib.Path(sys.argv[1])).ping()
"""


def test_processes_that_start_at_once_make_the_file_once(tmp_path: Path) -> None:
    for attempt in range(5):
        file = tmp_path / f"{attempt}.db"
        started = [python(START, file) for _ in range(4)]
        ends = [process.communicate(timeout=60)[1] for process in started]
        assert [process.returncode for process in started] == [0] * 4, ends
        names = [name for (name,) in read(file, "SELECT name FROM _sqlite_migrations ORDER BY id")]
        assert names == [step.name for step in MIGRATIONS._migrations]  # noqa: SLF001 - no public list of them
        assert not copies(file)


UPGRADE = """
import pathlib, sys
from sqlite_utils import Migrations
from store import preparation
steps = Migrations("ecrbot")
steps(name="m0000_checks")(lambda database: None)
steps(name="m0001_tell_hosts")(lambda database: database.execute("ALTER TABLE checks ADD COLUMN host TEXT"))
preparation.prepare(pathlib.Path(sys.argv[1]), steps)
"""


def test_processes_that_start_at_once_migrate_an_older_file_once(old: Path) -> None:
    started = [python(UPGRADE, old) for _ in range(4)]
    ends = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 4, ends
    assert read(old, "SELECT * FROM checks") == [(1, "precious", None)]
    assert copies(old) == [COPY]


def test_an_older_file_is_copied_before_it_is_migrated(old: Path) -> None:
    preparation.prepare(old, NEW)
    assert copies(old) == [COPY]
    assert read(old.with_name(COPY), "SELECT * FROM checks") == [(1, "precious")]
    assert read(old.with_name(COPY), "SELECT name FROM _sqlite_migrations") == [("m0000_checks",)]
    assert read(old, "SELECT id, asked, host FROM checks") == [(1, "precious", None)]


def test_a_copy_holds_what_was_written_and_is_not_in_the_main_file_yet(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as writer:
        writer.execute("INSERT INTO checks VALUES (2, 'in the log alone')")
        preparation.prepare(old, NEW)
    assert read(old.with_name(COPY), "SELECT id FROM checks ORDER BY id") == [(1,), (2,)]


def test_who_may_not_read_the_file_may_not_read_its_copy(old: Path) -> None:
    old.chmod(0o600)
    preparation.prepare(old, NEW)
    assert stat.S_IMODE(old.with_name(COPY).stat().st_mode) == 0o600


def test_a_copy_that_is_there_is_kept_and_another_made_beside_it(old: Path) -> None:
    old.with_name(COPY).write_bytes(b"an earlier state")
    preparation.prepare(old, NEW)
    assert old.with_name(COPY).read_bytes() == b"an earlier state"
    assert copies(old) == [COPY, f"{COPY}-2"]
    assert read(old.with_name(f"{COPY}-2"), "SELECT * FROM checks") == [(1, "precious")]


def test_a_new_file_is_not_copied(path: Path) -> None:
    SqliteHistory.prepare(path)
    SqliteHistory.prepare(path)
    assert copies(path) == []


def test_a_step_that_fails_changes_nothing_and_its_retries_make_one_copy(old: Path) -> None:
    for _ in range(3):
        with pytest.raises(HistoryError, match="no such table: nowhere"):
            preparation.prepare(old, steps(m0000_checks, m0001_fail))
    assert read(old, "SELECT * FROM checks") == [(1, "precious")]
    assert copies(old) == ["ecrbot.db.before-0001-fail"]


def test_of_two_steps_the_first_is_undone_when_the_second_fails(old: Path) -> None:
    with pytest.raises(HistoryError, match="no such table: nowhere"):
        preparation.prepare(old, steps(m0000_checks, m0001_tell_hosts, m0002_fail))
    assert read(old, "SELECT * FROM checks") == [(1, "precious")]
    assert read(old, "SELECT name FROM _sqlite_migrations") == [("m0000_checks",)]


def test_a_step_may_rebuild_a_table_that_others_point_at(old: Path) -> None:
    preparation.prepare(old, steps(m0000_checks, m0001_rename))
    assert read(old, "SELECT question FROM checks") == [("precious",)]
    assert read(old, "SELECT * FROM check_findings") == [(1, "scan-on-push")]
    assert read(old, "PRAGMA foreign_key_check") == []


KILLED = """
import os, pathlib, signal, sys
from sqlite_utils import Migrations
from store import preparation
steps = Migrations("ecrbot")
steps(name="m0000_checks")(lambda database: None)
@steps()
def m0001_tell_hosts(database):
    database.execute("ALTER TABLE checks ADD COLUMN host TEXT")
    database.execute("DELETE FROM checks")
    database.execute("PRAGMA cache_spill = 1")
    os.kill(os.getpid(), signal.SIGKILL)
preparation.prepare(pathlib.Path(sys.argv[1]), steps)
"""


def test_a_kill_amid_a_step_leaves_it_pending_and_the_file_whole(old: Path) -> None:
    for _ in range(3):
        killed = python(KILLED, old)
        killed.communicate(timeout=60)
        assert killed.returncode == -signal.SIGKILL
        assert read(old, "SELECT * FROM checks") == [(1, "precious")]
        assert read(old, "SELECT name FROM _sqlite_migrations") == [("m0000_checks",)]
        assert read(old, "PRAGMA integrity_check") == [("ok",)]
    preparation.prepare(old, NEW)
    assert read(old, "SELECT * FROM checks") == [(1, "precious", None)]
    assert copies(old) == [COPY]


def test_what_a_kill_amid_a_copy_left_is_replaced(old: Path) -> None:
    old.with_name(f"{COPY}.part").write_bytes(b"half a copy")
    preparation.prepare(old, NEW)
    assert copies(old) == [COPY]
    assert read(old.with_name(COPY), "SELECT * FROM checks") == [(1, "precious")]


def test_a_file_of_a_newer_release_is_refused_and_left_as_it_is(path: Path) -> None:
    SqliteHistory.prepare(path)
    write(path, "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ecrbot', 'm9999', 'x')")
    before = path.read_bytes()
    for use in (SqliteHistory.prepare, SqliteHistory.existing):
        with pytest.raises(NewerHistoryError) as refusal:
            use(path)
        assert str(refusal.value) == (
            f"The history {path} was written by a newer release of ecrbot: start that release, or set ECRBOT_DATABASE "
            "to another file. The copies beside it (ecrbot.db.before-…) are older states."
        )
    assert path.read_bytes() == before
    assert copies(path) == []


def test_a_check_makes_no_file(path: Path) -> None:
    assert SqliteHistory.existing(path) is None
    assert list(path.parent.iterdir()) == []


def test_a_check_migrates_no_file(path: Path) -> None:
    write(path, "CREATE TABLE from_before (text TEXT)")
    with pytest.raises(HistoryError, match="is of an older release: python -m bot run migrates it"):
        SqliteHistory.existing(path)
    assert read(path, "SELECT name FROM sqlite_master") == [("from_before",)]


def test_the_file_is_in_wal_mode(path: Path) -> None:
    SqliteHistory.prepare(path)
    assert read(path, "PRAGMA journal_mode") == [("wal",)]
