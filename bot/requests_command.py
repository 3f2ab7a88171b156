"""`requests`: what was asked for, who decided, and what came of it, newest first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bot import settings as settings_of
from ecr.errors import UsageError
from ecr.request import State
from store.history import SqliteHistory
from store.requests import SqliteRequests

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.changes import Change
    from ecr.request import Exempting, Item, Request

OPEN = (State.REQUESTED, State.APPROVED, State.APPLYING)
"""The states of a request that is not over."""


@click.command("requests")
@click.option("--json", "as_json", is_flag=True, help="Print one array of requests.")
@click.option("--open", "open_alone", is_flag=True, help="Only those that are not over.")
def command(*, as_json: bool, open_alone: bool) -> int:
    """List requests, newest first: who asked, who decided, what came of each repository.

    Exit codes: 0; 2 usage or settings.
    """
    path = settings_of.load(aws=False).database
    if SqliteHistory.existing(path) is None:
        raise UsageError(f"There is no history at {path} yet: python -m bot run makes it.")
    found = SqliteRequests(path).all(OPEN if open_alone else ())
    if as_json:
        click.echo(json.dumps([row(one) for one in found], indent=2, ensure_ascii=False))
    elif found:
        _show(found)
    else:
        click.echo("No request is open." if open_alone else "Nothing was asked for yet.")
    return 0


def row(request: Request) -> dict[str, Any]:
    """Return a request as `requests --json` prints it; the names are a contract."""
    decided = request.decided
    return {
        "request": request.id,
        "kind": request.kind,
        "state": request.state,
        "asked_by": request.by.id,
        "asked_by_name": request.by.name,
        "asked_at": _time(request.made_at),
        "expires_at": _time(request.expires_at),
        "reason": request.reason,
        "decided_by": decided.by.id if decided else None,
        "decided_by_name": decided.by.name if decided else None,
        "decided_at": _time(decided.at) if decided else None,
        "decision_reason": decided.reason if decided else None,
        "break_glass": request.break_glass,
        "undoes": request.undoes,
        "undone_by": request.undone_by,
        "outcome": request.sentence,
        "repositories": [_item(item) for item in request.items],
        "exempts": _exempts(request.exempts),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "repository": item.name,
        "account": item.target.account,
        "region": item.target.region,
        "arn": item.arn,
        "outcome": item.outcome,
        "said": item.sentence,
        "changes": [_change(change) for change in item.changes],
    }


def _change(change: Change) -> dict[str, str]:
    return {
        "rule": change.rule,
        "action": change.action,
        "before": str(change.before),
        "after": str(change.after),
    }


def _exempts(exempts: Exempting | None) -> dict[str, Any] | None:
    return {"rules": list(exempts.rules), "until": _time(exempts.until)} if exempts else None


def _show(found: tuple[Request, ...]) -> None:
    from bot.tables import show  # noqa: PLC0415 - rich, for people alone

    head = ("request", "kind", "state", "asked", "by", "decided by", "repositories", "outcome")
    show(head, map(_line, found))


def _line(request: Request) -> tuple[str, ...]:
    first, more = request.items[0].name if request.items else "", len(request.items) - 1
    decided = request.decided.by.name if request.decided else ""
    return (
        request.id,
        request.kind,
        f"{request.state}, break-glass" if request.break_glass else request.state,
        f"{request.made_at:%Y-%m-%d %H:%M}",
        request.by.name,
        decided,
        f"{first} and {more} more" if more > 0 else first,
        request.sentence or request.reason,
    )


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
