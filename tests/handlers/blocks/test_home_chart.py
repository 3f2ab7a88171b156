"""The trend as bars of text, and the same in words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.workspace.validation import view_problems
from ecr.facts import Point
from handlers.blocks.home_chart import ROWS, chart, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

LAST = date(2026, 11, 25)


def points(*failing: int) -> tuple[Point, ...]:
    return tuple(
        Point(LAST - timedelta(days=2 * back), count) for back, count in zip(_back(failing), failing, strict=True)
    )


def _back(failing: Sequence[int]) -> range:
    return range(len(failing) - 1, -1, -1)


def drawn(*failing: int) -> list[str]:
    block = chart(points(*failing))
    assert block is not None
    assert view_problems({"type": "home", "blocks": [block]}) == ()
    [preformatted] = block["elements"]
    assert preformatted["type"] == "rich_text_preformatted"
    lines: list[str] = preformatted["elements"][0]["text"].split("\n")
    return lines


def test_a_month_is_drawn_from_zero_with_its_first_and_last_day() -> None:
    assert drawn(4, 4, 4, 5, 5, 6, 8, 10, 10, 9, 9, 7, 6, 6, 3, 0) == [
        "10 │              ████▄▄▄▄",
        "   │            ██████████▄▄",
        "   │      ▄▄▄▄██████████████████",
        "   │████████████████████████████▄▄",
        "   │██████████████████████████████",
        " 0 └────────────────────────────────",
        "    26 Oct                    25 Nov",
    ]


def test_two_days_are_as_narrow_as_their_names() -> None:
    assert drawn(1, 2)[-2:] == ["0 └────", "   23 Nov 25 Nov"]


def test_one_among_very_many_is_seen() -> None:
    assert drawn(1, 50000)[ROWS - 1] == "      │▁▁██"


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        ((5, 9, 3), "3 on 25 Nov, 2 fewer than on 21 Nov; lowest 3 on 25 Nov, highest 9 on 23 Nov."),
        ((3, 2, 5), "5 on 25 Nov, 2 more than on 21 Nov; lowest 2 on 23 Nov, highest 5 on 25 Nov."),
        ((4, 4), "4 since 23 Nov, no more and no fewer on any day."),
        ((4, 6, 4), "4 on 25 Nov, as many as on 21 Nov; lowest 4 on 21 Nov, highest 6 on 23 Nov."),
        ((2, 0), "0 on 25 Nov, 2 fewer than on 23 Nov; lowest 0 on 25 Nov, highest 2 on 23 Nov."),
    ],
)
def test_the_direction_is_said_in_words(failing: tuple[int, ...], words: str) -> None:
    assert in_words(points(*failing)) == words


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        ((), "There is no trend to show yet: it takes the sweeps of two days."),
        ((7,), "There is no trend to show yet: it takes the sweeps of two days."),
        ((0, 0, 0), "Nothing was non-compliant since 21 Nov."),
    ],
)
def test_where_there_is_nothing_to_draw_it_is_said_in_words_alone(failing: tuple[int, ...], words: str) -> None:
    assert (chart(points(*failing)), in_words(points(*failing))) == (None, words)


@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=2, max_size=16).filter(any))
def test_every_bar_is_as_high_as_its_share_of_the_highest(failing: list[int]) -> None:
    lines = drawn(*failing)
    margin = len(str(max(failing)))
    rows = [line[margin + 2 :].ljust(2 * len(failing)) for line in lines[:ROWS]]
    eighths = " ▁▂▃▄▅▆▇█"
    for number, count in enumerate(failing):
        height = sum(eighths.index(row[2 * number]) for row in rows)
        assert height - 1 < count * ROWS * 8 / max(failing) <= height
        assert all(row[2 * number] == row[2 * number + 1] for row in rows)
    assert len(lines) == ROWS + 2
