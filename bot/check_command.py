"""`check NAME…`: the verdict now, from AWS, as a table or as JSON, and as the exit code."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING

import click

from bot import settings as settings_of
from bot.checking import checker, now, registry
from bot.exits import CODES, NOT_FOUND
from bot.known import look_into
from bot.rows import row
from bot.sentences import not_found
from ecr.deadline import Deadline
from ecr.errors import HistoryError
from ecr.names import parse

if TYPE_CHECKING:
    from ecr.checked import CheckReport
    from store.history import SqliteHistory

DEADLINE_SECONDS = 10.0


@click.command("check")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one array of rows.")
def command(names: tuple[str, ...], *, as_json: bool) -> int:
    """Check repositories now, from AWS.

    NAME is a repository's name, a glob like 'payments-*', its URI (a tag or digest after it is ignored) or its ARN; a
    plain name matches in every configured account and region.

    Exit codes: 0 all pass or are exempt; 1 something fails; 2 usage or settings, or nothing of that name; 3 something
    is unknown and nothing fails.
    """
    queries = tuple(dict.fromkeys(parse(name) for name in names))
    settings = settings_of.load()
    known = look_into(settings)
    checking = checker(registry(settings.file), settings.file, exemptions=known.exemptions)
    report = checking.check(queries, Deadline.after(DEADLINE_SECONDS))
    if as_json:
        click.echo(json.dumps([row(assessment) for assessment in report.assessments], indent=2, ensure_ascii=False))
    elif report.assessments:
        from bot.check_table import show  # noqa: PLC0415 - rich, for people alone

        show(report.assessments)
    for result in report.unmatched:
        click.echo(f"ecrbot: {not_found(result)}", err=True)
    if known.trouble is not None:
        click.echo(f"ecrbot: {known.trouble}", err=True)
    _remember(known.history, report)
    return NOT_FOUND if report.missing else CODES[report.verdict]


def _remember(history: SqliteHistory | None, report: CheckReport) -> None:
    """Add the check to the history, if there is one."""
    if history is None:
        return
    try:
        history.record_check(report, by=_login(), source="cli", at=now())
    except HistoryError as error:
        click.echo(f"ecrbot: {error}", err=True)


def _login() -> str:
    """Return who is at this shell, for the history."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
