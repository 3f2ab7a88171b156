"""`audit`: the events of every request for a person, a program or a spreadsheet, and whether their chain is whole."""

from __future__ import annotations

import csv
import json
import re
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot import settings as settings_of
from ecr.audit import SHORTEST_HEAD, verify
from ecr.errors import UsageError
from store.audit import SqliteAudit
from store.history import SqliteHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.audit import AuditEvent, Verified

FIELDS = (
    "number",
    "at",
    "event",
    "request",
    "kind",
    "actor",
    "actor_name",
    "actor_entry",
    "account",
    "region",
    "repository",
    "rule",
    "before",
    "after",
    "aws_request_id",
    "detail",
    "previous_hash",
    "hash",
)
"""The fields of an event, in the order of the columns of `audit --csv`; the names are a contract."""

_HEAD = re.compile(rf"[0-9a-f]{{{SHORTEST_HEAD},64}}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ALONE = (
    "The chain alone cannot show that its end was cut off, or that all of it was written anew: give --head with a hash "
    "from a card or a digest in Slack."
)
_WITH_HEAD = (
    "What came after the event with that hash could still have been cut off: give the newest hash that Slack shows."
)


@click.command("audit")
@click.option("--json", "as_json", is_flag=True, help="Print one array of events; with --verify one object.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a line for each event, under one of names.")
@click.option("--verify", "verifying", is_flag=True, help="Check the chain instead of printing the events.")
@click.option("--head", metavar="HASH", help="Check that the chain holds this hash, of a card or a digest.")
def command(*, as_json: bool, as_csv: bool, verifying: bool, head: str | None) -> int:
    """Export the audit, or check that it is whole.

    Every step of every request is an event that names the hash of the one before. --verify finds one that was changed
    or is missing; --head, which checks too, finds a chain that was cut off or written anew since Slack showed a hash.

    Exit codes: 0; 1 something is wrong with the chain; 2 usage or settings.
    """
    verifying = verifying or head is not None
    if as_csv and (as_json or verifying):
        raise UsageError("--csv prints events and nothing else: leave --json, --verify and --head out.")
    wanted = _head(head)
    events = _audit().events()
    if verifying:
        return _say(verify(events, wanted), wanted, as_json=as_json)
    if as_json:
        click.echo(json.dumps([row(event) for event in events], indent=2, ensure_ascii=False))
    elif as_csv:
        _write(events)
    else:
        _show(events)
    return 0


def row(event: AuditEvent) -> dict[str, str | int | None]:
    """Return an event as `audit --json` prints it."""
    fields = asdict(event)
    return {name: fields[name] for name in FIELDS}


def cell(value: str | int | None) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _head(given: str | None) -> str | None:
    if given is None:
        return None
    wanted = given.strip().lower()
    if not _HEAD.fullmatch(wanted):
        raise UsageError(f"{given!r} is no hash of the audit: those have {SHORTEST_HEAD} to 64 of 0-9 and a-f.")
    return wanted


def _audit() -> SqliteAudit:
    path = settings_of.load(aws=False).database
    if SqliteHistory.existing(path) is None:
        raise UsageError(f"There is no history at {path} yet: python -m bot run makes it.")
    return SqliteAudit(path)


def _say(found: Verified, wanted: str | None, *, as_json: bool) -> int:
    if as_json:
        head = found.head if found.events else None
        told = {"events": found.events, "head": head, "problems": found.problems}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(found.problems) or _whole(found, wanted))
    return 1 if found.problems else 0


def _whole(found: Verified, wanted: str | None) -> str:
    if not found.events:
        return f"The audit has no events. {_ALONE}"
    events = f"{found.events} events" if found.events > 1 else "1 event"
    if wanted is None:
        return f"The chain of {events} is whole; its head is {found.head}. {_ALONE}"
    limits = "" if found.head.startswith(wanted) else f" {_WITH_HEAD}"
    return f"The chain of {events} is whole and has the hash {wanted}; its head is {found.head}.{limits}"


def _write(events: Iterator[AuditEvent]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows([cell(value) for value in row(event).values()] for event in events)


def _show(events: Iterator[AuditEvent]) -> None:
    from bot.tables import show  # noqa: PLC0415 - rich, for people alone

    show(("", "at", "event", "request", "who", "what", "hash"), map(_line, events))


def _line(event: AuditEvent) -> tuple[str, ...]:
    entry = f" ({event.actor_entry})" if event.actor_entry else ""
    at, who, short = event.at[:19].replace("T", " "), f"{event.actor_name}{entry}", event.hash[:SHORTEST_HEAD]
    return str(event.number), at, event.event, event.request, who, _what(event), short


def _what(event: AuditEvent) -> str:
    where = f"{event.repository} in {event.account}/{event.region}" if event.repository else ""
    change = f"{event.before} → {event.after}" if event.before or event.after else ""
    rule = f"{event.rule} {change}".strip() if event.rule else change
    return ": ".join(part for part in (where, rule, event.detail or "") if part)
