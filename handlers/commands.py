"""`/ecr …`: one listener, which acknowledges and hands over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import ids
from handlers.answering import Answer, take
from handlers.blocks.control import control
from handlers.blocks.help import usage
from handlers.blocks.standing import ListView
from handlers.checking import check
from handlers.delivery import of_command
from handlers.digesting import digest_now
from handlers.exempting import exempt
from handlers.fixing import fix
from handlers.grammar import (
    SUBCOMMANDS,
    Check,
    Control,
    DigestNow,
    Exempt,
    Fix,
    Guardrails,
    Help,
    History,
    List,
    Misunderstood,
    Remediate,
    Status,
    Subscribe,
    Sweep,
    Unsubscribe,
    parse,
)
from handlers.guarding import guardrails
from handlers.remediating import remediate
from handlers.remembering import listed, told
from handlers.subscribing import status, subscribed, unsubscribed
from handlers.sweeping import swept

if TYPE_CHECKING:
    from slack_bolt import Ack, App

    from handlers.delivery import Delivery
    from handlers.deps import Deps


_IMPATIENT = frozenset({"command:sweep", "command:remediate", "command:exempt", "command:guardrails"})
"""What tells by itself how far it is: a message that changes, or a form that says that it reads."""


def register(app: App, deps: Deps) -> None:
    """Listen to the command."""

    @app.command(ids.COMMAND)
    def ecr(ack: Ack, body: dict[str, Any]) -> None:
        delivery = of_command(body)
        kind = _kind(delivery.content)
        take(deps, ack, delivery, kind, partial(_answer, deps, delivery), patient=kind not in _IMPATIENT)


def _kind(text: str) -> str:
    """Return the subcommand for the log and the meter: never more of what somebody typed."""
    word = "".join(text.split(maxsplit=1)[:1]).lower()
    return f"command:{word}" if word in {subcommand.name for subcommand in SUBCOMMANDS} else "command:other"


def _answer(deps: Deps, delivery: Delivery) -> Answer:
    command = parse(delivery.content)
    match command:
        case Check() | List() | History() | Remediate() | Fix() | Exempt():
            return _of_repositories(deps, delivery, command)
        case Guardrails():
            return guardrails(deps, delivery, command)
        case Sweep():
            return swept(deps, delivery)
        case Status():
            return status(deps)
        case DigestNow() | Subscribe() | Unsubscribe():
            return _of_digests(deps, delivery, command)
        case Help() | Control() | Misunderstood():
            return _usage(command)


def _of_repositories(
    deps: Deps, delivery: Delivery, command: Check | List | History | Remediate | Fix | Exempt
) -> Answer:
    match command:
        case Check(queries):
            return check(deps, delivery, queries)
        case List():
            return listed(deps, command, ListView("".join(delivery.content.split(maxsplit=1)[1:])))
        case History(query):
            return told(deps, query)
        case Remediate(queries):
            return remediate(deps, delivery, queries)
        case Fix(query):
            return fix(deps, delivery, query)
        case Exempt(query):
            return exempt(deps, delivery, query)


def _of_digests(deps: Deps, delivery: Delivery, command: DigestNow | Subscribe | Unsubscribe) -> Answer:
    match command:
        case DigestNow():
            return digest_now(deps, delivery)
        case Subscribe():
            return subscribed(deps, delivery, command)
        case Unsubscribe():
            return unsubscribed(deps, delivery, command)


def _usage(command: Help | Control | Misunderstood) -> Answer:
    match command:
        case Control():
            return Answer(control())
        case Help(about):
            return Answer(usage(said=f"Which repository? {ids.COMMAND} {about} needs one." if about else ""))
        case Misunderstood(text, suggestion):
            meant = f" Did you mean {ids.COMMAND} {suggestion}?" if suggestion else ""
            return Answer(usage(said=f"“{text}” is nothing that ecrbot knows.{meant}"))
