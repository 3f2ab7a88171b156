from __future__ import annotations

import pytest

from demo.lines import Ask, Become, Click, Help, Line, Quit, parse


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/ecr check payments-api", Ask("check payments-api")),
        ("  /ECR   check  payments-api ", Ask("check  payments-api")),
        ("ecr check payments-api", Ask("check payments-api")),
        ("check payments-api", Ask("check payments-api")),
        ("/ecr", Ask("")),
        ("/ecr help", Ask("help")),
        ("ecrbot-thing", Ask("ecrbot-thing")),
        ("click Share", Click("Share")),
        ("Click Open the thing", Click("Open the thing")),
        ("as oncall", Become("oncall")),
        ("click", Help()),
        ("help", Help()),
        ("?", Help()),
        ("quit", Quit()),
        ("exit", Quit()),
        ("quit smoking", Ask("quit smoking")),
        ("", None),
        ("   ", None),
    ],
)
def test_a_line_is_read_as_it_was_meant(typed: str, expected: Line | None) -> None:
    assert parse(typed) == expected
