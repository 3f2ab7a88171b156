"""Fields on the demo's page: what stands in them is what Slack would tell, and what is wrong is said beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.every_block import (
    GROUPS,
    INPUTS,
    OPTIONS,
    PIXEL,
    STANDING,
    actions,
    field,
    plain,
    rich,
    section,
    text,
)

if TYPE_CHECKING:
    from tests.browser.sheet import Sheet

EMPTY: dict[str, Any] = {
    **{name: {next(iter(standing)): None} for name, standing in STANDING.items()},
    "checkboxes": {"selected_options": []},
    **{name: {next(iter(STANDING[name])): []} for name in STANDING if name.startswith("multi_")},
}


def emptied(element: dict[str, Any]) -> dict[str, Any]:
    """Return an element that begins with nothing."""
    return {key: value for key, value in element.items() if not key.startswith("initial")}


@pytest.mark.parametrize("kind", INPUTS)
def test_what_an_element_begins_with_stands_in_it(sheet: Sheet, kind: str) -> None:
    sheet.draw([field(INPUTS[kind])])
    assert sheet.standing() == {"field": {"put": {"type": kind, **STANDING[kind]}}}
    assert sheet.missing() == []


@pytest.mark.parametrize("kind", INPUTS)
def test_what_is_empty_is_told_as_slack_tells_it_and_is_missing(sheet: Sheet, kind: str) -> None:
    sheet.draw([field(emptied(INPUTS[kind]))])
    assert sheet.standing() == {"field": {"put": {"type": kind, **EMPTY[kind]}}}
    assert sheet.missing() == ["field"]


@pytest.mark.parametrize("kind", INPUTS)
def test_what_was_typed_before_stands_in_it_when_it_is_drawn_anew(sheet: Sheet, kind: str) -> None:
    typed = {"put": {"type": kind, **STANDING[kind]}}
    sheet.draw([field(emptied(INPUTS[kind]))], field=typed)
    assert sheet.standing() == {"field": typed}
    emptied_by_hand = {"put": {"type": kind, **EMPTY[kind]}}
    sheet.draw([field(INPUTS[kind])], field=emptied_by_hand)
    assert sheet.standing() == {"field": emptied_by_hand}


def test_what_was_typed_into_another_kind_of_field_is_not_taken_over(sheet: Sheet) -> None:
    sheet.draw([field(INPUTS["plain_text_input"])], field={"put": {"type": "checkboxes", "selected_options": OPTIONS}})
    assert sheet.standing()["field"]["put"]["value"] == "typed"


def test_an_option_that_is_not_there_any_more_is_not_chosen(sheet: Sheet) -> None:
    kept = {"put": {"type": "checkboxes", "selected_options": OPTIONS[1:]}}
    sheet.draw([field({"type": "checkboxes", "options": OPTIONS[:2]})], field=kept)
    assert sheet.standing()["field"]["put"]["selected_options"] == OPTIONS[1:2]


@pytest.mark.parametrize("kind", INPUTS)
def test_every_field_is_found_by_its_label_and_by_its_names(sheet: Sheet, kind: str) -> None:
    root = sheet.draw([field(INPUTS[kind], hint=plain("A hint."))])
    node = root.locator(".control")
    expect(node).to_have_accessible_name("The field")
    expect(node).to_have_accessible_description("A hint.")
    used = root.locator('[data-block="field"][data-action="put"]')
    assert used.evaluate_all("(all) => all.every((one) => /INPUT|SELECT|TEXTAREA/.test(one.tagName))")
    assert used.count() >= 1


def test_a_person_fills_in_a_form_by_hand(sheet: Sheet) -> None:
    page = sheet.page
    names = ("plain_text_input", "checkboxes", "radio_buttons", "static_select", "datepicker")
    sheet.draw([field(emptied(INPUTS[name]), name) for name in names])
    assert sheet.missing() == list(names)
    page.get_by_label("The plain_text_input").fill("An audit of <Q4> & more")
    page.get_by_label("Gamma").first.check()
    page.get_by_label("Beta").nth(1).check()
    page.get_by_label("The static_select").select_option(label="Beta")
    page.get_by_label("The datepicker").fill("2027-01-31")
    assert sheet.missing() == []
    assert {name: value["put"] for name, value in sheet.standing().items()} == {
        "plain_text_input": {"type": "plain_text_input", "value": "An audit of <Q4> & more"},
        "checkboxes": {"type": "checkboxes", "selected_options": [OPTIONS[2]]},
        "radio_buttons": {"type": "radio_buttons", "selected_option": OPTIONS[1]},
        "static_select": {"type": "static_select", "selected_option": OPTIONS[1]},
        "datepicker": {"type": "datepicker", "selected_date": "2027-01-31"},
    }


def test_a_menu_has_its_groups_and_a_way_back_to_nothing(sheet: Sheet) -> None:
    root = sheet.draw([field({"type": "static_select", "option_groups": GROUPS, "placeholder": plain("Pick one")})])
    menu = root.get_by_label("The field")
    assert menu.locator("optgroup").evaluate_all("(all) => all.map((one) => one.label)") == ["Greek", "More"]
    assert menu.locator("option").all_inner_texts() == ["Pick one", "Alpha", "Beta", "Gamma"]
    menu.select_option(label="Alpha")
    menu.select_option(label="Pick one")
    assert sheet.standing()["field"]["put"]["selected_option"] is None


def test_a_text_is_cut_at_its_longest_and_has_its_lines(sheet: Sheet) -> None:
    long = {"type": "plain_text_input", "multiline": True, "max_length": 5, "placeholder": plain("Why &amp; how?")}
    box = sheet.draw([field(long)]).get_by_placeholder("Why & how?")
    box.press_sequentially("a\nbcdefg")
    assert box.evaluate("(one) => one.tagName") == "TEXTAREA"
    assert sheet.standing()["field"]["put"]["value"] == "a\nbcd"


def test_optional_fields_say_so_and_are_never_missing(sheet: Sheet) -> None:
    root = sheet.draw(
        [
            field({"type": "plain_text_input"}, optional=True),
            field({"type": "checkboxes", "options": OPTIONS}, "boxes", optional=True),
        ]
    )
    assert sheet.missing() == []
    assert root.locator(".field > :first-child").all_inner_texts() == ["The field (optional)", "The boxes (optional)"]
    expect(root.get_by_label("The field")).to_have_attribute("aria-required", "false")


def test_elements_outside_of_fields_stand_too_and_are_never_missing(sheet: Sheet) -> None:
    menu = {"type": "static_select", "action_id": "menu", "options": OPTIONS, "placeholder": plain("Pick")}
    root = sheet.draw(
        [section("Which?", block_id="which", accessory=menu), actions({"type": "datepicker", "action_id": "day"})]
    )
    assert sheet.standing() == {
        "which": {"menu": {"type": "static_select", "selected_option": None}},
        "row": {"day": {"type": "datepicker", "selected_date": None}},
    }
    assert sheet.missing() == []
    expect(root.get_by_role("combobox", name="Pick")).to_be_visible()


def test_what_is_wrong_is_said_beside_its_field_and_the_first_is_gone_to(sheet: Sheet) -> None:
    fields = [
        field({"type": "plain_text_input"}, "reason", hint=plain("Others go by it.")),
        field({"type": "checkboxes", "options": OPTIONS}, "rules"),
        field({"type": "radio_buttons", "options": OPTIONS}, "which"),
    ]
    root = sheet.draw(fields)
    sheet.complain({"rules": "Choose <one> & more.", "which": "Which?"})
    assert root.get_by_role("alert").all_inner_texts() == ["Choose <one> & more.", "Which?"]
    expect(root.get_by_role("group", name="The rules")).to_have_accessible_description("Choose <one> & more.")
    expect(root.get_by_label("Alpha").first).to_be_focused()
    assert root.locator("[aria-invalid=true]").count() == len(OPTIONS) + 1

    sheet.complain({"reason": "Say why."})
    assert root.get_by_role("alert").all_inner_texts() == ["Say why."]
    reason = root.get_by_label("The reason")
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("aria-invalid", "true")
    expect(reason).to_have_accessible_description("Say why. Others go by it.")

    sheet.complain({})
    assert root.get_by_role("alert").count() == 0
    assert root.locator("[aria-invalid]").count() == 0
    expect(reason).to_have_accessible_description("Others go by it.")


def test_a_complaint_about_no_field_is_said_above_them_all(sheet: Sheet) -> None:
    root = sheet.draw([field({"type": "plain_text_input"})])
    sheet.complain({"gone": "That field is not there any more."})
    assert root.inner_text().split("\n")[0] == "That field is not there any more."


def test_names_that_mean_something_in_selectors_or_in_javascript_are_names(sheet: Sheet) -> None:
    odd = '"]<b>&'
    sheet.draw(
        [
            field({"type": "plain_text_input", "initial_value": "x"}, odd),
            field({"type": "plain_text_input"}, "constructor"),
        ]
    )
    assert sheet.standing()[odd] == {"put": {"type": "plain_text_input", "value": "x"}}
    assert sheet.missing() == ["constructor"]
    sheet.complain({odd: "wrong"})
    assert sheet.root.get_by_role("alert").all_inner_texts() == ["wrong"]


def test_an_element_that_asks_for_it_is_where_a_form_begins(sheet: Sheet) -> None:
    sheet.page.evaluate(
        "() => { const one = document.createElement('dialog'); one.id = 'form'; document.body.append(one); }"
    )
    sheet.draw(
        [field({"type": "plain_text_input"}), field({"type": "plain_text_input", "focus_on_load": True}, "second")]
    )
    sheet.page.evaluate("() => { form.append(...root.childNodes); form.showModal(); }")
    expect(sheet.page.get_by_label("The second")).to_be_focused()


def test_pictures_beside_text_and_in_small_print_are_drawn(sheet: Sheet) -> None:
    dot = {"type": "image", "image_url": PIXEL, "alt_text": "a dot"}
    root = sheet.draw([section("Look", accessory=dot), rich(text("x"))])
    assert root.get_by_role("img", name="a dot").count() == 1
