"""What guards, as Slack takes it: what is unguarded first, what is unknown with its reason, and all that is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecr.errors import UsageError
from ecr.guardrails import NOT_GUARDED, Guarded, judge
from ecr.model import (
    ALL_REGIONS,
    CreationTemplate,
    Exclusion,
    Policy,
    RegistryScanning,
    RegistryState,
    ScanFilter,
    ScanRule,
    Target,
    Unreadable,
)
from handlers.blocks.finding import STALE
from handlers.blocks.guard_button import places, targets_of
from handlers.blocks.guardrails import GuardrailsView, Reading, guarded
from handlers.blocks.text import moment
from tests.handlers.blocks.examples import PROD, STAGING, accepted, buttons, texts

AT = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
NOW = Reading(AT)
ALL = GuardrailsView()
ON_PUSH, CONTINUOUS = "SCAN_ON_PUSH", "CONTINUOUS_SCAN"
UNSET = RegistryScanning("BASIC")
ROOT = CreationTemplate("ROOT", ("CREATE_ON_PUSH", "REPLICATION"), "IMMUTABLE")
THEIRS = CreationTemplate("team-<a>", ("CREATE_ON_PUSH",), "MUTABLE_WITH_EXCLUSION", (Exclusion("v*"),))
DENIED = "Role arn:aws:iam::222222222222:role/<r> may not call ecr:DescribeRepositoryCreationTemplates."


def scanning(*texts_: str, frequency: str = ON_PUSH, scan_type: str = "BASIC") -> RegistryScanning:
    return RegistryScanning(scan_type, (ScanRule(frequency, tuple(map(ScanFilter, texts_))),))


def told(
    registry: RegistryScanning | Unreadable = UNSET,
    templates: tuple[CreationTemplate, ...] | Unreadable = (),
    *,
    target: Target = PROD,
    names: tuple[str, ...] | None = ("api", "web"),
) -> Guarded:
    """Return what guards a registry that was read three hours ago."""
    state = RegistryState(target.account, registry, templates)
    count = None if names is None else len(names)
    return Guarded(target, state, judge(state, names, Policy()), count, AT - timedelta(hours=3))


GOOD = told(scanning("*"), (ROOT,))
BARE = told()


def places_of(count: int) -> tuple[Target, ...]:
    return tuple(Target(f"{n:012}", "eu-west-1") for n in range(count))


def test_what_guards_is_told_with_its_evidence_and_what_no_setting_can_guard_once() -> None:
    message = guarded([GOOD], ALL, NOW)
    assert texts(accepted(message)) == [
        "*prod (111111111111) in eu-west-1 is guarded.* By what AWS answers now.",
        (
            ":large_green_circle: *prod (111111111111) in eu-west-1* · 2 repositories\n"
            ":large_green_circle: *Scanning* The BASIC registry rule with the filter * scans every repository on push."
            "\n"
            "Its rules: `BASIC, SCAN_ON_PUSH: *`\n"
            ":large_green_circle: *Creation templates* Template ROOT: Tag mutability is IMMUTABLE: no tag can be "
            "overwritten.\n"
            "Its templates: `template ROOT with IMMUTABLE for CREATE_ON_PUSH, REPLICATION`"
        ),
        NOT_GUARDED,
        f"Page 1 of 1 · {moment(AT)}",
    ]
    assert buttons(accepted(message)) == {}
    assert message.text == "prod (111111111111) in eu-west-1 is guarded."


def test_what_does_not_is_told_with_who_is_missed_and_what_others_have_there() -> None:
    one = told(scanning("web", scan_type="ENHANCED"), (THEIRS,))
    payload = accepted(guarded([one], ALL, NOW))
    assert texts(payload)[1].splitlines() == [
        ":red_circle: *prod (111111111111) in eu-west-1* · 2 repositories",
        (
            ":red_circle: *Scanning* No rule scans 1 of 2 repositories on push, for no rule of the ENHANCED registry "
            "has the filter *: api."
        ),
        "Its rules: `ENHANCED, SCAN_ON_PUSH: web`",
        texts(payload)[1].splitlines()[3],
        "Its templates: `template team-&lt;a&gt; with MUTABLE_WITH_EXCLUSION (v*) for CREATE_ON_PUSH`",
    ]
    assert "There is no template ROOT" in texts(payload)[1]
    assert buttons(payload) == {"Guard": "111111111111 eu-west-1"}


def test_what_could_not_be_read_is_unknown_with_the_missing_action_and_can_not_be_guarded() -> None:
    one = told(Unreadable(DENIED), Unreadable(DENIED), target=STAGING, names=None)
    payload = accepted(guarded([one], ALL, NOW))
    shown = DENIED.replace("<", "&lt;").replace(">", "&gt;")
    assert texts(payload)[:2] == [
        "*staging (222222222222) in us-east-1 is unknown.* By what AWS answers now.",
        (
            ":white_circle: *staging (222222222222) in us-east-1*\n"
            f":white_circle: *Scanning and creation templates* {shown}"
        ),
    ]
    assert buttons(payload) == {}


def test_where_half_is_unknown_and_half_is_missing_the_missing_half_can_be_guarded() -> None:
    payload = accepted(guarded([told(templates=Unreadable(DENIED))], ALL, NOW))
    assert texts(payload)[1].startswith(":red_circle: ")
    assert buttons(payload) == {"Guard": "111111111111 eu-west-1"}


@pytest.mark.parametrize("target", [Target(None, "eu-west-1"), Target("1" * 12, ALL_REGIONS)])
def test_what_is_not_known_to_be_whose_or_where_can_not_be_guarded(target: Target) -> None:
    assert buttons(accepted(guarded([told(target=target)], ALL, NOW))) == {}


def test_what_is_unguarded_comes_first_then_what_is_unknown_and_the_numbers_are_of_all() -> None:
    one, two, three = places_of(3)
    unknown = told(Unreadable(DENIED), Unreadable(DENIED), target=two)
    found = [replace(GOOD, target=one), unknown, replace(BARE, target=three)]
    said = texts(accepted(guarded(found, ALL, NOW)))
    assert said[0] == "*1 of 3 accounts and regions is guarded; 1 is unknown.* By what AWS answers now."
    assert [text.splitlines()[0].split(" *")[1][:12] for text in said[1:4]] == [three.account, two.account, one.account]


def test_two_hundred_are_paged_and_those_of_a_page_can_be_asked_for_at_once() -> None:
    found = [replace(GOOD if n < 3 else BARE, target=place) for n, place in enumerate(places_of(200))]
    first, last = (accepted(guarded(found, GuardrailsView("prod", None, page), NOW)) for page in (0, 19))
    assert texts(first)[0].startswith("*3 of 200 accounts and regions are guarded.*")
    [row] = [block for block in first["blocks"] if block["type"] == "actions"]
    assert [(one["text"]["text"], one["action_id"]) for one in row["elements"]] == [
        ("Guard all of these", "guard:all"),
        ("Next", "guardrails:next"),
    ]
    assert row["elements"][0]["value"] == places(places_of(13)[3:])
    assert GuardrailsView.of(row["elements"][1]["value"]) == GuardrailsView("prod", None, 1)
    assert texts(last)[-1] == f"Page 20 of 20 · {moment(AT)}"
    assert list(buttons(last)) == ["Guard", "Guard all of these", "Previous"]
    assert texts(accepted(guarded(found, GuardrailsView(page=99), NOW)))[-1].startswith("Page 20 of 20")


def test_what_is_only_known_says_how_old_it_is_and_that_aws_is_asked() -> None:
    one = guarded([BARE], ALL, Reading(AT, is_asking=True))
    assert texts(accepted(one))[0].endswith("is not guarded.* As read 3 hours ago. Asking AWS…")
    older = replace(GOOD, target=STAGING, read_at=AT - timedelta(days=5))
    two = guarded([BARE, older], ALL, Reading(AT, trouble="The history is <gone>."))
    assert texts(accepted(two))[:2] == [
        "*1 of 2 accounts and regions is guarded.* As read last, the oldest of it 5 days ago.",
        ":warning: The history is &lt;gone&gt;.",
    ]


def test_where_nothing_is_meant_that_is_said() -> None:
    assert texts(accepted(guarded([], GuardrailsView("prd", "eu-west-9"), NOW))) == [
        "prd eu-west-9 is no account and region of the settings."
    ]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        "payments-api",
        '{"guardrails":[],"page":0}',
        '{"guardrails":[1,2],"page":0}',
        '{"guardrails":[null,null],"page":-1}',
        '{"guardrails":[null,null],"page":true}',
        '{"guardrails":[null,null,null],"page":0}',
        '{"guardrails":null,"page":0}',
        "[" * 100_000,
    ],
)
def test_a_page_of_a_forged_or_older_button_is_stale(value: str) -> None:
    with pytest.raises(UsageError) as refused:
        GuardrailsView.of(value)
    assert str(refused.value) == STALE


@pytest.mark.parametrize(
    "value", ["", "prod", "111111111111", "111111111111 eu west", "1 eu-west-1", ",".join(["111111111111 r-1"] * 11)]
)
def test_a_guard_button_that_carries_something_else_is_stale(value: str) -> None:
    with pytest.raises(UsageError) as refused:
        targets_of(value)
    assert str(refused.value) == STALE


def test_a_guard_button_carries_each_account_and_region_once() -> None:
    assert targets_of(places(places_of(10))) == places_of(10)
    assert targets_of(places([PROD, PROD])) == (replace(PROD, name=None),)


WORDS = st.text(alphabet="<>&`*_|@! \nab→", max_size=60).map(lambda text: text * 50)
RULES = st.builds(
    ScanRule, st.sampled_from([ON_PUSH, CONTINUOUS]) | WORDS, st.lists(st.builds(ScanFilter, WORDS)).map(tuple)
)
TEMPLATES = st.builds(
    CreationTemplate,
    WORDS,
    st.tuples(WORDS),
    WORDS | st.none(),
    st.none() | st.lists(st.builds(Exclusion, WORDS), max_size=2).map(tuple),
)
STATE = st.builds(
    told,
    st.builds(RegistryScanning, st.sampled_from(["BASIC", "ENHANCED"]) | WORDS, st.lists(RULES, max_size=2).map(tuple))
    | st.builds(Unreadable, WORDS),
    st.lists(TEMPLATES, max_size=3).map(lambda some: tuple(some * 15)) | st.builds(Unreadable, WORDS),
    target=st.builds(
        Target, st.sampled_from(["1" * 12, None]), st.sampled_from(["eu-west-1", "all"]), WORDS | st.none()
    ),
    names=st.lists(WORDS, max_size=3).map(lambda some: tuple(some * 10)) | st.none(),
)


@given(st.lists(STATE, min_size=1, max_size=2), st.integers(0, 3), st.booleans(), WORDS)
@settings(max_examples=40, deadline=None)
def test_slack_takes_whatever_guards_and_nothing_of_it_is_markup(
    some: list[Guarded], page: int, is_asking: Any, trouble: str
) -> None:
    message = guarded(some * 12, GuardrailsView(page=page), Reading(AT, is_asking=is_asking, trouble=trouble))
    payload = accepted(message)
    assert len(message.blocks) <= 50
    assert all("<!channel" not in text and "<a" not in text for text in texts(payload))
