"""The timeline of a repository, out of its findings and settings."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

from ecr.model import Rule, Target
from ecr.timeline import Event, Kind
from store import request_timeline, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

_REPOSITORIES = """
    SELECT r.id, r.name, r.account, r.region, t.name, r.first_seen_at, r.gone_at
    FROM repositories r LEFT JOIN targets t ON t.account = r.account AND t.region = r.region
    WHERE r.name = :name AND (:account IS NULL OR r.account = :account) AND (:region IS NULL OR r.region = :region)
    ORDER BY r.account, r.region
"""

# What people were called when they last asked or decided.
_NAME = (
    "(SELECT iif(r.asked_by = f.closed_by, r.asked_by_name, r.decided_by_name) FROM requests r "
    "WHERE f.closed_by IN (r.asked_by, r.decided_by) ORDER BY r.made_at DESC LIMIT 1)"
)

_ORDER = tuple(Kind)
_GONE = "It is not in ECR any more."


def timeline(database: Database, name: str, account: str | None, region: str | None) -> tuple[Event, ...]:
    """Return what happened to the repositories of a name, oldest first; nothing where none is known."""
    events: list[Event] = []
    found = database.execute(_REPOSITORIES, {"name": name, "account": account, "region": region}).fetchall()
    for number, own, its_account, its_region, label, first_seen_at, gone_at in found:
        target = Target(its_account, its_region, label)
        events += [
            _event(at, own, target, kind, detail) for at, kind, detail in _settings(database, number, first_seen_at)
        ]
        events += _findings(database, number, own, target)
        events += request_timeline.events(database, own, target)
        if gone_at is not None:
            events.append(_event(gone_at, own, target, Kind.GONE, _GONE))
    return tuple(sorted(events, key=lambda event: (event.at, _ORDER.index(event.kind))))


def _findings(database: Database, number: int, name: str, target: Target) -> list[Event]:
    events = []
    for rule, evidence, opened_at, closed_at, how, by in database.execute(
        f"SELECT f.rule, e.sentence, f.opened_at, f.closed_at, f.closed_how, coalesce({_NAME}, f.closed_by) "
        "FROM findings f JOIN evidence e ON e.id = f.evidence_id WHERE f.repository_id = ?",
        (number,),
    ):
        events.append(_event(opened_at, name, target, Kind.FOUND, evidence, Rule(rule)))
        if closed_at is not None:
            whose = f" by {by}" if by else ""
            detail = "The repository was deleted." if how == "deleted" else f"It was {how}{whose}."
            events.append(_event(closed_at, name, target, Kind.RESOLVED, detail, Rule(rule)))
    return events


def _settings(database: Database, number: int, first_seen_at: str) -> Iterator[tuple[str, Kind, str]]:
    """Yield what a repository was set to, as sentences: when first seen, when changed, and when made anew."""
    held = database.execute(
        "SELECT s.since, s.until, v.tag_mutability, v.exclusion_filters, v.scan_on_push, v.effective_scanning "
        "FROM settings s JOIN setting_values v ON v.id = s.values_id WHERE s.repository_id = ? ORDER BY s.since",
        (number,),
    ).fetchall()
    yield first_seen_at, Kind.FIRST_SEEN, _sentence(*held[0][2:]) if held else "Its settings are not known."
    for before, row in pairwise(held):
        if before[1] is not None and before[1] < row[0]:
            yield before[1], Kind.GONE, _GONE
            yield row[0], Kind.SEEN_AGAIN, f"It was made anew. {_sentence(*row[2:])}"
        else:
            yield row[0], Kind.CHANGED, _sentence(*row[2:])


def _sentence(mutability: str | None, filters: str | None, flag: int | None, frequency: str | None) -> str:
    excluded = ", ".join(json.loads(filters or "[]"))
    exclusions = f" (but for {excluded})" if excluded else ""
    scan = {None: "not known", 0: "false", 1: "true"}[flag]
    tags, scanning = mutability or "not known", frequency or "not known"
    return f"Tags are {tags}{exclusions}, scanOnPush is {scan}, scanning is {scanning}."


def _event(at: str, name: str, target: Target, kind: Kind, detail: str, rule: Rule | None = None) -> Event:
    return Event(rows.moment_of(at), name, target, kind, detail, rule)
