"""A real browser for the tests of the demo's page.

Playwright's sync API leaves a running event loop in its thread as long as it is started: it is started for each module
of browser tests and stopped after it, so that no other test meets that loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import VARIABLE, WIDTH, executable, launched, windows
from tests.browser.sheet import Sheet, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.browser.chromium import Windows


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of a module's tests; without one they are skipped."""
    path = executable()
    if path is None:
        pytest.skip(f"There is no Chromium here: install Debian's package chromium, or set {VARIABLE} to its path.")
    with sync_playwright() as playwright:
        running = launched(playwright, path)
        yield running
        running.close()


@pytest.fixture
def browser_windows(browser: Browser) -> Iterator[Windows]:
    """The windows of a test, which fails where anything went wrong in one of them."""
    yield from windows(browser)


@pytest.fixture
def open_page(browser_windows: Windows) -> Callable[..., Page]:
    """Open a page in a window of its own: any number of them, each as somebody else."""
    return browser_windows.open


@pytest.fixture(scope="session")
def page_url() -> Iterator[str]:
    """The address of a sheet of paper that has the page's modules."""
    with served() as url:
        yield url


@pytest.fixture
def page(open_page: Callable[..., Page], page_url: str) -> Page:
    """A window with an empty sheet in it."""
    return open_page(page_url)


@pytest.fixture(scope="module")
def paper(browser: Browser, page_url: str) -> Iterator[tuple[Sheet, Windows]]:
    """A sheet that a module's tests draw on one after the other: a window for each takes longer than all they draw."""
    for opened in windows(browser):
        yield Sheet(opened.open(page_url)), opened


@pytest.fixture
def sheet(paper: tuple[Sheet, Windows]) -> Iterator[Sheet]:
    """An empty sheet to draw blocks on; the test fails where anything went wrong in its window."""
    blank, opened = paper
    blank.turn()
    blank.resize(WIDTH)
    yield blank
    problems, opened.problems[:] = [*opened.problems], []
    assert problems == []
