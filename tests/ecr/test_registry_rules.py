"""A registry's rules: whatever is added to them and taken out again, nothing of anybody else's is lost or changed."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecr.controls import evaluate
from ecr.errors import UsageError
from ecr.model import Observation, Policy, RegistryScanning, Repository, Rule, ScanFilter, ScanRule, Target, Verdict
from ecr.registry_rules import (
    MOST_FILTERS,
    MOST_RULES,
    doubt,
    filter_of,
    is_scanned,
    may_be_scanned,
    merged,
    others,
    scans_everything,
    touched,
    without,
)
from ecr.scanning import filter_matches
from tests.ecr.registries import (
    CONTINUOUS,
    FILTERS,
    MANUAL,
    NAMES,
    ODD_REGISTRIES,
    ON_PUSH,
    REGISTRIES,
    basic,
    enhanced,
    rule,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET = Target("111111111111", "eu-west-1")
MINE = st.lists(st.text("xyz", min_size=1, max_size=3), min_size=1, max_size=4, unique=True)
"""Filters that nobody else has: those of others are of other letters."""


@st.composite
def full_registries(draw: st.DrawFn) -> RegistryScanning:
    """Draw registries with rules of up to a hundred filters, where most of the room is taken."""
    frequencies = draw(st.lists(st.sampled_from((ON_PUSH, CONTINUOUS, MANUAL)), max_size=2, unique=True))
    counts = [draw(st.sampled_from((0, 1, 50, 97, 98, 99, 100))) for _ in frequencies]
    return RegistryScanning(
        draw(st.sampled_from(("BASIC", "ENHANCED"))),
        tuple(rule(one, *(f"a{n}" for n in range(count))) for one, count in zip(frequencies, counts, strict=True)),
    )


@st.composite
def edits(draw: st.DrawFn) -> tuple[tuple[str, str, str], ...]:
    """Draw what others do to the rules: they add filters of their own, or take such out."""
    what = st.tuples(st.sampled_from(("add", "take")), st.sampled_from((ON_PUSH, CONTINUOUS, MANUAL)), FILTERS)
    return tuple(draw(st.lists(what, max_size=6)))


def edited(registry: RegistryScanning, done: Sequence[tuple[str, str, str]]) -> RegistryScanning:
    """Return a registry as others leave it: they keep within two rules of a hundred, and drop no rule of ours."""
    held = {one.frequency: [f.text for f in one.filters] for one in registry.rules}
    for what, frequency, text in done:
        if what == "take" and text in held.get(frequency, ()):
            held[frequency].remove(text)
        elif what == "add" and (frequency in held or len(held) < MOST_RULES):
            some = held.setdefault(frequency, [])
            if text not in some and len(some) < MOST_FILTERS:
                some.append(text)
    return RegistryScanning(registry.scan_type, tuple(rule(one, *some) for one, some in held.items()))


def pairs(rules: Sequence[ScanRule]) -> Counter[tuple[str, str]]:
    return Counter((one.frequency, f.text) for one in rules for f in one.filters)


def frequencies(rules: Sequence[ScanRule]) -> list[str]:
    return [one.frequency for one in rules]


@given(REGISTRIES | full_registries(), MINE)
def test_nothing_foreign_is_ever_lost_or_changed_by_adding(registry: RegistryScanning, mine: list[str]) -> None:
    try:
        rules = merged(registry, mine)
    except UsageError:
        return
    assert pairs(rules) - pairs(registry.rules) == Counter((str(ON_PUSH), text) for text in mine)
    assert not pairs(registry.rules) - pairs(rules)
    assert len(rules) <= MOST_RULES
    assert all(len(one.filters) <= MOST_FILTERS for one in rules)
    assert frequencies(rules)[: len(registry.rules)] == frequencies(registry.rules)
    for was, now in zip(registry.rules, rules, strict=False):
        assert now.filters[: len(was.filters)] == was.filters
        assert was.frequency == ON_PUSH or now == was


@given(REGISTRIES | full_registries(), MINE)
def test_what_is_added_goes_in_wherever_there_is_room(registry: RegistryScanning, mine: list[str]) -> None:
    on_push = [one for one in registry.rules if one.frequency == ON_PUSH]
    has_room = len(on_push[0].filters) + len(mine) <= MOST_FILTERS if on_push else len(registry.rules) < MOST_RULES
    if has_room:
        assert merged(registry, mine)
    else:
        with pytest.raises(UsageError):
            merged(registry, mine)


@given(REGISTRIES | full_registries(), MINE)
def test_adding_twice_adds_once(registry: RegistryScanning, mine: list[str]) -> None:
    try:
        once = merged(registry, [*mine, *mine])
    except UsageError:
        return
    assert merged(RegistryScanning(registry.scan_type, once), mine) == once
    assert once == merged(registry, mine)


@given(REGISTRIES, MINE)
def test_taking_out_what_was_added_leaves_exactly_what_was(registry: RegistryScanning, mine: list[str]) -> None:
    try:
        rules = merged(registry, mine)
    except UsageError:
        return
    assert without(RegistryScanning(registry.scan_type, rules), mine, registry.rules) == registry.rules


@given(REGISTRIES | full_registries(), MINE, edits())
@example(basic(rule(ON_PUSH, "a")), ["x"], (("take", ON_PUSH, "a"),))
@example(basic(), ["x"], (("add", ON_PUSH, "a"),))
def test_undo_after_edits_of_others_leaves_exactly_theirs(
    registry: RegistryScanning, mine: list[str], done: tuple[tuple[str, str, str], ...]
) -> None:
    try:
        rules = merged(registry, mine)
    except UsageError:
        return
    meanwhile = edited(RegistryScanning(registry.scan_type, rules), done)
    left = without(meanwhile, mine, registry.rules)
    theirs = {pair: count for pair, count in pairs(meanwhile.rules).items() if pair[1] not in mine}
    assert pairs(left) == Counter(theirs)
    assert len(left) <= MOST_RULES
    assert frequencies(left) == [one for one in frequencies(meanwhile.rules) if one in frequencies(left)]


@given(REGISTRIES, st.permutations(["x", "y", "z"]), st.permutations(["x", "y", "z"]))
@example(basic(), ["x", "y", "z"], ["x", "y", "z"])
def test_several_requests_undone_in_any_order_leave_exactly_what_was(
    registry: RegistryScanning, asked: list[str], undone: list[str]
) -> None:
    now, before = registry, {}
    for text in asked:
        before[text] = now.rules
        try:
            now = RegistryScanning(registry.scan_type, merged(now, [text]))
        except UsageError:
            return
    for text in undone:
        now = RegistryScanning(registry.scan_type, without(now, [text], before[text]))
    assert pairs(now.rules) == pairs(registry.rules)
    if all(one.filters for one in registry.rules):
        assert now.rules == registry.rules


def test_a_filter_of_ours_that_somebody_took_out_is_gone_already() -> None:
    assert without(basic(rule(ON_PUSH, "a")), ["x"], ()) == (rule(ON_PUSH, "a"),)


def test_a_filter_by_the_same_text_of_another_frequency_stays() -> None:
    both = enhanced(rule(ON_PUSH, "x"), rule(CONTINUOUS, "x"))
    assert without(both, ["x"], (rule(CONTINUOUS, "x"),)) == (rule(CONTINUOUS, "x"),)


def test_a_second_rule_that_scans_on_push_is_not_made() -> None:
    full = basic(rule(ON_PUSH, *(f"team-{n}/*" for n in range(100))))
    with pytest.raises(UsageError) as refused:
        merged(full, ["x"])
    assert str(refused.value) == (
        "The filter x cannot be added: the rule that scans on push has its 100 filters. 100 of them begin with team-: "
        "team-* would stand for all of those, and for others like them."
    )


def test_two_rules_none_of_which_scans_on_push_leave_no_room() -> None:
    with pytest.raises(UsageError) as refused:
        merged(enhanced(rule(CONTINUOUS, "a"), rule(MANUAL, "b")), ["x"])
    assert str(refused.value) == (
        "The filter x cannot be added: the registry has its 2 rules, of CONTINUOUS_SCAN and MANUAL, and none that "
        "scans on push. Take one of them out by hand."
    )


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        (RegistryScanning("NEWER"), "The registry's scan type NEWER is not one this release knows"),
        (basic(ScanRule(ON_PUSH, (ScanFilter("a.*", understood=False),))), "writing the list would lose it"),
    ],
)
def test_what_writing_the_list_would_lose_is_not_written(registry: RegistryScanning, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        merged(registry, ["x"])
    with pytest.raises(UsageError, match=re.escape(said)):
        without(registry, ["x"], ())


def test_what_others_changed_meanwhile_is_told_and_what_is_mine_is_not() -> None:
    before = (rule(ON_PUSH, "a", "x"), rule(MANUAL, "m"))
    now = (rule(ON_PUSH, "b", "y"), rule(MANUAL, "m"))
    assert others(before, now, ("x", "y")) == (
        "Somebody else added b (SCAN_ON_PUSH) meanwhile.",
        "Somebody else took out a (SCAN_ON_PUSH) meanwhile.",
    )
    assert others(before, before, ()) == ()


def judged(registry: RegistryScanning, name: str) -> Verdict:
    """Return the control's verdict about scanning on a repository whose own flag is not set."""
    repository = Repository("1", "eu-west-1", name, "", "IMMUTABLE", (), scan_on_push=False)
    findings = evaluate(Observation(repository, registry), Policy(), TARGET).findings
    return next(one.verdict for one in findings if one.rule is Rule.SCAN_ON_PUSH)


