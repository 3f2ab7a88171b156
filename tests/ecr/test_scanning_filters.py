"""Registry filters: AWS's own table, and what holds for any."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.aws.scanning import matches
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
    "**": set(NAMES),
    "repo*prod": {"repo-prod"},
    "prod*prod": set(),
}
TEXT = st.text("ab.-/", min_size=1)
GLOB = st.text("ab.*", min_size=1).filter(lambda text: "*" in text)


@pytest.mark.parametrize(("text", "name"), list(product(TABLE, NAMES)))
def test_filters_match_as_the_user_guide_says(text: str, name: str) -> None:
    assert filter_matches(text, name) == (name in TABLE[text])


@given(TEXT, st.text("ab.-/"))
def test_without_an_asterisk_it_means_contains(text: str, name: str) -> None:
    assert filter_matches(text, name) == (text in name)


@given(GLOB, st.text("ab."))
def test_with_an_asterisk_it_is_a_glob_over_the_whole_name(text: str, name: str) -> None:
    whole = re.compile("".join(".*" if character == "*" else re.escape(character) for character in text))
    assert filter_matches(text, name) == (whole.fullmatch(name) is not None)


@given(GLOB, st.text("ab."))
def test_it_agrees_with_the_local_ecr_which_was_written_apart(text: str, name: str) -> None:
    assert filter_matches(text, name) == matches(text, name)


@given(st.lists(TEXT, min_size=1, max_size=4), st.lists(st.text("ab.-/"), min_size=5, max_size=5))
def test_a_glob_matches_whatever_stands_for_its_asterisks(parts: list[str], between: list[str]) -> None:
    name = parts[0] + "".join(filling + part for filling, part in zip(between, parts[1:], strict=False))
    assert filter_matches("*".join(parts), name)
    assert filter_matches("*" + "*".join(parts) + "*", between[-1] + name + between[0])


def test_a_part_is_not_counted_twice() -> None:
    assert not filter_matches("ab*ba", "aba")
    assert filter_matches("ab*ba", "abba")
    assert not filter_matches("a*a*a", "aa")


@pytest.mark.parametrize("text", ["*" * 200 + "b", "a*" * 100 + "b", "*a" * 100 + "*b", "*aa" * 60 + "b*"])
def test_many_asterisks_are_never_slow(text: str) -> None:
    # A regular expression would not end within the life of this universe.
    assert not filter_matches(text, "a" * 256)
