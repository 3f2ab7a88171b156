"""`check NAME…`: the verdict now, from AWS, as a table or as JSON, and as the exit code."""

from __future__ import annotations

import getpass
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bot import settings as settings_of
from bot.checking import checker, now, registry
from bot.exits import CODES
from bot.rows import row
from ecr.deadline import Deadline
from ecr.errors import HistoryError
from ecr.names import parse

if TYPE_CHECKING:
    from bot.settings import Settings
    from ecr.checked import CheckReport, QueryResult
    from ecr.request_ports import Exemptions
    from store.history import SqliteHistory

DEADLINE_SECONDS = 10.0

_NOT_FOUND = 2


@dataclass(frozen=True, slots=True)
class _Known:
    """The history and the exemptions in it, or why they are not known."""

    history: SqliteHistory | None = None
    exemptions: Exemptions | None = None
    trouble: str | None = None


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
    known = _known(settings)
    checking = checker(registry(settings.file), settings.file, exemptions=known.exemptions)
    report = checking.check(queries, Deadline.after(DEADLINE_SECONDS))
    if as_json:
        click.echo(json.dumps([row(assessment) for assessment in report.assessments], indent=2, ensure_ascii=False))
    elif report.assessments:
        from bot.check_table import show  # noqa: PLC0415 - rich, for people alone

        show(report.assessments)
    for result in report.unmatched:
        click.echo(f"ecrbot: {_not_found(result)}", err=True)
    if known.trouble is not None:
        click.echo(f"ecrbot: {known.trouble}", err=True)
    _remember(known.history, report)
    return _NOT_FOUND if report.missing else CODES[report.verdict]


def _not_found(result: QueryResult) -> str:
    what = "matches" if result.query.is_glob else "is named"
    near = f" Did you mean {', '.join(result.suggestions)}?" if result.suggestions else ""
    where = "what could be read" if result.unread else "any configured account and region"
    return f"No repository {what} {result.query} in {where}.{near}"


def _known(settings: Settings) -> _Known:
    """Look into the history, if there is one: this command makes none, and no trouble with it stops the check."""
    path = settings.database
    if not path.is_file():
        return _Known(trouble=f"there is no history at {path}, so exemptions are not known.")
    from store.exemptions import SqliteExemptions  # noqa: PLC0415 - sqlite-utils, only where there is a history
    from store.history import SqliteHistory  # noqa: PLC0415 - as above

    try:
        history, exemptions = SqliteHistory.existing(path), SqliteExemptions(path)
        exemptions.current(now())
    except HistoryError as error:
        return _Known(trouble=f"{error} So exemptions are not known: what is exempt is shown as failing.")
    return _Known(history, exemptions)


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
