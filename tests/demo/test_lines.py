from __future__ import annotations

import pytest

from demo.lines import Ask, Become, Click, Close, Fill, Help, Line, Quit, Submit, parse


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
        ("reason: the audit: of Q4", Fill("reason", "the audit: of Q4")),
        ("  Until:   2027-01-31 ", Fill("Until", "2027-01-31")),
        ("exclusions:", Fill("exclusions", "")),
        ("/ecr reason: the audit", Ask("reason: the audit")),
        ("check 1.dkr.ecr.eu-west-1.amazonaws.com/a:1.4", Ask("check 1.dkr.ecr.eu-west-1.amazonaws.com/a:1.4")),
        ("payments-api:1.4", Ask("payments-api:1.4")),
        ("submit", Submit()),
        ("Submit ", Submit()),
        ("submit it", Ask("submit it")),
        ("close", Close()),
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
