"""What can be typed at the demo's prompt, as values. Reading it, never doing it."""

from __future__ import annotations

import re
from dataclasses import dataclass

HELP = """\
/ecr check payments-api   what you would type in Slack; the /ecr may be left out
click Share               presses a button of the last answer, by its label
as oncall                 makes you somebody else, by name or id
help                      lists this
quit                      ends the demo, as Ctrl-D does"""

_COMMAND = re.compile(r"/?ecr(?:\s+|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ask:
    """Send `/ecr` with a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Click:
    """Press the button with a label on the last answer."""

    label: str


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


Line = Ask | Click | Become | Help | Quit


def parse(typed: str) -> Line | None:
    """Read a line; `None` where it is empty. What is none of the prompt's own words goes to the bot."""
    line = typed.strip()
    if _COMMAND.match(line):
        return Ask(_COMMAND.sub("", line, count=1))
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    match word.lower(), bool(rest):
        case "", _:
            return None
        case "click", True:
            return Click(rest)
        case "as", True:
            return Become(rest)
        case (("help" | "?" | "click" | "as"), False):
            return Help()
        case (("quit" | "exit"), False):
            return Quit()
    return Ask(line)
