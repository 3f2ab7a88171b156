"""What Slack is still to be told of a request: each a message of its own, written down before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Letter(StrEnum):
    """What a message is: they are drawn from the request when they are sent, never before.

    `card` is the request in the approvals channel, which is rewritten whenever the request changes; `details` follow
    in its thread where it is long; `outcome` goes to whoever asked; `line` to a channel that reads digests of some of
    its repositories.
    """

    CARD = "card"
    DETAILS = "details"
    OUTCOME = "outcome"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Posted:
    """A message on its way: of which request, where, and how far. `in_doubt` tells that it may be there already."""

    request: str
    letter: Letter
    channel: str
    made_at: datetime
    in_doubt: bool = False
    attempts: int = 0

    @property
    def key(self) -> str:
        """What the message carries, to be found by."""
        return f"{self.request}/{self.letter}/{self.channel}"
