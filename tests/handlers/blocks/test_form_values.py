"""What was filled in: taken as it is meant, and refused where it is no state of the form."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.changes import Choice
from ecr.errors import UsageError
from ecr.model import Rule
from handlers.blocks.form_values import choice_of, exemption_values, reason_value, remediation_values, which_values

READERS = (choice_of, remediation_values, exemption_values, reason_value, which_values)


def boxes(field: str, *chosen: Any) -> dict[str, Any]:
    return {field: {field: {"type": "checkboxes", "selected_options": [{"value": one} for one in chosen]}}}


def text(field: str, value: Any) -> dict[str, Any]:
    return {field: {field: {"type": "plain_text_input", "value": value}}}


def day(value: Any) -> dict[str, Any]:
    return {"until": {"until": {"type": "datepicker", "selected_date": value}}}


RULES = boxes("rules", "scan-on-push", "tag-immutability")
REASON = text("reason", "  The audit.\n")


def test_the_form_for_remediation_has_rules_exclusions_and_a_reason() -> None:
    values = {**RULES, **text("exclusions", " latest, dev-*  main,latest,"), **REASON}
    assert remediation_values(values) == (frozenset(Rule), ("latest", "dev-*", "main"), "The audit.")
    assert choice_of(values) == Choice(frozenset(Rule), ("latest", "dev-*", "main"))


@pytest.mark.parametrize("exclusions", [{}, text("exclusions", None), text("exclusions", " , ")])
def test_while_it_is_filled_in_it_may_have_neither_rule_nor_exclusion_nor_reason(exclusions: dict[str, Any]) -> None:
    values = {**boxes("rules"), **exclusions, **text("reason", None)}
    assert remediation_values(values) == (frozenset(), (), "")


def test_the_form_for_an_exemption_has_rules_in_their_order_a_day_and_a_reason() -> None:
    values = {**RULES, **day("2026-12-25"), **REASON}
    assert exemption_values(values) == (
        (Rule.TAG_IMMUTABILITY, Rule.SCAN_ON_PUSH),
        date(2026, 12, 25),
        "The audit.",
    )


@pytest.mark.parametrize("reason", [None, "", " \n "])
def test_a_reason_of_nothing_is_none(reason: str | None) -> None:
    with pytest.raises(UsageError, match="A reason is needed"):
        reason_value(text("reason", reason))


def test_an_exemption_without_its_end_is_refused() -> None:
    with pytest.raises(UsageError, match="Say until when"):
        exemption_values({**RULES, **day(None), **REASON})


def test_the_chosen_ones_are_numbers_each_once() -> None:
    assert which_values(boxes("which", "3", "0", "3")) == (3, 0)
    with pytest.raises(UsageError, match="at least one"):
        which_values(boxes("which"))


@pytest.mark.parametrize(
    "values",
    [
        {**boxes("rules", "made-up"), **REASON},
        {**boxes("rules", None), **REASON},
        {**RULES, **text("reason", 7)},
        {**RULES, **REASON, **text("exclusions", ["latest"])},
        {**RULES, **REASON, "exclusions": None},
        {"rules": {"rules": {"selected_options": ["scan-on-push"]}}, **REASON},
        {"rules": {"rules": {"selected_options": None}}, **REASON},
        RULES,
    ],
)
def test_what_is_no_state_of_the_form_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="open it anew"):
        remediation_values(values)


@pytest.mark.parametrize("value", ["2026-13-01", "tomorrow", 20261225])
def test_a_day_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="open it anew"):
        exemption_values({**RULES, **day(value), **REASON})


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "", "99999", "٣"])
def test_a_choice_that_is_no_number_of_ours_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="open it anew"):
        which_values(boxes("which", value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["rules", "reason", "which", "until", "value", "selected_options", "selected_date"]), inner
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_anything_is_either_understood_or_refused(values: Any) -> None:
    for read in READERS:
        try:
            read(values)
        except UsageError as error:
            assert str(error).endswith(".")  # noqa: PT017 - either is fine, and nothing else may be raised
