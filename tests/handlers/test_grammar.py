"""What was typed after /ecr, as a command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.errors import UsageError
from ecr.names import Query
from handlers.grammar import Check, Exempt, Help, Misunderstood, Remediate, parse


@pytest.mark.parametrize("text", ["", "   ", "help", "HELP", "help me"])
def test_nothing_and_help_ask_for_help(text: str) -> None:
    assert parse(text) == Help()


def test_check_alone_asks_which() -> None:
    assert parse(" Check ") == Help("check")


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("check payments-api", (Query("payments-api"),)),
        ("  CHECK   Payments-API  ", (Query("payments-api"),)),
        ("check team-* `core/x`", (Query("team-*"), Query("core/x"))),
        ("check payments-api payments-api", (Query("payments-api"),)),
        (
            "check 111111111111.dkr.ecr.eu-west-1.amazonaws.com/payments-api:1.2",
            (Query("payments-api", "111111111111", "eu-west-1"),),
        ),
    ],
)
def test_check_takes_names_globs_and_uris(text: str, queries: tuple[Query, ...]) -> None:
    assert parse(text) == Check(queries)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("chek payments-api", "check payments-api"),
        ("halp", "help"),
        ("remidiate team-*", "remediate team-*"),
        ("exmept payments-api", "exempt payments-api"),
        ("payments-api", "check payments-api"),
        ("please look at payments-api", None),
        ("🎉", None),
    ],
)
def test_what_is_not_understood_gets_a_suggestion_where_there_is_one(text: str, suggestion: str | None) -> None:
    assert parse(text) == Misunderstood(text, suggestion)


def test_more_than_five_names_are_refused_with_the_count() -> None:
    with pytest.raises(UsageError, match="That is 6 repositories"):
        parse("check a1 a2 a3 a4 a5 a6")


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("remediate payments-api", (Query("payments-api"),)),
        ("Remediate team-* payments-api team-*", (Query("team-*"), Query("payments-api"))),
        (
            "remediate arn:aws:ecr:eu-west-1:111111111111:repository/payments-api",
            (Query("payments-api", "111111111111", "eu-west-1"),),
        ),
    ],
)
def test_remediate_takes_names_globs_and_arns(text: str, queries: tuple[Query, ...]) -> None:
    assert parse(text) == Remediate(queries)


def test_more_names_than_one_request_takes_are_refused_with_the_count() -> None:
    with pytest.raises(UsageError, match="That is 101 names; one request takes 100 repositories"):
        parse("remediate " + " ".join(f"team-{number}" for number in range(101)))


def test_exempt_takes_one_repository_and_no_glob() -> None:
    assert parse("exempt payments-api") == Exempt(Query("payments-api"))
    for text in ("exempt payments-*", "exempt payments-api search-web"):
        with pytest.raises(UsageError, match="exempt is of one repository"):
            parse(text)


@pytest.mark.parametrize("word", ["remediate", "exempt"])
def test_remediate_and_exempt_alone_ask_which(word: str) -> None:
    assert parse(word) == Help(word)


@given(st.text())
def test_any_text_is_a_command_or_a_sentence(text: str) -> None:
    try:
        parse(text)
    except UsageError as error:
        assert str(error).endswith((".", "team-*."))  # noqa: PT017 - any text may or may not raise
