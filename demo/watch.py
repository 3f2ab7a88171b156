"""Watching what somebody sees until what they asked is answered: whatever is new or changed, once it settles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecr.request import State
from handlers.reply import STILL_ASKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace import Message, Workspace

_GOING_ON = re.compile(rf"…|, ({State.APPROVED}|{State.APPLYING})[.:]")
"""What the first line of a message has in it while it is to be changed into another: "Sweeping…", a card on its way."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait for what comes next: for an answer, after a word of progress, after a settled answer."""

    answer: float = 30.0
    progress: float = 10.0
    settled: float = 0.3


@dataclass(frozen=True, slots=True)
class Seen:
    """What is new or changed: messages, and the form that somebody has before them, where that is."""

    messages: tuple[Message, ...] = ()
    form: dict[str, Any] | None = None

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.messages or self.form)


class Watch:
    """What somebody sees happen from this moment on, wherever it is and by whatever way it comes there."""

    def __init__(self, slack: Workspace, person: str, patience: Patience) -> None:
        """Begin to watch.

        Args:
            slack: the workspace.
            person: who looks.
            patience: how long to wait.
        """
        self._slack = slack
        self._person = person
        self._patience = patience
        self._before = {message.ts: message for message in slack.everything(person)}
        self._form_before = self._form()

    def settled(self, tell: Callable[[str], None]) -> Seen:
        """Wait until something happened and nothing goes on any more, and return what is new or changed.

        That a form was closed is nothing that happened: it is what somebody did.

        Args:
            tell: told each word of progress once.

        Raises:
            TimeoutError: nothing happened, or the bot is still asking.
        """
        seen = Seen()
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

    def _news(self) -> Seen:
        there, form = self._slack.everything(self._person), self._form()
        new = tuple(message for message in there if message != self._before.get(message.ts))
        return Seen(new, form if form != self._form_before else None)

    def _form(self) -> dict[str, Any] | None:
        return next(reversed(self._slack.views(self._person)), None)

    def _changes(self, seen: Seen) -> bool:
        """Wait for a change of what was seen; tell whether there was one in time."""
        try:
            self._slack.wait_for(lambda: self._news() != seen, self._seconds(seen), "a change")
        except TimeoutError:
            return False
        return True

    def _seconds(self, seen: Seen) -> float:
        progress = _progress(seen)
        if STILL_ASKING.text in progress or not seen:
            return self._patience.answer
        return self._patience.progress if progress else self._patience.settled


def _progress(seen: Seen) -> list[str]:
    """Return the first lines of the messages that are still to change, and of a form that only says that it reads."""
    first = [message.text.partition("\n")[0] for message in seen.messages]
    if seen.form is not None and not seen.form.get("submit"):
        first.append(str((seen.form["blocks"][0].get("text") or {}).get("text")))
    return [line for line in first if _GOING_ON.search(line)]
