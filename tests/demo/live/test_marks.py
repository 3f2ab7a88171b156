"""What of ECR is marked as changed, and for how long."""

from __future__ import annotations

from typing import Any

from demo.live.marks import MARKED_SECONDS, Marks
from tests.demo.live.conftest import row

API = row("payments-api")
FIXED = row("payments-api", mutability="IMMUTABLE_WITH_EXCLUSION", filters=("latest", "dev-*"))


def said(rows: tuple[dict[str, Any], ...]) -> list[tuple[str, str | None]]:
    return [(one["name"], one.get("mark")) for one in rows]


def test_what_is_there_at_first_is_not_new() -> None:
    assert said(Marks().on([API], 0.0)) == [("payments-api", None)]


def test_a_change_is_marked_with_how_it_was_and_for_some_seconds() -> None:
    marks = Marks()
    marks.on([API], 0.0)
    assert said(marks.on([FIXED], 1.0)) == [("payments-api", "was MUTABLE")]
    assert said(marks.on([FIXED], 0.9 + MARKED_SECONDS)) == [("payments-api", "was MUTABLE")]
    assert said(marks.on([FIXED], 1.1 + MARKED_SECONDS)) == [("payments-api", None)]


def test_the_last_change_is_the_one_that_is_told() -> None:
    marks = Marks()
    marks.on([API], 0.0)
    marks.on([FIXED], 1.0)
    assert said(marks.on([API], 2.0)) == [("payments-api", "was IMMUTABLE but latest, dev-*")]
    assert said(marks.on([row("payments-api", scanning="on push")], 3.0)) == [("payments-api", "scanning was manual")]


def test_what_is_new_and_what_is_gone_is_marked() -> None:
    marks = Marks()
    marks.on([API], 0.0)
    shown = marks.on([row("new")], 1.0)
    assert said(shown) == [("payments-api", "deleted"), ("new", "new")]
    assert shown[0]["gone"] is True
    assert said(marks.on([row("new")], 2.0 + MARKED_SECONDS)) == [("new", None)]


def test_what_is_deleted_and_made_again_is_there_once() -> None:
    marks = Marks()
    marks.on([API], 0.0)
    marks.on([], 1.0)
    assert said(marks.on([API], 2.0)) == [("payments-api", "new")]
