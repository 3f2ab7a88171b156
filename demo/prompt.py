"""The prompt: a line goes to the bot through the local Slack, and what the asker sees of it comes back as text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from demo.lines import HELP, Ask, Become, Click, Help, Quit, parse
from demo.text import plain, render
from demo.watch import Patience, Watch
from demo.workspace.deliveries import buttons
from demo.workspace.people import people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from demo.workspace import Delivery, Message, Person, Workspace

PROMPT = "ecr> "


class Session:
    """One person at the prompt: who they are, where, and the answer they saw last."""

    def __init__(
        self,
        slack: Workspace,
        person: str = "U0ENGINEER",
        channel: str = "C0ENG",
        patience: Patience = Patience(),  # noqa: B008 - a value that never changes
    ) -> None:
        self._slack = slack
        self._patience = patience
        self._channel = channel
        self._last: tuple[Message, ...] = ()
        self._people = people()
        self.person = self._people[person]
        self.unanswered = 0

    def do(self, typed: str) -> str | None:
        """Do what a line says and return what there is to show; `None` to end.

        Whatever goes wrong is a sentence to show.
        """
        try:
            match parse(typed):
                case None:
                    return ""
                case Help():
                    return HELP
                case Quit():
                    return None
                case Become(who):
                    return self._become(who)
                case Click(label):
                    return self._answered(lambda: self._click(label))
                case Ask(text):
                    return self._answered(lambda: self._command(text))
        except LookupError as error:
            return str(error.args[0])
        except (TimeoutError, ConnectionError) as error:
            self.unanswered += 1
            return f"The bot did not answer: {error}"

    def _become(self, who: str) -> str:
        found = [person for person in self._people.values() if _is_meant(person, who)]
        if len(found) != 1:
            names = ", ".join(person.real_name for person in found or self._people.values())
            return f"There {'is nobody' if not found else 'are several people'} like {who!r}: {names}."
        self.person = found[0]
        return f"You are {self.person.real_name} now."

    def _command(self, text: str) -> Delivery:
        return self._slack.command(text, user=self.person.id, channel=self._channel)

    def _click(self, label: str) -> Delivery:
        there = [(message, found) for message in reversed(self._last) for found in _labels(message)]
        for message, found in there:
            if found.lower() == label.lower():
                return self._slack.click(message, found, user=self.person.id)
        names = ", ".join(dict.fromkeys(found for _, found in there)) or "none at all"
        raise LookupError(f"The last answer has no button {label!r}; it has {names}.")

    def _answered(self, ask: Callable[[], Delivery]) -> str:
        watch = Watch(self._slack, self._channel, self.person.id, self._patience)
        ask().wait_ack()
        self._last = watch.settled(tell=lambda text: print(plain(text), flush=True))
        return "\n\n".join(self._shown(message) for message in self._last)

    def _shown(self, message: Message) -> str:
        seen = "seen by you alone" if message.ephemeral else "in the channel"
        names = {person.id: person.name for person in self._people.values()}
        return f"({seen})\n{render(message, names)}"


def converse(session: Session) -> None:
    """Ask for lines at a terminal until it is enough."""
    _edit_lines()
    while True:
        try:
            typed = input(PROMPT)
        except EOFError:
            print()
            return
        shown = session.do(typed)
        if shown is None:
            return
        if shown:
            print(shown, end="\n\n", flush=True)


def obey(session: Session, lines: Iterable[str], out: TextIO) -> int:
    """Run lines that were piped in, one after the other, and show them with their answers.

    Returns:
        How many lines there were that said anything.
    """
    done = 0
    for line in lines:
        if not line.strip():
            continue
        done += 1
        print(f"{PROMPT}{line.strip()}", file=out, flush=True)
        shown = session.do(line)
        if shown is None:
            break
        print(shown, end="\n\n", file=out, flush=True)
    return done


def _labels(message: Message) -> list[str]:
    labels = [(element.get("text") or {}).get("text") for _, element in buttons(message)]
    return [label for label in labels if isinstance(label, str)]


def _is_meant(person: Person, who: str) -> bool:
    wanted = who.lower().lstrip("@")
    return wanted in {person.id.lower(), person.name.lower()} or wanted in person.real_name.lower()


def _edit_lines() -> None:
    if "readline" not in sys.modules:
        try:
            import readline  # noqa: F401, PLC0415 - its import alone gives input() its editing; not every Python has it
        except ImportError:
            return
