"""The page for whoever has no mouse, does not see it, reads it at night or on a phone, or has a lot to read."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from demo.workspace import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.running import Demo
    from tests.browser.live.desk import Desk

MANY = 400
LONGEST_WAY = 250
"""How often Tab may be pressed before something is reached."""

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


def violations(desk: Desk) -> list[str]:
    """What axe-core finds wrong with what is to be seen: https://www.deque.com/axe."""
    desk.page.evaluate(AXE)
    found: dict[str, Any] = desk.page.evaluate("(rules) => axe.run(document, rules)", RULES)
    return [
        f"{one['id']}: {one['help']}: {node['html'][:150]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def tab_to(desk: Desk, selector: str) -> None:
    """Press Tab until something is reached."""
    for _ in range(LONGEST_WAY):
        if desk.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        desk.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab.")


def test_everything_can_be_done_with_the_keyboard_alone(sit: Callable[..., Desk]) -> None:
    desk = sit()
    keys = desk.page.keyboard
    tab_to(desk, "#text")
    keys.type("/ecr rem")
    expect(desk.page.get_by_role("option")).to_have_count(1)
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(desk.composer).to_have_value("/ecr remediate ")
    keys.type("checkout-em")
    expect(desk.page.get_by_role("option")).to_have_count(1)
    keys.press("Tab")
    expect(desk.composer).to_have_value("/ecr remediate checkout-emails")
    keys.press("Enter")
    desk.form.locator("textarea").wait_for()
    tab_to(desk, "#modal textarea")
    keys.type("The audit asks for it.")
    tab_to(desk, "#modal button[type=submit]")
    keys.press("Enter")
    expect(desk.form).to_be_hidden()
    expect(desk.last).to_contain_text("Asked.")

    tab_to(desk, "#text")
    keys.type("/ecr exempt media-resizer")
    keys.press("Enter")
    desk.form.locator("input, textarea").first.wait_for()
    keys.press("Escape")
    expect(desk.form).to_be_hidden()

    desk.page.locator("#people input:checked").focus()
    keys.press("ArrowDown")
    expect(desk.page.get_by_role("radio", name="Otto Oncall")).to_be_checked()
    tab_to(desk, "#channels [data-channel=C0APPROVE]")
    keys.press("Enter")
    desk.messages.last.wait_for()
    tab_to(desk, "#log article:last-of-type [data-action^=deny]")
    keys.press("Enter")
    desk.form.locator("textarea").wait_for()
    keys.type("Not today.")
    tab_to(desk, "#modal button[type=submit]")
    keys.press("Enter")
    expect(desk.form).to_be_hidden()
    expect(desk.messages.filter(has_text="checkout-emails").last).to_contain_text("Denied")


def test_hints_are_told_to_whoever_does_not_see_them(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.composer.fill("/ecr ")
    expect(desk.page.get_by_role("listbox")).to_be_visible()
    expect(desk.composer).to_have_attribute("aria-expanded", "true")
    desk.composer.press("ArrowUp")
    active = desk.composer.get_attribute("aria-activedescendant")
    expect(desk.page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    expect(desk.page.locator(f"#{active}")).to_contain_text("/ecr help")
    desk.composer.press("Escape")
    expect(desk.page.get_by_role("listbox")).to_be_hidden()
    desk.composer.fill("/ecr check")
    expect(desk.page.locator("#usage")).to_contain_text("/ecr check <repo> — the verdict")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(sit: Callable[..., Desk], scheme: str) -> None:
    desk = sit()
    desk.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of the two
    desk.types("/ecr check payments-api")
    expect(desk.last).to_contain_text("Non-compliant")
    assert violations(desk) == []
    desk.composer.fill("/ecr ")
    assert violations(desk) == []
    desk.composer.fill("")
    desk.enters("C0DIGEST")
    desk.page.locator("#log svg").last.wait_for()
    assert violations(desk) == []
    desk.enters("home")
    desk.page.locator(".home button").first.wait_for()
    assert violations(desk) == []
    desk.enters("C0ENG")
    desk.types("/ecr remediate media-resizer payments-worker")
    desk.form.locator("input, textarea").first.wait_for()
    assert violations(desk) == []
    desk.form.locator("button[type=submit]").click()
    assert violations(desk) == []
    desk.page.keyboard.press("Escape")


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_nothing_is_wider_than_the_window(sit: Callable[..., Desk], width: int) -> None:
    desk = sit(width=width, height=720)
    desk.types("/ecr check payments-api")
    expect(desk.last).to_contain_text("Non-compliant")
    for place in ("C0DIGEST", "C0APPROVE", "home", "C0ENG"):
        if width < 1000:
            desk.page.get_by_role("button", name="Channels").click()
        desk.enters(place)
        desk.page.locator("#log article, #log .home button").last.wait_for()
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
        assert desk.page.evaluate("document.getElementById('log').scrollWidth") <= width


def test_on_a_phone_the_sides_come_over_the_messages_and_go(sit: Callable[..., Desk]) -> None:
    desk = sit(width=375, height=720)
    show = desk.page.get_by_role("button", name="Tour and ECR")
    expect(desk.page.locator("#side")).to_be_hidden()
    show.click()
    expect(desk.page.locator("#side")).to_be_visible()
    desk.step("undo").get_by_role("button").click()
    expect(desk.page.locator("#side")).to_be_hidden()
    expect(desk.page.locator("#place")).to_have_text("# ecr-approvals")
    show.click()
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("#side")).to_be_hidden()


def test_four_hundred_messages_are_there_and_a_new_one_draws_none_of_them_again(
    demo: Demo, sit: Callable[..., Desk]
) -> None:
    at = int(demo.clock.seconds()) - MANY
    for number in range(MANY):
        text = {"type": "mrkdwn", "text": f"*{number}* <@U0ONCALL> `payments-{number}` :red_circle:"}
        press = {"type": "button", "action_id": f"a{number}", "text": {"type": "plain_text", "text": "Press"}}
        blocks = ({"type": "section", "text": text}, {"type": "actions", "elements": [press]})
        demo.slack.put(Message("C0SHARED", f"{at + number}.900000", "U0ECRBOT", f"{number}", blocks))
    desk = sit(channel="C0SHARED")
    expect(desk.messages).to_have_count(MANY)
    log = desk.page.locator("#log")
    assert log.evaluate("(log) => log.scrollHeight - log.scrollTop - log.clientHeight") < 2
    log.evaluate("(log) => log.querySelectorAll('article').forEach((one) => { one.drawn = true; })")
    demo.slack.say("one more", user="U0ONCALL", channel="C0SHARED")
    expect(desk.messages).to_have_count(MANY + 1)
    again = log.evaluate("(log) => [...log.querySelectorAll('article')].filter((one) => !one.drawn).length")
    assert again == 1
    log.evaluate("(log) => { log.scrollTop = 0; }")
    expect(desk.messages.first).to_be_in_viewport()
    demo.slack.say("and one", user="U0ONCALL", channel="C0SHARED")
    expect(desk.messages).to_have_count(MANY + 2)
    assert log.evaluate("(log) => log.scrollTop") == 0
