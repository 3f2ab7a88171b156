"""No sequence of events applies a request that no permitted other person approved, or applies anything twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from ecr.approval import Decision, NotDecidedError
from ecr.audit import verify
from ecr.errors import AccessDeniedError, SlackError, UsageError
from ecr.request import State
from ecr.setting import Scanning, Tags
from tests.company import ENGINEER, ONCALL, ONCALL_GROUP, OUTSIDER, PROD, SECOND, Company
from tests.ecr.plain_registry import repository
from tests.plain_writer import set_to

USERS = st.sampled_from([ENGINEER, ONCALL, SECOND, OUTSIDER])
NAMES = st.sampled_from(["payments-api", "search-web"])
ENDED = {State.DENIED, State.CANCELLED, State.EXPIRED, State.UNDONE}


@dataclass(frozen=True)
class Minutes:
    """Time passes."""

    minutes: int


@dataclass(frozen=True)
class Members:
    """The group of approvers has other members."""

    users: frozenset[str]


@dataclass(frozen=True)
class Silence:
    """Slack tells who people are, or does not."""

    silent: bool


@dataclass(frozen=True)
class Outside:
    """Somebody else changes a repository."""

    name: str
    setting: Tags | Scanning


@dataclass(frozen=True)
class Refusal:
    """AWS refuses one of the two changes, or does not."""

    name: str
    refused: bool


EVENTS = st.one_of(
    st.sampled_from([1, 10, 20, 300, 600]).map(Minutes),
    st.frozensets(USERS, min_size=1).map(Members),
    st.booleans().map(Silence),
    st.builds(Outside, NAMES, st.sampled_from([Tags("MUTABLE"), Tags("IMMUTABLE"), Scanning(scan_on_push=False)])),
    st.builds(Refusal, NAMES, st.booleans()),
)


class Requests(RuleBasedStateMachine):
    """People ask, decide and undo while time passes, groups change, others change ECR, and the bot is killed."""

    requests = Bundle("requests")

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        holds = {PROD: tuple(repository(PROD, name, tag_mutability="MUTABLE", scan_on_push=False) for name in _TWO)}
        self.company = Company(Path(self.folder.name) / "ecrbot.db", holds)
        self.permitted: dict[str, str] = {}
        self.settled: dict[str, State] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(target=requests, name=NAMES, by=st.sampled_from([ENGINEER, ONCALL]))
    def ask(self, name: str, by: str) -> object:
        with suppress(UsageError):
            return self.company.ask(name, by=by).request.id
        return multiple()

    @rule(request=requests, user=USERS, decision=st.sampled_from(Decision))
    def decide(self, request: str, user: str, decision: Decision) -> None:
        before = self.company.now(request)
        try:
            after = self.company.deciding.decide(request, decision, user, "because")
        except (NotDecidedError, SlackError):
            return
        assert before.state is State.REQUESTED
        if decision is Decision.CANCEL:
            assert user == before.by.id
        else:
            assert user in self.company.directory.groups[ONCALL_GROUP]
        if decision is Decision.APPROVE:
            assert user != before.by.id
            assert self.company.clock() < before.expires_at
            self.permitted[request] = user
        self.settled[request] = after.state

    @rule(target=requests, request=requests, user=USERS)
    def undo(self, request: str, user: str) -> object:
        try:
            asked = self.company.asking.undo(request, "hotfix", user)
        except (NotDecidedError, SlackError):
            return multiple()
        made, decided = asked.request, asked.request.decided
        # An approver's own runs at once; where somebody else's waits, it is that one which they approve.
        if decided is not None and decided.by.id == user and made.id not in self.permitted:
            assert user in self.company.directory.groups[ONCALL_GROUP]
            assert made.break_glass or made.by.id != user
            self.permitted[made.id] = user
        return made.id

    @rule(request=requests)
    def fulfil(self, request: str) -> None:
        self.company.fulfilment.fulfil(request)

    @rule()
    def tick(self) -> None:
        self.company.fulfilment.tick()

    @rule(request=requests, user=st.sampled_from([ONCALL, SECOND]))
    def approve(self, request: str, user: str) -> None:
        self.decide(request, user, Decision.APPROVE)

    @rule(event=EVENTS)
    def something_happens(self, event: Minutes | Members | Silence | Outside | Refusal) -> None:
        company = self.company
        match event:
            case Minutes(minutes):
                company.clock.pass_(minutes=minutes)
            case Members(users):
                company.directory.groups[ONCALL_GROUP] = users
            case Silence(silent):
                company.directory.silent = silent
            case Outside(name, setting):
                set_to(company.registry, PROD, name, setting)
            case Refusal(name, refused):
                key = (name, "PutImageScanningConfiguration")
                company.writer.refuse.pop(key, None)
                if refused:
                    company.writer.refuse[key] = AccessDeniedError("No.")

    @rule()
    def the_bot_is_killed_and_starts_again(self) -> None:
        heir = Company(self.company.path)
        heir.registry, heir.clock, heir.directory = self.company.registry, self.company.clock, self.company.directory
        heir.writer, heir.board = self.company.writer, self.company.board
        heir.memory.requests.take_over()
        self.company = heir

    @invariant()
    def nothing_is_put_that_no_permitted_person_approved(self) -> None:
        if hasattr(self, "company"):
            assert {request for request, _, _ in self.company.writer.puts} <= set(self.permitted)

    @invariant()
    def nothing_is_put_twice_for_a_request(self) -> None:
        if hasattr(self, "company"):
            puts = self.company.writer.puts
            assert len(puts) == len(set(puts))

    @invariant()
    def what_was_denied_or_cancelled_stays_that(self) -> None:
        if hasattr(self, "company"):
            for request, state in self.settled.items():
                if state in ENDED:
                    assert self.company.now(request).state is state

    @invariant()
    def the_audit_is_whole(self) -> None:
        if hasattr(self, "company"):
            assert verify(self.company.memory.audit.events()).problems == ()


_TWO = ("payments-api", "search-web")

Requests.TestCase.settings = settings(
    max_examples=120, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
)
TestRequests = Requests.TestCase
