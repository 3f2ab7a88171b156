"""What is typed for guardrails, for the code of a repository, and for the control in words."""

from __future__ import annotations

import pytest

from ecr.errors import UsageError
from ecr.names import Query
from handlers.grammar import Control, Fix, Guardrails, Help, Misunderstood, parse


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("guardrails", Guardrails()),
        ("  GUARDRAILS ", Guardrails()),
        ("guardrails prod", Guardrails("prod")),
        ("guardrails 111111111111", Guardrails("111111111111")),
        ("guardrails eu-west-1", Guardrails(None, "eu-west-1")),
        ("guardrails prod EU-West-1", Guardrails("prod", "eu-west-1")),
        ("guardrails us-gov-west-1 Prod", Guardrails("Prod", "us-gov-west-1")),
        ("guardrails region=ap-southeast-10 account=prod", Guardrails("prod", "ap-southeast-10")),
        ("guardrails `prod` `eu-west-1`", Guardrails("prod", "eu-west-1")),
        ("guardrails account=eu-west-1", Guardrails("eu-west-1")),
        ("guardrails account=eu-west-1 eu-west-1", Guardrails("eu-west-1", "eu-west-1")),
        ("guardrails team-1", Guardrails("team-1")),
    ],
)
def test_guardrails_takes_an_account_and_a_region_in_either_order(text: str, asked: Guardrails) -> None:
    assert parse(text) == asked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("guardrails prod staging", "guardrails takes one account at most: prod or staging?"),
        ("guardrails eu-west-1 eu-west-2", "guardrails takes one region at most: eu-west-1 or eu-west-2?"),
        ("guardrails prod account=staging", "guardrails takes one account at most: prod or staging?"),
        ("guardrails name=team-a", "name=team-a is nothing that guardrails takes: it takes an account"),
        ("guardrails account=", "account= is nothing that guardrails takes"),
        ("guardrails ``", "`` is nothing that guardrails takes"),
    ],
)
def test_what_guardrails_cannot_take_is_refused_with_what_it_takes(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert str(refused.value).startswith(said)


def test_fix_takes_one_repository_and_no_glob() -> None:
    assert parse("fix payments-api") == Fix(Query("payments-api"))
    assert parse("fix") == Help("fix")
    for text in ("fix payments-*", "fix payments-api search-web"):
        with pytest.raises(UsageError, match="fix is of one repository: give its name, URI or ARN"):
            parse(text)


@pytest.mark.parametrize("text", ["help control", "Help CONTROL"])
def test_help_control_asks_for_the_control_in_words(text: str) -> None:
    assert parse(text) == Control()


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("guardrial prod eu-west-1", "guardrails prod eu-west-1"),
        ("guardrail", "guardrails"),
        ("fixx payments-api", "fix payments-api"),
        ("help contrl", "help control"),
        ("help control now", "help control"),
    ],
)
def test_near_misses_are_suggested(text: str, suggestion: str) -> None:
    assert parse(text) == Misunderstood(text, suggestion)
