"""Buttons, menus and dialogs on the demo's page: a click is told once, as Slack tells it, and seen to be on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.every_block import BLOCKS, CONFIRM, actions, button, option, plain, section

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.sheet import Sheet

APPROVE = button("Approve", action_id="approve", style="primary")
DENY = button("Deny", action_id="deny", style="danger", confirm=CONFIRM)
OVERFLOW = {"type": "overflow", "action_id": "more", "options": [option("One"), option("Two"), option("Three")]}
PRESSED = {
    "action_id": "approve",
    "block_id": "row",
    "style": "primary",
    "text": plain("Approve"),
    "type": "button",
    "value": "R1",
}


def focused(sheet: Sheet) -> Locator:
    return sheet.page.locator(":focus")


def test_a_click_is_told_as_slack_tells_it(sheet: Sheet) -> None:
    sheet.draw([actions(APPROVE)]).get_by_role("button", name="Approve").click()
    assert sheet.acts == [PRESSED]
    assert sheet.page.evaluate("() => acts[0][1]") == "approve"


def test_a_button_is_read_out_by_its_own_label(sheet: Sheet) -> None:
    root = sheet.draw([section("x", accessory=button("Remediate", accessibility_label="Remediate payments-api"))])
    one = root.get_by_role("button", name="Remediate payments-api")
    expect(one).to_have_text("Remediate")
    expect(one).to_have_attribute("type", "button")
    expect(one).to_have_attribute("data-action", "press")


def test_until_a_click_is_taken_nothing_of_its_block_can_be_clicked(sheet: Sheet) -> None:
    root = sheet.draw([actions(APPROVE, DENY), {**actions(button("Other")), "block_id": "another"}])
    approve, deny, other = (root.get_by_role("button", name=name) for name in ("Approve", "Deny", "Other"))
    approve.focus()
    approve.press("Enter")
    expect(approve).to_be_disabled()
    expect(approve).to_have_attribute("aria-busy", "true")
    expect(approve.get_by_role("status", name="Working …")).to_be_visible()
    expect(deny).to_be_disabled()
    expect(other).to_be_enabled()
    approve.dispatch_event("click")
    sheet.answer()
    expect(approve).to_be_enabled()
    expect(approve).not_to_have_attribute("aria-busy", "true")
    expect(root.locator(".spinner")).to_have_count(0)
    expect(deny).to_be_enabled()
    expect(approve).to_be_focused()
    assert sheet.acts == [PRESSED]


def test_two_clicks_at_once_are_one(sheet: Sheet) -> None:
    sheet.draw([actions(APPROVE)]).get_by_role("button").evaluate("(one) => { one.click(); one.click(); }")
    assert sheet.acts == [PRESSED]


def test_a_click_that_was_not_taken_can_be_made_again(sheet: Sheet) -> None:
    one = sheet.draw([actions(APPROVE)]).get_by_role("button", name="Approve")
    one.click()
    sheet.answer(refuse=True)
    expect(one).to_be_enabled()
    one.click()
    assert sheet.acts == [PRESSED, PRESSED]


def test_what_is_drawn_anew_while_a_click_is_on_its_way_is_left_alone(sheet: Sheet) -> None:
    sheet.draw([actions(APPROVE)]).get_by_role("button", name="Approve").click()
    root = sheet.draw([section("Approved.")])
    sheet.answer()
    assert root.inner_text() == "Approved."


def test_what_cannot_be_taken_back_asks_first(sheet: Sheet) -> None:
    root = sheet.draw([actions(DENY)])
    deny = root.get_by_role("button", name="Deny")
    deny.click()
    dialog = sheet.page.get_by_role("dialog", name="Sure?")
    expect(dialog).to_contain_text("Really deny?")
    expect(dialog.get_by_role("button", name="Deny it")).to_be_focused()
    assert dialog.locator("b").inner_text() == "deny"
    assert sheet.acts == []

    sheet.page.keyboard.press("Escape")
    expect(sheet.page.locator("dialog")).to_have_count(0)
    expect(deny).to_be_focused()
    deny.click()
    dialog.get_by_role("button", name="No").click()
    expect(sheet.page.locator("dialog")).to_have_count(0)
    assert sheet.acts == []

    deny.press("Enter")
    sheet.page.keyboard.press("Enter")
    expect(sheet.page.locator("dialog")).to_have_count(0)
    assert [action["action_id"] for action in sheet.acts] == ["deny"]


def test_escape_in_a_question_is_no_escape_from_what_is_behind_it(sheet: Sheet) -> None:
    sheet.page.evaluate(
        "() => { window.escapes = 0; addEventListener('keydown', ({ key }) => { escapes += key === 'Escape'; }); }"
    )
    sheet.draw([actions(DENY, OVERFLOW)]).get_by_role("button", name="Deny").click()
    sheet.page.keyboard.press("Escape")
    expect(sheet.page.locator("dialog")).to_have_count(0)
    sheet.root.get_by_role("button", name="More actions").click()
    sheet.page.keyboard.press("Escape")
    expect(sheet.page.get_by_role("menu")).to_be_hidden()
    assert sheet.page.evaluate("() => escapes") == 0


def test_a_question_that_says_little_has_words_of_its_own(sheet: Sheet) -> None:
    bare = {**button(), "confirm": {"text": plain("Now?")}}
    sheet.draw([actions(bare)]).get_by_role("button").click()
    dialog = sheet.page.get_by_role("dialog", name="Are you sure?")
    assert dialog.get_by_role("button").all_inner_texts() == ["Cancel", "Yes"]
    dialog.get_by_role("button", name="Yes").click()
    expect(sheet.page.locator("dialog")).to_have_count(0)
    assert len(sheet.acts) == 1


def test_a_menu_is_used_by_keys_alone(sheet: Sheet) -> None:
    more = sheet.draw([actions(OVERFLOW)]).get_by_role("button", name="More actions")
    menu = sheet.page.get_by_role("menu")
    expect(more).to_have_attribute("aria-haspopup", "menu")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.press("Enter")
    expect(menu).to_be_visible()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(focused(sheet)).to_have_text("One")
    for key, item in (("ArrowDown", "Two"), ("ArrowUp", "One"), ("ArrowUp", "Three"), ("ArrowDown", "One")):
        sheet.page.keyboard.press(key)
        expect(focused(sheet)).to_have_text(item)
    sheet.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")
    more.press("Enter")
    expect(focused(sheet)).to_have_text("One")
    sheet.page.keyboard.press("ArrowDown")
    sheet.page.keyboard.press("Enter")
    expect(menu).to_be_hidden()
    chosen = {"type": "overflow", "action_id": "more", "block_id": "row", "selected_option": OVERFLOW["options"][1]}
    assert sheet.acts == [chosen]
    expect(more).to_be_disabled()
    sheet.answer()
    expect(more).to_be_enabled()


def test_a_menu_lies_at_its_button_and_closes_at_a_click_elsewhere(sheet: Sheet) -> None:
    root = sheet.draw([section("elsewhere"), actions(OVERFLOW)])
    more, menu = root.get_by_role("button", name="More actions"), sheet.page.get_by_role("menu")
    more.click()
    expect(menu).to_be_visible()
    above, below = more.bounding_box(), menu.bounding_box()
    assert above is not None
    assert below is not None
    assert 0 <= below["y"] - above["y"] - above["height"] < 12
    assert abs(below["x"] - above["x"]) < 2
    root.get_by_text("elsewhere").click()
    expect(menu).to_be_hidden()
    more.click()
    more.click()
    expect(menu).to_be_hidden()
    assert sheet.acts == []


def test_a_menu_item_can_ask_first_too(sheet: Sheet) -> None:
    sheet.draw([actions({**OVERFLOW, "confirm": CONFIRM})]).get_by_role("button", name="More actions").click()
    sheet.page.get_by_role("menuitem", name="Three").click()
    sheet.page.get_by_role("dialog").get_by_role("button", name="Deny it").click()
    expect(sheet.page.locator("dialog")).to_have_count(0)
    assert [action["selected_option"]["value"] for action in sheet.acts] == ["three"]


def test_a_button_with_an_address_opens_it_and_tells_of_it(sheet: Sheet) -> None:
    sheet.page.evaluate(
        "() => { window.opened = [];"
        " HTMLAnchorElement.prototype.click = function () { opened.push([this.href, this.rel]); }; }"
    )
    blocks = [
        actions(button("Docs", url="https://docs.example/"), button("Bad", action_id="bad", url="javascript:alert(1)"))
    ]
    root = sheet.draw(blocks)
    for name in ("Docs", "Bad"):
        root.get_by_role("button", name=name).click()
        sheet.answer()
    assert sheet.page.evaluate("() => opened") == [["https://docs.example/", "noopener noreferrer"]]
    assert [action["action_id"] for action in sheet.acts] == ["press", "bad"]


@pytest.mark.parametrize("style", ["primary", "danger"])
def test_styles_are_seen(sheet: Sheet, style: str) -> None:
    root = sheet.draw([actions(button("Plain"), button("Loud", action_id="loud", style=style))])
    colours = root.locator("button").evaluate_all("(all) => all.map((one) => getComputedStyle(one).backgroundColor)")
    assert len(set(colours)) == 2


def test_feedback_and_icons_are_buttons_with_names(sheet: Sheet) -> None:
    root = sheet.draw([{**BLOCKS["context_actions"], "block_id": "row"}])
    for name in ("Good", "Bad", "Throw away"):
        root.get_by_role("button", name=name).click()
        sheet.answer()
        expect(root.locator(".spinner")).to_have_count(0)
    given = [(action["type"], action.get("value"), action["text"]["text"]) for action in sheet.acts]
    assert given == [
        ("button", "good", "Good"),
        ("button", "bad", "Bad"),
        ("button", None, "Throw away"),
    ]
