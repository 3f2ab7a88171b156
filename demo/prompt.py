"""The prompt: a line goes to the bot through the local Slack, and what the asker sees of it comes back as text.

Whoever sits there is one person at a time, with the form that they have open.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from demo.form import Form
from demo.lines import HELP, Ask, Become, Click, Close, Fill, Help, Quit, Submit, parse
from demo.text import plain, render
from demo.watch import Patience, Watch
from demo.workspace.deliveries import buttons
from demo.workspace.people import channels, people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TextIO

    from demo.lines import Line
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
        self._forms: dict[str, Form] = {}
        self._people = people()
        self.person = self._people[person]
        self.unanswered = 0

    def do(self, typed: str) -> str | None:
        """Do what a line says and return what there is to show; `None` to end.

        Whatever goes wrong is a sentence to show.
        """
        line = parse(typed)
        if isinstance(line, Quit):
            return None
        try:
            return self._done(line)
        except LookupError as error:
            return str(error.args[0])
        except (TimeoutError, ConnectionError) as error:
            self.unanswered += 1
            return f"The bot did not answer: {error}"

    def _done(self, line: Line | None) -> str:
        match line:
            case Help():
                return HELP
            case Become(who):
                return self._become(who)
            case Click(label):
                return self._click(label)
            case Ask(text):
                return self._answered(lambda: self._slack.command(text, user=self.person.id, channel=self._channel))
            case Fill(field, text):
                return self._fill(field, text)
            case Submit():
                return self._submit()
            case Close():
                return self._close()
        return ""

    def _become(self, who: str) -> str:
        found = [person for person in self._people.values() if _is_meant(person, who)]
        if len(found) != 1:
            names = ", ".join(person.real_name for person in found or self._people.values())
            return f"There {'is nobody' if not found else 'are several people'} like {who!r}: {names}."
        self.person = found[0]
        return f"You are {self.person.real_name} now."

    def _click(self, label: str) -> str:
        """Press a button of the last answer, or else of whatever is there; in a form, its own two go before."""
        form = self._form()
        if form is not None and label.lower() in form.buttons:
            return self._submit() if form.buttons[label.lower()] == "submit" else self._close()
        there = {message.ts: message for message in self._slack.everything(self.person.id)}
        last = [there[message.ts] for message in reversed(self._last) if message.ts in there]
        for message in (*last, *reversed(there.values())):
            for found in _labels(message):
                if found.lower() == label.lower():
                    return self._answered(partial(self._slack.click, message, found, user=self.person.id))
        names = ", ".join(dict.fromkeys(found for message in last for found in _labels(message))) or "none at all"
        raise LookupError(f"The last answer has no button {label!r}; it has {names}.")

    def _fill(self, name: str, text: str) -> str:
        """Put something into a field; where the field tells of it at once, the form is shown as it becomes."""
        form = self._open()
        filled = form.filled(name, text)
        self._forms[self.person.id] = filled
        block = filled.field(name)
        if not block.get("dispatch_action"):
            return filled.line(block)
        return self._answered(
            lambda: self._slack.act(filled.view, block["block_id"], filled.values, user=self.person.id)
        )

    def _submit(self) -> str:
        form = self._open()
        if not form.can_be_submitted:
            raise LookupError("There is nothing to submit in this form: close it.")
        if form.missing:
            raise LookupError(f"Slack takes no form in which this is empty: {', '.join(form.missing)}.")
        return self._answered(lambda: self._slack.submit(form.view, form.values, user=self.person.id))

    def _close(self) -> str:
        self._slack.close(self._open().view, user=self.person.id)
        return "The form is closed."

    def _open(self) -> Form:
        form = self._form()
        if form is None:
            raise LookupError("No form is open. One opens by /ecr remediate payments-api, for example.")
        return form

    def _form(self) -> Form | None:
        """Return the form that is before somebody, with what they typed into it so far."""
        view = next(reversed(self._slack.views(self.person.id)), None)
        if view is None:
            return None
        known = self._forms.get(self.person.id)
        form = known.anew(view) if known is not None and known.view["id"] == view["id"] else Form(view)
        self._forms[self.person.id] = form
        return form

    def _answered(self, ask: Callable[[], Delivery]) -> str:
        watch = Watch(self._slack, self.person.id, self._patience)
        if errors := _errors(ask().wait_ack().payload):
            return "\n".join(f"{self._open().label(name)}: {plain(said)}" for name, said in errors.items())
        seen = watch.settled(tell=lambda text: print(plain(text, self._names), flush=True))
        self._last = seen.messages
        shown = [self._shown(message) for message in self._last]
        if seen.form is not None:
            shown.append(f"(a form, seen by you alone)\n{self._open().shown(self._names)}")
        return "\n\n".join(shown)

    def _shown(self, message: Message) -> str:
        return f"({self._where(message)})\n{render(message, self._names)}"

    def _where(self, message: Message) -> str:
        channel = self._slack.channel(message.channel)
        if message.ephemeral:
            return "seen by you alone"
        if channel.is_im:
            return "to you directly"
        thread = "in a thread of " if message.is_reply else "in "
        return f"{thread}{'the channel' if channel.id == self._channel else f'#{channel.name}'}"

    @property
    def _names(self) -> dict[str, str]:
        return {person.id: person.name for person in self._people.values()} | {
            channel.id: channel.name for channel in channels().values()
        }


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


def _errors(payload: dict[str, Any] | None) -> dict[str, str]:
    """Return what an acknowledgement says beside fields."""
    return dict((payload or {}).get("errors") or {})


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
