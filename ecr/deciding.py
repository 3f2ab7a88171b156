"""Deciding: who may settle a request is looked up at the click, and one conditional UPDATE settles it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecr.approval import Approvers, Decision
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
        raise NotImplementedError

    def decide(self, request: str, decision: Decision, user: str, reason: str | None = None) -> Request:
        """Settle a request, and return it as it is then.

        Raises:
            NotDecidedError: as above; also where somebody else was first, who is named.
            SlackError: as above.
        """
        raise NotImplementedError
