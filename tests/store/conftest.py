"""A history of its own for each test, and for each example of a property."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from store.audit import SqliteAudit
from store.history import SqliteHistory
from store.requests import SqliteRequests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ecrbot.db"


@pytest.fixture
def history(path: Path) -> SqliteHistory:
    return SqliteHistory.prepare(path)


@pytest.fixture
def requests(path: Path, history: SqliteHistory) -> SqliteRequests:
    assert history.path == path
    return SqliteRequests(path)


@pytest.fixture
def other(path: Path, history: SqliteHistory) -> SqliteRequests:
    """Another process's."""
    assert history.path == path
    return SqliteRequests(path)


@pytest.fixture
def audit(path: Path) -> SqliteAudit:
    return SqliteAudit(path)


@pytest.fixture(scope="session")
def fresh_history(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], AbstractContextManager[SqliteHistory]]:
    """What makes an empty history quickly: a copy of one that was prepared once."""
    template = tmp_path_factory.mktemp("template") / "ecrbot.db"
    SqliteHistory.prepare(template)
    content = template.read_bytes()

    @contextmanager
    def fresh() -> Iterator[SqliteHistory]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "ecrbot.db"
            path.write_bytes(content)
            # While somebody has the file open, nobody who closes it writes its log back, which takes long.
            with closing(sqlite3.connect(path)) as held:
                held.execute("SELECT count(*) FROM repositories").fetchone()
                yield SqliteHistory(path)

    return fresh
