"""Watching a channel until what was asked for there is answered: whatever is new or changed, once it settles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.reply import STILL_ASKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace import Message, Workspace

_GOING_ON = "…"
"""What the first line of a message has in it while it is to be changed into another, as in "Sweeping…"."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait for what comes next: for an answer, after a word of progress, after a settled answer."""

    answer: float = 30.0
    progress: float = 10.0
    settled: float = 0.3


class Watch:
    """What somebody sees happen in a channel from this moment on, by whatever way it comes there."""

    def __init__(self, slack: Workspace, channel: str, person: str, patience: Patience) -> None:
        """Begin to watch.

        Args:
            slack: the workspace.
            channel: where to look.
            person: who looks.
            patience: how long to wait.
        """
        self._slack = slack
        self._channel = channel
        self._person = person
        self._patience = patience
        self._before = {message.ts: message for message in self._there()}

    def settled(self, tell: Callable[[str], None]) -> tuple[Message, ...]:
        """Wait until something happened and nothing goes on any more, and return what is new or changed.

        Args:
            tell: told each word of progress once.

        Raises:
            TimeoutError: nothing happened, or the bot is still asking.
        """
        seen: tuple[Message, ...] = ()
        told: set[str] = set()
        self._slack.wait_for(self._news, self._patience.answer, "an answer")
        while self._changes(seen):
            seen = self._news()
            for text in _progress(seen):
                if text not in told:
                    tell(text)
                told.add(text)
        if STILL_ASKING.text in _progress(seen):
            raise TimeoutError(f"it was still asking AWS after {self._patience.answer:g} s")
        return seen

    def _news(self) -> tuple[Message, ...]:
        return tuple(message for message in self._there() if message != self._before.get(message.ts))

    def _there(self) -> tuple[Message, ...]:
        return self._slack.messages(self._channel, seen_by=self._person)

    def _changes(self, seen: tuple[Message, ...]) -> bool:
        """Wait for a change of what was seen; tell whether there was one in time."""
        try:
            self._slack.wait_for(lambda: self._news() != seen, self._seconds(seen), "a change")
        except TimeoutError:
            return False
        return True

    def _seconds(self, seen: tuple[Message, ...]) -> float:
        progress = _progress(seen)
        if STILL_ASKING.text in progress or not seen:
            return self._patience.answer
        return self._patience.progress if progress else self._patience.settled


def _progress(messages: tuple[Message, ...]) -> list[str]:
    """Return the first lines of the messages that are still to change."""
    first = [message.text.partition("\n")[0] for message in messages]
    return [line for line in first if _GOING_ON in line]
