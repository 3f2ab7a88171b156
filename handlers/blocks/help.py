"""What can be typed, with examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import ids
from handlers.blocks.text import Message, code, context, escaped, section
from handlers.grammar import SUBCOMMANDS

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

_NAMES = "A repository is a name, a glob like team-*, its URI (a tag or digest after it is ignored) or its ARN."


def usage(*, said: str) -> Message:
    """Return what can be typed.

    Args:
        said: a first sentence that says what led here; empty where the help was asked for.
    """
    examples = " · ".join(
        code(f"{ids.COMMAND} {example}") for subcommand in SUBCOMMANDS for example in subcommand.examples
    )
    first = (section(escaped(said)),) if said else ()
    text = said or f"What you can type: {', '.join(f'{ids.COMMAND} {s.usage}' for s in SUBCOMMANDS)}"
    return Message(
        text,
        (
            *first,
            typed(),
            section(f"For example: {examples}"),
            context(_NAMES),
        ),
    )


def typed() -> Block:
    """Return every subcommand with what it does."""
    lines = [f"{code(f'{ids.COMMAND} {subcommand.usage}')}  {escaped(subcommand.does)}" for subcommand in SUBCOMMANDS]
    return section("\n".join(["*What you can type*", *lines]))