@given(REGISTRIES, NAMES)
def test_what_a_rule_scans_is_what_the_control_passes(registry: RegistryScanning, name: str) -> None:
    assert is_scanned(registry, name) == (judged(registry, name) is Verdict.PASS)


@given(ODD_REGISTRIES, NAMES)
def test_what_is_not_understood_is_neither_scanned_nor_missed_for_sure(registry: RegistryScanning, name: str) -> None:
    verdict = judged(registry, name)
    assert verdict is not Verdict.PASS or is_scanned(registry, name)
    assert verdict is not Verdict.FAIL or not is_scanned(registry, name)
    assert (verdict is Verdict.FAIL) or may_be_scanned(registry, name)
    if scans_everything(registry) and not doubt(registry):
        assert verdict is Verdict.PASS


@given(REGISTRIES, FILTERS, st.lists(NAMES, max_size=5))
def test_what_a_filter_touches_is_what_the_control_passes_because_of_it(
    registry: RegistryScanning, text: str, names: list[str]
) -> None:
    try:
        new = RegistryScanning(registry.scan_type, merged(registry, [text]))
    except UsageError:
        return
    changed = [name for name in names if judged(registry, name) is not judged(new, name)]
    assert list(touched(registry, text, names)) == changed
    assert all(judged(new, name) is Verdict.PASS for name in changed)


