"""What can be typed, with examples."""

from __future__ import annotations

from handlers import ids
from handlers.blocks.text import Message, code, context, escaped, section
from handlers.grammar import SUBCOMMANDS

_NAMES = "A repository is a name, a glob like team-*, its URI (a tag or digest after it is ignored) or its ARN."


def usage(*, said: str) -> Message:
    """Return what can be typed.

    Args:
        said: a first sentence that says what led here; empty where the help was asked for.
    """
    lines = [f"{code(f'{ids.COMMAND} {subcommand.usage}')}  {escaped(subcommand.does)}" for subcommand in SUBCOMMANDS]
    examples = " · ".join(
        code(f"{ids.COMMAND} {example}") for subcommand in SUBCOMMANDS for example in subcommand.examples
    )
    first = (section(escaped(said)),) if said else ()
    text = said or f"What you can type: {', '.join(f'{ids.COMMAND} {s.usage}' for s in SUBCOMMANDS)}"
    return Message(
        text,
        (
            *first,
            section("\n".join(["*What you can type*", *lines])),
            section(f"For example: {examples}"),
            context(_NAMES),
        ),
    )
