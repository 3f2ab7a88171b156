"""mrkdwn on the demo's page: what means something, what means nothing, and that nothing of it is ever HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from handlers.blocks.text import verbatim
from tests.browser.every_block import mrkdwn, plain
from tests.browser.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


def link(url: str, label: str) -> str:
    return f'<a href="{url}">{label}</a>'


def mention(name: str, *, mine: bool = False) -> str:
    return f'<a class="mention{" me" if mine else ""}" href="#">{name}</a>'


CASES = [
    # Emphasis counts at the edges of words, and holds no space at its own.
    ("*bold* _it_ ~gone~", "<b>bold</b> <i>it</i> <s>gone</s>"),
    ("*_both_* _*both*_", "<b><i>both</i></b> <i><b>both</b></i>"),
    ("(*bold*), *bold*.", "(<b>bold</b>), <b>bold</b>."),
    ("*two words* and *one*", "<b>two words</b> and <b>one</b>"),
    ("*not bold", "*not bold"),
    ("* not bold *", "* not bold *"),
    ("*not bold *", "*not bold *"),
    ("a*b*c 2 * 3 * 4", "a*b*c 2 * 3 * 4"),
    ("snake_case_name and __init__", "snake_case_name and __init__"),
    ("_snake_case_", "<i>snake_case</i>"),
    ("*a\nb*", "*a<br>b*"),
    ("**", "**"),
    ("é*t*é *été*", "é*t*é <b>été</b>"),
    # Code: nothing in it means anything.
    ("`*a* <@U0EVA> :x:`", "<code>*a* &lt;@U0EVA&gt; :x:</code>"),
    ("`a &lt;b&gt; &amp;amp;`", "<code>a &lt;b&gt; &amp;amp;</code>"),
    ("*bold `*code*` bold*", "<b>bold <code>*code*</code> bold</b>"),
    ("`a\nb`", "`a<br>b`"),
    ("before\n```\nx = *1*\n  y\n```\nafter", "before<pre><code>x = *1*\n  y</code></pre>after"),
    ("```a``` b ```c```", "<pre><code>a</code></pre> b <pre><code>c</code></pre>"),
    ("``` never closed", "``` never closed"),
    ("```\n> no quote\n`no code`\n```", "<pre><code>&gt; no quote\n`no code`</code></pre>"),
    # Quotations.
    ("> one\n>two\nthree", "<blockquote>one<br>two</blockquote>three"),
    ("said:\n&gt; *loud*", "said:<blockquote><b>loud</b></blockquote>"),
    (">>> all\nof it", "<blockquote>all<br>of it</blockquote>"),
    ("a > b\n\nc", "a &gt; b<br><br>c"),
    ("• one\n• two", "• one<br>• two"),
    # Links.
    ("<https://a.example/?b=1&amp;c=2|the *a* page>", link("https://a.example/?b=1&amp;c=2", "the *a* page")),
    ("<https://a.example/>", link("https://a.example/", "https://a.example/")),
    ("see https://a.example/b_c_d. Yes", f"see {link('https://a.example/b_c_d', 'https://a.example/b_c_d')}. Yes"),
    ("(https://a.example/?b&amp;c)", f"({link('https://a.example/?b&amp;c', 'https://a.example/?b&amp;c')})"),
    ("&lt;https://a.example&gt;", f"&lt;{link('https://a.example', 'https://a.example')}&gt;"),
    ("<mailto:eva@example.com|write>", link("mailto:eva@example.com", "write")),
    ("*<https://a.example/|a>*", f"<b>{link('https://a.example/', 'a')}</b>"),
    ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
    ("<JaVaScRiPt:alert(1)>", "&lt;JaVaScRiPt:alert(1)&gt;"),
    ("<data:text/html,x|x> <file:///etc|x>", "&lt;data:text/html,x|x&gt; &lt;file:///etc|x&gt;"),
    ("< https://a.example|x>", "&lt; https://a.example|x&gt;"),
    # Mentions.
    ("<@U0LEAD> and <@U0EVA>", f"{mention('@lead')} and {mention('@eva', mine=True)}"),
    ("<@U0GONE> <@U0GONE|gone>", f"{mention('@U0GONE')} {mention('@gone')}"),
    ("<#C0ENG> <#C0ENG|old-name> <#C0X|x>", f"{mention('#eng')} {mention('#eng')} {mention('#x')}"),
    (
        "<!subteam^S0ONCALL> <!subteam^S0X|@them>",
        '<span class="mention">@oncall</span> <span class="mention">@them</span>',
    ),
    ("<!here> <!channel>", '<span class="mention">@here</span> <span class="mention">@channel</span>'),
    ("<!nobody> <x>", "&lt;!nobody&gt; &lt;x&gt;"),
    ("@here #eng <>", "@here #eng &lt;&gt;"),
    # Emoji.
    (":red_circle: :+1: :x:", "🔴 👍 ❌"),
    (":no_such_emoji: 12:30:45 arn:aws:ecr:eu", ":no_such_emoji: 12:30:45 arn:aws:ecr:eu"),
    # Marks count at the beginning of a word alone; a word joiner makes them stand inside of one.
    ("\u2060*no* \u2060_no_ (\u2060~no~)", "\u2060*no* \u2060_no_ (\u2060~no~)"),
    ("\u2060`no` and \u2060`no`", "\u2060`no` and \u2060`no`"),
    ("it`s and it`s", "it`s and it`s"),
    # What looks like HTML, or like something that was escaped.
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("&lt;b&gt;x&lt;/b&gt; &amp;lt;", "&lt;b&gt;x&lt;/b&gt; &amp;lt;"),
    ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
    ('"><svg onload=alert(1)>', '"&gt;&lt;svg onload=alert(1)&gt;'),
    ("&nbsp;&#60;", "&amp;nbsp;&amp;#60;"),
    ("a\0b `c`", "ab <code>c</code>"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "shown"), CASES)
def test_mrkdwn_is_drawn_as_slack_draws_it(sheet: Sheet, source: str, shown: str) -> None:
    assert sheet.mrkdwn(source) == shown


@pytest.mark.parametrize(
    "written",
    [
        "*bold* _slanted_ ~gone~ `code`",
        "a *b* c, (*d*) and -*e*-",
        "```fenced``` and `more`",
        "<!channel> <@U0ONCALL> <https://evil.example|harmless> & &lt;",
        "**twice** __init__.py",
        "*_nested_*",
    ],
)
def test_what_the_bot_shows_of_somebodys_words_is_text(sheet: Sheet, written: str) -> None:
    sheet.mrkdwn(verbatim(written))
    assert sheet.root.inner_text().replace("\u2060", "") == written
    assert sheet.root.locator("*").evaluate_all("(all) => all.map((one) => one.tagName)") in ([], ["A"])


def test_bare_addresses_stay_text_where_it_is_verbatim(sheet: Sheet) -> None:
    said = "https://a.example/ <https://b.example/>"
    assert sheet.mrkdwn(said, verbatim=True) == f"https://a.example/ {link('https://b.example/', 'https://b.example/')}"
    root = sheet.draw([{"type": "section", "text": {**mrkdwn("https://a.example/"), "verbatim": True}}])
    assert root.locator("a").count() == 0


def test_in_plain_text_only_emoji_and_escapes_mean_anything(sheet: Sheet) -> None:
    assert sheet.plain("*a* :x: &lt;b&gt; &amp;amp; <@U0EVA>") == "*a* ❌ <b> &amp; <@U0EVA>"
    root = sheet.draw([{"type": "section", "text": {**plain(":x: *a*"), "emoji": False}}])
    assert root.inner_text() == ":x: *a*"


def test_thousands_of_marks_do_not_hang_the_page(sheet: Sheet) -> None:
    for source in ("*a " * 1000, "_" * 3000, "<" * 3000, "`" * 2999, "> " * 1500, "https://" * 375, "*_~" * 1000):
        took = sheet.page.evaluate(
            "(said) => { const at = performance.now(), nobody = context({ people: [], channels: [], groups: [] });"
            " text.mrkdwn(said, nobody); return performance.now() - at; }",
            source,
        )
        assert took < 500


NOON = int(datetime(2026, 11, 24, 12, 5, 9, tzinfo=UTC).timestamp())
MIDNIGHT = int(datetime(2026, 11, 24, 22, 30, tzinfo=UTC).timestamp())
YEARS_AGO = int(datetime(2014, 2, 18, 6, 39, 42, tzinfo=UTC).timestamp())
FORMS = [
    (f"<!date^{YEARS_AGO}^{{date_num}} {{time}}|x>", "2014-02-18 08:39"),
    (f"<!date^{YEARS_AGO}^{{date}} {{time_secs}}|x>", "February 18, 2014 08:39:42"),
    (f"<!date^{YEARS_AGO}^{{date_short}}|x>", "Feb 18, 2014"),
    (f"<!date^{YEARS_AGO}^{{date_long}}|x>", "Tuesday, February 18, 2014"),
    (
        f"<!date^{YEARS_AGO}^{{date_pretty}} {{date_short_pretty}} {{date_long_pretty}}|x>",
        "February 18, 2014 Feb 18, 2014 Tuesday, February 18, 2014",
    ),
    # The present moment is 04:30 on the 25th where the reader is: half past ten at night in UTC is today already.
    (f"<!date^{NOON}^{{date_short_pretty}} at {{time}}|x>", "yesterday at 14:05"),
    (f"<!date^{MIDNIGHT}^{{date_pretty}} at {{time}}|x>", "today at 00:30"),
    (f"<!date^{MIDNIGHT + 86400}^{{date_long_pretty}} at {{time}}|x>", "tomorrow at 00:30"),
    (f"<!date^{MIDNIGHT + 2 * 86400}^{{date_pretty}}|x>", "November 27, 2026"),
    (f"<!date^{NOON}^{{ago}}|x>", "14 hours ago"),
    (f"<!date^{YEARS_AGO}^{{ago}}|x>", "4,662 days ago"),
    (f"<!date^{MIDNIGHT + 86400}^{{ago}}|x>", "in 20 hours"),
    (f"<!date^{NOON}^{{no_such_form}} &lt;&amp;|x>", "{no_such_form} <&"),
    (f"<!date^{NOON}^{{constructor}}|x>", "{constructor}"),
    ("<!date^soon^{date}|quite soon>", "quite soon"),
    ("<!date^^{date}|never>", "never"),
    ("<!date^99999999999999^{date}|too late>", "too late"),
    ("<!date^soon^{date}>", "<!date^soon^{date}>"),
    ("<!date>", "<!date>"),
]


@pytest.mark.parametrize(("source", "shown"), FORMS)
def test_moments_are_in_the_readers_own_time_zone(sheet: Sheet, source: str, shown: str) -> None:
    sheet.mrkdwn(source)
    assert sheet.root.inner_text() == shown


def test_another_reader_sees_another_hour(open_page: Callable[..., Page], page_url: str) -> None:
    sheet = Sheet(open_page(page_url, timezone="America/New_York"))
    assert sheet.mrkdwn(f"<!date^{NOON}^{{date_short_pretty}} {{time}}|x>") == '<time title="x">today 07:05</time>'
    assert sheet.mrkdwn(f"<!date^{MIDNIGHT}^{{date_pretty}} {{time}}|x>") == '<time title="x">today 17:30</time>'


def test_a_moment_can_be_a_link(sheet: Sheet) -> None:
    assert sheet.mrkdwn(f"<!date^{NOON}^{{time}}^https://a.example/|x>") == link("https://a.example/", "14:05")
    assert sheet.mrkdwn(f"<!date^{NOON}^{{time}}^javascript:x|x>") == '<time title="x">14:05</time>'


def test_mentions_and_links_to_messages_lead_there_without_leaving_the_page(sheet: Sheet) -> None:
    sheet.mrkdwn("<@U0LEAD> <#C0ENG> <https://local.slack.example/C0APPROVE/p1699999999000001|See it.>")
    for at in range(3):
        sheet.root.locator("a").nth(at).click()
    sheet.root.locator("a").first.press("Enter")
    message = {"channel": "C0APPROVE", "ts": "1699999999.000001"}
    assert sheet.gone == [{"user": "U0LEAD"}, {"channel": "C0ENG"}, message, {"user": "U0LEAD"}]
    assert (sheet.page.url.count("#"), len(sheet.page.context.pages)) == (0, 1)


def test_a_link_elsewhere_opens_beside_the_page_and_tells_nothing_of_it(sheet: Sheet) -> None:
    sheet.mrkdwn("<https://a.example/|a>")
    one = sheet.root.get_by_role("link", name="a")
    expect(one).to_have_attribute("target", "_blank")
    expect(one).to_have_attribute("rel", "noopener noreferrer")
