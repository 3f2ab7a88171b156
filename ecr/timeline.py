"""What happened to a repository, as values: one event each, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.model import Rule, Target


class Kind(StrEnum):
    """What an event is."""

    FIRST_SEEN = "first seen"
    SEEN_AGAIN = "seen again"
    FOUND = "found"
    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CHANGED = "changed"
    APPLIED = "applied"
    FAILED = "failed"
    UNDONE = "undone"
    EXEMPTED = "exempted"
    EXEMPTION_ENDED = "exemption ended"
    RESOLVED = "resolved"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a repository; `detail` is a sentence, `rule` is set where it is about one."""

    at: datetime
    name: str
    target: Target
    kind: Kind
    detail: str
    rule: Rule | None = None
