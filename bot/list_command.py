"""`list`: non-compliant repositories by the last sweep, from the history alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from bot import settings as settings_of
from bot.exits import CODES
from bot.rows import row, told
from ecr.errors import UsageError
from ecr.model import Verdict
from ecr.subscription import Filters
from ecr.swept import together
from store.history import SqliteHistory

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ecr.model import Finding
    from ecr.swept import Standings


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one array of rows.")
def command(*, as_json: bool) -> int:
    """List non-compliant repositories by the last sweep.

    Those of a target that it could not read stay, marked with their last known verdict and its time. What is unknown
    beside them is counted, and ends the command with 3 where nothing fails.
    """
    history, swept_at = swept(settings_of.load(aws=False).database)
    found = history.noncompliant(Filters())
    if as_json:
        click.echo(json.dumps([row(told(one)) for one in found.rows], indent=2, ensure_ascii=False))
    else:
        _show(found, swept_at)
    return CODES[_worst(found)]


def swept(path: Path) -> tuple[SqliteHistory, datetime]:
    """Return the history in a file, and when its last sweep ended.

    Raises:
        UsageError: there is no history yet, or no sweep in it.
        HistoryError: it cannot be read.
    """
    history = SqliteHistory.existing(path)
    if history is None:
        raise UsageError(f"There is no history at {path} yet: python -m bot sweep makes it.")
    swept_at = history.swept_at()
    if swept_at is None:
        raise UsageError("There was no sweep yet: python -m bot sweep makes one.")
    return history, swept_at


def _worst(found: Standings) -> Verdict:
    """Return fail where something that was read fails, then unknown where anything is, then pass."""
    verdicts = {Verdict.UNKNOWN if one.unread else one.assessment.verdict for one in found.rows}
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    return Verdict.PASS if found.is_certain and not verdicts else Verdict.UNKNOWN


def _show(standing: Standings, swept_at: datetime) -> None:
    for one in standing.rows:
        found = one.assessment
        unread = f"  (last known at {one.read_at:%Y-%m-%d %H:%M} UTC: {one.unread})" if one.unread else ""
        click.echo(f"{'unknown' if one.unread else found.verdict:8}{found.name}  {found.target}{unread}")
        for finding in found.findings:
            click.echo(_line(finding))
    if not standing.rows:
        what = "Nothing" if standing.is_certain else "Nothing that could be read"
        click.echo(f"{what} is non-compliant by the last sweep.")
    if standing.unknown_count:
        more = "more repository" if standing.unknown_count == 1 else "more repositories"
        click.echo(f"Unknown: {standing.unknown_count} {more}.")
    for group, _ in together(standing.unread):
        click.echo(f"Unread: {group.target}: {group.error}")
    click.echo(f"Swept {swept_at:%Y-%m-%d %H:%M} UTC.")


def _line(finding: Finding) -> str:
    return f"  {finding.verdict:8}{finding.rule:18}{finding.evidence}"
