"""The bots that the journeys use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from demo.aws import LocalAws
from demo.workspace import Workspace
from demo.workspace.people import Person
from tests.journeys.approvals import ONCALL, REGION, SECOND, SETTINGS_OF_REQUESTS, Approvals, Timed
from tests.journeys.clocked_bot import CLOCK, FileClock
from tests.journeys.surroundings import PROD, SANDBOX, STAGING, Bot, ClockedBot, Journey, populate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


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


@pytest.fixture(scope="module", params=["socket", "http"])
def asked_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Approvals]:
    """A bot that can be asked to remediate, in both modes, in accounts that are empty at first."""
    with LocalAws() as aws, Workspace() as slack:
        aws.reset()
        staff(slack)
        bot = Bot(slack, aws, tmp_path_factory.mktemp("bot"), request.param, SETTINGS_OF_REQUESTS)
        try:
            bot.start()
            yield Approvals(bot)
        finally:
            bot.kill()


@pytest.fixture
def approvals(asked_of: Approvals) -> Iterator[Approvals]:
    """That bot, with every fault of the last test taken away; nothing that it said may have been refused by Slack."""
    yield asked_of
    asked_of.slack.heal()
    asked_of.aws.clear()
    for account in (PROD, STAGING, SANDBOX):
        asked_of.aws.scanning(account, REGION)
        asked_of.aws.legacy_flag_counts(account, REGION, counts=True)
    assert asked_of.slack.refusals == ()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Approvals]:
    """A bot for requests that a test starts itself, once everything is as it wants it."""
    with LocalAws() as aws, Workspace() as slack:
        aws.reset()
        staff(slack)
        asked = Approvals(Bot(slack, aws, tmp_path, "socket", SETTINGS_OF_REQUESTS))
        yield asked
        asked.bot.kill()
        assert slack.refusals == ()


@pytest.fixture
def timed(tmp_path: Path) -> Iterator[Timed]:
    """The same with a clock that the test sets, which the workspace goes by too."""
    clock = FileClock(tmp_path / CLOCK)
    with LocalAws() as aws, Workspace(clock=lambda: clock().timestamp()) as slack:
        aws.reset()
        staff(slack)
        bot = ClockedBot(slack, aws, tmp_path, "socket", SETTINGS_OF_REQUESTS)
        bot.set_clock(START)
        yield Timed(bot)
        bot.kill()
        assert slack.refusals == ()


def staff(slack: Workspace) -> None:
    """Let two be on call."""
    slack.add_person(Person(SECOND, "sven", "Sven Second"))
    slack.set_group("S0ONCALL", (ONCALL, SECOND))
