"""Time zones as people type them: case is forgiven, and what is misspelt is answered by what was meant."""

from __future__ import annotations

import subprocess
import sys
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.errors import UsageError
from ecr.timezones import known, nearest_zone, resembles_zone, zone


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Europe/Bucharest", "Europe/Bucharest"),
        ("europe/bucharest", "Europe/Bucharest"),
        (" EUROPE/BUCHAREST ", "Europe/Bucharest"),
        ("america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
        ("gmt+0", "GMT+0"),
    ],
)
def test_a_zone_is_known_in_whatever_case(text: str, key: str) -> None:
    assert zone(text) == key


@given(st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"})))
def test_every_key_is_itself_and_in_any_case(key: str) -> None:
    assert zone(key) == zone(key.lower()) == zone(key.upper()) == ZoneInfo(key).key == key


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Europe/Bukarest", "Europe/Bukarest is no IANA time zone: did you mean Europe/Bucharest?"),
        ("Bucharest", "Bucharest is no IANA time zone: did you mean Europe/Bucharest?"),
        ("Eurpe/Bucharest", "Eurpe/Bucharest is no IANA time zone: did you mean Europe/Bucharest?"),
        ("Asia/Bucharest", "Asia/Bucharest is no IANA time zone: did you mean Europe/Bucharest?"),
        ("America/New", "America/New is no IANA time zone: did you mean America/New_York?"),
        ("Europe/Foo", "Europe/Foo is no IANA time zone: give one like Europe/Bucharest or UTC."),
        ("UTC+2", "UTC+2 is no IANA time zone: give one like Europe/Bucharest or UTC."),
        ("", " is no IANA time zone: give one like Europe/Bucharest or UTC."),
    ],
)
def test_an_unknown_zone_is_answered_by_the_one_that_was_meant(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        zone(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("text", ["../etc/passwd", "/etc/localtime", "localtime", "Factory", "Europe", "a\0b", "."])
def test_what_is_only_a_file_is_no_zone(text: str) -> None:
    assert known(text) is None


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("bukarest", "Europe/Bucharest"),
        ("new york", "America/New_York"),
        ("Rome", "Europe/Rome"),
        ("Europe/Istanbul ", "Europe/Istanbul"),
        ("Europe/Bucuresti", "Europe/Bucharest"),
        # As near to EST as to CET; and Etc/GMT-2 is two hours the other way.
        ("CEST", None),
        ("GMT-2", None),
        ("Romania", None),
        ("x" * 4000, None),
    ],
)
def test_a_suggestion_is_made_only_where_something_really_resembles_it(text: str, near: str | None) -> None:
    assert nearest_zone(text) == near


@pytest.mark.parametrize(
    "word", ["Europe/Bukarest", "europe/bukarest", "Bucharest", "Europe", "Europe/", "PST", "CEST", "UTC+2", "+02:00"]
)
def test_a_misspelt_zone_is_told_from_a_repository(word: str) -> None:
    assert resembles_zone(word)


@pytest.mark.parametrize(
    "word",
    ["payments-api", "Payments-API", "team/api", "Team/Api", "pacific/api", "us/easter", "phoenix", "Europe/*", "Core"],
)
def test_a_repository_is_told_from_a_misspelt_zone(word: str) -> None:
    assert not resembles_zone(word)


def test_the_zones_are_read_when_one_is_asked_for_and_not_before() -> None:
    program = (
        "import zoneinfo; zoneinfo.available_timezones = lambda: 1 / 0; import ecr.timezones, handlers.grammar as g; "
        "g.parse('subscribe at 09:00')"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@given(st.text())
def test_any_text_is_a_zone_or_a_sentence(text: str) -> None:
    resembles_zone(text)
    try:
        assert ZoneInfo(zone(text)).key == known(text)
    except UsageError as error:
        assert str(error).endswith(("?", "."))  # noqa: PT017 - any text may or may not raise
