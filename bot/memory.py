"""The faces of the one SQLite file, opened together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.audit import SqliteAudit
from store.drafts import SqliteDrafts
from store.exemptions import SqliteExemptions
from store.history import SqliteHistory
from store.homes import SqliteHomes
from store.outbox import SqliteOutbox
from store.postings import SqlitePostings
from store.registries import SqliteRegistries
from store.requests import SqliteRequests
from store.subscriptions import SqliteSubscriptions
from store.turns import SqliteTurns

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Memory:
    """The history; digests, who reads them; requests with all of theirs; Home tabs; registries, whose turn it is."""

    history: SqliteHistory
    subscriptions: SqliteSubscriptions
    postings: SqlitePostings
    requests: SqliteRequests
    outbox: SqliteOutbox
    drafts: SqliteDrafts
    exemptions: SqliteExemptions
    audit: SqliteAudit
    homes: SqliteHomes
    registries: SqliteRegistries
    turns: SqliteTurns

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
        return cls(
            SqliteHistory.prepare(path),
            SqliteSubscriptions(path),
            SqlitePostings(path, bot=bot),
            SqliteRequests(path),
            SqliteOutbox(path),
            SqliteDrafts(path),
            SqliteExemptions(path),
            SqliteAudit(path),
            SqliteHomes(path),
            SqliteRegistries(path),
            SqliteTurns(path),
        )

    def take_over(self) -> None:
        """Free what a bot that is dead had claimed, unless another one lives.

        Raises:
            HistoryError: it cannot be written.
        """
        if self.postings.take_over():
            self.requests.take_over()
