"""What guards an account and region: the verdict on each guardrail, with evidence that says what is missed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr.controls import evaluate
from ecr.guardrails import Guard, Guarded, Guardrail, judge, some
from ecr.model import (
    ROOT,
    CreationTemplate,
    Exclusion,
    Mode,
    Observation,
    Policy,
    RegistryScanning,
    RegistryState,
    Repository,
    Rule,
    ScanFilter,
    ScanRule,
    Target,
    Unreadable,
    Verdict,
)
from tests.ecr.registries import CONTINUOUS, MANUAL, NAMES, ON_PUSH, STATES, basic, enhanced, rule

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
POLICY = Policy(Mode.EFFECTIVE, frozenset({"latest"}))
UNREAD = Unreadable("It was refused.")
TARGET = Target("111111111111", "eu-west-1")
CACHE = "immutability would stop a pull-through cache from refreshing what it has"
NO_PUSH = "It is not applied for CREATE_ON_PUSH, and so ECR creates nothing on a push by it."
IMMUTABLE = "Tag mutability is IMMUTABLE: no tag can be overwritten."
MUTABLE = "Tag mutability is MUTABLE: every tag can be overwritten."
NO_ROOT = "There is no template ROOT: what ECR creates by replication has tags that can be overwritten."


def scanning(registry: RegistryScanning, *names: str, policy: Policy = POLICY, whole: bool = True) -> Guard:
    return judge(RegistryState("1", registry, ()), names, policy, whole=whole)[0]


def templates(*some: CreationTemplate, policy: Policy = POLICY) -> Guard:
    return judge(RegistryState("1", basic(), some), (), policy)[1]


def template(prefix: str, mutability: str | None = "IMMUTABLE", *uses: str, filters: str = "") -> CreationTemplate:
    exclusions = tuple(Exclusion(text) for text in filters.split())
    return CreationTemplate(prefix, uses or ("CREATE_ON_PUSH", "REPLICATION"), mutability, exclusions)


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        (basic(rule(ON_PUSH, "a", "*")), "The BASIC registry rule with the filter * scans every repository on push."),
        (
            enhanced(rule(ON_PUSH, "**")),
            "The ENHANCED registry rule with the filter ** scans every repository on push.",
        ),
        (
            enhanced(rule(CONTINUOUS, "*"), rule("HOURLY", "a")),
            "The ENHANCED registry rule with the filter * scans every repository continuously, from the push on.",
        ),
    ],
)
def test_a_rule_that_scans_everything_passes(registry: RegistryScanning, said: str) -> None:
    assert scanning(registry, "a", "b") == Guard(Guardrail.SCANNING_RULE, PASS, (said,))


@pytest.mark.parametrize(
    ("registry", "said", "missed"),
    [
        (
            basic(),
            (
                "No rule scans 3 of 3 repositories on push, for the BASIC registry has no scanning rule: a, ab, b. "
                "Their own flags decide."
            ),
            ("a", "ab", "b"),
        ),
        (
            basic(rule(ON_PUSH, "b")),
            (
                "No rule scans 1 of 3 repositories on push, for no rule of the BASIC registry has the filter *: a. "
                "Their own flags may still count."
            ),
            ("a",),
        ),
        (
            enhanced(rule(ON_PUSH, "b"), rule(MANUAL, "*")),
            "No rule scans 1 of 3 repositories on push, for no rule of the ENHANCED registry has the filter *: a.",
            ("a",),
        ),
        (
            enhanced(rule(ON_PUSH, "a", "b")),
            (
                "All 3 repositories are scanned, but a new one is scanned only where its name happens to match: no "
                "rule of the ENHANCED registry has the filter *."
            ),
            (),
        ),
    ],
)
def test_without_one_it_fails_and_names_what_is_missed(
    registry: RegistryScanning, said: str, missed: tuple[str, ...]
) -> None:
    assert scanning(registry, "a", "ab", "b") == Guard(Guardrail.SCANNING_RULE, FAIL, (said,), missed)


def test_where_there_is_no_repository_yet_a_new_one_would_be_missed() -> None:
    assert scanning(basic()).evidence == (
        "There is no repository yet, and no rule scans a new one: the BASIC registry has no scanning rule."
    )


def test_where_repositories_are_not_known_nobody_can_tell_which_are_missed() -> None:
    [guard, _] = judge(RegistryState("1", basic(), ()), None, POLICY)
    assert (guard.verdict, guard.missed, guard.evidence) == (
        FAIL,
        (),
        "Which repositories are missed is not known, for none were read: the BASIC registry has no scanning rule.",
    )


def test_where_only_the_first_are_known_that_is_said() -> None:
    names = tuple(f"r{number:04}" for number in range(1000))
    assert scanning(enhanced(), *names, whole=False).evidence == (
        "No rule scans 1,000 of the first 1,000 repositories on push, for the ENHANCED registry has no scanning rule: "
        f"{', '.join(names[:10])} and 990 more."
    )
    assert scanning(enhanced(rule(ON_PUSH, "r")), *names, whole=False).evidence.startswith(
        "All the first 1,000 repositories are scanned, but a new one is scanned only where its name"
    )


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        (RegistryScanning("NEWER"), "The registry's scan type 'NEWER' is not one this release knows."),
        (
            enhanced(rule(ON_PUSH, "*"), rule("HOURLY", "a")),
            "A registry rule's frequency 'HOURLY' is not a known one.",
        ),
        (
            enhanced(ScanRule(ON_PUSH, (ScanFilter(".*", understood=False),))),
            "A registry rule has a filter of a kind that this release does not know.",
        ),
    ],
)
def test_what_is_not_understood_is_unknown(registry: RegistryScanning, said: str) -> None:
    assert scanning(registry, "a", "b") == Guard(Guardrail.SCANNING_RULE, UNKNOWN, (said,))


def test_what_is_missed_for_sure_fails_whatever_else_is_not_understood() -> None:
    guard = scanning(enhanced(rule(ON_PUSH, "c"), rule("HOURLY", "a")), "a", "b", "c")
    assert (guard.verdict, guard.missed) == (FAIL, ("b",))


def test_literal_mode_says_that_each_flag_counts() -> None:
    literal = Policy(Mode.LITERAL)
    said = "In literal mode each repository's own flag counts, which no rule sets."
    assert scanning(basic(rule(ON_PUSH, "*")), "a", policy=literal).sentences[1:] == (said,)
    assert scanning(basic(), "a", policy=literal).sentences[1:] == (said,)


@pytest.mark.parametrize(
    ("there", "verdict", "said"),
    [
        ((), FAIL, (NO_ROOT,)),
        ((template(ROOT),), PASS, (f"Template ROOT: {IMMUTABLE}",)),
        ((template("team-a"),), FAIL, (NO_ROOT, f"Template team-a: {IMMUTABLE}")),
        ((template(ROOT, "MUTABLE"),), FAIL, (f"Template ROOT: {MUTABLE}",)),
        (
            (template(ROOT, "IMMUTABLE", "REPLICATION"),),
            PASS,
            (f"Template ROOT: {IMMUTABLE} {NO_PUSH}",),
        ),
        (
            (template(ROOT, "IMMUTABLE", "PULL_THROUGH_CACHE"),),
            FAIL,
            ("Template ROOT is not applied for REPLICATION.",),
        ),
        (
            (template("team-a", "MUTABLE"), template(ROOT)),
            FAIL,
            (f"Template team-a: {MUTABLE}", f"Template ROOT: {IMMUTABLE}"),
        ),
        (
            (template(ROOT), template("hub", "MUTABLE", "PULL_THROUGH_CACHE")),
            PASS,
            (
                f"Template ROOT: {IMMUTABLE}",
                f"Template hub is left out: it is for a pull-through cache alone, and {CACHE}.",
            ),
        ),
        (
            (template(ROOT), template("hub", "MUTABLE", "PULL_THROUGH_CACHE", "CREATE_ON_PUSH")),
            FAIL,
            (
                f"Template hub: {MUTABLE} It serves a pull-through cache too, and {CACHE}.",
                f"Template ROOT: {IMMUTABLE}",
            ),
        ),
        (
            (template(ROOT, None),),
            UNKNOWN,
            ("Template ROOT: ECR's answer for this repository has no tag mutability.",),
        ),
        (
            (template(ROOT, "IMMUTABLE_WITH_EXCLUSION", filters="latest"),),
            PASS,
            ("Template ROOT: Every tag is immutable but those matching latest, which the policy accepts.",),
        ),
    ],
)
def test_templates_are_judged_as_what_is_created_by_them(
    there: tuple[CreationTemplate, ...], verdict: Verdict, said: tuple[str, ...]
) -> None:
    assert templates(*there) == Guard(Guardrail.CREATION_TEMPLATE, verdict, said)


def test_a_template_that_is_applied_for_nothing_is_none_of_a_cache_s() -> None:
    nothing = CreationTemplate("team-a", (), "MUTABLE", ())
    assert templates(template(ROOT), nothing).sentences[0] == f"Template team-a: {MUTABLE}"


def test_what_could_not_be_read_is_unknown_with_the_reason() -> None:
    guards = judge(RegistryState("1", UNREAD, UNREAD), ("a",), POLICY)
    assert guards == (
        Guard(Guardrail.SCANNING_RULE, UNKNOWN, ("It was refused.",)),
        Guard(Guardrail.CREATION_TEMPLATE, UNKNOWN, ("It was refused.",)),
    )


def test_an_account_and_region_is_as_its_worst_guardrail() -> None:
    state = RegistryState("1", basic(rule(ON_PUSH, "*")), UNREAD)
    assert Guarded(TARGET, state, judge(state, (), POLICY), 0, None).verdict is UNKNOWN
    state = RegistryState("1", basic(), UNREAD)
    assert Guarded(TARGET, state, judge(state, (), POLICY), 0, None).verdict is FAIL


def test_the_first_ten_of_many_are_named() -> None:
    assert some(("a", "b")) == "a, b"
    assert some(tuple("abcdefghijkl")) == "a, b, c, d, e, f, g, h, i, j and 2 more"


def control(state: RegistryState, name: str) -> Verdict:
    """Return the control's verdict about scanning on a repository whose own flag is not set."""
    repository = Repository("1", "eu-west-1", name, "", "IMMUTABLE", (), scan_on_push=False)
    found = evaluate(Observation(repository, state.registry), POLICY, TARGET).findings
    return next(one.verdict for one in found if one.rule is Rule.SCAN_ON_PUSH)


@given(STATES, st.lists(NAMES, max_size=5))
def test_a_guarded_registry_has_no_repository_that_the_control_fails(state: RegistryState, names: list[str]) -> None:
    guard = judge(state, names, POLICY)[0]
    verdicts = {name: control(state, name) for name in names}
    if guard.verdict is PASS:
        assert set(verdicts.values()) <= {PASS}
    assert set(guard.missed) <= {name for name, verdict in verdicts.items() if verdict is FAIL}
    if guard.verdict is FAIL:
        assert guard.missed == tuple(name for name in names if verdicts[name] is FAIL)
