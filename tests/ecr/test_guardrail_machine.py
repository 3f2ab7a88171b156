"""No sequence of events loses what another team set of a registry, or leaves there what nobody accounts for.

ECR has no conditional write of a registry's rules or of a template. What another team changes between ecrbot's reading
and its write is replaced by that write, and no client can prevent that: this window, from the reading in a request's
turn until the write, is the one thing that is left out here (`OtherTeam.written`). What they do at any other moment
must last. Nor can anybody prevent that a process stands still, for longer than its turn, between its last look at the
clock and the very call (`Registry.stand_still`). Where they add a filter that a request of ours has, or is about to
add, ECR holds it once and nobody can tell whose it is (`Theirs.perhaps`).
"""

from __future__ import annotations

from contextlib import suppress
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
from ecr.model import Rule
from ecr.registry_rules import MOST_FILTERS, MOST_RULES
from ecr.request import Kind, State
from ecr.setting import RegistryFilter, TemplateTags
from tests.company import ENGINEER, ONCALL, PROD, SECOND, Company
from tests.ecr.foreign import ON_PUSH, Adds, Edit, OtherTeam, Turns
from tests.ecr.guard_claims import OPEN, changes, has_flags, needed, ours
from tests.ecr.guard_events import (
    EDITS,
    EVENTS,
    NAMES,
    WANTED,
    WAYS,
    WHICH,
    Beside,
    Death,
    Guard,
    Happening,
    Loss,
    Minutes,
    Refusal,
    Wanted,
    Way,
)
from tests.ecr.mortal import KilledError, Process, World
from tests.ecr.plain_registry import repository

if TYPE_CHECKING:
    from random import Random

    from ecr.request import Request


class Registry(RuleBasedStateMachine):
    """Requests change a registry while another team does, processes die, AWS refuses, and answers get lost."""

    @initialize(edits=st.lists(EDITS, max_size=3).map(lambda edits: [Adds("team-a"), *edits]) | st.just([]))
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

    @rule(
        wanted=WANTED,
        meanwhile=st.none() | st.none() | EDITS,
        ways=st.tuples(WAYS, WAYS, WAYS),
        back=st.none() | st.tuples(WHICH, WAYS),
    )
    def ask(
        self, wanted: list[Wanted], meanwhile: Edit | None, ways: tuple[Way, ...], back: tuple[int, Way] | None
    ) -> None:
        """Ask for some of it at once, take each as far as it is to go, and one of them back perhaps.

        They may edit the registry between form and asking.
        """
        edit = partial(self.team.do, meanwhile) if meanwhile is not None else lambda: None
        asked = []
        for one in wanted:
            with suppress(UsageError):
                if isinstance(one, Guard):
                    asked.append(self.company.ask_to_guard(*one.rules, meanwhile=edit).request.id)
                else:
                    asked.append(self.company.ask(*one.names, rules=frozenset({Rule.SCAN_ON_PUSH})).request.id)
        for request, way in zip(asked, ways, strict=False):
            self.take(request, way)
        if asked and back is not None:
            self.take_back(asked[back[0] % len(asked)], SECOND, back[1])

    @rule(which=WHICH, user=st.sampled_from([ENGINEER, SECOND, SECOND]), way=WAYS)
    def undo(self, which: int, user: str, way: Way) -> None:
        """Ask to undo one; an approver's own is approved with it."""
        undoable = [one for one in self.every if one.can_be_undone(self.company.clock()) and one.kind is not Kind.UNDO]
        if undoable:
            self.take_back(undoable[which % len(undoable)].id, user, way)

    @rule(which=WHICH, way=WAYS)
    def take_up(self, which: int, way: Way) -> None:
        """Decide about, or apply, what was left."""
        open_ones = [one for one in self.every if one.state in OPEN]
        if open_ones:
            self.take(open_ones[which % len(open_ones)].id, way)

    def take_back(self, request: str, user: str, way: Way) -> None:
        """Ask to undo a request, and take that as far as it is to go."""
        with suppress(NotDecidedError):
            self.take(self.company.asking.undo(request, "too much", user).request.id, way)

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

    @rule(minutes=st.sampled_from([0, 6, 20]), way=WAYS)
    def go_on(self, minutes: int, way: Way) -> None:
        """Another process goes on with what is unfinished: a bot that starts at once, or one that waits for leases."""
        process = self.process(way)
        self.company.clock.pass_(minutes=minutes)
        if minutes == 0:
            process.memory.requests.take_over()
        with suppress(KilledError, LostClaimError):
            process.fulfilment.tick()

    @rule(order=st.randoms(use_true_random=False))
    def undo_everything(self, order: Random) -> None:
        self.company.writer.refuse.clear()
        self.world.lost.clear()
        self.go_on(minutes=0, way=Way())
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
                self.stand_still(process, minutes)
            case Beside(minutes):
                self.stand_still(process, minutes)
                open_ones = [one for one in self.every if one.state in OPEN and one.id != process.applies]
                if open_ones:
                    self.take(open_ones[beside % len(open_ones)].id, Way())
            case _:
                self.team.do(happening)

    def stand_still(self, process: Process, minutes: int) -> None:
        """Let time pass; not between the last look at the clock and the very call, where nobody could tell any more."""
        if not process.is_writing:
            self.company.clock.pass_(minutes=minutes)

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
        return ours(self.company.memory.requests)

    @invariant()
    def nothing_of_theirs_is_lost(self) -> None:
        if hasattr(self, "company"):
            theirs = self.team.theirs
            assert theirs.pairs <= self.team.pairs
            assert self.team.scanning.scan_type == theirs.scan_type
            changed = self.ours()[1] | theirs.mixed
            kept = {one for one in theirs.templates if one.prefix not in changed}
            assert kept == {one for one in self.team.templates if one.prefix not in changed}

    @invariant()
    def nothing_is_there_that_nobody_accounts_for(self) -> None:
        if hasattr(self, "company"):
            accounted = {(ON_PUSH, text) for text in self.ours()[0] | self.team.theirs.perhaps}
            assert self.team.pairs <= self.team.theirs.pairs | accounted

    @invariant()
    def what_an_applied_request_needs_is_there(self) -> None:
        if hasattr(self, "company"):
            theirs = self.team.theirs
            there = {text for frequency, text in self.team.pairs if frequency == ON_PUSH}
            assert needed(self.company.memory.requests) <= there | theirs.gone | theirs.perhaps

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


Registry.TestCase.settings = settings(
    max_examples=50, stateful_step_count=15, suppress_health_check=[HealthCheck.too_slow]
)
TestRegistry = Registry.TestCase
