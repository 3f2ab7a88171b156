"""The whole demo in a real browser: the bot, the local Slack, the local ECR, and a page for each person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.running import Demo
from demo.world import world
from tests.browser.live.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """One demo for the tests of a module: each uses repositories of its own."""
    with Demo(0, world()) as running:
        yield running


@pytest.fixture
def sit(demo: Demo, open_page: Callable[..., Page]) -> Iterator[Callable[..., Desk]]:
    """Give what lets somebody sit down before a page of their own; forms that are open then are closed at the end."""

    def sit(person: str = "U0ENGINEER", channel: str = "C0ENG", *, width: int = 1280, height: int = 800) -> Desk:
        page = open_page(f"{demo.slack.url}#as={person}&in={channel}", width=width, height=height)
        return Desk(page, person).ready()

    yield sit
    for person in demo.slack.people:
        for view in demo.slack.views(person.id):
            demo.slack.close(view, user=person.id)
