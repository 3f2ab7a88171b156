"""Deciding: who may settle a request is looked up at the click, and one conditional UPDATE settles it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr.approval import NotDecidedError, require, settled
from ecr.request import Decided

if TYPE_CHECKING:
    from ecr.approval import Approvers, Decision, Person
    from ecr.ports import Clock
    from ecr.request import Request
    from ecr.request_ports import Directory, Requests


@dataclass(frozen=True, slots=True)
class Deciding:
    """Settles requests."""

    requests: Requests
    directory: Directory
    approvers: Approvers
    clock: Clock

    def allowed(self, request: str, decision: Decision, user: str) -> Request:
        """Return the request that somebody may decide about at this moment; nothing is decided.

        Args:
            request: its id.
            decision: what they want.
            user: a Slack user id.

        Raises:
            NotDecidedError: there is no such request, it is settled or expired, or they may not; why is said.
            SlackError: Slack did not say who they are; nobody decides on a guess.
        """
        found, _, _ = self._allowed(request, decision, user)
        return found

    def decide(self, request: str, decision: Decision, user: str, reason: str | None = None) -> Request:
        """Settle a request, and return it as it is then.

        Raises:
            NotDecidedError: as above; also where somebody else was first, who is named.
            SlackError: as above.
        """
        _, person, entry = self._allowed(request, decision, user)
        decided = Decided(person.actor, entry, self.clock(), reason)
        mine = self.requests.decide(request, decision, decided)
        if mine is None:
            raise NotDecidedError(settled(existing(self.requests, request)))
        return mine

    def _allowed(self, request: str, decision: Decision, user: str) -> tuple[Request, Person, str]:
        found = existing(self.requests, request)
        person = self.directory.person(user, self.approvers.groups(found.accounts))
        return found, person, require(decision, found, person, self.approvers, self.clock())


def existing(requests: Requests, request: str) -> Request:
    """Return a request.

    Raises:
        NotDecidedError: there is none of that id.
    """
    found = requests.get(request)
    if found is None:
        raise NotDecidedError(
            "ecrbot knows no such request: this button is of another history. Ask anew with /ecr remediate."
        )
    return found
