"""What can be typed at the demo's prompt, as values. Reading it, never doing it."""

from __future__ import annotations

import re
from dataclasses import dataclass

HELP = """\
/ecr check payments-api   what you would type in Slack; the /ecr may be left out
click Share               presses a button of the last answer, by its label
reason: the audit         fills in a field of the form that is open; of choices, the numbers or words: rules: 1, 2
submit                    submits that form; close closes it
as oncall                 makes you somebody else, by name or id
help                      lists this
quit                      ends the demo, as Ctrl-D does"""

_COMMAND = re.compile(r"/?ecr(?:\s+|$)", re.IGNORECASE)
_FIELD = re.compile(r"(?P<field>[a-z][\w-]*):(?:\s+(?P<text>.*))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ask:
    """Send `/ecr` with a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Click:
    """Press the button with a label on the last answer."""

    label: str


@dataclass(frozen=True, slots=True)
class Fill:
    """Put a text into a field of the form that is open."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Submit:
    """Submit the form that is open."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the form that is open."""


@dataclass(frozen=True, slots=True)
class Become:
    """Be somebody else."""

    who: str


@dataclass(frozen=True, slots=True)
class Help:
    """List what can be typed."""


@dataclass(frozen=True, slots=True)
class Quit:
    """End the demo."""


Line = Ask | Click | Fill | Submit | Close | Become | Help | Quit


_ALONE = {
    "": None,
    "submit": Submit(),
    "close": Close(),
    "quit": Quit(),
    "exit": Quit(),
    **dict.fromkeys(("help", "?", "click", "as"), Help()),
}
"""What means something where nothing follows it."""


def parse(typed: str) -> Line | None:
    """Read a line; `None` where it is empty. What is none of the prompt's own words goes to the bot."""
    line = typed.strip()
    if line.lower() in _ALONE:
        return _ALONE[line.lower()]
    if _COMMAND.match(line):
        return Ask(_COMMAND.sub("", line, count=1))
    if field := _FIELD.fullmatch(line):
        return Fill(field["field"], field["text"] or "")
    word, _, rest = line.partition(" ")
    match word.lower():
        case "click":
            return Click(rest.strip())
        case "as":
            return Become(rest.strip())
    return Ask(line)
