"""A process that applies requests and may die, or have something happen beside it, between any two of its steps.

A step is the moment before, or after, a call to what is remembered, to the registry or to the writer. Who is dead does
nothing more, not even what a `finally` would do: what it had claimed stays claimed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ecr.errors import TemplateExistsError, TemplateNotFoundError, UnreachableError
from ecr.model import RegistryState
from ecr.setting import TemplateTags, is_set
from tests.company import PROD, Company

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ecr.changes import Change
    from ecr.deadline import Deadline
    from ecr.model import RegistryScanning
    from ecr.request_ports import Writing
    from ecr.tools import Tools
    from tests.ecr.foreign import OtherTeam, Theirs

Thing = TypeVar("Thing")


class KilledError(Exception):
    """The process is dead."""


@dataclass
class World:
    """What all processes share: ECR, who else edits it, and how often ecrbot wrote its rules.

    `lost` are the calls whose answers get lost: what they do is done.
    """

    team: OtherTeam
    writes: int = 0
    lost: set[str] = field(default_factory=set)


@dataclass
class Fate:
    """What happens at which step of a process."""

    happenings: dict[int, Callable[[], object]] = field(default_factory=dict)
    steps: int = 0
    is_dead: bool = False

    def step(self) -> None:
        """Make a step, which may be the last one.

        Raises:
            KilledError: it is.
        """
        if not self.is_dead:
            self.steps += 1
            if (happening := self.happenings.pop(self.steps, None)) is not None:
                happening()
        if self.is_dead:
            raise KilledError

    def die(self) -> None:
        """End the process at this step."""
        self.is_dead = True


@dataclass
class Seen:
    """What a process read last, and what was theirs at that moment: what they do from then until it writes is lost."""

    theirs: Theirs | None = None
    writes: int = 0
    templates: RegistryState | None = None
    templates_theirs: Theirs | None = None
    has_turn: bool = False

    def read(self, what: str, answer: Any, world: World) -> None:
        """Note that something was asked, and the answer."""
        if what == "take":
            self.has_turn = bool(answer)
        elif what == "give_back":
            self.has_turn = False
        elif what == "scanning" and self.has_turn:
            self.theirs, self.writes = world.team.theirs, world.writes
        elif what == "templates":
            self.templates = RegistryState(PROD.account, world.team.scanning, answer)
            self.templates_theirs = world.team.theirs


class Process(Company):
    """A bot of the company: the same ECR, clock and people, and claims of its own."""

    def __init__(self, path: Path, like: Company, world: World) -> None:
        super().__init__(path)
        self.registry, self.clock, self.directory = like.registry, like.clock, like.directory
        self.writer, self.board = like.writer, like.board
        self.world, self.fate, self.seen = world, Fate(), Seen()
        self.applies = ""
        self.is_writing = False

    @property
    def tools(self) -> Tools:
        given = super().tools
        return replace(
            given,
            registry=self._mortal(given.registry),
            writer=self._mortal(given.writer),
            requests=self._mortal(given.requests),
            turns=self._mortal(given.turns),
            workers=1,
        )

    def apply(self, request: str) -> None:
        """Apply a request, until the end or this process's death."""
        self.applies = request
        self.fulfilment.remediator.apply(request, lambda _request, _count: None)

    def _mortal(self, thing: Thing) -> Thing:
        return cast("Thing", _Mortal(thing, self))


@dataclass
class _Mortal:
    """Something that is called in steps of a process."""

    thing: Any
    process: Process

    def __getattr__(self, name: str) -> Any:
        called = getattr(self.thing, name)

        def call(*given: Any, **named: Any) -> Any:
            process = self.process
            process.is_writing = name == "put_rules"
            process.fate.step()
            process.is_writing = False
            answer = called(*given, **named)
            process.seen.read(name, answer, process.world)
            process.fate.step()
            return _Mortal(_Conditional(answer, process), process) if name == "writing" else answer

        return call


@dataclass
class _Conditional:
    """Writing, as ECR takes it, watched: nothing is written from a reading that another process has outdated."""

    inner: Writing
    process: Process

    def put(self, name: str, change: Change, deadline: Deadline) -> str | None:
        return self.inner.put(name, change, deadline)

    def put_rules(self, registry: RegistryScanning, deadline: Deadline) -> str | None:
        seen, world = self.process.seen, self.process.world
        assert seen.has_turn
        assert seen.theirs is not None
        assert seen.writes == world.writes, "another request wrote in between"
        assert registry.scan_type == seen.theirs.scan_type
        told = self.inner.put_rules(registry, deadline)
        world.writes += 1
        world.team.written(seen.theirs)
        _lose("rules", world)
        return told

    def put_template(self, change: Change, deadline: Deadline) -> str | None:
        seen, world = self.process.seen, self.process.world
        assert isinstance(change.before, TemplateTags)
        assert seen.templates is not None
        assert seen.templates_theirs is not None
        assert is_set(seen.templates, change.before), "it is not as the request shows it"
        prefix = change.before.prefix
        is_there = any(one.prefix == prefix for one in world.team.templates)
        if is_there and change.before.mutability is None:
            raise TemplateExistsError("There is one by now.")
        if not is_there and change.before.mutability is not None:
            raise TemplateNotFoundError("There is none any more.")
        told = self.inner.put_template(change, deadline)
        world.team.template_written(prefix, seen.templates_theirs)
        _lose("templates", world)
        return told


def _lose(what: str, world: World) -> None:
    if what in world.lost:
        world.lost.remove(what)
        raise UnreachableError("No answer.")