@given(REGISTRIES, st.lists(NAMES, max_size=5))
def test_what_scans_everything_misses_nothing(registry: RegistryScanning, names: list[str]) -> None:
    if scans_everything(registry):
        assert all(is_scanned(registry, name) for name in names)


@pytest.mark.parametrize(
    ("registry", "found"),
    [
        (basic(), None),
        (basic(rule(ON_PUSH, "a", "**")), rule(ON_PUSH, "a", "**")),
        (basic(rule(CONTINUOUS, "*")), None),
        (basic(rule(MANUAL, "*")), None),
        (enhanced(rule(ON_PUSH, "*"), rule(CONTINUOUS, "*")), rule(CONTINUOUS, "*")),
        (basic(rule(ON_PUSH, "a*", "*b")), None),
        (basic(ScanRule(ON_PUSH, (ScanFilter("*", understood=False),))), None),
    ],
)
def test_the_rule_that_scans_everything_has_a_filter_of_asterisks_alone(
    registry: RegistryScanning, found: ScanRule | None
) -> None:
    assert scans_everything(registry) == found


REPOSITORY_NAME = st.from_regex(
    r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*", fullmatch=True
)
FILTER_OF_ECR = re.compile(r"[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*")
"""https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ScanningRepositoryFilter.html"""


@given(REPOSITORY_NAME.filter(lambda name: len(name) <= 256))
@example("a--b/c__d")
@example("a" * 256)
@example("ab" * 126 + "--cd")
def test_the_filter_of_a_repository_matches_it_and_is_one_of_ecr_s(name: str) -> None:
    text = filter_of(name)
    assert filter_matches(text, name)
    assert FILTER_OF_ECR.fullmatch(text)
    assert len(text) <= 255
