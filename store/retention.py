"""What is forgotten: the detail of what is long over. Totals, checks, subscriptions and digests stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_OVER = (
    "DELETE FROM findings WHERE closed_at < :before",
    "DELETE FROM settings WHERE until < :before",
    "DELETE FROM repositories WHERE gone_at < :before",
    "DELETE FROM notices WHERE told_at < :before",
    "DELETE FROM evidence WHERE id NOT IN (SELECT evidence_id FROM findings)",
    "DELETE FROM judgements WHERE id NOT IN (SELECT judgement_id FROM repositories)",
    """
    DELETE FROM setting_values
    WHERE id NOT IN (SELECT values_id FROM settings UNION SELECT settings_id FROM repositories)
    """,
)


def forget(database: Database, before: str) -> None:
    """Delete what was over before a moment, inside the caller's transaction."""
    for statement in _OVER:
        database.execute(statement, {"before": before} if ":before" in statement else {})
