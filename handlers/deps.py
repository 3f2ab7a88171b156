"""What the handlers need, put together once by bot/app.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ecr.check import Checker
    from ecr.ports import Clock, History
    from ecr.sweep import Sweeper
    from handlers.people import People
    from handlers.reply import Post
    from handlers.work import Work


class Meter(Protocol):
    """Counts what was answered, for whoever operates the bot."""

    def answered(self, kind: str, outcome: str, seconds: float) -> None:
        """Count an answer.

        Args:
            kind: the command or action.
            outcome: `done`, `refused` or `error`.
            seconds: from the delivery to the answer.
        """


@dataclass(frozen=True, slots=True)
class Deps:
    """The collaborators of every handler.

    `deadline_seconds` is how long AWS is waited for; after `patience_seconds` the asker is told that it takes longer.
    """

    checker: Checker
    sweeper: Sweeper
    history: History
    people: People
    work: Work
    post: Post
    clock: Clock
    meter: Meter
    deadline_seconds: float = 10.0
    patience_seconds: float = 2.0
