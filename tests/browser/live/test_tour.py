"""The tour from its first step to its last, as somebody takes it who has never seen the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.running import Demo
    from tests.browser.live.desk import Desk

PROD, WEST = "111111111111", "eu-west-1"


def test_the_tour_is_taken_by_its_own_buttons_and_ticks_itself(demo: Demo, sit: Callable[..., Desk]) -> None:
    desk = sit()
    page, done = desk.page, desk.page.locator("#steps .done")
    worker = desk.row(PROD, WEST, "payments-worker")
    expect(done).to_have_count(0)

    def shows(step: str) -> None:
        desk.step(step).get_by_role("button").click()

    shows("check")
    desk.composer.press("Enter")
    expect(desk.last.get_by_text("Non-compliant").first).to_be_visible()
    expect(desk.step("check")).to_have_class("done")

    shows("digest")
    expect(page.locator("#log svg[role=img]").last).to_be_attached()
    expect(desk.step("digest")).to_have_class("done")

    shows("ask")
    desk.composer.press("Enter")
    desk.form.locator("textarea").fill("The audit asks for it.")
    desk.form.get_by_role("button", name="Ask").click()
    expect(desk.step("ask")).to_have_class("done")

    shows("approve")
    expect(page.get_by_role("radio", name="Otto Oncall")).to_be_checked()
    desk.last.get_by_role("button", name="Approve").click()
    expect(desk.step("approve")).to_have_class("done")
    expect(desk.step("compliant")).to_have_class("done")
    expect(worker).to_contain_text("was MUTABLE")
    expect(worker.get_by_role("img", name="compliant", exact=True)).to_be_visible()

    desk.last.get_by_role("button", name="Undo").click()
    desk.form.locator("textarea").fill("The deploy broke.")
    desk.form.locator("button[type=submit]").click()
    expect(desk.step("undo")).to_have_class("done")
    expect(worker).to_contain_text("was IMMUTABLE")

    shows("home")
    expect(page.locator(".home")).to_contain_text("comply")
    expect(done).to_have_count(7)
    expect(page.locator("#progress")).to_have_text("all done")
    assert demo.slack.refusals == ()
