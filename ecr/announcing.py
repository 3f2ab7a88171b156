"""Announcing: cards, outcomes and lines, each written down before it is sent, and sent once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecr.ports import Clock
    from ecr.request import Request
    from ecr.request_ports import Noticeboard, Outbox, Requests


@dataclass(frozen=True, slots=True)
class Announcer:
    """Tells Slack of requests."""

    requests: Requests
    outbox: Outbox
    board: Noticeboard
    clock: Clock

    def announce(self, request: str) -> None:
        """Send what is to be told of a request, and rewrite its card where it is out of date.

        What Slack does not take now is left to `tick`.
        """
        raise NotImplementedError

    def progress(self, request: Request, done: int) -> None:
        """Show on the card how far applying is, soon, and at most once a second."""
        raise NotImplementedError

    def tick(self) -> None:
        """Send whatever is still to be sent of any request.

        Raises:
            SlackError: Slack did not take something; it is tried again.
        """
        raise NotImplementedError
