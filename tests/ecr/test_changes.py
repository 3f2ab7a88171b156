"""Plans: what they change, what they refuse, what they leave to the registry; and what is true of every one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecr import controls
from ecr.changes import Action, Change, Choice, Plan, applied, drift, plan, undone
from ecr.errors import UsageError
from ecr.model import (
    Exclusion,
    Mode,
    Observation,
    Policy,
    RegistryScanning,
    Repository,
    RepositoryScanning,
    Rule,
    ScanFilter,
    ScanRule,
    Target,
    Unreadable,
    Verdict,
)
from ecr.setting import RegistryFilter, Scanning, Tags

PROD = Target("111111111111", "eu-west-1", "prod")
ARN = "arn:aws:ecr:eu-west-1:111111111111:repository/payments-api"
BASIC = RegistryScanning("BASIC")
ENHANCED = RegistryScanning("ENHANCED", (ScanRule("SCAN_ON_PUSH", (ScanFilter("other-*"),)),))
LATEST = Policy(accepted_exclusions=frozenset({"latest", "dev-*"}))
LITERAL = Policy(Mode.LITERAL, frozenset({"latest"}))


def observed(
    mutability: str | None = "MUTABLE",
    *filters: str,
    flag: bool | None = False,
    registry: RegistryScanning | Unreadable = BASIC,
) -> Observation:
    exclusions = tuple(Exclusion(text) for text in filters)
    return Observation(
        Repository(PROD.account or "", PROD.region, "payments-api", ARN, mutability, exclusions, flag), registry
    )


def planned(seen: Observation, policy: Policy = LATEST, choice: Choice | None = None) -> Plan:
    return plan(seen, policy, PROD, choice or Choice())


def tags(before: Tags, after: Tags, *lines: str) -> Change:
    return Change(Rule.TAG_IMMUTABILITY, Action.PUT_IMAGE_TAG_MUTABILITY, before, after, lines)


FLAG = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_IMAGE_SCANNING_CONFIGURATION,
    Scanning(scan_on_push=False),
    Scanning(scan_on_push=True),
)


def test_a_mutable_repository_without_scanning_gets_both() -> None:
    assert planned(observed()) == Plan("payments-api", PROD, ARN, (tags(Tags("MUTABLE"), Tags("IMMUTABLE")), FLAG))


def test_a_choice_of_rules_leaves_the_other_one_alone() -> None:
    assert planned(observed(), choice=Choice(frozenset({Rule.SCAN_ON_PUSH}))).changes == (FLAG,)


def test_chosen_exclusions_stay_mutable() -> None:
    choice = Choice(frozenset({Rule.TAG_IMMUTABILITY}), ("latest",))
    assert planned(observed(), choice=choice).changes == (
        tags(Tags("MUTABLE"), Tags("IMMUTABLE_WITH_EXCLUSION", ("latest",))),
    )


def test_filters_that_the_policy_accepts_stay_and_every_other_one_is_a_line() -> None:
    seen = observed("IMMUTABLE_WITH_EXCLUSION", "latest", "release-*", "*", flag=True)
    assert planned(seen).changes == (
        tags(
            Tags("IMMUTABLE_WITH_EXCLUSION", ("latest", "release-*", "*")),
            Tags("IMMUTABLE_WITH_EXCLUSION", ("latest",)),
            "The filter release-* goes: tags that match it can not be overwritten any more.",
            "The filter * goes: tags that match it can not be overwritten any more.",
        ),
    )


def test_filters_of_a_mutable_repository_mean_the_opposite_and_never_stay() -> None:
    seen = observed("MUTABLE_WITH_EXCLUSION", "latest", flag=True)
    assert planned(seen).changes == (
        tags(
            Tags("MUTABLE_WITH_EXCLUSION", ("latest",)),
            Tags("IMMUTABLE"),
            "The filter latest goes: it kept some tags from being overwritten, and now none can be.",
        ),
    )


def test_a_filter_that_is_chosen_again_turns_round_and_that_is_said() -> None:
    seen = observed("MUTABLE_WITH_EXCLUSION", "v*", "latest", flag=True)
    [change] = planned(seen, choice=Choice(exclusions=("latest",))).changes
    assert change.after == Tags("IMMUTABLE_WITH_EXCLUSION", ("latest",))
    assert change.lines == (
        "The filter v* goes: it kept some tags from being overwritten, and now none can be.",
        "The filter latest turns round: tags that match it could not be overwritten, and from now on they can be.",
    )


def test_the_literal_control_knows_immutable_alone() -> None:
    seen = observed("IMMUTABLE_WITH_EXCLUSION", "latest", flag=False, registry=ENHANCED)
    assert [str(change) for change in planned(seen, LITERAL).changes] == [
        "IMMUTABLE_WITH_EXCLUSION (latest) → IMMUTABLE",
        "scanOnPush false → scanOnPush true",
    ]
    with pytest.raises(UsageError, match=r"policy\.mode is literal"):
        planned(seen, LITERAL, Choice(exclusions=("latest",)))


@pytest.mark.parametrize(
    ("registry", "flag"),
    [
        (ENHANCED, False),
        (RegistryScanning("BASIC", (ScanRule("SCAN_ON_PUSH", (ScanFilter("other"),)),)), False),
        (RegistryScanning("BASIC", (ScanRule("MANUAL", (ScanFilter("payments-*"),)),)), True),
    ],
)
def test_where_the_flag_would_change_nothing_the_registry_s_rules_are_named(
    registry: RegistryScanning,
    flag: bool,  # noqa: FBT001 - a row of a table
) -> None:
    seen = observed("IMMUTABLE", flag=flag, registry=registry)
    [change] = planned(seen).changes
    assert (change.action, change.subject) == (
        Action.PUT_REGISTRY_SCANNING_CONFIGURATION,
        (Rule.SCAN_ON_PUSH, "payments-api"),
    )
    assert change.before == RegistryFilter(
        "payments-api", is_there=False, scan_type=registry.scan_type, rules=registry.rules
    )
    assert controls.evaluate(applied(seen, (change,)), Policy(), PROD).verdict is Verdict.PASS


FULL = (
    "The filter payments-api cannot be added: the rule that scans on push has its 100 filters. "
    "Other filters cover team-10, team-11, team-12 and 87 more (such as team-1): take those out by hand."
)


def test_where_a_filter_does_not_go_into_the_rules_it_is_said_what_to_merge() -> None:
    full = ScanRule("SCAN_ON_PUSH", tuple(ScanFilter(f"team-{number}") for number in range(100)))
    made = planned(observed("IMMUTABLE", flag=False, registry=RegistryScanning("BASIC", (full,))))
    assert (made.changes, made.advice) == (
        (),
        (FULL,),
    )


def test_a_flag_that_ecr_says_does_not_count_is_left_to_the_registry() -> None:
    rules = (ScanRule("SCAN_ON_PUSH", (ScanFilter("other"),)),)
    seen = replace(
        observed("IMMUTABLE", flag=True, registry=RegistryScanning("BASIC", rules)),
        batch=RepositoryScanning("MANUAL", scan_on_push=False),
    )
    assert [str(change) for change in planned(seen).changes] == [
        "BASIC, SCAN_ON_PUSH: other → BASIC, SCAN_ON_PUSH: other, payments-api"
    ]


def test_what_is_unknown_is_not_planned_for_and_said() -> None:
    made = planned(observed(None, flag=True, registry=Unreadable("It was refused.")))
    assert made.changes == ()
    assert [line.partition(",")[0] for line in made.advice] == [
        "tag-immutability is unknown",
        "scan-on-push is unknown",
    ]


def test_a_repository_that_passes_has_nothing_to_do() -> None:
    assert planned(observed("IMMUTABLE", flag=True)) == Plan("payments-api", PROD, ARN)


@pytest.mark.parametrize(
    ("exclusions", "said"),
    [
        (("release-*",), r"policy\.accepted_exclusions does not have release-\*; it has dev-\*, latest\."),
        (("**",), "would let every tag be overwritten"),
        (("a*b*c*",), "at most two asterisks"),
        (("no spaces",), "is no tag filter"),
        (("x" * 129,), "is no tag filter"),
    ],
)
def test_exclusions_that_ecr_or_the_policy_does_not_take_are_refused(exclusions: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        planned(observed(), choice=Choice(exclusions=exclusions))


def test_more_filters_than_ecr_takes_are_refused() -> None:
    texts = tuple(f"dev-{number}" for number in range(6))
    with pytest.raises(UsageError, match="would have 6 exclusion filters; ECR takes 5"):
        planned(observed(), Policy(accepted_exclusions=frozenset(texts)), Choice(exclusions=texts))


def test_drift_names_what_changed_since() -> None:
    made = planned(observed())
    assert drift(observed(), made.changes) == ()
    assert drift(observed("MUTABLE_WITH_EXCLUSION", "v*", flag=True), made.changes) == (
        "tag-immutability was MUTABLE and is MUTABLE_WITH_EXCLUSION (v*).",
        "scan-on-push was scanOnPush false and is scanOnPush true.",
    )


ACCEPTED = ("latest", "dev-*", "main")
FILTERS = st.lists(st.sampled_from((*ACCEPTED, "release-*", "*", "v*")), max_size=5, unique=True).map(tuple)
RULES = st.builds(
    ScanRule,
    st.sampled_from(("SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL", "NEW")),
    st.lists(st.sampled_from(("payments-*", "other", "*", "api")).map(ScanFilter), max_size=2).map(tuple),
)
REGISTRIES = st.one_of(
    st.just(Unreadable("It was refused.")),
    st.builds(RegistryScanning, st.sampled_from(("BASIC", "ENHANCED", "NEW")), st.lists(RULES, max_size=2).map(tuple)),
)
POLICIES = st.builds(Policy, st.sampled_from(Mode), st.frozensets(st.sampled_from(ACCEPTED)))


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    mutability = draw(
        st.sampled_from((None, "MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION", "NEW"))
    )
    filters = draw(FILTERS) if mutability and mutability.endswith("WITH_EXCLUSION") else ()
    batch = draw(st.sampled_from((None, RepositoryScanning("MANUAL", None), RepositoryScanning("SCAN_ON_PUSH", None))))
    seen = observed(mutability, *filters, flag=draw(st.sampled_from((None, True, False))), registry=draw(REGISTRIES))
    return replace(seen, batch=batch)


CHOICES = st.tuples(st.frozensets(st.sampled_from(Rule)), FILTERS)


@given(observations(), POLICIES, CHOICES)
def test_applied_and_judged_again_it_passes_every_rule_that_the_plan_changes(
    seen: Observation, policy: Policy, chosen: tuple[frozenset[Rule], tuple[str, ...]]
) -> None:
    rules, texts = chosen
    exclusions = (
        tuple(text for text in texts if text in policy.accepted_exclusions) if policy.mode == "effective" else ()
    )
    try:
        made = plan(seen, policy, PROD, Choice(rules, exclusions))
    except UsageError:
        return
    after = controls.evaluate(applied(seen, made.changes), policy, PROD)
    verdicts = {finding.rule: finding.verdict for finding in after.findings}
    assert {verdicts[change.rule] for change in made.changes} <= {Verdict.PASS}
    assert {change.rule for change in made.changes} <= rules
    assert not (drift(seen, made.changes) if made.changes else ())


@given(observations(), POLICIES)
def test_undone_it_is_exactly_as_it_was(seen: Observation, policy: Policy) -> None:
    made = plan(seen, policy, PROD, Choice())
    restored = applied(applied(seen, made.changes), undone(made.changes)).repository
    assert restored == seen.repository
