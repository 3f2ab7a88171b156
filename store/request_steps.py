"""The steps of a request as audit events, and the letters that follow from them; inside the caller's transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from ecr.audit import AuditEvent, Step
from ecr.request import State
from store import audit, rows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from ecr.request import Actor, Item, Request

LEASE = timedelta(minutes=5)
"""How long applying a request is its claimer's after each step that was written down."""


def asked(database: Database, new: Request) -> None:
    """Write that a request was made, an event for each of its repositories, and that it was decided where it was."""
    at = rows.moment(new.made_at)
    for item in new.items:
        record(database, new.id, Step.REQUESTED, at, by=new.by, detail=new.reason, **of_item(new, item))
    if new.state is State.APPROVED and new.decided is not None:
        step = Step.BREAK_GLASS if new.break_glass else Step.APPROVED
        entry, reason = new.decided.entry, new.decided.reason
        record(database, new.id, step, at, by=new.decided.by, actor_entry=entry, detail=reason)


def of_item(request: Request, item: Item) -> dict[str, str | None]:
    """Return the fields of an event that is about a repository and all that is to be done to it."""
    if request.exempts is None:
        return of_changes(item)
    rules = ", ".join(request.exempts.rules)
    exempt = exempt_until(rules, request.exempts.until)
    before, after = (exempt, None) if request.undoes is not None else (None, exempt)
    return {**_where(item), "rule": rules, "before": before, "after": after}


def exempt_until(rules: str, until: datetime) -> str:
    """Return what is exempt, as people read it in the audit."""
    return f"{rules} exempt until {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def of_changes(item: Item) -> dict[str, str | None]:
    """Return the fields of an event that is about a repository and all of its changes."""
    return {
        **_where(item),
        "rule": ", ".join(dict.fromkeys(change.rule for change in item.changes)) or None,
        "before": "; ".join(str(change.before) for change in item.changes) or None,
        "after": "; ".join(str(change.after) for change in item.changes) or None,
    }


def _where(item: Item) -> dict[str, str | None]:
    return {"account": item.target.account, "region": item.target.region, "repository": item.name}


def record(database: Database, request: str, step: Step, at: str, *, by: Actor, **fields: Any) -> None:  # noqa: ANN401 - of AuditEvent
    """Add an event to the audit, and note on the request that it is the last one."""
    kind = database.execute("SELECT kind FROM requests WHERE id = ?", (request,)).fetchone()[0]
    event = AuditEvent(event=step, at=at, request=request, kind=kind, actor=by.id, actor_name=by.name)
    head = audit.append(database, replace(event, **fields))
    database.execute(
        "UPDATE requests SET head_number = ?, head_hash = ? WHERE id = ?", (head.number, head.hash, request)
    )


def add_letter(database: Database, request: str, letter: str, channel: str, at: str) -> None:
    """Have Slack told something, once."""
    database.execute(
        "INSERT INTO letters (request, letter, channel, made_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (request, letter, channel, at),
    )
