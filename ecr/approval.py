"""Who may decide about a request, and when: pure. What is decided is written by one conditional statement elsewhere.

A request waits for a decision until it expires. Approvers are looked up when a button is pressed, never before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from ecr.errors import EcrbotError
from ecr.request import Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from ecr.request import Actor, Request

REQUESTER = "requester"
"""What makes somebody one who may cancel a request: it is theirs."""


class Decision(StrEnum):
    """What somebody wants to do about a request that waits."""

    APPROVE = "approve"
    DENY = "deny"
    CANCEL = "cancel"


BECOMES = {
    Decision.APPROVE: State.APPROVED,
    Decision.DENY: State.DENIED,
    Decision.CANCEL: State.CANCELLED,
}


class NotDecidedError(EcrbotError):
    """Somebody may not decide that, or not any more; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who presses a button, as Slack tells of them at that moment.

    `refusal` says why they may not decide anything at all, if so; `groups` are the groups of approvers they are in.
    """

    actor: Actor
    refusal: str | None = None
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may approve: user groups (S…) and users (U…, W…), for all accounts or for one instead.

    `self_approval` tells whether they may approve what they asked for themselves.
    """

    entries: tuple[str, ...] = ()
    of_account: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    self_approval: bool = False

    def of(self, account: str) -> tuple[str, ...]:
        """Return who may approve for an account."""
        return self.of_account.get(account, self.entries)

    def all(self, accounts: Iterable[str]) -> tuple[str, ...]:
        """Return every entry that has a say for some accounts, each once."""
        return tuple(dict.fromkeys(entry for account in accounts for entry in self.of(account)))

    def groups(self, accounts: Iterable[str]) -> tuple[str, ...]:
        """Return the user groups among them."""
        return tuple(entry for entry in self.all(accounts) if entry.startswith("S"))

    def users(self, accounts: Iterable[str]) -> tuple[str, ...]:
        """Return the users among them that are named one by one."""
        return tuple(entry for entry in self.all(accounts) if not entry.startswith("S"))

    def membership(self, person: Person, accounts: Iterable[str]) -> str | None:
        """Return what makes somebody an approver for all of some accounts; `None` where for one of them nothing does.

        It is an entry of the settings, or several where the accounts have different ones.
        """
        found: dict[str, None] = {}
        for account in accounts:
            entry = next((one for one in self.of(account) if one == person.actor.id or one in person.groups), None)
            if entry is None:
                return None
            found[entry] = None
        return ", ".join(found) or None


def require(decision: Decision, request: Request, person: Person, approvers: Approvers, at: datetime) -> str:
    """Return what makes somebody one who may decide: entries of the settings, or `requester`.

    Args:
        decision: what they want.
        request: the request as it is now.
        person: who they are, as looked up now.
        approvers: who may approve.
        at: the present moment.

    Raises:
        NotDecidedError: they may not, or the request does not wait any more; the sentence says why.
    """
    if person.refusal:
        raise NotDecidedError(person.refusal)
    if request.state is not State.REQUESTED:
        raise NotDecidedError(settled(request))
    if at >= request.expires_at:
        raise NotDecidedError("This request has expired, so nothing was done: ask anew.")
    if decision is Decision.CANCEL:
        return _require_requester(request, person)
    return _require_approver(decision, request, person, approvers)


def require_undo(request: Request, person: Person, at: datetime) -> None:
    """Refuse somebody who wants to undo what cannot be undone.

    Raises:
        NotDecidedError: it changed nothing, or it is undone already, or that was too long ago.
    """
    if person.refusal:
        raise NotDecidedError(person.refusal)
    if request.state is State.UNDONE:
        raise NotDecidedError(f"Request {request.id} is undone already.")
    if request.state not in (State.APPLIED, State.FAILED):
        raise NotDecidedError(f"Request {request.id} is {request.state}: there is nothing to undo.")
    if request.kind is Kind.EXEMPTION and request.exempts is not None and at >= request.exempts.until:
        raise NotDecidedError(f"The exemption of request {request.id} has ended by itself.")
    if not request.can_be_undone(at):
        over = request.ended_at is not None and bool(request.changed or request.applied)
        raise NotDecidedError(
            f"Request {request.id} ended more than 7 days ago, so its Undo is over: change it in your own code."
            if over
            else f"Request {request.id} changed nothing, so there is nothing to undo."
        )


def settled(request: Request) -> str:
    """Return how a request that does not wait any more was settled, and by whom."""
    if request.state in (State.EXPIRED, State.REQUESTED):  # the latter at the very moment of its end
        return "This request has expired, so nothing was done: ask anew."
    if request.decided is None:
        return f"This request is {request.state} already."
    word = {State.DENIED: "denied", State.CANCELLED: "cancelled"}.get(request.state, "approved")
    now = "" if request.state in (State.DENIED, State.CANCELLED, State.APPROVED) else f" It is {request.state} now."
    return f"{request.decided.by.name} has {word} this request already.{now}"


def nobody(request: Request, members: Mapping[str, frozenset[str]], approvers: Approvers) -> str | None:
    """Return why nobody could approve a request, as a sentence; `None` where somebody can.

    Args:
        request: the request.
        members: who is in each group of approvers, as looked up now; nobody is a user who may decide nothing.
        approvers: who may approve.
    """
    can: frozenset[str] | None = None
    for account in request.accounts:
        entries = approvers.of(account)
        if not entries:
            return f"Nobody is named who may approve for account {account}: set slack.approvers."
        users = frozenset(user for entry in entries for user in members.get(entry, frozenset({entry})))
        can = users if can is None else can & users
    own = frozenset() if approvers.self_approval else frozenset({request.by.id})
    if can is None or can - own:
        return None
    if can:
        return (
            "Only who asked is an approver, and nobody approves their own request: slack.approvers names nobody else."
        )
    if len(request.accounts) > 1:
        return "Nobody is an approver for all of its accounts: ask for each account by itself."
    return "Nobody is left of those whom slack.approvers names: its groups are empty, and its users are deactivated."


def _require_requester(request: Request, person: Person) -> str:
    if person.actor.id != request.by.id:
        raise NotDecidedError("Only who asked for it can cancel it; an approver can deny it.")
    return REQUESTER


def _require_approver(decision: Decision, request: Request, person: Person, approvers: Approvers) -> str:
    entry = approvers.membership(person, request.accounts)
    if entry is None:
        raise NotDecidedError("You are not an approver for this request: the setting slack.approvers names them.")
    if decision is Decision.APPROVE and person.actor.id == request.by.id and not approvers.self_approval:
        raise NotDecidedError("This is your own request: somebody else has to approve it.")
    return entry
