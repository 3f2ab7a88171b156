"""Readings of a registry in whatever order they are saved: nothing older is ever shown after something later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from ecr.guardrail_ports import Known
from ecr.model import CreationTemplate, Exclusion, RegistryScanning, ScanFilter, ScanRule
from store import registry_rows
from store.registries import SqliteRegistries
from tests.store.test_registries import (
    ALL,
    BARE,
    DENIED,
    EXCLUDING,
    INSPECTED,
    NOT_READ,
    ODD,
    ROOT,
    STEP,
    one,
    state,
    sweep,
)
from tests.store.world import AT, PROD, seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from store.history import SqliteHistory

texts = st.text(st.characters(codec="utf-8"), max_size=12)
scan_filters = st.lists(st.builds(ScanFilter, texts, st.booleans()), max_size=3).map(tuple)
scannings = st.builds(
    RegistryScanning, texts, st.lists(st.builds(ScanRule, texts, scan_filters), max_size=3).map(tuple)
)
exclusions = st.none() | st.lists(st.builds(Exclusion, texts, st.booleans()), max_size=3).map(tuple)
creation_templates = st.lists(
    st.builds(CreationTemplate, texts, st.lists(texts, max_size=3).map(tuple), st.none() | texts, exclusions),
    max_size=3,
).map(tuple)


@given(scannings, creation_templates)
def test_what_was_read_is_the_same_as_text_and_back(
    scanning: RegistryScanning, some: tuple[CreationTemplate, ...]
) -> None:
    assert registry_rows.scanning_of(registry_rows.scanning(scanning)) == scanning
    assert registry_rows.templates_of(registry_rows.templates(some)) == some


@dataclass(frozen=True)
class Look:
    """A reading by a sweep or by a person: when it began, when it was saved, and what it saw; `None`: nothing."""

    began: int
    late: int
    is_sweep: bool
    scanning: RegistryScanning | None
    templates: tuple[CreationTemplate, ...] | None

    @property
    def saved(self) -> float:
        return self.began + self.late + 0.1


looked = st.tuples(
    st.integers(0, 4),
    st.booleans(),
    st.sampled_from((None, BARE, ALL, INSPECTED)),
    st.sampled_from((None, (), (ROOT,), (ODD, EXCLUDING))),
)
looks = st.lists(looked, min_size=1, max_size=9).map(lambda some: [Look(n, *each) for n, each in enumerate(some)])


def save(history: SqliteHistory, look: Look, clock: Callable[[float], datetime]) -> None:
    began_at, at = clock(look.began), clock(look.saved)
    if look.is_sweep:
        history.record_target(PROD, [seen("api")], began_at=began_at, at=at, scanning=look.scanning)
        return
    templates = DENIED if look.templates is None else look.templates
    SqliteRegistries(history.path).remember(PROD, state(look.scanning or DENIED, templates), at=began_at)


def expected(saved: list[Look], clock: Callable[[float], datetime]) -> tuple[Known, ...]:
    """Return what is known by then: each half by the reading of it that began last."""
    if not any(look.is_sweep for look in saved):
        return ()
    scanned = [look for look in saved if look.scanning is not None]
    templated = [look for look in saved if look.templates is not None and not look.is_sweep]
    last = [max(some, key=lambda look: look.began) for some in (scanned, templated) if some]
    scanning = last[0].scanning if scanned else None
    templates = last[-1].templates if templated else None
    read_at = min(look.began for look in last) if last else None
    known = state(scanning or NOT_READ, NOT_READ if templates is None else templates)
    return (Known(PROD, known, None if read_at is None else clock(read_at), 1),)


@settings(max_examples=150)
@given(looks)
def test_each_half_is_as_of_the_reading_that_began_last_in_whatever_order_they_are_saved(
    fresh_history: Callable[[], AbstractContextManager[SqliteHistory]], some: list[Look]
) -> None:
    def clock(moment: float) -> datetime:
        return AT + moment * STEP

    with fresh_history() as history:
        registries, saved = SqliteRegistries(history.path), list[Look]()
        for look in sorted(some, key=lambda one: one.saved):
            save(history, look, clock)
            saved.append(look)
            assert registries.known() == expected(saved, clock)


@settings(max_examples=60)
@given(looks, st.integers(0, 10), st.sampled_from((BARE, ALL, INSPECTED)))
def test_a_clock_that_goes_back_a_day_hides_no_sweep_that_is_new(
    fresh_history: Callable[[], AbstractContextManager[SqliteHistory]],
    some: list[Look],
    jump: int,
    last: RegistryScanning,
) -> None:
    def clock(moment: float) -> datetime:
        return AT + moment * STEP - (timedelta(days=1) if moment >= jump else timedelta())

    with fresh_history() as history:
        for look in sorted(some, key=lambda one: one.saved):
            save(history, look, clock)
        end = max(jump, *(look.saved for look in some)) + 0.5
        sweep(history, clock(end), last, "api")
        assert one(SqliteRegistries(history.path)).state.registry == last
