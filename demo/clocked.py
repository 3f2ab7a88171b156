"""`python -m bot run` with another clock."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot import logs, running
from bot import settings as settings_of
from bot.memory import Memory
from ecr.errors import EcrbotError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.ports import Clock


def run(wait: Callable[[], object], clock: Clock, tick_seconds: float) -> None:
    """Run the bot until SIGTERM, with the settings of the environment; an error is a sentence on stderr.

    Args:
        wait: waits until it may begin; the settings are read before.
        clock: the time.
        tick_seconds: how often is looked what is due.

    Raises:
        SystemExit: it cannot run; the exit code is 1.
    """
    try:
        settings = settings_of.load(slack=True, connect=True)
        logs.configure(settings.log)
        wait()
        if settings.slack is not None:
            running.run(settings, settings.slack, Memory.prepare(settings.database, bot=True), clock, tick_seconds)
    except EcrbotError as error:
        sys.exit(f"ecrbot: {error}")
