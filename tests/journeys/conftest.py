"""The bots that the journeys use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.aws import LocalAws
from demo.workspace import Workspace
from tests.journeys.surroundings import Bot, Journey, populate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", params=["socket", "http"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with LocalAws() as aws, Workspace() as slack:
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
        populate(aws)
        bot = Bot(slack, aws, tmp_path, "socket")
        yield bot
        bot.kill()
