"""Text for Slack: what a person wrote stays what it is."""

from __future__ import annotations

import pytest

from demo.text import plain
from handlers.blocks.text import verbatim


@pytest.mark.parametrize(
    "written",
    [
        "*bold* _slanted_ ~gone~ `code`",
        "a *b* c, (*d*) and -*e*-",
        "```fenced```",
        "<!channel> <@U0ONCALL> <https://evil.example|harmless> & &lt;",
        "**twice** __init__.py",
    ],
)
def test_what_a_person_wrote_is_shown_as_text(written: str) -> None:
    assert plain(verbatim(written)).replace("\u2060", "") == written


@pytest.mark.parametrize("plain_words", ["The audit of November.", "2 * 3", "a_b_c payments-* it's", "5 ~ 6"])
def test_words_without_emphasis_are_left_as_they_are(plain_words: str) -> None:
    assert verbatim(plain_words) == plain_words
