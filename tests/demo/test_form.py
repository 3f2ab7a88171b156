"""Forms as a terminal shows them and fills them in."""

from __future__ import annotations

from typing import Any

import pytest

from demo.form import Form


def words(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def field(name: str, label: str, kind: str = "plain_text_input", **more: Any) -> dict[str, Any]:
    element = {"type": kind, "action_id": name, **more.pop("element", {})}
    return {"type": "input", "block_id": name, "label": words(label), "element": element, **more}


def options(*texts: str) -> list[dict[str, Any]]:
    return [{"text": words(text), "value": text} for text in texts]


RULES = field("rules", "Rules", "checkboxes", element={"options": options("tag-immutability", "scan-on-push")})
UNTIL = field("until", "Until", "datepicker", element={"initial_date": "2026-12-25"}, hint=words("365 days at most."))
TAGS = field("exclusions", "Tags that may stay mutable", optional=True)
REASON = field("reason", "Reason")
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*payments-api* of <@U0ENGINEER>"}}


def view(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "V1", "type": "modal", "title": words("Exempt"), "blocks": list(blocks), **more}


def exemption() -> Form:
    return Form(view(SECTION, RULES, UNTIL, TAGS, REASON, submit=words("Ask for approval"), close=words("Cancel")))


def chosen(filled: Form, field: str = "rules") -> list[str]:
    return [option["value"] for option in filled.values[field][field]["selected_options"]]


def test_a_form_shows_what_stands_in_its_fields_and_by_which_name_each_is_filled_in() -> None:
    form = exemption().filled("reason", "Legacy")
    assert form.shown({"U0ENGINEER": "eva"}).splitlines() == [
        "Exempt",
        "======",
        "payments-api of @eva",
        "Rules → rules:",
        "    1. [ ] tag-immutability",
        "    2. [ ] scan-on-push",
        "Until → until: 2026-12-25",
        "    365 days at most.",
        "Tags that may stay mutable (optional) → exclusions: …",
        "Reason → reason: Legacy",
        "[Ask for approval]  [Cancel]",
    ]


@pytest.mark.parametrize(
    ("typed", "rules"),
    [
        ("1", ["tag-immutability"]),
        ("2 1", ["tag-immutability", "scan-on-push"]),
        ("2, 1", ["tag-immutability", "scan-on-push"]),
        ("scan-on-push", ["scan-on-push"]),
        ("Scan, TAG", ["tag-immutability", "scan-on-push"]),
        ("none", []),
        ("", []),
    ],
)
def test_choices_are_made_by_number_or_by_word(typed: str, rules: list[str]) -> None:
    assert chosen(exemption().filled("rules", typed)) == rules


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("rules", "3", "There is no '3' to choose: tag-immutability, scan-on-push."),
        ("rules", "a", "There are several 'a' to choose: tag-immutability, scan-on-push."),
        ("until", "tomorrow", "'tomorrow' is no day: type one like 2027-01-31."),
        ("why", "so", "This form has no field 'why'; it has rules, until, exclusions, reason."),
        ("r", "so", "This form has no field 'r'; it has rules, until, exclusions, reason."),
    ],
)
def test_what_a_field_does_not_take_is_said_with_what_it_takes(field: str, typed: str, said: str) -> None:
    with pytest.raises(LookupError) as refused:
        exemption().filled(field, typed)
    assert refused.value.args == (said,)


def test_a_field_is_found_by_the_beginning_of_its_label_too() -> None:
    assert exemption().filled("tags", "latest").values["exclusions"]["exclusions"] == {
        "type": "plain_text_input",
        "value": "latest",
    }


def test_what_is_handed_over_is_what_was_offered_and_what_was_typed() -> None:
    filled = exemption().filled("until", "2027-01-31").filled("reason", "Legacy")
    assert filled.values == {
        "rules": {"rules": {"type": "checkboxes", "selected_options": []}},
        "until": {"until": {"type": "datepicker", "selected_date": "2027-01-31"}},
        "exclusions": {"exclusions": {"type": "plain_text_input", "value": None}},
        "reason": {"reason": {"type": "plain_text_input", "value": "Legacy"}},
    }
    assert filled.missing == ("rules",)
    assert filled.filled("rules", "1").missing == ()


def test_what_was_typed_stays_in_the_fields_that_stay_as_they_were() -> None:
    filled = exemption().filled("reason", "Legacy").filled("rules", "1").filled("until", "2027-01-31")
    other_rules = field("rules", "Rules", "checkboxes", element={"options": options("scan-on-push")})
    now = filled.anew(view(other_rules, REASON, TAGS))
    assert now.values == {
        "rules": {"rules": {"type": "checkboxes", "selected_options": []}},
        "reason": {"reason": {"type": "plain_text_input", "value": "Legacy"}},
        "exclusions": {"exclusions": {"type": "plain_text_input", "value": None}},
    }
    assert filled.anew(view(REASON, RULES, UNTIL, TAGS)).values == filled.values


def test_what_says_something_alone_cannot_be_submitted() -> None:
    told = Form(view(SECTION, close=words("Close")))
    assert (told.values, told.can_be_submitted, told.buttons) == ({}, False, {"close": "close"})
    assert exemption().buttons == {"ask for approval": "submit", "cancel": "close"}


def test_one_of_several_is_chosen_alone() -> None:
    red, green = options("red", "green")
    block = field("colour", "Colour", "radio_buttons", element={"options": [red, green], "initial_option": red})
    form = Form(view(block))
    assert form.line(block).splitlines() == ["Colour → colour:", "    1. [x] red", "    2. [ ] green"]
    assert form.filled("colour", "2").values["colour"]["colour"]["selected_option"] == green
