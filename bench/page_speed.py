"""The demo's page in a real browser: from `make demo` to a page that can be used, from a key to its hints, to answers.

The figures of the page are taken inside of it, from the event to the frame after the change. What stands beside them
is the same without a page: the interpreter with the demo's imports alone, a change of one line of text, and the bot's
answer as the local workspace has it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from demo.chromium import ARGUMENTS, NoChromiumError, chromium

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from demo.running import Demo

ROUNDS = 12
STARTS = 3

_IMPORTS = "import boto3, moto.server, slack_bolt, aiohttp, bot.app, demo.running"

_UNTIL = """async ([selector, act, text]) => {
  const field = document.getElementById("text"), there = document.querySelector(selector);
  const changed = new Promise((done) => new MutationObserver((_, watch) => { watch.disconnect(); done(); })
    .observe(there, { childList: true, subtree: true, characterData: true }));
  const began = performance.now();
  field.value = text;
  if (act === "type") field.dispatchEvent(new Event("input"));
  else if (act === "send") field.form.requestSubmit();
  else there.firstChild.data = text;
  await changed;
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""


def main() -> None:
    """Print the figures, or why there are none."""
    try:
        program = chromium()
    except NoChromiumError as error:
        print(f"the demo's page: not measured. {error}")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - what no other benchmark needs

    from demo.running import Demo  # noqa: PLC0415 - the same
    from demo.world import world  # noqa: PLC0415 - the same

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        _start(browser)
        with Demo(0, world()) as demo:
            _page(browser, demo)
        browser.close()


def _start(browser: Browser) -> None:
    usable, imports = [], []
    for _ in range(STARTS):
        imports.append(_timed(lambda: subprocess.run([sys.executable, "-c", _IMPORTS], check=True)))
        usable.append(_once_usable(browser))
    print(
        f"`python -m demo` to a page that can be used: {statistics.median(usable):.2f} s; "
        f"its imports alone: {statistics.median(imports):.2f} s  (medians of {STARTS}, in turn; the aim is 4 s)"
    )


def _once_usable(browser: Browser) -> float:
    context = browser.new_context()
    page = context.new_page()
    began = time.perf_counter()
    command = [sys.executable, "-m", "demo", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = iter(process.stdout or ())
            address = next(word for line in lines for word in line.split() if word.startswith("http://"))
            _ready(page, address)
            return time.perf_counter() - began
        finally:
            process.terminate()
            context.close()


def _ready(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#rows tbody tr").first.wait_for()


def _page(browser: Browser, demo: Demo) -> None:
    page = browser.new_page()
    _ready(page, demo.slack.url)
    texts = [f"/ecr check {'payments-api'[: length % 8 + 1]}" for length in range(ROUNDS)]
    _type_once(page)
    hints = [page.evaluate(_UNTIL, ["#hints", "type", text]) for text in texts]
    lines = [page.evaluate(_UNTIL, ["#place", "write", f"{number}"]) for number in range(ROUNDS)]
    _told("a key to its hints", hints, "a line of text alone", lines, "50 ms")
    answers, bare = [], []
    for _ in range(ROUNDS):
        answers.append(page.evaluate(_UNTIL, ["#log", "send", "/ecr check ledger-core"]))
        bare.append(1000 * _timed(lambda: demo.slack.command("check ledger-core").wait_answer()))
        page.wait_for_timeout(100)
    _told("a command to the bot's answer on the page", answers, "in the workspace", bare, "300 ms")


def _type_once(page: Page) -> None:
    page.locator("#text").fill("/ecr ch")
    page.locator("#hints li").first.wait_for()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _told(what: str, mine: list[float], other: str, theirs: list[float], aim: str) -> None:
    print(
        f"{what}: {statistics.median(mine):.0f} ms, at most {max(mine):.0f}; {other}: "
        f"{statistics.median(theirs):.0f} ms  ({ROUNDS} in turn; the aim is {aim})"
    )


if __name__ == "__main__":
    main()
