"""Reading requests: their rows, those of their repositories, and which changes were made."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from store import request_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from ecr.request import Item, Request


def read(database: Database, where: str, values: Sequence[Any], most: int | None = None) -> tuple[Request, ...]:
    """Return the requests that a condition holds for, newest first, inside the caller's transaction."""
    found = database.execute(
        f"SELECT {request_rows.REQUEST_COLUMNS} FROM requests WHERE {where} ORDER BY made_at DESC, rowid DESC LIMIT ?",
        (*values, -1 if most is None else most),
    ).fetchall()
    return tuple(request_rows.request_of(row, _items(database, row[0])) for row in found)


def _items(database: Database, request: str) -> tuple[Item, ...]:
    made: defaultdict[int, list[int]] = defaultdict(list)
    for repository, number in database.execute(
        "SELECT repository, number FROM request_changes WHERE request = ? AND state = 'made' "
        "ORDER BY repository, number",
        (request,),
    ):
        made[repository].append(number)
    found = database.execute(
        f"SELECT {request_rows.ITEM_COLUMNS} FROM request_repositories WHERE request = ? ORDER BY number", (request,)
    )
    return tuple(request_rows.item_of(row, tuple(made.get(row[0], ()))) for row in found)


def read_item(database: Database, request: str, number: int) -> Item:
    """Return one repository of a request, inside the caller's transaction."""
    made = database.execute(
        "SELECT number FROM request_changes WHERE request = ? AND repository = ? AND state = 'made' ORDER BY number",
        (request, number),
    ).fetchall()
    row = database.execute(
        f"SELECT {request_rows.ITEM_COLUMNS} FROM request_repositories WHERE request = ? AND number = ?",
        (request, number),
    ).fetchone()
    return request_rows.item_of(row, tuple(change for (change,) in made))
