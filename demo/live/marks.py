"""What has just changed in ECR, by whomever: a mark on a row, for some seconds, that says how it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKED_SECONDS = 8.0

Row = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(slots=True)
class Marks:
    """The rows as they were seen last, and what of them is marked until when."""

    _before: dict[Key, Row] | None = None
    _marked: dict[Key, tuple[str, float]] = field(default_factory=dict)
    _gone: dict[Key, Row] = field(default_factory=dict)

    def on(self, rows: Sequence[Row], at: float) -> tuple[Row, ...]:
        """Return the rows, with `mark` on those that have just changed; those that have just gone come first.

        Args:
            rows: ECR as it stands.
            at: seconds by any clock that only goes forwards.
        """
        there = {_key(row): row for row in rows}
        if self._before is not None:
            self._compare(self._before, there, at)
        self._before = there
        self._marked = {key: (says, until) for key, (says, until) in self._marked.items() if until > at}
        self._gone = {key: row for key, row in self._gone.items() if key in self._marked and key not in there}
        gone = [{**row, "mark": "deleted", "gone": True} for row in self._gone.values()]
        return (*gone, *(self._shown(key, row) for key, row in there.items()))

    def _compare(self, before: dict[Key, Row], there: dict[Key, Row], at: float) -> None:
        for key, row in there.items():
            if says := _change(before.get(key), row):
                self._marked[key] = says, at + MARKED_SECONDS
        for key, row in before.items():
            if key not in there:
                self._gone[key] = row
                self._marked[key] = "deleted", at + MARKED_SECONDS

    def _shown(self, key: Key, row: Row) -> Row:
        return {**row, "mark": self._marked[key][0]} if key in self._marked else row


def tags(row: Row) -> str:
    """Return how a repository's tags are set, in the words of the panel."""
    if not row["filters"]:
        return str(row["mutability"])
    return f"{row['mutability'].removesuffix('_WITH_EXCLUSION')} but {', '.join(row['filters'])}"


def _change(was: Row | None, row: Row) -> str:
    if was is None:
        return "new"
    if tags(was) != tags(row):
        return f"was {tags(was)}"
    return f"scanning was {was['scanning']}" if was["scanning"] != row["scanning"] else ""


def _key(row: Row) -> Key:
    return row["account"], row["region"], row["name"]
