"""`export`: all of the current findings, in the format of whoever reads them, from the history alone."""

from __future__ import annotations

import io
import os
import secrets
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import settings as settings_of
from bot.exits import CODES
from bot.exports import asff, csv_table, json_array, junit, ocsf
from bot.exports.records import records
from bot.list_command import swept
from ecr.errors import UsageError
from ecr.model import WORST_FIRST, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from typing import TextIO

    from bot.exports.records import Record


class Format(StrEnum):
    """The formats."""

    CSV = "csv"
    JSON = "json"
    ASFF = "asff"
    OCSF = "ocsf"
    JUNIT = "junit"


_WRITE: dict[Format, Callable[[Iterable[Record], TextIO], None]] = {
    Format.CSV: csv_table.write,
    Format.JSON: json_array.write,
    Format.ASFF: asff.write,
    Format.OCSF: ocsf.write,
    Format.JUNIT: junit.write,
}
_SAY_WHICH = "Say in which format, one of {}: --as csv, for one."
_STDOUT = Path("-")


@dataclass(slots=True)
class Tally:
    """Counts the records that go by."""

    counts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(WORST_FIRST, 0))
    left_out: list[Record] = field(default_factory=list)

    def watching(self, found: Iterable[Record], wanted: Format) -> Iterator[Record]:
        """Yield the records, and remember those that the format cannot hold."""
        for record in found:
            self.counts[record.finding.verdict] += 1
            if wanted is Format.ASFF and not asff.can_hold(record):
                self.left_out.append(record)
            yield record

    @property
    def worst(self) -> Verdict:
        """The worst verdict; of none: pass, as of a list in which nothing is."""
        return next((verdict for verdict in WORST_FIRST if self.counts[verdict]), Verdict.PASS)


@click.command("export")
@click.option("--as", "wanted", metavar="FORMAT", help=f"The format: {', '.join(Format)}.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a file, whole or not at all, not to stdout.",
)
def command(*, wanted: str | None, output: Path | None) -> int:
    """Export the current findings by the last sweep: for an auditor, Security Hub, a data lake or a CI job.

    There is a record for each repository and rule, whatever it came to. What could not be read since is unknown, with
    its last known verdict. Messages go to stderr.

    Exit codes: 0 all pass or are exempt; 1 something fails; 2 usage or settings; 3 something is unknown and nothing
    fails.
    """
    chosen = _format(wanted)
    database = settings_of.load(aws=False).database
    history, swept_at = swept(database)
    file = None if output == _STDOUT else output
    tally = Tally()
    found = tally.watching(records(history.current(), swept_at), chosen)
    with _file(file, database) if file else _stdout() as out:
        _WRITE[chosen](found, out)
    _say(tally, swept_at, file)
    return CODES[tally.worst]


def _format(wanted: str | None) -> Format:
    known = ", ".join(Format)
    if wanted is None:
        raise UsageError(_SAY_WHICH.format(known))
    try:
        return Format(wanted.strip().lower())
    except ValueError:
        raise UsageError(f"{wanted!r} is no format. {_SAY_WHICH.format(known)}") from None


@contextmanager
def _stdout() -> Iterator[TextIO]:
    """Give stdout for text in UTF-8 whatever the locale, with the ends of lines as they are written."""
    text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
    try:
        yield text
        text.flush()
    finally:
        text.detach()


@contextmanager
def _file(output: Path, database: Path) -> Iterator[TextIO]:
    """Give a new file that takes the place of the output when it is whole, and is removed where that fails."""
    output = output.resolve()
    if output == database.resolve():
        raise UsageError(f"{output} is the history itself: write the export to another file.")
    if output.exists() and not output.is_file():
        raise UsageError(f"{output} is no file: name one that can be written, or leave --output out.")
    draft = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("x", encoding="utf-8", newline="") as text:
            yield text
            text.flush()
            os.fsync(text.fileno())
        draft.replace(output)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}.") from error
    finally:
        draft.unlink(missing_ok=True)


def _say(tally: Tally, swept_at: datetime, output: Path | None) -> None:
    where = f" in {output}" if output else ""
    counted = ", ".join(f"{count} {verdict}" for verdict, count in tally.counts.items())
    click.echo(f"Findings{where}: {counted}. Swept {swept_at:%Y-%m-%d %H:%M} UTC.", err=True)
    for target, error in dict.fromkeys((one.target, one.finding.evidence) for one in tally.left_out):
        click.echo(f"Left out, as Security Hub wants an account and a region: {target}: {error}", err=True)
