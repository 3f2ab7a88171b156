"""What the page is given to draw: emoji in place, Markdown as mrkdwn, boxes of parts, charts to scale."""

from __future__ import annotations

from typing import Any

import pytest

from demo.live.charts import compact, said
from demo.live.markdown import as_mrkdwn
from demo.live.prepared import named, prepared


def mrkdwn(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def line(*values: object) -> dict[str, Any]:
    data = [{"label": f"{at}", "value": value} for at, value in enumerate(values)]
    axis = {"categories": [one["label"] for one in data]}
    chart = {"type": "line", "series": [{"name": "Failing", "data": data}], "axis_config": axis}
    return {"type": "data_visualization", "title": "Trend", "chart": chart}


def test_a_block_without_an_id_goes_by_its_place() -> None:
    blocks = [{"type": "divider"}, {"type": "divider", "block_id": "mine"}]
    assert [block["block_id"] for block in named(blocks)] == ["~0", "mine"]


def test_emoji_are_drawn_but_not_in_code_and_not_where_plain_text_says_so() -> None:
    section = {"type": "section", "text": mrkdwn(":x: `:x:` :nothing:"), "fields": [mrkdwn(":warning:")]}
    assert prepared([section]) == [{"type": "section", "text": mrkdwn("❌ `:x:` :nothing:"), "fields": [mrkdwn("⚠️")]}]
    header = {"type": "header", "text": {"type": "plain_text", "text": ":x: `:x:`"}}
    assert prepared([header])[0]["text"]["text"] == "❌ `❌`"
    silent = {"type": "header", "text": {"type": "plain_text", "text": ":x:", "emoji": False}}
    assert prepared([silent]) == [silent]


@pytest.mark.parametrize("block", [None, 7, "words", {"type": "actions"}, {"type": "markdown"}, {"type": "card"}])
def test_what_is_malformed_is_left_as_it_is(block: object) -> None:
    assert prepared([block]) == [block]


def test_a_box_is_its_parts_and_its_buttons_are_still_the_actions_that_they_were() -> None:
    press = {"type": "icon_button", "action_id": "away", "text": {"type": "plain_text", "text": "Away"}}
    card = {"type": "card", "block_id": "c", "title": mrkdwn("*A*"), "actions": [press]}
    (shown,) = prepared([card])
    assert shown["inside"] == [
        {"type": "section", "text": mrkdwn("*A*")},
        {"type": "actions", "block_id": "c", "elements": [{**press, "type": "button"}]},
    ]


def test_a_chart_is_between_nought_and_one_with_round_ticks() -> None:
    drawn = prepared([line(4, 7, 14)])[0]["drawn"]
    assert drawn["ticks"] == [[0.0, "0"], [1 / 3, "5"], [2 / 3, "10"], [1.0, "15"]]
    assert drawn["rows"] == [[pytest.approx(4 / 15), pytest.approx(7 / 15), pytest.approx(14 / 15)]]
    assert drawn["label"] == "Trend, line chart. 0, Failing: 4; 1, Failing: 7; 2, Failing: 14"
    assert prepared([line(-3)])[0]["drawn"]["zero"] == pytest.approx(1.0)


@pytest.mark.parametrize("value", [None, "7", True, float("nan"), float("inf")])
def test_a_chart_of_what_is_no_number_is_not_drawn(value: object) -> None:
    assert "drawn" not in prepared([line(value)])[0]


@pytest.mark.parametrize(
    ("value", "tick", "words"),
    [
        (0, "0", "0"),
        (-0.0, "0", "0"),
        (1234.5, "1.234K", "1,234.5"),
        (500_000_000, "500M", "500,000,000"),
        (0.00001, "0.00001", "0.00001"),
        (-15, "-15", "-15"),
        (1.5e300, "1.5E300", "1.5E300"),
    ],
)
def test_numbers_are_short_on_ticks_and_whole_in_words(value: float, tick: str, words: str) -> None:
    assert (compact(value), said(value)) == (tick, words)


def test_markdown_is_slacks_own() -> None:
    assert as_mrkdwn("# *Title*\n- **one** [a](https://a.example)\n```js\n**no**\n```") == (
        "*Title*\n• *one* <https://a.example|a>\n```\n**no**\n```"
    )
