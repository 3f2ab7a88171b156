"""Pictures, headers, rich text, tables and Markdown on the demo's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.every_block import ABROAD, AT, BLOCKS, OWN, rich, text
from tests.browser.sheet import html

if TYPE_CHECKING:
    from tests.browser.sheet import Sheet


def test_a_picture_of_another_host_is_told_of_and_one_of_our_own_is_shown(sheet: Sheet) -> None:
    root = sheet.draw([ABROAD, OWN, {"type": "image", "alt_text": "a file", "slack_file": {"id": "F1"}}])
    assert root.inner_text().split("\n") == ["🖼️ a whale", "🖼️ a file"]
    assert root.locator("img").evaluate_all("(all) => all.map((one) => [one.alt, one.naturalWidth])") == [["a dot", 1]]


@pytest.mark.parametrize(("level", "tag"), [(None, "h3"), (1, "h3"), (2, "h4"), (3, "h5"), (4, "h6"), (9, "h6")])
def test_a_header_has_its_level(sheet: Sheet, level: int | None, tag: str) -> None:
    root = sheet.draw([BLOCKS["header"] | ({"level": level} if level else {})])
    assert root.locator(tag).all_inner_texts() == ["A header 🚀"]


def test_rich_text_has_its_styles_mentions_and_lists(sheet: Sheet) -> None:
    inline = rich(
        text("b", bold=True),
        text("is", italic=True, strike=True),
        text("c", code=True),
        text("u", underline=True),
        {"type": "link", "url": "https://a.example/", "text": "a", "style": {"bold": True}},
        {"type": "link", "url": "javascript:alert(1)", "text": "no"},
        {"type": "user", "user_id": "U0LEAD"},
        {"type": "channel", "channel_id": "C0ENG"},
        {"type": "usergroup", "usergroup_id": "S0ONCALL"},
        {"type": "broadcast", "range": "here"},
        {"type": "emoji", "name": "two", "unicode": "0032-fe0f-20e3"},
        {"type": "emoji", "name": "unheard_of"},
        {"type": "date", "timestamp": AT, "format": "{date_num} {time}", "fallback": "then"},
        {"type": "color", "value": "#ff0000"},
    )
    drawn = html(sheet.draw([inline]).locator(".rich > div"))
    shown = [
        "<b>b</b>",
        "<i><s>is</s></i>",
        "<code>c</code>",
        "<u>u</u>",
        '<b><a href="https://a.example/">a</a></b>',
        "no",
        '<a class="mention" href="#">@lead</a>',
        '<a class="mention" href="#">#eng</a>',
        '<span class="mention">@oncall</span>',
        '<span class="mention">@here</span>',
        "2\ufe0f\u20e3",
        ":unheard_of:",
        '<time title="then">2025-11-25 04:33</time>',
        "#ff0000",
    ]
    assert drawn == "".join(shown)


def test_rich_text_has_lists_quotes_and_code(sheet: Sheet) -> None:
    items = [{"type": "rich_text_section", "elements": [text(word)]} for word in ("one", "two")]
    blocks = [
        {"type": "rich_text_list", "style": "bullet", "elements": items},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": items},
        {"type": "rich_text_quote", "elements": [text("said")]},
        {"type": "rich_text_preformatted", "elements": [text("a\n  b")]},
    ]
    root = sheet.draw([{"type": "rich_text", "elements": blocks}])
    assert root.locator("ul > li").all_inner_texts() == ["one", "two"]
    ordered = root.locator("ol")
    assert (ordered.get_attribute("start"), ordered.evaluate("(one) => one.style.marginInlineStart")) == ("3", "1.5em")
    assert root.locator("blockquote").inner_text() == "said"
    assert root.locator("pre").inner_text() == "a\n  b"


def test_a_table_has_a_head_its_alignment_and_scrolls_in_a_narrow_window(sheet: Sheet) -> None:
    rows = [[{"type": "raw_text", "text": f"column {at}"} for at in range(8)]] * 3
    sheet.resize(320)
    root = sheet.draw([{"type": "table", "rows": rows, "column_settings": [{"align": "center"}]}])
    assert root.locator("thead th").count() == 8
    assert root.locator("tbody td").count() == 16
    assert root.locator("td").first.evaluate("(one) => getComputedStyle(one).textAlign") == "center"
    region = root.get_by_role("region", name="Table")
    assert region.evaluate("(one) => one.scrollWidth > one.clientWidth")
    assert not sheet.is_wider_than_its_window()


MARKDOWN = [
    ("**b** __b__ *i* _i_ ~~s~~", "<b>b</b> <b>b</b> <i>i</i> <i>i</i> <s>s</s>"),
    ("**b *i* b**", "<b>b <i>i</i> b</b>"),
    ("`*code*` **a `b` c**", "<code>*code*</code> <b>a <code>b</code> c</b>"),
    ("# Title\ntext", "<b>Title</b><br>text"),
    ("- one\n  * two\n1. three", "• one<br>  • two<br>1. three"),
    ("> quoted\nnot", "<blockquote>quoted</blockquote>not"),
    ("```js\n# no\n- *no*\n```", "<pre><code># no\n- *no*</code></pre>"),
    ("[a](https://a.example/?b=1)", '<a href="https://a.example/?b=1">a</a>'),
    ("[a](javascript:alert)", "&lt;javascript:alert|a&gt;"),
    ("<script>alert(1)</script> & <b>", "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;"),
    ("snake_case_name 2*3*4 * 5", "snake_case_name 2*3*4 * 5"),
]


@pytest.mark.parametrize(("source", "shown"), MARKDOWN)
def test_markdown_is_drawn(sheet: Sheet, source: str, shown: str) -> None:
    assert html(sheet.draw([{"type": "markdown", "text": source}]).locator(".text")) == shown
