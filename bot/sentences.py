"""What several commands say alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecr.checked import QueryResult


def not_found(result: QueryResult) -> str:
    """Return that nothing of a name was found, as far as could be read, and which names are near it."""
    what = "matches" if result.query.is_glob else "is named"
    near = f" Did you mean {', '.join(result.suggestions)}?" if result.suggestions else ""
    where = "what could be read" if result.unread else "any configured account and region"
    return f"No repository {what} {result.query} in {where}.{near}"
