"""Messages as a terminal shows them."""

from __future__ import annotations

from typing import Any

import pytest

from demo.text import plain, render
from demo.workspace import Message


def shown(*blocks: dict[str, Any]) -> str:
    return render(Message("C0ENG", "1", "U0ECRBOT", "fallback", blocks), {"U0ENGINEER": "eva"})


@pytest.mark.parametrize(
    ("mrkdwn", "text"),
    [
        ("*bold* and _slanted_", "bold and slanted"),
        ("<https://example.com|a link>", "a link (https://example.com)"),
        ("<https://example.com>", "https://example.com"),
        ("<@U0ENGINEER> in <#C0ENG|eng>", "@eva in #eng"),
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<!date^0^{date_short} at {time_secs}|then>", "1970-01-01 at 00:00:00 UTC"),
        ("<!here>", "@here"),
        ("team-* and 2*3*4", "team-* and 2*3*4"),
        ("`core/*`, `a-*`", "`core/*`, `a-*`"),
        ("`/ecr check team-*` and *bold*", "`/ecr check team-*` and bold"),
        ("*bold with `a-*` in it* and `*b* :x: &lt;`", "bold with `a-*` in it and `*b* :x: <`"),
        ("```\n*a* `b`\n``` _c_", "```\n*a* `b`\n``` c"),
        ("*`code`* a lone ` and *bold*", "`code` a lone ` and bold"),
        ("*a* and *b*", "a and b"),
    ],
)
def test_mrkdwn_becomes_plain_text(mrkdwn: str, text: str) -> None:
    assert plain(mrkdwn, {"U0ENGINEER": "eva"}) == text


def test_every_block_of_the_bot_is_shown() -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Share"}, "action_id": "share"}
    assert shown(
        {"type": "header", "text": {"type": "plain_text", "text": "Hi"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "first\nsecond"}, "accessory": button},
        {"type": "divider"},
        {"type": "actions", "elements": [button, button]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small"}]},
    ).splitlines() == ["Hi", "==", "first   [Share]", "second", "─" * 40, "[Share]  [Share]", "small"]


def test_what_is_plain_text_keeps_its_asterisks() -> None:
    text = {"type": "plain_text", "text": ":x: core/*, *a-* &amp; `b-*`"}
    assert shown({"type": "header", "text": text}).splitlines()[0] == "❌ core/*, *a-* & `b-*`"
    assert shown({"type": "context", "elements": [text]}) == "❌ core/*, *a-* & `b-*`"


def test_a_chart_is_a_sparkline_with_its_ends() -> None:
    points = [{"label": str(day), "value": value} for day, value in enumerate((9, 4, 1))]
    chart = {"type": "data_visualization", "title": "Open", "chart": {"series": [{"name": "failing", "data": points}]}}
    assert shown(chart) == "Open\n█▄▁ failing: 9 → 1"


def test_a_table_and_rich_text_are_shown() -> None:
    cell = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "b"}]}],
    }
    assert shown({"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, cell]]}) == "a | b"


def test_an_unknown_block_shows_its_type() -> None:
    assert shown({"type": "marquee"}) == "[unknown block: marquee]"


def test_a_message_without_blocks_is_its_text() -> None:
    assert shown() == "fallback"
