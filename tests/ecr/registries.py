"""Registries as values: rules, filters and templates as hypothesis draws them, and as they are written short."""

from __future__ import annotations

from hypothesis import strategies as st

from ecr.changes import Action, Change
from ecr.model import (
    CreatedBy,
    CreationTemplate,
    Exclusion,
    RegistryScanning,
    RegistryState,
    ScanFilter,
    ScanFrequency,
    ScanRule,
    ScanType,
    TagMutability,
    Unreadable,
)
from ecr.setting import RegistryFilter, TemplateTags

ON_PUSH, CONTINUOUS, MANUAL = ScanFrequency.SCAN_ON_PUSH, ScanFrequency.CONTINUOUS_SCAN, ScanFrequency.MANUAL
NAMES = st.text("ab/-", min_size=1, max_size=6)
FILTERS = st.text("ab/-*", min_size=1, max_size=5)
TEMPLATES_APPLIED_FOR = st.lists(st.sampled_from(CreatedBy), min_size=1, max_size=3, unique=True).map(tuple)
EXCLUSIONS = st.lists(st.sampled_from(("latest", "dev-*", "*", "tmp")), max_size=5, unique=True).map(
    lambda texts: tuple(Exclusion(text) for text in texts)
)


def rule(frequency: str, *texts: str) -> ScanRule:
    return ScanRule(frequency, tuple(ScanFilter(text) for text in texts))


def basic(*rules: ScanRule) -> RegistryScanning:
    return RegistryScanning(ScanType.BASIC, rules)


def enhanced(*rules: ScanRule) -> RegistryScanning:
    return RegistryScanning(ScanType.ENHANCED, rules)


def rules_of(*frequencies: str, most: int = 6) -> st.SearchStrategy[tuple[ScanRule, ...]]:
    """Draw up to two rules of different frequencies, each with filters that are there once."""
    texts = st.lists(FILTERS, max_size=most, unique=True)
    drawn = st.dictionaries(st.sampled_from(frequencies), texts, max_size=2)
    return drawn.map(lambda held: tuple(rule(frequency, *some) for frequency, some in held.items()))


REGISTRIES = st.builds(RegistryScanning, st.sampled_from(ScanType), rules_of(*ScanFrequency))
"""Registries as AWS has them today."""

ODD_REGISTRIES = st.builds(
    RegistryScanning,
    st.sampled_from(ScanType),
    st.lists(
        st.builds(
            ScanRule,
            st.sampled_from((*ScanFrequency, "HOURLY")),
            st.lists(st.builds(ScanFilter, FILTERS, st.booleans()), max_size=3).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
)
"""Registries with what a later release of AWS may bring: frequencies and kinds of filters that are not known."""

TEMPLATES = st.lists(
    st.builds(
        CreationTemplate,
        st.sampled_from(("ROOT", "team-a", "team-b", "cache")),
        TEMPLATES_APPLIED_FOR,
        st.sampled_from((*TagMutability, "SEALED", None)),
        EXCLUSIONS,
    ),
    max_size=4,
    unique_by=lambda one: one.prefix,
).map(tuple)

STATES = st.builds(
    RegistryState,
    st.just("111111111111"),
    REGISTRIES | ODD_REGISTRIES | st.just(Unreadable("It was refused.")),
    TEMPLATES | st.just(Unreadable("It was refused.")),
)


def made(state: RegistryState, changes: tuple[Change, ...]) -> RegistryState:
    """Return what would be read of a registry once these changes were made."""
    for change in changes:
        state = _made(state, change)
    return state


def _made(state: RegistryState, change: Change) -> RegistryState:
    after = change.after
    if isinstance(after, RegistryFilter):
        assert change.action is Action.PUT_REGISTRY_SCANNING_CONFIGURATION
        return RegistryState(state.account, RegistryScanning(after.scan_type, after.rules), state.templates)
    assert isinstance(after, TemplateTags)
    assert not isinstance(state.templates, Unreadable)
    there = after.prefix in {one.prefix for one in state.templates}
    assert there == (change.action is not Action.CREATE_REPOSITORY_CREATION_TEMPLATE)
    new = {one.prefix: one for one in state.templates if one.prefix != after.prefix}
    if after.mutability is None:
        assert change.action is Action.DELETE_REPOSITORY_CREATION_TEMPLATE
    else:
        exclusions = tuple(Exclusion(text) for text in after.filters)
        new[after.prefix] = CreationTemplate(after.prefix, after.applied_for, after.mutability, exclusions)
    return RegistryState(state.account, state.registry, tuple(new[prefix] for prefix in sorted(new)))
