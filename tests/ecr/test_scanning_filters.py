"""Registry filters: AWS's own table, and what holds for any."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.scanning import filter_matches

NAMES = ("prod", "repo-prod", "prod-repo", "repo-prod-repo", "prodrepo")

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
TABLE = {
    "prod": set(NAMES),
    "*prod": {"prod", "repo-prod"},
    "prod*": {"prod", "prod-repo", "prodrepo"},
    "*prod*": set(NAMES),
    "prod*repo": {"prod-repo", "prodrepo"},
    "*": set(NAMES),
}


@pytest.mark.parametrize("text", TABLE)
def test_filters_match_as_the_user_guide_says(text: str) -> None:
    assert {name for name in NAMES if filter_matches(text, name)} == TABLE[text]


@given(st.text("ab.-/", min_size=1), st.text("ab.-/"))
def test_without_an_asterisk_it_means_contains(text: str, name: str) -> None:
    assert filter_matches(text, name) == (text in name)


@given(st.text("ab.*", min_size=1).filter(lambda text: "*" in text), st.text("ab."))
def test_with_an_asterisk_it_is_a_glob_over_the_whole_name(text: str, name: str) -> None:
    whole = re.compile("".join(".*" if character == "*" else re.escape(character) for character in text))
    assert filter_matches(text, name) == (whole.fullmatch(name) is not None)


def test_many_asterisks_are_not_slow() -> None:
    assert not filter_matches("*" * 200 + "b", "a" * 256)
    assert not filter_matches("a*a*a*b", "a" * 256)
