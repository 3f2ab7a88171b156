"""A company without a network: ECR and Slack as plain values, and the real core over a real history."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.memory import Memory
from ecr.announcing import Announcer
from ecr.approval import Approvers, Person
from ecr.asking import Asking
from ecr.changes import Choice
from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.deciding import Deciding
from ecr.draft import Draft
from ecr.errors import SlackError
from ecr.fulfilling import Fulfilment
from ecr.guarding import Guarding, Scope
from ecr.letter import Letter
from ecr.model import Policy, Rule, Target
from ecr.names import parse
from ecr.planning import Planning
from ecr.remediate import Remediator
from ecr.request import Actor, Kind
from ecr.tools import Tools
from tests.ecr.plain_registry import PlainRegistry, repository
from tests.plain_writer import PlainWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ecr.asking import Asked
    from ecr.impact import Image
    from ecr.letter import Posted
    from ecr.model import Repository
    from ecr.request import Place, Request

PROD = Target("111111111111", "eu-west-1", "prod")
STAGING = Target("222222222222", "eu-west-1", "staging")
ENGINEER, ONCALL, SECOND, OUTSIDER = "U0ENGINEER", "U0ONCALL", "U0SECOND", "U0OUTSIDER"
ONCALL_GROUP = "S0ONCALL"
CHANNEL = "C0APPROVE"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ALL_RULES = frozenset(Rule)


class Time:
    """The clock; `pass_` moves it on."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **units: float) -> None:
        self.now += timedelta(**units)


@dataclass
class PlainDirectory:
    """Who people are. `refusals` say why somebody may decide nothing; `silent` lets Slack not answer."""

    groups: dict[str, frozenset[str]]
    refusals: dict[str, str] = field(default_factory=dict)
    silent: bool = False

    def person(self, user: str, groups: Sequence[str]) -> Person:
        if self.silent:
            raise SlackError("Slack did not say who you are, so nothing was done; try again in a moment.")
        mine = frozenset(group for group in groups if user in self.groups.get(group, ()))
        return Person(Actor(user, user.removeprefix("U0").title()), self.refusals.get(user), mine)

    def members(self, groups: Sequence[str]) -> Mapping[str, frozenset[str]]:
        if self.silent:
            raise SlackError("Slack did not say who is in the group.")
        return {group: self.groups.get(group, frozenset()) for group in groups}


@dataclass
class PlainBoard:
    """Slack's messages: what was posted, and each state that a card was in. `refuse` raises for a channel."""

    posted: list[tuple[Letter, str, str]] = field(default_factory=list)
    cards: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    refuse: dict[str, Exception] = field(default_factory=dict)
    progress: list[int] = field(default_factory=list)

    def needs_details(self, request: Request) -> bool:
        return len(request.items) > 10

    def post(self, posted: Posted, request: Request, *, thread: str | None) -> str:
        del thread
        if (error := self.refuse.get(posted.channel)) is not None:
            raise error
        self.posted.append((posted.letter, posted.channel, request.state))
        if posted.letter is Letter.CARD:
            self.cards[request.id].append(request.state)
        return f"{len(self.posted)}.0"

    def find(self, posted: Posted, *, thread: str | None) -> str | None:
        del posted, thread
        return None

    def rewrite(self, card: Place, request: Request, done: int | None = None) -> None:
        if (error := self.refuse.get(card.channel)) is not None:
            raise error
        if done is not None:
            self.progress.append(done)
        self.cards[request.id].append(request.state)


class PlainSignals:
    """Nothing tells of anything."""

    def images(self, target: Target, name: str, deadline: Deadline) -> tuple[Image, ...]:
        del target, name, deadline
        return ()

    def tags(self, target: Target, arn: str, deadline: Deadline) -> Mapping[str, str]:
        del target, arn, deadline
        return {}

    def pull_through_prefixes(self, target: Target, deadline: Deadline) -> tuple[str, ...]:
        del target, deadline
        return ()


