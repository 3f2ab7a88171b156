"""The three faces of the one SQLite file, opened together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.history import SqliteHistory
from store.postings import SqlitePostings
from store.subscriptions import SqliteSubscriptions

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Memory:
    """The history, who reads digests of it, and the digests on their way."""

    history: SqliteHistory
    subscriptions: SqliteSubscriptions
    postings: SqlitePostings

    @classmethod
    def prepare(cls, path: Path, *, bot: bool = False) -> Memory:
        """Make or migrate the file, and return what is in it.

        Args:
            path: the file.
            bot: whether it is the bot itself that uses it, rather than a command at a shell.

        Raises:
            NewerHistoryError: a newer release has written the file.
            HistoryError: it cannot be made or changed.
        """
        return cls(SqliteHistory.prepare(path), SqliteSubscriptions(path), SqlitePostings(path, bot=bot))
