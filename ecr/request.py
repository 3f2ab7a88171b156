"""A request: what somebody wants done to some repositories, who decided about it, and what came of it. Values alone.

A request is made once and read by many; what changes of it is written by one conditional statement elsewhere
(`ecr.request_ports.Requests`). Its card in Slack is drawn from it, at every moment of its life.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.changes import Change
    from ecr.model import Finding, Rule, Target

MOST_REPOSITORIES = 100
"""Repositories of one request at most."""

CONFIRM_ABOVE = 10
"""A request of more repositories than this is approved in two steps, the second with the numbers and accounts."""

UNDO_FOR = timedelta(days=7)
"""How long after it ended what a request changed can be undone by a button."""

BEGIN_WITHIN = timedelta(minutes=15)
"""An approval whose applying has not begun within this is not applied any more."""

LONGEST_EXEMPTION = timedelta(days=365)
"""How long a repository can be exempt at most."""


class Kind(StrEnum):
    """What a request is for."""

    REMEDIATION = "remediation"
    UNDO = "undo"
    EXEMPTION = "exemption"
    GUARDRAIL = "guardrail"


class State(StrEnum):
    """How far a request is."""

    REQUESTED = "requested"
    APPROVED = "approved"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNDONE = "undone"


NEXT: dict[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.APPROVED, State.DENIED, State.EXPIRED, State.CANCELLED}),
    State.APPROVED: frozenset({State.APPLYING, State.FAILED}),
    State.APPLYING: frozenset({State.APPLIED, State.FAILED}),
    State.APPLIED: frozenset({State.UNDONE}),
    State.FAILED: frozenset({State.UNDONE}),
    State.DENIED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
    State.UNDONE: frozenset(),
}
"""What may follow each state. One that failed half-way changed something, and that can be undone."""


class Outcome(StrEnum):
    """What came of one repository of a request."""

    WAITING = "waiting"
    APPLIED = "applied"
    FAILED = "failed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, with the name that they had at that time."""

    id: str
    name: str


ECRBOT = Actor("ecrbot", "ecrbot")
"""Who lets a request expire, and fails one that nobody could finish."""


@dataclass(frozen=True, slots=True)
class Exempting:
    """What an exemption asks for: the rules that are not to count, and until when."""

    rules: tuple[Rule, ...]
    until: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One repository of a request.

    `changes` are what is to be made of it, `advice` what they cannot do, `impact` what may break, a sentence each;
    `code` are lines for the infrastructure code that would revert the changes otherwise. `failing` are the rules that
    fail and are not exempt, with their evidence. `made` are the numbers of those changes, from 0, that were made;
    `sentence` says what came of it.
    """

    name: str
    target: Target
    arn: str
    changes: tuple[Change, ...] = ()
    advice: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()
    code: str | None = None
    outcome: Outcome = Outcome.WAITING
    sentence: str = ""
    made: tuple[int, ...] = ()
    failing: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """Who decided about a request, as what, and when.

    `entry` is what made them one who may: a user group or user of the settings, or `requester`; several where the
    accounts have different approvers.
    """

    by: Actor
    entry: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A message of the bot's: its channel, and what Slack calls it."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the audit's chain at some moment: the number of its last event, and that one's hash."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is stored.

    `asked_in` is the channel it was asked in. `undoes` is the request that an undo undoes, `undone_by` the one that
    undid this one. `exempts` is set for exemptions, and for what undoes one. `break_glass` marks an approver's own
    undo, which nobody else approved. `no_approver` says why nobody can decide, where that is so. `sentence` says what
    came of it. `revision` grows with every change, so that a card can be told to be out of date; `head` is the audit's
    end when it changed last.
    """

    id: str
    kind: Kind
    state: State
    by: Actor
    asked_in: str
    reason: str
    made_at: datetime
    expires_at: datetime
    items: tuple[Item, ...]
    undoes: str | None = None
    undone_by: str | None = None
    exempts: Exempting | None = None
    break_glass: bool = False
    no_approver: str | None = None
    decided: Decided | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    sentence: str = ""
    card: Place | None = None
    revision: int = 0
    head: Head | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ids of the accounts that it is about, each once."""
        return tuple(dict.fromkeys(item.target.account or "" for item in self.items))

    @property
    def changed(self) -> tuple[Item, ...]:
        """The repositories that it changed something of, and that were not put back since."""
        return tuple(item for item in self.items if item.made and item.outcome is not Outcome.UNDONE)

    @property
    def applied(self) -> tuple[Item, ...]:
        """The repositories in which all of it was done and verified."""
        return tuple(item for item in self.items if item.outcome is Outcome.APPLIED)

    @property
    def failed(self) -> tuple[Item, ...]:
        """The repositories in which it failed."""
        return tuple(item for item in self.items if item.outcome is Outcome.FAILED)

    def can_be_undone(self, at: datetime) -> bool:
        """Tell whether Undo is offered: it changed something, nobody undid it, and it ended at most 7 days ago."""
        did = bool(self.changed) or self._exempts(at)
        over = self.state in (State.APPLIED, State.FAILED)
        return did and over and self.ended_at is not None and at - self.ended_at < UNDO_FOR

    def _exempts(self, at: datetime) -> bool:
        """Tell whether it granted an exemption that has not ended by itself."""
        granted = self.kind is Kind.EXEMPTION and bool(self.applied)
        return granted and self.exempts is not None and at < self.exempts.until

    @property
    def fingerprint(self) -> str:
        """What is the same for two requests that would do the same, and for no others."""
        content = {
            "kind": self.kind,
            "undoes": self.undoes,
            "items": sorted([item.arn, *(_same(c) for c in item.changes)] for item in self.items),
            "exempts": [*sorted(self.exempts.rules), self.exempts.until.date().isoformat()] if self.exempts else None,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _same(change: Change) -> str:
    """Return what is the same for two changes that would do the same; of a registry's rules that is one filter."""
    return " ".join(filter(None, (change.action, change.subject[1], str(change.before), str(change.after))))
