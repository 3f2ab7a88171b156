"""Forms that are open, in the history's file, as `ecr.request_ports.Drafts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.draft import LIFE, Draft
from ecr.request import Kind
from store import file, request_rows, rows

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = "id, kind, user, channel, response_url, made_at, asked, items"
_SAVE = f"INSERT OR REPLACE INTO drafts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class SqliteDrafts:
    """The drafts. Any thread may call any method; all raise HistoryError."""

    def __init__(self, path: Path) -> None:
        """Use a file that is ready."""
        self._path = path

    def save(self, draft: Draft) -> None:
        """Save a draft, or what has changed of it; those that are too old are dropped."""
        where = (draft.id, draft.kind, draft.user, draft.channel, draft.response_url, rows.moment(draft.made_at))
        with file.immediate(self._path) as database:
            database.execute("DELETE FROM drafts WHERE made_at < ?", (rows.moment(draft.made_at - LIFE),))
            database.execute(_SAVE, (*where, rows.words(draft.asked), request_rows.items(draft.items)))

    def get(self, draft: str) -> Draft | None:
        """Return a draft; `None` where there is none, or no more."""
        with file.connection(self._path) as database:
            found = database.execute(f"SELECT {_COLUMNS} FROM drafts WHERE id = ?", (draft,)).fetchone()
        if found is None:
            return None
        id_, kind, user, channel, response_url, made_at, asked, items = found
        asked_for, shown = rows.words_of(asked), request_rows.items_of(items)
        return Draft(id_, Kind(kind), user, channel, response_url, rows.moment_of(made_at), asked_for, shown)

    def drop(self, draft: str) -> None:
        """Drop a draft that was submitted."""
        with file.connection(self._path) as database:
            database.execute("DELETE FROM drafts WHERE id = ?", (draft,))
