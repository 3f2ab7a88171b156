"""`export --as csv`: a line for each record, under one of names, for an auditor's spreadsheet."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from bot.audit_command import cell
from bot.exports.records import columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from bot.exports.records import Record

COLUMNS = (
    "account",
    "account_name",
    "region",
    "repository",
    "arn",
    "rule",
    "verdict",
    "evidence",
    "tag_mutability",
    "exclusion_filters",
    "scan_on_push",
    "effective_scanning",
    "since",
    "read_at",
    "exempt_until",
    "exempt_by",
    "exempt_reason",
)
"""The names in the first line, which is there when there is no record as well; they are a contract."""


def write(records: Iterable[Record], out: TextIO) -> None:
    """Write the table (https://www.rfc-editor.org/rfc/rfc4180): lines end in CR LF, no cell begins like a formula."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for record in records:
        told = columns(record)
        writer.writerow([cell(_text(told[name])) for name in COLUMNS])


def _text(value: Any) -> str | None:  # noqa: ANN401 - what JSON can hold
    """Return a value as text: filters one after the other, and truth as JSON has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(value) if isinstance(value, list) else value
