"""No sequence of events loses what another team set of a registry, or leaves there what nobody accounts for.

ECR has no conditional write of a registry's rules or of a template. What another team changes between ecrbot's reading
and its write is replaced by that write, and no client can prevent that: this window, from the reading in a request's
turn until the write, is the one thing that is left out here (`OtherTeam.written`). What they do at any other moment
must last. Where they add a filter that a request of ours has, or is about to add, ECR holds it once and nobody can tell
whose it is (`Theirs.perhaps`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ecr.approval import Decision, NotDecidedError
from ecr.audit import verify
from ecr.errors import AccessDeniedError, LostClaimError, UsageError
from ecr.guardrails import REGISTRY
from ecr.model import CreationTemplate, Rule
from ecr.registry_rules import MOST_FILTERS, MOST_RULES
from ecr.request import Kind, Outcome, State
from ecr.setting import RegistryFilter, Scanning, TemplateTags
from tests.company import ENGINEER, ONCALL, PROD, SECOND, Company
from tests.ecr.foreign import ON_PUSH, Adds, Drops, Edit, Fills, OtherTeam, Sets, Takes, Turns
from tests.ecr.mortal import KilledError, Process, World
from tests.ecr.plain_registry import repository

if TYPE_CHECKING:
    from random import Random

    from ecr.changes import Change
    from ecr.request import Request

NAMES = ("api", "api-web", "web")
"""A filter without an asterisk matches every name that contains it."""

OVER = {State.APPLIED, State.FAILED}
IN_FLIGHT = {State.APPROVED, State.APPLYING}


@dataclass(frozen=True)
class Death:
    """The process is killed."""


@dataclass(frozen=True)
class Beside:
    """Another process applies another request."""


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

TEXTS = st.sampled_from(["*", *NAMES, "team-*", "x"])
TEMPLATES = st.builds(
    CreationTemplate,
    st.sampled_from(["ROOT", "team"]),
    st.sampled_from([("CREATE_ON_PUSH",), ("PULL_THROUGH_CACHE",), ("CREATE_ON_PUSH", "REPLICATION")]),
    st.sampled_from(["MUTABLE", "IMMUTABLE"]),
)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(Adds, TEXTS, st.booleans()),
    st.builds(Takes, TEXTS, st.booleans()),
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
WHICH = st.integers(min_value=0, max_value=9)
STEPS = st.integers(min_value=1, max_value=50)
HAPPENINGS = st.one_of(
    EDITS, st.just(Death()), st.just(Beside()), st.builds(Minutes, st.sampled_from([1, 3, 6])), st.just(Death())
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
    st.sampled_from(["applied", "applied", "applied", "approved", "asked"]),
    st.just({}) | st.dictionaries(STEPS, HAPPENINGS, min_size=1, max_size=2),
    WHICH,
)


class Registry(RuleBasedStateMachine):
    """Requests change a registry while another team does, processes die, AWS refuses, and answers get lost."""

    @initialize(edits=st.lists(EDITS, max_size=3))
    def begin(self, edits: list[Edit]) -> None:
        self.folder = TemporaryDirectory(ignore_cleanup_errors=True)
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("ecr.rules_writing.TURN_SECONDS", 0.0)
        failing = tuple(repository(PROD, name, scan_on_push=False) for name in NAMES)
        self.company = Company(Path(self.folder.name) / "ecrbot.db", {PROD: failing})
        self.team = OtherTeam(self.company.registry, self.ours)
        self.world = World(self.team)
        for edit in edits:
            self.team.do(edit)

    def teardown(self) -> None:
        if hasattr(self, "company"):
            self.patch.undo()
            self.folder.cleanup()

    @rule(rules=st.sets(st.sampled_from(Rule), min_size=1), meanwhile=st.none() | EDITS, way=WAYS)
    def guard(self, rules: set[Rule], meanwhile: Edit | None, way: Way) -> None:
        """Ask for guardrails, while they may edit the registry between the form and the asking."""
        edit = partial(self.team.do, meanwhile) if meanwhile is not None else lambda: None
        with suppress(UsageError):
            self.take(self.company.ask_to_guard(*rules, meanwhile=edit).request.id, way)

    @rule(names=st.sets(st.sampled_from(NAMES), min_size=1), way=WAYS)
    def mend(self, names: set[str], way: Way) -> None:
        """Ask to mend repositories, which only the registry's rules can where there is a rule already."""
        with suppress(UsageError):
            self.take(self.company.ask(*sorted(names), rules=frozenset({Rule.SCAN_ON_PUSH})).request.id, way)

    @rule(which=WHICH, user=st.sampled_from([ENGINEER, SECOND, SECOND]), way=WAYS)
    def undo(self, which: int, user: str, way: Way) -> None:
        """Ask to undo one; an approver's own is approved with it."""
        undoable = [one for one in self.every if one.can_be_undone(self.company.clock()) and one.kind is not Kind.UNDO]
        if undoable:
            self.take(self.company.asking.undo(undoable[which % len(undoable)].id, "too much", user).request.id, way)

    @rule(which=WHICH, way=WAYS)
    def take_up(self, which: int, way: Way) -> None:
        """Decide about, or apply, what was left."""
        open_ones = [one for one in self.every if one.state is State.REQUESTED or one.state in IN_FLIGHT]
        if open_ones:
            self.take(open_ones[which % len(open_ones)].id, way)

    def take(self, request: str, way: Way) -> None:
        """Take a request as far as it is to go."""
        if way.far == "asked":
            return
        with suppress(NotDecidedError):
            self.company.deciding.decide(request, Decision.APPROVE, ONCALL)
        if way.far == "applied":
            self.apply(request, way)

    def apply(self, request: str, way: Way) -> None:
        """Apply a request in a process of its own."""
        process = self.process(way)
        with suppress(KilledError, LostClaimError):
            process.apply(request)

    @rule(event=EDITS | EVENTS)
    def something_happens(self, event: Edit | Minutes | Refusal | Loss) -> None:
        refused = self.company.writer.refuse
        match event:
            case Minutes(minutes):
                self.company.clock.pass_(minutes=minutes)
            case Refusal(action):
                if refused.pop((REGISTRY, action), None) is None:
                    refused[REGISTRY, action] = AccessDeniedError("No.")
            case Loss(what):
                self.world.lost.add(what)
            case _:
                self.team.do(event)

    @rule(is_new_bot=st.booleans(), way=WAYS)
    def go_on(self, is_new_bot: bool, way: Way) -> None:  # noqa: FBT001 - hypothesis names it
        """Another process goes on with what is unfinished: a bot that starts, or one that waits for the leases."""
        process = self.process(way)
        if is_new_bot:
            process.memory.requests.take_over()
        else:
            self.company.clock.pass_(minutes=6)
        with suppress(KilledError, LostClaimError):
            process.fulfilment.tick()

    @rule(order=st.randoms(use_true_random=False))
    def undo_everything(self, order: Random) -> None:
        self.company.writer.refuse.clear()
        self.world.lost.clear()
        self.go_on(is_new_bot=True, way=Way())
        assert self.company.memory.requests.unfinished(self.company.clock()) == ()
        undoable = [one for one in self.every if one.can_be_undone(self.company.clock()) and one.kind is not Kind.UNDO]
        order.shuffle(undoable)
        for one in undoable:
            self.require_undone(one)
        if all(one.state is State.UNDONE for one in map(self.company.now, [one.id for one in undoable])):
            theirs = self.team.theirs
            assert theirs.pairs <= self.team.pairs <= theirs.pairs | {(ON_PUSH, text) for text in theirs.perhaps}

    def require_undone(self, one: Request) -> None:
        """Undo a request, which only somebody's change of the very same template or repository may prevent."""
        for change in changes(one):
            if isinstance(change.after, RegistryFilter):
                self.team.do(Turns(change.after.scan_type))
        undo = self.company.asking.undo(one.id, "all of it", SECOND).request
        self.apply(undo.id, Way())
        ended = self.company.now(undo.id)
        prefixes = {change.subject[1] for change in changes(one) if isinstance(change.after, TemplateTags)}
        is_mixed = bool(prefixes & self.team.theirs.mixed) or has_flags(one)
        assert ended.state is State.APPLIED or (is_mixed and "Changed since" in ended.sentence), ended.sentence
        if ended.state is State.APPLIED:
            assert self.company.now(one.id).state is State.UNDONE

    def happen(self, process: Process, happening: Happening, beside: int) -> None:
        match happening:
            case Death():
                process.fate.die()
            case Minutes(minutes):
                self.company.clock.pass_(minutes=minutes)
            case Beside():
                every = self.every
                with suppress(LostClaimError):
                    self.process().apply(every[beside % len(every)].id)
            case _:
                self.team.do(happening)

    def process(self, way: Way | None = None) -> Process:
        """Return a process that applies, and let happen on its way what is to happen."""
        process, given = Process(self.company.path, self.company, self.world), way or Way()
        for step, happening in given.course.items():
            process.fate.happenings[step] = partial(self.happen, process, happening, given.beside)
        return process

    @property
    def every(self) -> tuple[Request, ...]:
        return self.company.memory.requests.all()

    def ours(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the filters and the templates that a request has changed, or may have, and that are not put back."""
        every = self.every
        back = self.put_back(every)
        found = [
            change
            for one in every
            if one.state in IN_FLIGHT or one.kind is not Kind.UNDO
            for number, item in enumerate(one.items)
            for position, change in enumerate(item.changes)
            if self.is_live(one, number, position) and (one.id, item.arn, change.subject) not in back
        ]
        filters = {change.before.filter for change in found if isinstance(change.before, RegistryFilter)}
        prefixes = {change.before.prefix for change in found if isinstance(change.before, TemplateTags)}
        return frozenset(filters), frozenset(prefixes)

    def put_back(self, every: tuple[Request, ...]) -> set[tuple[str | None, str, tuple[Rule, str]]]:
        """Return what undos put back, or may have, of which request and of what."""
        return {
            (one.undoes, item.arn, change.subject)
            for one in every
            if one.kind is Kind.UNDO
            for number, item in enumerate(one.items)
            for position, change in enumerate(item.changes)
            if position in item.made or self.is_live(one, number, position)
        }

    def is_live(self, one: Request, number: int, position: int) -> bool:
        item = one.items[number]
        if one.state in IN_FLIGHT:
            attempted = self.company.memory.requests.attempted(one.id)
            return position in item.made or (number, position) in attempted
        return position in item.made and item.outcome is not Outcome.UNDONE

    @invariant()
    def nothing_of_theirs_is_lost(self) -> None:
        if hasattr(self, "company"):
            theirs = self.team.theirs
            assert theirs.pairs <= self.team.pairs
            assert self.team.scanning.scan_type == theirs.scan_type
            ours = self.ours()[1] | theirs.mixed
            kept = {one for one in theirs.templates if one.prefix not in ours}
            assert kept == {one for one in self.team.templates if one.prefix not in ours}

    @invariant()
    def nothing_is_there_that_nobody_accounts_for(self) -> None:
        if hasattr(self, "company"):
            ours = {(ON_PUSH, text) for text in self.ours()[0] | self.team.theirs.perhaps}
            assert self.team.pairs <= self.team.theirs.pairs | ours

    @invariant()
    def what_an_applied_request_needs_is_there(self) -> None:
        if hasattr(self, "company"):
            every, theirs = self.every, self.team.theirs
            back = self.put_back(every)
            needed = {
                change.after.filter
                for one in every
                if one.kind is not Kind.UNDO and one.state in OVER
                for item in one.applied
                for change in item.changes
                if isinstance(change.after, RegistryFilter) and (one.id, item.arn, change.subject) not in back
            }
            there = {text for frequency, text in self.team.pairs if frequency == ON_PUSH}
            assert needed <= there | theirs.gone | theirs.perhaps

    @invariant()
    def it_goes_into_ecr(self) -> None:
        if hasattr(self, "company"):
            rules = self.team.scanning.rules
            assert len(rules) <= MOST_RULES
            assert all(1 <= len(one.filters) <= MOST_FILTERS for one in rules)

    @invariant()
    def the_audit_is_whole(self) -> None:
        if hasattr(self, "company"):
            assert verify(self.company.memory.audit.events()).problems == ()


def has_flags(one: Request) -> bool:
    """Tell whether a request changes flags of repositories, which another request may have changed since."""
    return any(isinstance(change.after, Scanning) for change in changes(one))


def changes(one: Request) -> tuple[Change, ...]:
    """Return all that a request changes."""
    return tuple(change for item in one.items for change in item.changes)


Registry.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow]
)
TestRegistry = Registry.TestCase