class Company:
    """Everything together; what is public may be changed by a test."""

    def __init__(
        self, path: Path, holds: dict[Target, tuple[Repository, ...]] | None = None, policy: Policy | None = None
    ) -> None:
        failing = (repository(PROD, "payments-api", tag_mutability="MUTABLE", scan_on_push=False),)
        self.registry = PlainRegistry(holds if holds is not None else {PROD: failing})
        self.policy = policy or Policy(accepted_exclusions=frozenset({"latest"}))
        self.clock = Time()
        self.directory = PlainDirectory({ONCALL_GROUP: frozenset({ONCALL, SECOND})})
        self.approvers = Approvers((ONCALL_GROUP,))
        self.writer = PlainWriter(self.registry)
        self.board = PlainBoard()
        self.path = path
        self.memory = Memory.prepare(path, bot=True)
        self.verify_seconds = 0.0

    @property
    def asking(self) -> Asking:
        checker = Checker(self.registry, self.policy, self.clock)
        planning = Planning(self.registry, checker, PlainSignals(), self.policy, self.clock)
        return Asking(
            planning,
            self.guarding,
            self.memory.requests,
            self.directory,
            self.approvers,
            self.clock,
            CHANNEL,
            timedelta(hours=8),
        )

    @property
    def guarding(self) -> Guarding:
        return Guarding(self.registry, self.policy, self.clock, self.memory.registries)

    @property
    def deciding(self) -> Deciding:
        return Deciding(self.memory.requests, self.directory, self.approvers, self.clock)

    @property
    def fulfilment(self) -> Fulfilment:
        memory, tools = self.memory, self.tools
        announcer = Announcer(memory.requests, memory.outbox, self.board, self.clock, pause=lambda _: None)
        return Fulfilment(
            memory.requests, Remediator(tools, memory.subscriptions), announcer, memory.exemptions, self.clock
        )

    @property
    def tools(self) -> Tools:
        return Tools(
            self.registry,
            self.writer,
            self.policy,
            self.memory.requests,
            self.memory.exemptions,
            self.memory.turns,
            self.clock,
            pause=lambda _: None,
            verify_seconds=self.verify_seconds,
        )

    def ask(self, *names: str, by: str = ENGINEER, exclusions: tuple[str, ...] = (), **options: Any) -> Asked:
        """Fill in the form for some names and ask."""
        choice = Choice(options.get("rules", ALL_RULES), exclusions)
        draft = self.draft(*names, choice=choice)
        actor = Actor(by, by.removeprefix("U0").title())
        return self.asking.ask(draft, choice, options.get("reason", "the audit"), actor, Deadline.after(10))

    def ask_to_guard(self, *rules: Rule, by: str = ENGINEER, meanwhile: Callable[[], object] = lambda: None) -> Asked:
        """Open the form for the guardrails of prod, let something happen meanwhile, and ask."""
        choice = Choice(frozenset(rules or Rule))
        items = self.guarding.plan(Scope(PROD.account, PROD.region), choice, Deadline.after(10))
        draft = Draft("D2", Kind.GUARDRAIL, by, "C0TEAM", "https://example.invalid", self.clock(), items=items)
        actor = Actor(by, by.removeprefix("U0").title())
        meanwhile()
        return self.asking.guard(draft, choice, "the audit", actor, Deadline.after(10))

    def draft(self, *names: str, choice: Choice | None = None) -> Draft:
        """Open the form for some names."""
        queries = tuple(parse(name) for name in names or ("payments-api",))
        planned = self.asking.plan(queries, choice or Choice(), Deadline.after(10))
        items = (*planned.items, *planned.idle)
        return Draft("D1", Kind.REMEDIATION, ENGINEER, "C0ENG", "", self.clock(), tuple(names), items)

    def now(self, request: str) -> Request:
        """Return a request as it is."""
        found = self.memory.requests.get(request)
        assert found is not None
        return found

    def repository(self, name: str = "payments-api", target: Target = PROD) -> Repository:
        """Return a repository as it is."""
        return next(one for one in self.registry.holds[target] if one.name == name)
