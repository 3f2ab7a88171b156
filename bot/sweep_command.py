"""`sweep`: every repository of every account and region into the history, with a progress bar on a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot import settings as settings_of
from bot.checking import registry, sweeper
from bot.exits import CODES
from store.exemptions import SqliteExemptions
from store.history import SqliteHistory

if TYPE_CHECKING:
    from ecr.swept import SweepReport


@click.command("sweep")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def command(*, as_json: bool) -> int:
    """Sweep every configured account and region into the history.

    Exit codes: 0 all pass or are exempt; 1 something fails; 2 usage or settings; 3 something is unknown and nothing
    fails.
    """
    settings = settings_of.load()
    history = SqliteHistory.prepare(settings.database)
    columns = (TextColumn("Sweeping"), BarColumn(), MofNCompleteColumn(), TextColumn("targets"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not _on_a_terminal()) as progress:
        task = progress.add_task("sweep", total=None)
        sweeping = sweeper(
            registry(settings.file), settings.file, history, exemptions=SqliteExemptions(settings.database)
        )
        report = sweeping.sweep(lambda done, all_: progress.update(task, completed=done, total=all_))
    click.echo(json.dumps(sweep_row(report), indent=2, ensure_ascii=False) if as_json else _text(report))
    return CODES[report.verdict]


def sweep_row(report: SweepReport) -> dict[str, Any]:
    """Return the sweep as `sweep --json` prints it; the names are a contract."""
    return {
        "sweep": report.id,
        "started_at": _time(report.started_at),
        "finished_at": _time(report.finished_at),
        "seconds": round(report.seconds, 3),
        "targets": report.targets,
        "unreadable": [
            {"account": one.target.account, "region": one.target.region, "error": one.error}
            for one in report.unreadable
        ],
        "repositories": report.repositories,
        "passing": report.passing,
        "failing": report.failing,
        "exempt": report.exempt,
        "unknown": report.unknown,
        "opened": report.changes.opened,
        "resolved": report.changes.resolved,
        "api_calls": report.api_calls,
    }


def _text(report: SweepReport) -> str:
    counts = (
        f"{report.repositories} repositories in {report.targets} targets after {report.seconds:.1f} s: "
        f"{report.failing} failing, {report.unknown} unknown, {report.exempt} exempt, {report.passing} passing."
    )
    changes = f"Findings: {report.changes.opened} opened, {report.changes.resolved} resolved."
    unread = [f"Unread: {one.target}: {one.error}" for one in report.unreadable]
    return "\n".join([counts, changes, *unread])


def _time(at: Any) -> str:  # noqa: ANN401 - a datetime, aware and in UTC
    return str(at.isoformat().replace("+00:00", "Z"))


def _on_a_terminal() -> bool:
    return Console(stderr=True).is_terminal
