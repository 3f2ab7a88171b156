"""Plans of guardrails: applied and judged again they pass, undone they leave what was, and what they touch is named."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ecr.arns import registry_arn
from ecr.changes import Action, Change, Choice, Plan, adding, undone
from ecr.errors import UsageError
from ecr.guardrail_plan import CREATES_ON_PUSH, LEFT_OUT, plan, together, touching
from ecr.guardrails import REGISTRY, Guardrail, judge, judged
from ecr.model import (
    ROOT,
    CreatedBy,
    CreationTemplate,
    Exclusion,
    Mode,
    Policy,
    RegistryScanning,
    RegistryState,
    Rule,
    Target,
    Unreadable,
    Verdict,
)
from ecr.registry_rules import is_scanned
from ecr.setting import RegistryFilter, Scanning, TemplateTags, is_set
from tests.ecr.registries import CONTINUOUS, MANUAL, NAMES, ON_PUSH, STATES, basic, enhanced, made, rule

TARGET = Target("111111111111", "eu-west-1", "prod")
EFFECTIVE = Policy(Mode.EFFECTIVE, frozenset({"latest", "dev-*"}))
POLICIES = st.sampled_from((EFFECTIVE, Policy(), Policy(Mode.LITERAL, frozenset({"latest"}))))
CHOICES = st.sampled_from(
    (Choice(), Choice(frozenset({Rule.SCAN_ON_PUSH})), Choice(frozenset({Rule.TAG_IMMUTABILITY})))
)
UNREAD = Unreadable("It was refused.")
COST = (
    "Under ENHANCED, Amazon Inspector charges for each image that it scans from then on: those pushed lately at once, "
    "and each one pushed later."
)


def template(prefix: str, mutability: str, *uses: str, filters: tuple[str, ...] = ()) -> CreationTemplate:
    return CreationTemplate(prefix, uses, mutability, tuple(Exclusion(text) for text in filters))


GUARDED = RegistryState(
    "111111111111", basic(rule(ON_PUSH, "*")), (template(ROOT, "IMMUTABLE", "CREATE_ON_PUSH", "REPLICATION"),)
)


def planned(state: RegistryState, policy: Policy = EFFECTIVE, choice: Choice | None = None) -> Plan:
    return plan(TARGET, state, ("a", "b"), policy, choice or Choice())


@given(STATES, POLICIES, CHOICES, st.none() | st.lists(NAMES, max_size=4))
def test_what_is_planned_passes_once_it_is_made(
    state: RegistryState, policy: Policy, choice: Choice, names: list[str] | None
) -> None:
    found = plan(TARGET, state, names, policy, choice)
    after = made(state, found.changes)
    guards = {one.guardrail: one.verdict for one in judge(after, names, policy)}
    for change in found.changes:
        assert is_set(after, change.after)
        assert not is_set(state, change.after)
        if isinstance(change.after, RegistryFilter):
            assert guards[Guardrail.SCANNING_RULE] is Verdict.PASS
        else:
            assert isinstance(change.after, TemplateTags)
            assert isinstance(after.templates, tuple)
            [there] = [one for one in after.templates if one.prefix == change.after.prefix]
            assert judged(there, policy).verdict is Verdict.PASS
            assert there.prefix != ROOT or CreatedBy.REPLICATION in there.applied_for
    if found.changes and not found.advice and choice == Choice():
        assert set(guards.values()) == {Verdict.PASS}


@given(STATES, POLICIES)
def test_what_needs_nothing_is_what_passes_and_what_can_not_be_mended_is_told(
    state: RegistryState, policy: Policy
) -> None:
    found = planned(state, policy)
    worst = {one.verdict for one in judge(state, ("a", "b"), policy)}
    assert (worst == {Verdict.PASS}) == (not found.changes and not found.advice)


@given(STATES, POLICIES)
def test_nothing_else_of_anybody_s_is_changed(state: RegistryState, policy: Policy) -> None:
    after = made(state, planned(state, policy).changes)
    if isinstance(state.registry, RegistryScanning):
        assert isinstance(after.registry, RegistryScanning)
        assert after.registry.scan_type == state.registry.scan_type
        for one in state.registry.rules:
            [now] = [other for other in after.registry.rules if other.filters[: len(one.filters)] == one.filters][:1]
            assert now.frequency in {other.frequency for other in state.registry.rules}
    if isinstance(state.templates, tuple):
        assert isinstance(after.templates, tuple)
        now_by_prefix = {one.prefix: one for one in after.templates}
        for was in state.templates:
            assert set(was.applied_for) <= set(now_by_prefix[was.prefix].applied_for)
            if CreatedBy.PULL_THROUGH_CACHE in was.applied_for and was.tag_mutability != "IMMUTABLE":
                assert now_by_prefix[was.prefix].tag_mutability == was.tag_mutability


@given(STATES, POLICIES)
def test_undone_everything_is_as_it_was(state: RegistryState, policy: Policy) -> None:
    found = planned(state, policy)
    assume(found.changes)
    back = made(made(state, found.changes), undone(found.changes))
    assert back.registry == state.registry
    if isinstance(state.templates, tuple):
        assert isinstance(back.templates, tuple)
        assert sorted(back.templates, key=str) == sorted(state.templates, key=str)
    assert all(is_set(back, change.before) for change in found.changes)


def test_a_bare_registry_gets_a_rule_and_a_template_and_what_they_touch_is_said() -> None:
    assert planned(RegistryState("111111111111", basic(), ())) == Plan(
        REGISTRY,
        TARGET,
        registry_arn("111111111111", "eu-west-1"),
        (
            Change(
                Rule.SCAN_ON_PUSH,
                Action.PUT_REGISTRY_SCANNING_CONFIGURATION,
                RegistryFilter("*", is_there=False, scan_type="BASIC"),
                RegistryFilter("*", is_there=True, scan_type="BASIC", rules=(rule(ON_PUSH, "*"),)),
                ("The filter * scans 2 repositories that no rule scans yet: a, b.",),
            ),
            Change(
                Rule.TAG_IMMUTABILITY,
                Action.CREATE_REPOSITORY_CREATION_TEMPLATE,
                TemplateTags(ROOT),
                TemplateTags(ROOT, "IMMUTABLE", (), ("CREATE_ON_PUSH", "REPLICATION")),
                (CREATES_ON_PUSH, LEFT_OUT),
            ),
        ),
    )


def test_what_is_guarded_needs_nothing() -> None:
    assert planned(GUARDED) == Plan(REGISTRY, TARGET, registry_arn("111111111111", "eu-west-1"))


def test_exclusions_that_are_accepted_can_be_chosen_and_others_can_not() -> None:
    bare = RegistryState("111111111111", GUARDED.registry, ())
    [change] = planned(bare, choice=Choice(exclusions=("latest",))).changes
    assert str(change.after) == ("template ROOT with IMMUTABLE_WITH_EXCLUSION (latest) for CREATE_ON_PUSH, REPLICATION")
    with pytest.raises(UsageError, match="does not have tmp"):
        planned(bare, choice=Choice(exclusions=("tmp",)))


def test_more_exclusions_than_ecr_takes_are_refused() -> None:
    many = tuple(f"t{number}" for number in range(6))
    with pytest.raises(UsageError, match="Template ROOT would have 6 exclusion filters; ECR takes 5"):
        planned(
            RegistryState("1", GUARDED.registry, ()), Policy(Mode.EFFECTIVE, frozenset(many)), Choice(exclusions=many)
        )


def test_a_template_that_passes_is_not_opened_by_what_was_chosen_for_others() -> None:
    lacking = RegistryState("1", GUARDED.registry, (template(ROOT, "IMMUTABLE", "CREATE_ON_PUSH"),))
    [change] = planned(lacking, choice=Choice(exclusions=("latest",))).changes
    assert change.after == TemplateTags(ROOT, "IMMUTABLE", (), ("CREATE_ON_PUSH", "REPLICATION"))


def test_somebody_s_template_keeps_its_uses_and_its_accepted_filters() -> None:
    theirs = template("team-a", "IMMUTABLE_WITH_EXCLUSION", "REPLICATION", filters=("latest", "tmp"))
    [change] = planned(RegistryState("1", GUARDED.registry, (*_root(), theirs))).changes
    assert (change.action, change.before, change.after, change.lines) == (
        Action.UPDATE_REPOSITORY_CREATION_TEMPLATE,
        TemplateTags("team-a", "IMMUTABLE_WITH_EXCLUSION", ("latest", "tmp"), ("REPLICATION",)),
        TemplateTags("team-a", "IMMUTABLE_WITH_EXCLUSION", ("latest",), ("REPLICATION",)),
        ("It is somebody's template already: whatever else it sets stays as it is.", "The filter tmp will be gone."),
    )


def test_filters_that_protected_tags_do_not_stay_as_ones_that_open_them() -> None:
    theirs = template("team-a", "MUTABLE_WITH_EXCLUSION", "REPLICATION", filters=("latest",))
    [change] = planned(RegistryState("1", GUARDED.registry, (*_root(), theirs))).changes
    assert change.after == TemplateTags("team-a", "IMMUTABLE", (), ("REPLICATION",))


def test_a_template_of_a_cache_alone_is_left_out_and_one_that_serves_a_cache_too_is_told() -> None:
    alone = template("docker-hub", "MUTABLE", "PULL_THROUGH_CACHE")
    both = template("team-a", "MUTABLE", "PULL_THROUGH_CACHE", "CREATE_ON_PUSH")
    found = planned(RegistryState("1", GUARDED.registry, (*_root(), alone, both)))
    assert found.changes == ()
    assert found.advice == (
        (
            "Template team-a serves a pull-through cache too, and immutability would stop a pull-through cache from "
            "refreshing what it has: give the cache a prefix and a template of its own, then ask again."
        ),
    )


def test_a_filter_of_a_kind_that_is_not_known_is_not_written_over() -> None:
    odd = CreationTemplate("team-a", ("REPLICATION",), "MUTABLE_WITH_EXCLUSION", (Exclusion("a.*", understood=False),))
    found = planned(RegistryState("1", GUARDED.registry, (*_root(), odd)))
    assert found.changes == ()
    assert found.advice == (
        (
            "Template team-a has an exclusion filter of a kind that this release does not know, and writing it would "
            "lose that: change it by hand."
        ),
    )


def test_what_could_not_be_read_is_told_and_nothing_is_planned_for_it() -> None:
    found = planned(RegistryState("1", UNREAD, UNREAD))
    assert (found.changes, found.advice) == (
        (),
        (
            "The registry's scanning could not be read, so nothing is planned for it: It was refused.",
            "The creation templates could not be read, so nothing is planned for them: It was refused.",
        ),
    )


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        (basic(rule(ON_PUSH, *(f"team-{n}" for n in range(100)))), "has its 100 filters. Other filters cover team-10"),
        (enhanced(rule(CONTINUOUS, "a"), rule(MANUAL, "b")), "none that scans on push. Take one of them out by hand."),
        (RegistryScanning("NEWER"), "The registry's scan type NEWER is not one this release knows"),
        (enhanced(rule("HOURLY", "a")), "so nothing is planned for it. A registry rule's frequency 'HOURLY'"),
    ],
)
def test_a_rule_that_can_not_be_added_is_told_with_what_to_do(registry: RegistryScanning, said: str) -> None:
    found = planned(RegistryState("1", registry, GUARDED.templates))
    assert found.changes == ()
    [advice] = found.advice
    assert said in advice


def change_for(text: str, registry: RegistryScanning) -> Change:
    change = adding(text, registry)
    assert isinstance(change, Change)
    return change


def test_a_filter_without_an_asterisk_names_every_other_repository_that_contains_it() -> None:
    names = ("pay", "pay-api", "my-pay", "web")
    assert touching(change_for("pay", enhanced(rule(ON_PUSH, "my-*"))), names, "pay") == (
        (
            "The filter pay has no asterisk, so it matches every name that contains it, and scans 1 other repository "
            "that no rule scans yet: pay-api."
        ),
        COST,
    )
    assert touching(change_for("web", basic()), names, "web") == (
        (
            "The filter web has no asterisk, so it matches every name that contains it, and touches no other "
            "repository of today that no rule scans yet."
        ),
    )


def test_what_a_filter_touches_is_not_known_where_the_repositories_are_not() -> None:
    change = change_for("*", basic())
    assert touching(change, None) == ("Which repositories else the filter * touches is not known.",)
    assert touching(change, UNREAD) == ("Which repositories else the filter * touches is not known. It was refused.",)


def test_more_than_fifty_are_named_as_far_as_there_is_room() -> None:
    [said] = touching(change_for("*", basic()), tuple(f"r{number:04}" for number in range(1200)))
    assert said.startswith("The filter * scans 1,200 repositories that no rule scans yet: r0000, ")
    assert said.endswith("r0049 and 1,150 more.")


@given(st.lists(NAMES, max_size=6, unique=True), st.lists(NAMES, max_size=3))
def test_everything_that_a_filter_touches_is_named(names: list[str], ruled: list[str]) -> None:
    registry = basic(rule(ON_PUSH, *ruled)) if ruled else basic()
    assume("*" not in ruled)
    [said] = touching(change_for("*", registry), names)
    missed = [name for name in names if not is_scanned(registry, name)]
    assert (", ".join(missed) in said) if missed else ("touches no repository" in said)


def test_plans_of_repositories_whose_filters_do_not_all_go_in_have_none_of_them() -> None:
    registry = basic(rule(ON_PUSH, *(f"x{number}" for number in range(99))))
    plans = [Plan(name, TARGET, f"arn:{name}", (change_for(name, registry),)) for name in ("pay", "web")]
    found = together(plans, ("pay", "web", "pay-api"))
    assert [one.changes for one in found] == [(), ()]
    assert all("The filter web cannot be added" in said for one in found for said in one.advice)


def test_plans_of_repositories_say_what_else_their_filters_touch() -> None:
    flag = Change(
        Rule.SCAN_ON_PUSH,
        Action.PUT_IMAGE_SCANNING_CONFIGURATION,
        Scanning(scan_on_push=False),
        Scanning(scan_on_push=True),
    )
    plans = [Plan("pay", TARGET, "arn:pay", (change_for("pay", basic()),)), Plan("web", TARGET, "arn:web", (flag,))]
    pay, web = together(plans, ("pay", "pay-api"))
    assert "scans 1 other repository that no rule scans yet: pay-api" in pay.changes[0].lines[0]
    assert web == plans[1]


def _root() -> tuple[CreationTemplate, ...]:
    assert isinstance(GUARDED.templates, tuple)
    return GUARDED.templates
