"""Requests that the tests of the store read again and again, and the steps that bring one to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.approval import BECOMES, Decision
from ecr.changes import Action, Change
from ecr.request import Actor, Decided, Exempting, Item, Kind, Outcome, Request, State
from ecr.setting import Scanning, Tags
from tests.store.world import AT, PROD, SCAN, TAGS, repository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ecr.audit import Step
    from ecr.model import Assessment, Rule, Target
    from store.audit import SqliteAudit
    from store.requests import SqliteRequests

EVA, OTTO, OLGA = Actor("U0EVA", "Eva"), Actor("U0OTTO", "Otto"), Actor("U0OLGA", "Olga")
CARDS = "C0APPROVE"
TO_IMMUTABLE = Change(TAGS, Action.PUT_IMAGE_TAG_MUTABILITY, Tags("MUTABLE"), Tags("IMMUTABLE"))
TO_SCAN = Change(
    SCAN, Action.PUT_IMAGE_SCANNING_CONFIGURATION, Scanning(scan_on_push=False), Scanning(scan_on_push=True)
)
BOTH = (TO_IMMUTABLE, TO_SCAN)
UNTIL = AT + timedelta(days=30)


def minutes(number: float) -> datetime:
    """Return a moment so many minutes after the first."""
    return AT + timedelta(minutes=number)


def item(name: str = "api", *changes: Change, target: Target = PROD) -> Item:
    return Item(name, target, repository(name, target).arn, changes)


def remediation(key: str = "R1", *items: Item, at: datetime = AT) -> Request:
    return Request(
        id=key,
        kind=Kind.REMEDIATION,
        state=State.REQUESTED,
        by=EVA,
        asked_in="C0ENG",
        reason="The audit.",
        made_at=at,
        expires_at=at + timedelta(hours=8),
        items=items or (item("api", *BOTH),),
    )


def exemption(key: str = "R1", *names: str, rules: tuple[Rule, ...] = (TAGS,), until: datetime = UNTIL) -> Request:
    items = tuple(item(name) for name in names or ("api",))
    return replace(remediation(key, *items), kind=Kind.EXEMPTION, exempts=Exempting(rules, until))


def undo(key: str, original: Request, *items: Item) -> Request:
    return replace(
        remediation(key, *items), kind=Kind.UNDO, undoes=original.id, exempts=original.exempts, reason="A hotfix."
    )


def broken_glass(key: str, original: Request, *items: Item) -> Request:
    """Return an approver's own undo, which is approved with its being asked for."""
    decided = Decided(OTTO, "S0ONCALL", AT, "A hotfix.")
    return replace(undo(key, original, *items), by=OTTO, state=State.APPROVED, decided=decided, break_glass=True)


def approved(requests: SqliteRequests, new: Request, *, at: datetime | None = None) -> Request:
    """Ask, and approve."""
    requests.ask(new, channel=CARDS)
    found = requests.decide(new.id, Decision.APPROVE, Decided(OTTO, "S0ONCALL", at or AT))
    assert found is not None
    return found


def begun(requests: SqliteRequests, new: Request, *, at: datetime = AT) -> Request:
    """Ask, approve and claim."""
    if new.state is State.REQUESTED:
        approved(requests, new, at=at)
    else:
        requests.ask(new, channel=CARDS)
    claimed = requests.begin(new.id, at=at)
    assert claimed is not None
    return claimed


def make(requests: SqliteRequests, key: str, number: int, *changes: int, at: datetime = AT) -> None:
    """Make changes of a repository, each written down before and after."""
    for change in changes:
        requests.changing(key, number, change, at=at)
        requests.changed(key, number, change, aws_request_id=f"aws-{number}-{change}", at=at)


def carried_out(
    requests: SqliteRequests,
    new: Request,
    *,
    fails: Sequence[str] = (),
    seen: Assessment | None = None,
    at: datetime = AT,
) -> Request:
    """Bring a request from its being asked for to its end; of repositories that fail the first change is made."""
    for number, one in enumerate(begun(requests, new, at=at).items):
        if one.name in fails:
            make(requests, new.id, number, *range(len(one.changes))[:1], at=at)
            requests.settle(new.id, number, Outcome.FAILED, "It failed.", seen=None, at=at)
        else:
            make(requests, new.id, number, *range(len(one.changes)), at=at)
            told = (seen, at) if seen is not None else None
            requests.settle(new.id, number, Outcome.APPLIED, "Verified.", seen=told, at=at)
    state = State.FAILED if fails else State.APPLIED
    return requests.finish(new.id, state, "It ended.", lines=("C0DIGEST",), at=at)


def steps(audit: SqliteAudit, request: str = "R1") -> list[Step]:
    return [event.event for event in audit.events() if event.request == request]


def by(actor: Actor = OTTO, minute: float = 1, reason: str | None = None) -> Decided:
    return Decided(actor, "S0ONCALL", minutes(minute), reason)


def brought_to(state: State, requests: SqliteRequests) -> None:
    """Bring request R1 into a state by the steps that lead there."""
    new = remediation("R1")
    match state:
        case State.REQUESTED:
            requests.ask(new, channel=CARDS)
        case State.APPROVED:
            approved(requests, new)
        case State.APPLYING:
            begun(requests, new)
        case State.APPLIED:
            carried_out(requests, new)
        case State.FAILED:
            carried_out(requests, new, fails=("api",))
        case State.EXPIRED:
            requests.ask(replace(new, expires_at=AT), channel=CARDS)
            requests.expire(AT)
        case State.UNDONE:
            done = carried_out(requests, new)
            carried_out(requests, broken_glass("R2", done, item("api", *BOTH)))
        case State.DENIED | State.CANCELLED:
            requests.ask(new, channel=CARDS)
            decision = next(one for one, becomes in BECOMES.items() if becomes is state)
            assert requests.decide("R1", decision, by()) is not None
