"""What happens to requests that change a registry, and beside them, as values that hypothesis makes."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from ecr.model import CreationTemplate, Rule
from ecr.registry_rules import MOST_FILTERS
from tests.ecr.foreign import Adds, Drops, Edit, Fills, Sets, Takes, Turns

NAMES = ("api", "api-web", "web")
"""A filter without an asterisk matches every name that contains it."""


@dataclass(frozen=True)
class Death:
    """The process is killed."""


@dataclass(frozen=True)
class Beside:
    """Another process applies another request, after so many minutes in which this one stood still."""

    minutes: int = 0


@dataclass(frozen=True)
class Minutes:
    """Time passes."""

    minutes: int


@dataclass(frozen=True)
class Refusal:
    """AWS refuses a call, or does so no longer."""

    action: str


@dataclass(frozen=True)
class Loss:
    """The answer to the next call of a kind gets lost."""

    what: str


Happening = Edit | Death | Beside | Minutes

TEXTS = st.sampled_from([*NAMES, *NAMES, "*", "team-*", "x"])
TEMPLATES = st.builds(
    CreationTemplate,
    st.sampled_from(["ROOT", "team"]),
    st.sampled_from([("CREATE_ON_PUSH",), ("PULL_THROUGH_CACHE",), ("CREATE_ON_PUSH", "REPLICATION")]),
    st.sampled_from(["MUTABLE", "IMMUTABLE"]),
)
ADDS, TAKES = st.builds(Adds, TEXTS, st.booleans()), st.builds(Takes, TEXTS, st.booleans())
EDITS: st.SearchStrategy[Edit] = st.one_of(
    *(ADDS, ADDS, ADDS, TAKES, TAKES, TAKES),  # most often: the others end much of what could follow
    st.builds(Fills, st.sampled_from([MOST_FILTERS - 1, MOST_FILTERS])),
    st.builds(Turns, st.sampled_from(["BASIC", "ENHANCED"])),
    st.builds(Sets, TEMPLATES),
    st.builds(Drops, st.sampled_from(["ROOT", "team"])),
)
EVENTS = st.one_of(
    st.builds(Minutes, st.sampled_from([1, 6, 20])),
    st.builds(Refusal, st.sampled_from(["PutRegistryScanningConfiguration", "CreateRepositoryCreationTemplate"])),
    st.builds(Loss, st.sampled_from(["rules", "templates"])),
)


@dataclass(frozen=True)
class Guard:
    """Guardrails are asked for."""

    rules: frozenset[Rule]


@dataclass(frozen=True)
class Mend:
    """Repositories are to be mended, which only the registry's rules can where there is a rule already."""

    names: tuple[str, ...]


Wanted = Guard | Mend
MENDS = st.builds(Mend, st.lists(st.sampled_from(NAMES), min_size=1, unique=True).map(tuple))
GUARDS = st.builds(Guard, st.frozensets(st.sampled_from(Rule), min_size=1))
WANTED = st.lists(MENDS | MENDS | MENDS | GUARDS, min_size=1, max_size=3)

WHICH = st.integers(min_value=0, max_value=9)
STEPS = st.integers(min_value=1, max_value=50) | st.integers(min_value=14, max_value=26)
"""Any step of applying, and half of the time one around the writing of the rules."""

HAPPENINGS = st.one_of(
    EDITS,
    st.just(Death()),
    st.just(Death()),
    st.builds(Beside, st.sampled_from([0, 3])),
    st.builds(Beside, st.sampled_from([0, 3])),
    st.builds(Minutes, st.sampled_from([1, 3, 6])),
)


@dataclass(frozen=True)
class Way:
    """How far a request is taken at once, and what happens at which step of its applying.

    `beside` says which other request is applied then by another process.
    """

    far: str = "applied"
    course: dict[int, Happening] = field(default_factory=dict)
    beside: int = 0


WAYS = st.builds(
    Way,
    st.sampled_from([*["applied"] * 6, "approved", "asked"]),
    st.just({}) | st.dictionaries(STEPS, HAPPENINGS, min_size=1, max_size=2),
    WHICH,
)
