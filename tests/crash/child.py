"""What the bot does by itself, once, in a process that may have to die amidst it: as `bot/running.py` starts it."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot import logs
from bot import settings as settings_of
from bot.app import create_app
from bot.memory import Memory
from bot.scheduler import Lane, Sweeps, Troubles
from tests.crash import request_lanes
from tests.crash.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOG, STEPS = "log", "steps.json"
"""The files that a run leaves in its folder: its log, and the steps that it made until its end or its death."""

IN_TROUBLE = 3
"""The exit code of a run that came to its end, and in which something failed."""

_LONGEST_SECONDS = 30


@dataclass(frozen=True)
class Run:
    """A run that is asked for: where, in which environment, when by its clock, and at which step it dies.

    `lanes` names what is done, and in which order. Where something is about requests, the bot is started as the one
    that takes over what dead ones had claimed; otherwise as one that has to wait until their leases are over.
    """

    folder: str
    environment: Mapping[str, str]
    at: str
    lanes: tuple[str, ...] = ("sweeps", "digests")
    die_at: int | None = None


def run(asked: Run) -> int:
    """Do it, in a process of its own, and return the exit code."""
    signal.alarm(_LONGEST_SECONDS)
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    log = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    steps, began = Steps(asked.die_at, Path(STEPS)), time.monotonic()
    steps.watch()

    def clock() -> datetime:
        return datetime.fromisoformat(asked.at) + timedelta(seconds=time.monotonic() - began)

    settings = settings_of.load(slack=True, connect=True)
    assert settings.slack is not None
    logs.configure(settings.log)
    about_requests = not request_lanes.LANES.isdisjoint(asked.lanes)
    memory, file = Memory.prepare(settings.database, bot=about_requests), settings.file
    application = create_app(settings, settings.slack, memory, clock)
    application.synchronize()
    reading = application._sweeper  # noqa: SLF001 - the very one, as bot/app.py hands it to the lane
    jobs: dict[str, Callable[[], object]] = {
        "sweeps": Sweeps(reading, memory.history, clock, file.sweep.every),
        "digests": replace(application.reporter(), pause=lambda _: steps.step("pause")).tick,
    }
    if about_requests:
        memory.take_over()
        jobs |= request_lanes.jobs(application)
    troubles = Troubles(clock)
    for number, name in enumerate(asked.lanes):
        Lane(f"{number} {name}", jobs[name], troubles, 1.0).attempt()
    steps.step("the end")
    steps.write()
    return IN_TROUBLE if troubles() else 0
