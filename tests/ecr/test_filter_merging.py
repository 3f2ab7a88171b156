"""Filters that stand for others: only what surely does is said to, and the advice of a full rule is true."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ecr.filter_merging import covers, to_merge
from ecr.scanning import filter_matches
from tests.ecr.registries import FILTERS, NAMES


def filled(text: str, draw: st.DrawFn) -> str:
    """Draw a name that a filter matches: something for each asterisk, or around what has none."""
    parts = text.split("*") if "*" in text else ["", text, ""]
    between = [draw(st.text("ab/-", max_size=3)) for _ in parts[1:]]
    return parts[0] + "".join(filling + part for filling, part in zip(between, parts[1:], strict=True))


@st.composite
def matching(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a filter and a name that it matches."""
    text = draw(FILTERS)
    return text, filled(text, draw)


@st.composite
def alike(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Draw filters of which several begin alike and none covers another, each with a name that it matches."""
    tails = draw(st.lists(st.sampled_from(("", "*", "*b", "a")), min_size=3, max_size=8))
    texts = [f"{draw(st.sampled_from(('a-', 'b/')))}{number}{tail}" for number, tail in enumerate(tails)]
    return [(text, filled(text, draw)) for text in texts]


@given(FILTERS, matching())
def test_a_filter_that_covers_another_matches_all_that_it_matches(wide: str, narrow: tuple[str, str]) -> None:
    text, name = narrow
    assert filter_matches(text, name)
    assert not covers(wide, text) or filter_matches(wide, name)


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        ("*", "team-a", True),
        ("team", "team-a/*", True),
        ("team-*", "team-a/*", True),
        ("team-*", "team-a", False),  # team-a is in my-team-a too
        ("*team-*", "team-a", True),
        ("team-a/*", "team-*", False),
        ("*prod*", "prod", True),
        ("prod", "*prod*", True),
        ("*prod", "prod", False),
    ],
)
def test_what_covers_what(wide: str, narrow: str, does: bool) -> None:  # noqa: FBT001 - it is the expected value
    assert covers(wide, narrow) is does


TAKE_OUT = re.compile(r"Other filters cover (.+?)(?: and (\d+) more)? \(such as (.+)\): take those out by hand\.")
STAND_FOR = re.compile(r"(\d+) of them begin with (.+): (\S+) would stand for all of those, and for others like them\.")


@given(st.lists(FILTERS, min_size=1, max_size=8), st.lists(NAMES, max_size=8))
def test_what_is_said_to_be_spare_is_missed_by_nobody(filters: list[str], names: list[str]) -> None:
    said = TAKE_OUT.fullmatch(to_merge(filters))
    assume(said is not None)
    assert said is not None
    spare, wide = said[1].split(", "), said[3]
    left = [one for one in filters if one not in spare]
    assert wide in left
    assert covers(wide, spare[0])
    for name in names:
        matched = any(filter_matches(one, name) for one in filters)
        assert matched == any(filter_matches(one, name) for one in left)


@given(alike())
def test_what_is_said_to_stand_for_others_matches_all_that_they_match(drawn: list[tuple[str, str]]) -> None:
    said = STAND_FOR.fullmatch(to_merge([text for text, _ in drawn]))
    assert said is not None
    begun = [(text, name) for text, name in drawn if text.startswith(said[2])]
    assert int(said[1]) == len(begun)
    assert all(filter_matches(said[3], name) for _, name in begun)


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (
            ["prod", "*prod*", "team-a"],
            "Other filters cover *prod* (such as prod): take those out by hand.",
        ),
        (
            ["team-*", "team-a*", "web"],
            "Other filters cover team-a* (such as team-*): take those out by hand.",
        ),
        (
            ["a1", "a2", "a3", "a4", "a5", "a"],
            "Other filters cover a1, a2, a3 and 2 more (such as a): take those out by hand.",
        ),
        (
            ["pay-a*", "pay-b*", "web*"],
            "2 of them begin with pay-: pay-* would stand for all of those, and for others like them.",
        ),
        (
            ["pay-a", "pay-b*", "web*"],
            "2 of them begin with pay-: *pay-* would stand for all of those, and for others like them.",
        ),
        (["pay", "web"], "One filter * would stand for all of them."),
    ],
)
def test_the_advice_of_a_full_rule(filters: list[str], said: str) -> None:
    assert to_merge(filters) == said
