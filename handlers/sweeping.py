"""`sweep`: everything now, with one message that tells how far it is and then what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.errors import EcrbotError, SweepRunningError
from handlers import ids
from handlers.answering import Answer
from handlers.blocks import standing
from handlers.blocks.text import plain
from handlers.live import Live

if TYPE_CHECKING:
    from handlers.delivery import Delivery
    from handlers.deps import Deps

COOL_DOWN = timedelta(minutes=1)
"""How long after a sweep that was asked for nobody may ask for another one."""


def swept(deps: Deps, delivery: Delivery) -> Answer:
    """Sweep now, and show what came of it.

    Raises:
        SweepRunningError: one is under way, or one that was asked for ended within the last minute.
        HistoryError: the history cannot be written.
    """
    last = deps.history.asked_at()
    if last is not None and timedelta() <= deps.clock() - last < COOL_DOWN:
        raise SweepRunningError(
            f"The last sweep asked for ended less than a minute ago: type {ids.COMMAND} list, or wait a moment."
        )
    live = Live(deps.client, deps.post, delivery)
    try:
        report = deps.sweeper.sweep(
            lambda done, targets: live.show(standing.sweeping(done, targets)), asked_by=delivery.user
        )
    except EcrbotError as error:
        if not live.shown:
            raise
        live.end(plain(f"The sweep failed. {error}"))
    except Exception:
        if live.shown:
            live.end(plain("The sweep failed."))
        raise
    else:
        live.end(standing.swept(report))
    return Answer(None)
