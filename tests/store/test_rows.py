"""How values are written down: nothing is lost, and texts sort as what they mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ecr.model import Exclusion, Repository
from store import rows

ARN = "arn:aws:ecr:eu-west-1:111111111111:repository/api"


def with_filters(exclusions: tuple[Exclusion, ...] | None) -> Repository:
    return Repository(
        "111111111111", "eu-west-1", "api", ARN, "IMMUTABLE_WITH_EXCLUSION", exclusions, scan_on_push=None
    )


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_survives_being_stored(at: datetime) -> None:
    assert rows.moment_of(rows.moment(at)) == at


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_stored_moments_sort_as_moments_do(one: datetime, other: datetime) -> None:
    assert (rows.moment(one) < rows.moment(other)) == (one < other)


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_of_another_zone_is_stored_in_utc(at: datetime) -> None:
    assert rows.moment_of(rows.moment(at)) == at.astimezone(UTC)


@given(st.lists(st.text()))
def test_exclusion_filters_survive_being_stored(texts: list[str]) -> None:
    stored = rows.filters(with_filters(tuple(Exclusion(text) for text in texts)))
    assert stored is not None
    assert json.loads(stored) == texts


def test_filters_that_could_not_be_read_are_not_an_empty_list() -> None:
    assert rows.filters(with_filters(None)) is None
    assert rows.filters(with_filters(())) == "[]"
