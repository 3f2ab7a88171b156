"""Choices and lines on the demo's page of which the app is told before anything is submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.every_block import CONFIRM, OPTIONS, actions, field, plain, section

if TYPE_CHECKING:
    from tests.browser.sheet import Sheet

BOXES = {"type": "checkboxes", "action_id": "rules", "options": OPTIONS, "initial_options": OPTIONS[:1]}


def test_a_choice_outside_of_a_field_is_told_at_once(sheet: Sheet) -> None:
    menu = {"type": "static_select", "action_id": "menu", "options": OPTIONS, "placeholder": plain("Pick")}
    root = sheet.draw(
        [
            section("Which?", block_id="which", accessory=menu),
            actions(BOXES, {"type": "datepicker", "action_id": "day"}),
        ]
    )
    root.get_by_label("Pick", exact=True).select_option(label="Beta")
    sheet.answer()
    expect(root.get_by_label("Pick", exact=True)).to_be_enabled()
    root.get_by_label("Gamma").check()
    sheet.answer()
    expect(root.get_by_label("Gamma")).to_be_enabled()
    root.locator("[data-action=day]").fill("2027-01-31")
    assert sheet.acts == [
        {"type": "static_select", "action_id": "menu", "block_id": "which", "selected_option": OPTIONS[1]},
        {"type": "checkboxes", "action_id": "rules", "block_id": "row", "selected_options": [OPTIONS[0], OPTIONS[2]]},
        {"type": "datepicker", "action_id": "day", "block_id": "row", "selected_date": "2027-01-31"},
    ]


def test_a_field_tells_of_a_choice_where_it_is_to_and_stays_where_one_was(sheet: Sheet) -> None:
    root = sheet.draw([field(BOXES, dispatch_action=True), field({**BOXES, "action_id": "silent"}, "silent")])
    root.get_by_label("Beta").nth(1).check()
    assert sheet.acts == []
    beta = root.get_by_label("Beta").first
    beta.focus()
    beta.press("Space")
    expect(beta).to_be_disabled()
    expect(root.locator(".spinner")).to_be_visible()
    sheet.answer()
    expect(beta).to_be_enabled()
    expect(beta).to_be_focused()
    assert sheet.acts == [
        {"type": "checkboxes", "action_id": "rules", "block_id": "field", "selected_options": OPTIONS[:2]}
    ]


def test_a_choice_that_was_not_meant_is_taken_back(sheet: Sheet) -> None:
    root = sheet.draw([actions({**BOXES, "confirm": CONFIRM})])
    root.get_by_label("Beta").click()
    sheet.page.get_by_role("dialog").get_by_role("button", name="No").click()
    expect(sheet.page.locator("dialog")).to_have_count(0)
    expect(root.get_by_label("Beta")).not_to_be_checked()
    assert sheet.acts == []
    assert sheet.standing()["row"]["rules"]["selected_options"] == OPTIONS[:1]


def test_a_line_is_told_of_at_enter_and_stays_free_meanwhile(sheet: Sheet) -> None:
    root = sheet.draw(
        [field({"type": "plain_text_input"}, dispatch_action=True), field({"type": "plain_text_input"}, "silent")]
    )
    line = root.get_by_label("The field")
    line.fill("latest")
    assert sheet.acts == []
    line.press("Enter")
    expect(line).to_have_attribute("aria-busy", "true")
    line.press_sequentially(", dev")
    line.press("Enter")
    sheet.answer()
    expect(root.locator(".spinner")).to_have_count(0)
    line.press("Enter")
    root.get_by_label("The silent").press("Enter")
    told = {"type": "plain_text_input", "action_id": "put", "block_id": "field"}
    assert sheet.acts == [{**told, "value": "latest"}, {**told, "value": "latest, dev"}]
    expect(line).to_have_value("latest, dev")
