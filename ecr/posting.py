"""A digest on its way to its channel: one posting for each subscription and local day, in parts that follow each other.

The first part is a message in the channel, the others are replies to it. A part is written down before it is sent, so
that whoever takes the posting over after a crash knows which one may be there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

LEASE = timedelta(minutes=2)
"""How long a posting is its claimer's; whoever takes longer, or died, loses it to the next one who asks."""

PATIENCE = timedelta(hours=1)
"""How long Slack is asked again before a digest is given up."""

_SHORTEST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=5)


class PostingState(StrEnum):
    """How far a posting is."""

    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Posting:
    """The digest of a subscription on a local day, as it is claimed.

    `parts` are the messages as the Slack side wrote them, `sent` how many of them are there. `in_doubt` tells that the
    next one may be there as well. `thread` is what Slack calls the first one. `attempts` counts what failed so far,
    `began_at` is when whoever has it claimed it.
    """

    subscription: str
    channel: str
    day: date
    state: PostingState
    began_at: datetime
    parts: tuple[str, ...] = ()
    sent: int = 0
    in_doubt: bool = False
    thread: str | None = None
    attempts: int = 0

    @property
    def is_there(self) -> bool:
        """Whether it is in its channel, all of it or as much as there will be."""
        return self.state is PostingState.SENT or (self.state is PostingState.GIVEN_UP and self.sent > 0)

    @property
    def key(self) -> str:
        """What the message of the next part carries, to be found by: the same for that part alone."""
        return f"{self.subscription}/{self.day}/{self.sent}"


@dataclass(frozen=True, slots=True)
class Period:
    """What a digest tells of: the changes after the one of that number, which was known at that moment."""

    since: datetime
    change: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What the approvals channel is still to be told, and of which channel it is."""

    id: int
    channel: str
    text: str


def pause_before_next(attempts: int, told: float | None) -> timedelta:
    """Return how long to wait after an attempt that failed.

    Args:
        attempts: how many failed so far, this one among them.
        told: the seconds that Slack named, if it did; it is never asked sooner.
    """
    own: timedelta = min(_SHORTEST_PAUSE * 2 ** min(attempts - 1, 10), _LONGEST_PAUSE)
    return max(own, timedelta(seconds=told)) if told is not None else own
