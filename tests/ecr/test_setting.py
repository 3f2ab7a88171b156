"""Settings: two are the same where ECR treats them alike, and each is shown as people read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.model import (
    ROOT,
    CreationTemplate,
    Exclusion,
    Observation,
    RegistryState,
    Repository,
    Unreadable,
)
from ecr.setting import RegistryFilter, Scanning, Setting, Tags, TemplateTags, is_set, present, scans
from tests.ecr.registries import CONTINUOUS, MANUAL, ON_PUSH, STATES, basic, enhanced, rule

UNREAD = Unreadable("It was refused.")
OTHERS = CreationTemplate(
    "team-a", ("REPLICATION", "CREATE_ON_PUSH"), "IMMUTABLE_WITH_EXCLUSION", (Exclusion("b"), Exclusion("a"))
)


def repository(mutability: str | None = "MUTABLE", *filters: str, flag: bool | None = False) -> Observation:
    exclusions = tuple(Exclusion(text) for text in filters)
    return Observation(Repository("1", "eu-west-1", "pay", "", mutability, exclusions, flag), UNREAD)


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        (Tags("IMMUTABLE"), "IMMUTABLE"),
        (Tags("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*")), "IMMUTABLE_WITH_EXCLUSION (latest, dev-*)"),
        (Scanning(scan_on_push=True), "scanOnPush true"),
        (
            RegistryFilter("*", is_there=True, scan_type="BASIC", rules=(rule(ON_PUSH, "a", "*"), rule(MANUAL))),
            "BASIC, SCAN_ON_PUSH: a, *; MANUAL: no filter",
        ),
        (RegistryFilter("*", is_there=False, scan_type="BASIC"), "BASIC without any scanning rule"),
        (TemplateTags(ROOT), "no template ROOT"),
        (
            TemplateTags(ROOT, "IMMUTABLE", (), ("CREATE_ON_PUSH", "REPLICATION")),
            "template ROOT with IMMUTABLE for CREATE_ON_PUSH, REPLICATION",
        ),
    ],
)
def test_a_setting_is_shown_as_people_read_it(setting: Setting, shown: str) -> None:
    assert str(setting) == shown


def test_a_hundred_filters_are_shown_as_the_first_forty_and_a_count() -> None:
    full = RegistryFilter("x", is_there=False, scan_type="BASIC", rules=(rule(ON_PUSH, *map(str, range(100))),))
    assert str(full).endswith("38, 39 and 60 more")


def test_the_order_of_filters_and_uses_is_of_no_meaning() -> None:
    state = RegistryState("1", UNREAD, (OTHERS,))
    wanted = TemplateTags("team-a", "IMMUTABLE_WITH_EXCLUSION", ("a", "b"), ("CREATE_ON_PUSH", "REPLICATION"))
    assert is_set(state, wanted)
    assert is_set(repository("IMMUTABLE_WITH_EXCLUSION", "b", "a"), Tags("IMMUTABLE_WITH_EXCLUSION", ("a", "b")))


@pytest.mark.parametrize(
    "other",
    [
        TemplateTags("team-a", "IMMUTABLE", ("a", "b"), ("CREATE_ON_PUSH", "REPLICATION")),
        TemplateTags("team-a", "IMMUTABLE_WITH_EXCLUSION", ("a",), ("CREATE_ON_PUSH", "REPLICATION")),
        TemplateTags("team-a", "IMMUTABLE_WITH_EXCLUSION", ("a", "b"), ("CREATE_ON_PUSH",)),
        TemplateTags("team-a"),
    ],
)
def test_another_mutability_filter_or_use_is_another_setting(other: TemplateTags) -> None:
    assert not is_set(RegistryState("1", UNREAD, (OTHERS,)), other)


def test_no_template_is_a_setting_too() -> None:
    assert is_set(RegistryState("1", UNREAD, ()), TemplateTags(ROOT))
    assert not is_set(RegistryState("1", UNREAD, UNREAD), TemplateTags(ROOT))


def test_a_filter_is_there_where_a_rule_that_scans_on_push_has_it_whatever_others_are() -> None:
    registry = enhanced(rule(CONTINUOUS, "x"), rule(ON_PUSH, "a", "b"))
    state = RegistryState("1", registry, UNREAD)
    assert is_set(state, RegistryFilter("a", is_there=True, scan_type="ENHANCED"))
    assert is_set(state, RegistryFilter("x", is_there=False, scan_type="ENHANCED"))
    assert not is_set(state, RegistryFilter("a", is_there=True, scan_type="BASIC"))
    assert scans(registry.rules, "b")
    assert not scans(registry.rules, "x")


@pytest.mark.parametrize(
    ("seen", "like"),
    [
        (RegistryState("1", UNREAD, ()), RegistryFilter("*", is_there=True, scan_type="BASIC")),
        (RegistryState("1", basic(), UNREAD), TemplateTags(ROOT, "IMMUTABLE")),
        (RegistryState("1", basic(), ()), Tags("IMMUTABLE")),
        (RegistryState("1", basic(), ()), Scanning(scan_on_push=True)),
        (repository(flag=None), Scanning(scan_on_push=False)),
        (repository(), TemplateTags(ROOT)),
        (repository(), RegistryFilter("*", is_there=False, scan_type="BASIC")),
    ],
)
def test_what_was_not_read_is_not_known_and_not_as_it_should_be(
    seen: Observation | RegistryState, like: Setting
) -> None:
    assert present(seen, like) is None
    assert not is_set(seen, like)


@given(STATES, st.sampled_from(("ROOT", "team-a", "cache")), st.sampled_from(("*", "a", "ab")))
def test_what_is_present_is_set(state: RegistryState, prefix: str, text: str) -> None:
    for like in (TemplateTags(prefix), RegistryFilter(text, is_there=True, scan_type="BASIC")):
        now = present(state, like)
        assert now is None or is_set(state, now)
