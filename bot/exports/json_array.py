"""`export --as json` and the array of `--as asff`: one array, an item a line, written as the items come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.exports.records import columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from bot.exports.records import Record


def write(records: Iterable[Record], out: TextIO) -> None:
    """Write the records as `export --as json` has them."""
    write_array(map(columns, records), out)


def write_array(items: Iterable[dict[str, Any]], out: TextIO) -> None:
    """Write an array without holding more than one item of it."""
    before = "[\n"
    for item in items:
        out.write(f"{before}{json.dumps(item, ensure_ascii=False)}")
        before = ",\n"
    out.write("[]\n" if before == "[\n" else "\n]\n")
