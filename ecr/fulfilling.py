"""Fulfilling: what follows from a decision, and what time brings: applying, expiring, telling, and all of it again
after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecr.announcing import Announcer
    from ecr.ports import Clock
    from ecr.remediate import Remediator
    from ecr.request_ports import Requests


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """Carries requests to their end."""

    requests: Requests
    remediator: Remediator
    announcer: Announcer
    clock: Clock

    def fulfil(self, request: str) -> None:
        """Do what follows from a request's present state, now: apply it where it is approved, and tell of it.

        What cannot be told now is told by a later `tick`.
        """
        raise NotImplementedError

    def tick(self) -> None:
        """Do whatever is due: expire, go on with what nobody works on, end exemptions, and tell what is still to tell.

        Raises:
            Exception: the first thing that failed, once everything else is done.
        """
        raise NotImplementedError
