"""The bots that the journeys use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.aws import LocalAws
from demo.workspace import Workspace
from tests.journeys.clocked_bot import CLOCK, FileClock
from tests.journeys.surroundings import Bot, ClockedBot, Journey, populate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", params=["socket", "http"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with LocalAws() as aws, Workspace() as slack:
        aws.reset()  # moto is one for a whole process, whoever used it before
        populate(aws)
        bot = Bot(slack, aws, tmp_path_factory.mktemp("bot"), request.param)
        try:
            bot.start()
            yield Journey(bot)
        finally:
            bot.kill()


@pytest.fixture
def journey(running: Journey) -> Iterator[Journey]:
    """The bot of the module, with every fault of the last test taken away."""
    yield running
    running.slack.heal()
    running.aws.release()
    running.aws.clear()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Bot]:
    """A bot that a test starts and ends itself, in Socket Mode."""
    with LocalAws() as aws, Workspace() as slack:
        aws.reset()
        populate(aws)
        bot = Bot(slack, aws, tmp_path, "socket")
        yield bot
        bot.kill()


@pytest.fixture
def clocked(tmp_path: Path) -> Iterator[ClockedBot]:
    """A bot whose clock a test sets before it starts it, in a workspace of the same time, without any repository."""
    clock = FileClock(tmp_path / CLOCK)
    with LocalAws() as aws, Workspace(clock=lambda: clock().timestamp()) as slack:
        aws.reset()
        bot = ClockedBot(slack, aws, tmp_path, "socket")
        yield bot
        bot.kill()
