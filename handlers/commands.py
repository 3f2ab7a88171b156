"""`/ecr …`: one listener, which acknowledges and hands over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import ids
from handlers.answering import Answer, take
from handlers.blocks.help import usage
from handlers.blocks.standing import ListView
from handlers.checking import check
from handlers.delivery import of_command
from handlers.grammar import SUBCOMMANDS, Check, Help, History, List, Misunderstood, Sweep, parse
from handlers.remembering import listed, swept, told

if TYPE_CHECKING:
    from slack_bolt import Ack, App

    from handlers.delivery import Delivery
    from handlers.deps import Deps


def register(app: App, deps: Deps) -> None:
    """Listen to the command."""

    @app.command(ids.COMMAND)
    def ecr(ack: Ack, body: dict[str, Any]) -> None:
        delivery = of_command(body)
        take(deps, ack, delivery, _kind(delivery.content), partial(_answer, deps, delivery))


def _kind(text: str) -> str:
    """Return the subcommand for the log and the meter: never more of what somebody typed."""
    word = "".join(text.split(maxsplit=1)[:1]).lower()
    return f"command:{word}" if word in {subcommand.name for subcommand in SUBCOMMANDS} else "command:other"


def _answer(deps: Deps, delivery: Delivery) -> Answer:
    command = parse(delivery.content)
    match command:
        case Check(queries):
            return check(deps, delivery, queries)
        case List():
            return listed(deps, command, ListView("".join(delivery.content.split(maxsplit=1)[1:])))
        case History(query):
            return told(deps, query)
        case Sweep():
            return swept(deps)
        case Help(about):
            return Answer(usage(said=f"Which repository? {ids.COMMAND} {about} needs one." if about else ""))
        case Misunderstood(text, suggestion):
            meant = f" Did you mean {ids.COMMAND} {suggestion}?" if suggestion else ""
            return Answer(usage(said=f"“{text}” is nothing that ecrbot knows.{meant}"))
