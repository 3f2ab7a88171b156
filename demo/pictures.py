"""`python -m demo.pictures`: the pictures of the README and of docs/demo.md, taken of the demo as somebody uses it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from demo.chromium import ARGUMENTS, NoChromiumError, chromium
from demo.environment import forget_shell

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WINDOW = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
ZONE = "Europe/Bucharest"

_SETTLED_MS = 700


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="Where the pictures go.")
def main(folder: Path) -> None:
    """Take the pictures anew: a check, the digest, a request, the same approved and verified, the Home tab."""
    try:
        program = chromium()
    except NoChromiumError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    forget_shell()
    # Only now: moto reads its settings from the environment when it is imported, and --help needs none of it.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    from demo.running import Demo  # noqa: PLC0415
    from demo.world import world  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    with Demo(0, world()) as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        Pictures(browser, demo.slack.url, folder).take()
        browser.close()


class Pictures:
    """A walk through the demo, with a picture at each of its stations."""

    def __init__(self, browser: Browser, url: str, folder: Path) -> None:
        self._browser = browser
        self._url = url
        self._folder = folder

    def take(self) -> None:
        """Take all of them."""
        page = self._page(WINDOW)
        self._check(page)
        self._digest(page)
        self._request(page)
        self._applied(page)
        self._home(page)
        self._phone()

    def _page(self, size: dict[str, int]) -> Page:
        context = self._browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            timezone_id=ZONE,
            locale="en-GB",
            device_scale_factor=2 if size is PHONE else 1,
        )
        page = context.new_page()
        page.goto(self._url)
        page.locator("#rows tbody tr").first.wait_for(state="attached")
        return page

    def _check(self, page: Page) -> None:
        typed(page, "/ecr check payments-api")
        page.locator("#log article").last.get_by_text("Share").wait_for()
        self._save(page, "check")

    def _digest(self, page: Page) -> None:
        enter(page, "C0DIGEST")
        page.locator("#log svg").last.wait_for()
        page.locator("#log svg").last.scroll_into_view_if_needed()
        self._save(page, "digest")

    def _request(self, page: Page) -> None:
        enter(page, "C0ENG")
        typed(page, "/ecr remediate checkout-emails")
        form = page.locator("#modal")
        form.locator("textarea").last.wait_for()
        form.locator("textarea").last.fill("The audit of November: tags were moved under running services.")
        form.locator(".modal-body").evaluate("(body) => { body.scrollTop = 0; }")
        self._save(page, "request")
        form.locator("button[type=submit]").click()
        form.wait_for(state="hidden")

    def _applied(self, page: Page) -> None:
        become(page, "U0ONCALL")
        enter(page, "C0APPROVE")
        card = page.locator("#log article").last
        card.get_by_role("button", name="Approve").click()
        card.get_by_text("Verified:").wait_for()
        self._save(page, "applied")

    def _home(self, page: Page) -> None:
        become(page, "U0ENGINEER")
        enter(page, "home")
        page.locator(".home h1, .home h2, .home h3").first.wait_for()
        self._save(page, "home")

    def _phone(self) -> None:
        page = self._page(PHONE)
        typed(page, "/ecr check ledger-reports")
        page.get_by_role("button", name="Remediate").last.wait_for()
        self._save(page, "phone")

    def _save(self, page: Page, name: str) -> None:
        page.wait_for_timeout(_SETTLED_MS)
        page.screenshot(path=self._folder / f"{name}.png")
        print(f"{name}.png", flush=True)


def typed(page: Page, text: str) -> None:
    """Type a line and send it."""
    field = page.get_by_label("Message", exact=True)
    field.fill(text)
    field.press("Enter")


def enter(page: Page, channel: str) -> None:
    """Go to a channel, or to the Home tab."""
    page.locator(f"#channels [data-channel={channel}]").click()


def become(page: Page, user: str) -> None:
    """Be somebody else."""
    page.locator(f"#people input[value={user}]").check()


if __name__ == "__main__":
    main(prog_name="python -m demo.pictures")
