"""The browser of these tests: nothing goes wrong in it unnoticed. And what blocks look like to eyes that see less."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import VARIABLE, Windows, executable
from tests.browser.every_block import BLOCKS, INPUTS, field, plain
from tests.browser.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

# The contrast of every visible text with what is behind it, by WCAG 2.1's formula; the lowest with its text.
_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const part = (one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map((one) => part(one / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return rgb(getComputedStyle(document.body).backgroundColor);
  };
  const says = (one) => [...one.childNodes].some((inner) => inner.nodeType === 3 && inner.data.trim());
  const found = [...document.querySelectorAll("#sheet *")].filter((one) => says(one) && one.getClientRects().length);
  return found.map((one) => {
    const style = getComputedStyle(one), colour = one.closest("svg") ? style.fill : style.color;
    const [a, b] = [light(rgb(colour)), light(behind(one))];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.textContent.slice(0, 40)];
  }).sort(([a], [b]) => a - b)[0];
}"""


@pytest.fixture
def windows(browser: Browser) -> Windows:
    """Windows that this module looks into itself."""
    return Windows(browser)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("console.error('broken')", "on the console: broken"),
        ("setTimeout(() => { throw new Error('thrown'); })", "an exception: thrown"),
        ("fetch('http://abroad.example/').catch(() => {})", "a request to another host: http://abroad.example/"),
        ("new WebSocket('ws://abroad.example/')", "a request to another host: ws://abroad.example/"),
    ],
)
def test_what_goes_wrong_in_a_window_is_a_problem(windows: Windows, script: str, problem: str) -> None:
    page = windows.open("about:blank")
    page.evaluate(f"() => {{ {script}; }}")
    page.wait_for_timeout(100)
    windows.close()
    assert problem in windows.problems


def test_an_error_that_is_meant_to_be_is_none(windows: Windows) -> None:
    page = windows.open("about:blank", allow=re.compile("on purpose"))
    page.evaluate("() => console.error('cut on purpose')")
    page.evaluate("() => console.warn('a warning')")
    windows.close()
    assert windows.problems == []


def test_two_windows_share_nothing(open_page: Callable[..., Page], page_url: str) -> None:
    one, other = open_page(page_url), open_page(page_url)
    one.evaluate("() => sessionStorage.setItem('me', 'eva')")
    one.evaluate("() => localStorage.setItem('me', 'eva')")
    assert other.evaluate("() => [sessionStorage.getItem('me'), localStorage.getItem('me')]") == [None, None]


def test_a_browser_is_looked_for_where_one_says_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/no/such/browser")
    assert executable() is None
    monkeypatch.delenv(VARIABLE)
    assert executable()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(
    open_page: Callable[..., Page], page_url: str, scheme: Literal["light", "dark"]
) -> None:
    sheet = Sheet(open_page(page_url, scheme=scheme))
    sheet.draw([*BLOCKS.values(), *(field(one, name) for name, one in INPUTS.items())])
    sheet.complain({"plain_text_input": "wrong"})
    ratio, text = sheet.page.evaluate(_CONTRAST)
    assert ratio >= 4.5, text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(
    open_page: Callable[..., Page], page_url: str, scheme: Literal["light", "dark"]
) -> None:
    sheet = Sheet(open_page(page_url, scheme=scheme))
    sheet.draw([*BLOCKS.values(), *(field(one, name, hint=plain("A hint.")) for name, one in INPUTS.items())])
    sheet.complain({"plain_text_input": "wrong", "checkboxes": "wrong", "radio_buttons": "wrong"})
    sheet.page.evaluate(AXE)
    found = sheet.page.evaluate("() => axe.run(document)")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []


def test_no_loop_is_left_behind_by_a_browser_that_was_stopped() -> None:
    """The fixture stops Playwright after each module for this: what comes next in its thread may run a loop."""

    def started_and_stopped() -> str:
        with sync_playwright():
            pass
        return asyncio.run(asyncio.sleep(0, "ran"))

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(started_and_stopped).result() == "ran"
