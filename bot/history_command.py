"""`history NAME`: what happened to a repository, from the history alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bot import settings as settings_of
from ecr.errors import UsageError
from ecr.names import parse
from store.history import SqliteHistory

if TYPE_CHECKING:
    from ecr.timeline import Event


@click.command("history")
@click.argument("name", metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="Print one array of events.")
def command(name: str, *, as_json: bool) -> int:
    """Show what happened to a repository: found, requested, applied, exempted, resolved.

    NAME is a repository's name, its URI or its ARN. Exit codes: 0; 2 usage or settings, or nothing is known of it.
    """
    query = parse(name)
    if query.is_glob:
        raise UsageError(f"history is of one repository, and {query} is a glob.")
    settings = settings_of.load(aws=False)
    history = SqliteHistory.existing(settings.database)
    if history is None:
        raise UsageError(f"There is no history at {settings.database} yet: python -m bot sweep makes it.")
    events = history.timeline(query.pattern, query.account, query.region)
    if not events:
        raise UsageError(f"Nothing is known of {query}: no check and no sweep has seen it.")
    if as_json:
        click.echo(json.dumps([_row(event) for event in events], indent=2, ensure_ascii=False))
    else:
        for event in events:
            click.echo(_line(event))
    return 0


def _row(event: Event) -> dict[str, Any]:
    return {
        "at": event.at.isoformat().replace("+00:00", "Z"),
        "repository": event.name,
        "account": event.target.account,
        "region": event.target.region,
        "event": event.kind,
        "control": event.rule,
        "detail": event.detail,
    }


def _line(event: Event) -> str:
    about = f"{event.rule}: " if event.rule else ""
    return f"{event.at:%Y-%m-%d %H:%M} UTC  {event.kind:10}  {event.target}  {about}{event.detail}"
