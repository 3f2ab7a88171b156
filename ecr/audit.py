"""The audit: every step of every request as an event that is only ever added, chained by hash. Pure.

Each event's hash is over its own fields and the hash of the one before, so that a changed or missing event breaks the
chain from there on. What a chain alone cannot show is that its end was cut off, or that all of it was written anew:
for that a hash from outside is needed, which every decided card and every digest in Slack shows.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST = "0" * 64
"""What stands for the hash before the first event."""

SHORTEST_HEAD = 12
"""Characters of a hash that are enough to name one."""


class Step(StrEnum):
    """What an event tells of."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    BREAK_GLASS = "break-glass"
    APPLYING = "applying"
    CHANGING = "changing"
    CHANGED = "changed"
    REFUSED = "refused"
    VERIFIED = "verified"
    NOT_VERIFIED = "not verified"
    APPLIED = "applied"
    FAILED = "failed"
    UNDONE = "undone"
    EXEMPTED = "exempted"
    EXEMPTION_ENDED = "exemption ended"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One step of a request.

    `at` is RFC 3339 in UTC, as it is stored. `actor` did it, named `actor_name` at that time; `actor_entry` is what
    made them one who may. `before` and `after` are settings of the repository as people read them. `number` counts
    from 1; it and the two hashes are set when the event is added to the chain.
    """

    event: Step
    at: str
    request: str
    kind: str
    actor: str
    actor_name: str
    actor_entry: str | None = None
    account: str | None = None
    region: str | None = None
    repository: str | None = None
    rule: str | None = None
    before: str | None = None
    after: str | None = None
    aws_request_id: str | None = None
    detail: str | None = None
    number: int = 0
    previous_hash: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying a chain came to: how many events it has, its last hash, and what is wrong, a sentence each."""

    events: int
    head: str
    problems: tuple[str, ...] = ()


def chained(event: AuditEvent, number: int, previous_hash: str) -> AuditEvent:
    """Return an event as the next one of a chain."""
    unsealed = replace(event, number=number, previous_hash=previous_hash, hash="")
    return replace(unsealed, hash=hash_of(unsealed))


def hash_of(event: AuditEvent) -> str:
    """Return what an event's hash must be: SHA-256 over its other fields as JSON with sorted keys."""
    fields = {key: value for key, value in asdict(event).items() if key != "hash"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def verify(events: Iterable[AuditEvent], head: str | None = None) -> Verified:
    """Check a chain from its first event to its last.

    Args:
        events: all of them, in the order of their numbers.
        head: a hash that a card or a digest showed; it must be in the chain. Its first 12 characters are enough.
    """
    problems: list[str] = []
    count, previous, found = 0, FIRST, head is None
    for event in events:
        problems += _broken(event, count + 1, previous)
        count, previous = event.number, event.hash
        found = found or event.hash.startswith(head or "")
    if not found:
        problems.append(
            f"No event has the hash {head}: the end of the chain was cut off, or the chain was written anew."
        )
    return Verified(count, previous, tuple(problems))


def _broken(event: AuditEvent, number: int, previous: str) -> list[str]:
    if event.number != number:
        return [f"Event {number} is missing: {event.number} follows {number - 1}."]
    if event.previous_hash != previous:
        return [f"Event {number} does not follow the one before it: that one was changed or replaced."]
    if hash_of(event) != event.hash:
        return [f"Event {number} was changed: its fields do not give its hash."]
    return []
