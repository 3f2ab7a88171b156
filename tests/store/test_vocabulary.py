"""Values that are kept once have the same number, whether all are read at first or each is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store import file, rows
from store.vocabulary import Vocabulary
from tests.store.world import read

if TYPE_CHECKING:
    from pathlib import Path

    from store.history import SqliteHistory
    from store.rows import Value

NOTHING_KNOWN: tuple[Value, ...] = (None, None, None, None)
MUTABLE: tuple[Value, ...] = ("MUTABLE", "[]", 0, None)


@pytest.mark.parametrize("first", [True, False])
def test_a_value_has_one_number_for_everyone(path: Path, history: SqliteHistory, first: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert history.path == path
    with file.immediate(path) as database:
        for many in (first, not first):
            settings = Vocabulary(database, "setting_values", rows.SETTING_COLUMNS, many=many)
            numbers = [settings.id(value) for value in (NOTHING_KNOWN, MUTABLE, NOTHING_KNOWN)]
            assert numbers == [1, 2, 1]
    assert read(path, "SELECT count(*) FROM setting_values") == [(2,)]


def test_what_is_looked_up_is_found_by_an_index(path: Path, history: SqliteHistory) -> None:
    assert history.path == path
    for table, column in (("judgements", "findings"), ("evidence", "sentence")):
        (plan,) = read(path, f"EXPLAIN QUERY PLAN SELECT id FROM {table} WHERE {column} IS 'x'")  # noqa: S608 - names of ours
        assert plan[-1].startswith(f"SEARCH {table} USING COVERING INDEX")
