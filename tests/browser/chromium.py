"""A real browser for tests: where it is, and windows in which nothing may go wrong unnoticed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from demo.chromium import NoChromiumError, chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

VARIABLE = "CHROMIUM"
"""The environment variable that says where the browser is."""

HOME = "127.0.0.1"
"""The only host that a page may ask for anything."""

WIDTH = 1280
"""Of a window, where nothing else is asked for."""

_NEVER = re.compile(r"(?!)")


def executable() -> str | None:
    """Return where the browser is; `None` where there is none."""
    try:
        return chromium()
    except NoChromiumError:
        return None


def launched(playwright: Playwright, path: str) -> Browser:
    """Start the browser. It can resolve no name and reach no other host, whatever a page asks for."""
    rules = f"MAP * ~NOTFOUND , EXCLUDE {HOME}"
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", f"--host-resolver-rules={rules}"])


class Windows:
    """Windows of one test, and everything that went wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self.problems: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def open(
        self,
        url: str,
        *,
        width: int = WIDTH,
        height: int = 900,
        scheme: Literal["light", "dark"] = "light",
        timezone: str = "Europe/Bucharest",
        allow: re.Pattern[str] = _NEVER,
    ) -> Page:
        """Open a page in a window of its own, which shares nothing with the others.

        Args:
            url: its address.
            width: of the window.
            height: of the window.
            scheme: which colours its reader prefers.
            timezone: where its reader is.
            allow: console errors that are meant to be, as where a connection is cut on purpose.
        """
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id=timezone, locale="en-US"
        )
        self._contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: self._heard(message, allow))
        page.on("pageerror", lambda error: self.problems.append(f"an exception: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.goto(url)
        return page

    def close(self) -> None:
        """Close them all."""
        while self._contexts:
            self._contexts.pop().close()

    def _heard(self, message: ConsoleMessage, allow: re.Pattern[str]) -> None:
        if message.type == "error" and not allow.search(message.text):
            self.problems.append(f"on the console: {message.text}")

    def _asked(self, url: str) -> None:
        address = urlsplit(url)
        if address.hostname != HOME and address.scheme not in {"data", "blob", "about"}:
            self.problems.append(f"a request to another host: {url}")


def windows(browser: Browser) -> Iterator[Windows]:
    """Hand out windows, close them, and let whoever asked for them fail where anything went wrong.

    Raises:
        AssertionError: something went wrong in one of them.
    """
    made = Windows(browser)
    try:
        yield made
    finally:
        made.close()
    assert made.problems == [], "\n".join(made.problems)
