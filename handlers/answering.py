"""From a delivery to its answer: acknowledge, hand over to the workers, let in, do, answer, note that it was done."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr.errors import BusyError, EcrbotError, HistoryError
from handlers.blocks.text import plain
from handlers.errors import explained
from handlers.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack

    from handlers.blocks.text import Message
    from handlers.delivery import Delivery
    from handlers.deps import Deps

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a piece of work came to.

    Without a message it was answered in a way of its own. `more` are messages that follow the first.
    `afterwards` is done once the answer is out: what it is about must not be held up by it.
    """

    message: Message | None
    in_channel: bool = False
    replace: bool = False
    more: tuple[Message, ...] = ()
    afterwards: Callable[[], None] | None = None


def take(
    deps: Deps, ack: Ack, delivery: Delivery, kind: str, produce: Callable[[], Answer], *, patient: bool = True
) -> None:
    """Acknowledge a delivery and have it worked on; when there is too much to do, say so instead.

    Nothing here waits: Bolt sends the acknowledgement when the listener returns (process_before_response).

    Args:
        deps: the collaborators.
        ack: Bolt's acknowledgement.
        delivery: what was delivered.
        kind: the command or action, for the log and the meter.
        produce: makes the answer, in a worker's thread; what it raises becomes the answer.
        patient: whether the asker is told when it takes longer; not for what tells how far it is by itself.
    """
    reply = Reply(deps.post, delivery.response_url, deps.patience_seconds if patient else None)
    began = time.monotonic()
    try:
        deps.work.submit(lambda: _answer(deps, delivery, kind, produce, reply, began))
    except BusyError as error:
        _refuse(ack, delivery, reply, plain(str(error)))
        deps.meter.answered(kind, "busy", time.monotonic() - began)
    else:
        ack()


def _refuse(ack: Ack, delivery: Delivery, reply: Reply, message: Message) -> None:
    """Say that there is too much to do: a command's acknowledgement carries it, a click's would not be shown."""
    if delivery.is_command:
        reply.cancel()
        ack(response_type="ephemeral", **message.payload())
    else:
        ack()
        reply.answer_soon(message)


def _answer(
    deps: Deps, delivery: Delivery, kind: str, produce: Callable[[], Answer], reply: Reply, began: float
) -> None:
    if not _is_first(deps, delivery):
        reply.cancel()
        return
    outcome, answer = _outcome(deps, delivery, produce)
    try:
        _send(reply, answer)
    except Exception:
        logger.exception("the answer to %s of %s could not be delivered", kind, delivery.user)
        outcome = "undelivered"
    deps.meter.answered(kind, outcome, time.monotonic() - began)
    _finish(deps, delivery, answer)


def _send(reply: Reply, answer: Answer) -> None:
    if answer.message is None:
        reply.cancel()
        return
    reply.answer(answer.message, in_channel=answer.in_channel, replace=answer.replace)
    for message in answer.more:
        reply.follow(message)


def _outcome(deps: Deps, delivery: Delivery, produce: Callable[[], Answer]) -> tuple[str, Answer]:
    try:
        deps.people.require_member(delivery.user)
        return "done", produce()
    except EcrbotError as error:
        return "refused", Answer(explained(error))
    except Exception as error:  # noqa: BLE001 - a defect is answered too, and logged there with its traceback
        return "error", Answer(explained(error))


def _is_first(deps: Deps, delivery: Delivery) -> bool:
    """Tell a delivery from its repeat; a history that does not answer must not keep the asker from an answer."""
    try:
        return deps.history.claim_delivery(delivery.key, at=deps.clock())
    except HistoryError as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence of ours, not a defect
        return True


def _finish(deps: Deps, delivery: Delivery, answer: Answer) -> None:
    try:
        if answer.afterwards is not None:
            answer.afterwards()
        deps.history.finish_delivery(delivery.key)
    except HistoryError as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence of ours, not a defect
