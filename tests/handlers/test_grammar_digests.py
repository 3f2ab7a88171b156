"""What was typed after /ecr about digests, as a command."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.errors import EcrbotError, UsageError
from handlers.grammar import Command, DigestNow, Misunderstood, Status, Subscribe, Sweep, Unsubscribe, parse

BUCHAREST = "Europe/Bucharest"


@pytest.mark.parametrize(
    ("text", "command"), [("digest", DigestNow()), (" STATUS ", Status()), ("sweep", Sweep()), ("Digest", DigestNow())]
)
def test_what_is_typed_alone(text: str, command: Command) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("digest now", "digest"),
        ("status please", "status"),
        ("sweep now", "sweep"),
        ("digset", "digest"),
        ("subscirbe payments-*", "subscribe payments-*"),
        ("unsubscrbe", "unsubscribe"),
    ],
)
def test_what_is_nearly_a_command_is_suggested_as_it_would_be_understood(text: str, suggestion: str) -> None:
    assert parse(text) == Misunderstood(text, suggestion)
    assert not isinstance(parse(suggestion), Misunderstood)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("subscribe", Subscribe()),
        ("subscribe at 09:00 Europe/Bucharest payments-*", Subscribe(time(9), BUCHAREST, ("payments-*",))),
        ("Subscribe payments-* europe/bucharest AT 9:00", Subscribe(time(9), BUCHAREST, ("payments-*",))),
        ("subscribe Europe/Bucharest 17:30", Subscribe(time(17, 30), BUCHAREST)),
        ("subscribe 00:00", Subscribe(time(0))),
        ("subscribe utc", Subscribe(timezone="UTC")),
        ("subscribe at 23:59, payments-*, core/api", Subscribe(time(23, 59), None, ("payments-*", "core/api"))),
        ("subscribe a1 a2 a1", Subscribe(repositories=("a1", "a2"))),
        ("subscribe `payments-*`", Subscribe(repositories=("payments-*",))),
        ("subscribe Payments-API", Subscribe(repositories=("payments-api",))),
        ("subscribe pacific/api", Subscribe(repositories=("pacific/api",))),
        ("subscribe *", Subscribe()),
        ("subscribe payments-* **", Subscribe()),
        ("unsubscribe", Unsubscribe()),
        ("UNSUBSCRIBE payments-* core/api", Unsubscribe(("payments-*", "core/api"))),
    ],
)
def test_words_are_understood_in_any_order(text: str, command: Command) -> None:
    assert parse(text) == command


ARABIC = "0\N{ARABIC-INDIC DIGIT NINE}:00"
WRITTEN = "write it as HH:MM with 24 hours, like 09:00 or 17:30."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("subscribe at", f"No time of day stands after at: {WRITTEN}"),
        ("subscribe at 25:00", f"25:00 is no time of day: {WRITTEN}"),
        ("subscribe at 24:00", f"24:00 is no time of day: {WRITTEN}"),
        ("subscribe at 9:60", f"9:60 is no time of day: {WRITTEN}"),
        ("subscribe at 9", f"9 is no time of day: {WRITTEN}"),
        ("subscribe at 9am payments-*", f"9am is no time of day: {WRITTEN}"),
        ("subscribe at 9:00 pm", f"pm is no time of day: {WRITTEN}"),
        ("subscribe at 0900", f"0900 is no time of day: {WRITTEN}"),
        ("subscribe at noon", f"noon is no time of day: {WRITTEN}"),
        (f"subscribe at {ARABIC}", f"{ARABIC} is no time of day: {WRITTEN}"),
        ("subscribe at payments-* 09:00", f"payments-* is no time of day: {WRITTEN}"),
        ("subscribe 25:00", f"25:00 is no time of day: {WRITTEN}"),
        ("subscribe 9", f"9 is no time of day: {WRITTEN}"),
        ("subscribe 9h30", f"9h30 is no time of day: {WRITTEN}"),
        ("subscribe 9.30", f"9.30 is no time of day: {WRITTEN}"),
        ("subscribe 9:30pm", f"9:30pm is no time of day: {WRITTEN}"),
        ("subscribe 09:00 at 17:30", "A digest comes at one time of day, and 09:00 and 17:30 were given."),
        ("subscribe UTC europe/rome", "A digest comes by one time zone, and UTC and Europe/Rome were given."),
        (
            "subscribe at 09:00 Europe/Bukarest",
            "Europe/Bukarest is no IANA time zone: did you mean Europe/Bucharest?",
        ),
        ("subscribe Bucharest", "Bucharest is no IANA time zone: did you mean Europe/Bucharest?"),
        ("subscribe at 09:00 PST", "PST is no IANA time zone: give one like Europe/Bucharest or UTC."),
        (
            "subscribe 111111111111.dkr.ecr.eu-west-1.amazonaws.com/core/api:1",
            (
                "111111111111.dkr.ecr.eu-west-1.amazonaws.com/core/api:1 is the address of one repository: give its "
                "name, core/api, or a glob like payments-*."
            ),
        ),
        (
            "unsubscribe arn:aws:ecr:eu-west-1:111111111111:repository/core/api",
            (
                "arn:aws:ecr:eu-west-1:111111111111:repository/core/api is the address of one repository: give its "
                "name, core/api, or a glob like payments-*."
            ),
        ),
        (
            "subscribe account=prod",
            (
                "account=prod is no filter of subscribe: it takes names and globs. Accounts and regions can be given "
                "in the settings file, under [[digest]]."
            ),
        ),
        (
            "subscribe payments_$",
            "payments_$ is not a repository name: those have lower-case letters, digits and . _ - / only.",
        ),
        (
            f"subscribe {' '.join(f'team{n}-*' for n in range(11))}",
            "That is 11 names; a digest takes 10, or a glob like team-*.",
        ),
        (
            "unsubscribe at 09:00",
            "unsubscribe takes names and globs alone: the digests of a channel differ by them, not by time.",
        ),
        (
            "unsubscribe UTC",
            "unsubscribe takes names and globs alone: the digests of a channel differ by them, not by time.",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_how_to_write_it(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert str(caught.value) == sentence


WORDS = st.one_of(
    st.text(),
    st.from_regex(r"[0-9]{0,3}[:.h]?[0-9]{0,3}", fullmatch=True),
    st.from_regex(r"[A-Za-z]{1,8}/[A-Za-z_]{0,8}", fullmatch=True),
    st.sampled_from(["at", "AT", "09:00", "9am", "UTC", BUCHAREST, "payments-*", "*", "[", "a=b", "<x|y>", ",", "pm"]),
)


@given(st.sampled_from(["subscribe", "unsubscribe"]), st.lists(WORDS, max_size=14))
def test_any_words_are_a_subscription_or_a_sentence(command: str, words: list[str]) -> None:
    try:
        parse(" ".join([command, *words]))
    except EcrbotError as error:
        assert str(error).endswith((".", "?"))  # noqa: PT017 - any words may or may not raise


@pytest.mark.parametrize("word", ["Mars/Phobos", "Foo/Bar", "mars/Phobos2", "Team-1/api"])
def test_what_looks_like_a_zone_and_is_none_is_no_repository(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(f"subscribe at 09:00 {word}")
    assert str(caught.value) == f"{word} is no IANA time zone: give one like Europe/Bucharest or UTC."
