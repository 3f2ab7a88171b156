"""Tables for a person: as wide as a terminal, and as wide as they are where the output goes elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def show(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; what was typed by people is printed as it is, and moves no cursor."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in head:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(Measurement.get(console, console.options.update(max_width=10_000), table).maximum, 1)
    console.print(table)


def printable(text: str) -> str:
    """Return a text on one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)
