"""What the workspace refuses, as Slack does."""

from __future__ import annotations

from typing import Any

import pytest

from demo.workspace.validation import message_problems, view_problems


def text(content: str = "x", kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": content}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", "text": text(), **more}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": text("Go", "plain_text"), "action_id": "go", **more}


CHART = {
    "type": "data_visualization",
    "title": "Trend",
    "chart": {
        "type": "line",
        "series": [{"name": "failing", "data": [{"label": "Mon", "value": 3}]}],
        "axis_config": {"categories": ["Mon"]},
    },
}
TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}

GOOD: dict[str, list[dict[str, Any]]] = {
    "a section": [section()],
    "fields": [{"type": "section", "fields": [text(), text()]}],
    "a header of 150": [{"type": "header", "text": text("h" * 150, "plain_text")}],
    "buttons": [{"type": "actions", "elements": [button(), button(action_id="other")]}],
    "fifty blocks": [{"type": "divider"}] * 50,
    "a chart": [CHART],
    "a table": [TABLE],
    "an accessory": [section(accessory=button())],
    "a context": [{"type": "context", "elements": [text()]}],
}

BAD: dict[str, list[Any]] = {
    "fifty-one blocks": [{"type": "divider"}] * 51,
    "a section of 3001": [{"type": "section", "text": text("x" * 3001)}],
    "an empty section": [{"type": "section"}],
    "an empty text": [{"type": "section", "text": text("")}],
    "a header of 151": [{"type": "header", "text": text("h" * 151, "plain_text")}],
    "a header in mrkdwn": [{"type": "header", "text": text()}],
    "twenty-six buttons": [{"type": "actions", "elements": [button(action_id=str(n)) for n in range(26)]}],
    "a button text of 76": [{"type": "actions", "elements": [button(text=text("x" * 76, "plain_text"))]}],
    "a value of 2001": [{"type": "actions", "elements": [button(value="x" * 2001)]}],
    "the same action id twice": [{"type": "actions", "elements": [button(), button()]}],
    "the same block id twice": [section(block_id="b"), section(block_id="b")],
    "a style of its own": [{"type": "actions", "elements": [button(style="green")]}],
    "an unknown property": [section(colour="red")],
    "an unknown block": [{"type": "marquee", "text": text()}],
    "an alert, which is for modals": [{"type": "alert", "text": text(), "level": "info"}],
    "two tables": [TABLE, TABLE],
    "three charts": [CHART, CHART, CHART],
    "a context of 3001": [{"type": "context", "elements": [text("x" * 3001)]}],
    "no block at all": ["text"],
    "no type": [{"text": text()}],
}


@pytest.mark.parametrize("blocks", GOOD.values(), ids=GOOD)
def test_what_slack_takes_is_taken(blocks: list[dict[str, Any]]) -> None:
    assert message_problems({"text": "x", "blocks": blocks}) == ()


@pytest.mark.parametrize("blocks", BAD.values(), ids=BAD)
def test_what_slack_refuses_is_refused_with_where(blocks: list[Any]) -> None:
    problems = message_problems({"text": "x", "blocks": blocks})
    assert problems
    assert all(problem.startswith("[ERROR] ") and "[json-pointer:/blocks" in problem for problem in problems)


def test_a_text_over_forty_thousand_is_refused() -> None:
    assert message_problems({"text": "x" * 40_001}) == ("[ERROR] msg_too_long [json-pointer:/text]",)


def test_a_modal_needs_its_title_and_takes_no_table() -> None:
    modal = {"type": "modal", "title": text("Ask", "plain_text"), "blocks": [section()]}
    assert view_problems(modal) == ()
    assert view_problems({**modal, "blocks": [TABLE]})
    assert view_problems({**modal, "title": text("x" * 25, "plain_text")})
    assert view_problems({"type": "modal", "blocks": [section()]})
    assert view_problems({"type": "popover", "blocks": []})
