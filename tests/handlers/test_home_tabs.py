"""Home tabs on their way to Slack: a real workspace, a real history and real workers."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient

from bot.memory import Memory
from demo.text import show
from demo.workspace import Workspace
from ecr.approval import Approvers, Decision
from ecr.errors import BusyError, HistoryError, SlackError
from ecr.request import Actor, Decided, Request
from handlers.blocks.text import plain
from handlers.home_content import HomeContent
from handlers.home_tabs import PAUSE_SECONDS, HomeTabs
from handlers.people import Identity, NotAllowedError, People
from handlers.work import Work
from tests.handlers.blocks.examples import item, request
from tests.handlers.gateways import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AT = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
EVA, OTTO, OLGA, GUEST = "U0ENGINEER", "U0ONCALL", "U0OUTSIDER", "U0GUEST"
ONCALL = "S0ONCALL"
OURS = Identity("T0LOCAL", "U0ECRBOT", "B0ECRBOT")
NOTHING = "Nothing waits for your decision."


@dataclass
class Pauses:
    """Pauses that a test ends; `made` are those that were begun."""

    made: list[float] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, seconds: float) -> None:
        self.made.append(seconds)
        assert self.go.wait(10)


@dataclass
class Tabs:
    """The tabs, and all that is around them."""

    slack: Workspace
    memory: Memory
    work: Work
    pauses: Pauses
    client: WebClient = field(init=False)
    tabs: HomeTabs = field(init=False)

    def __post_init__(self) -> None:
        self.client = WebClient(token=self.slack.bot_token, base_url=self.slack.api_url, retry_handlers=[])
        self.tabs = self.made()

    def made(self, **parts: Any) -> HomeTabs:
        """Return tabs of a process of its own."""
        people = People(self.client, OURS)
        given = {"homes": self.memory.homes, "approvers": Approvers((ONCALL,)), "client": self.client, **parts}
        content = HomeContent(people=people, clock=lambda: AT, **given)
        return HomeTabs(content, self.memory.requests, self.work, self.pauses)

    def ask(self, number: int = 1, **fields: Any) -> Request:
        """Have a request of eva's in the history."""
        made = AT - timedelta(minutes=1)
        new = request(item(f"api-{number}"), id=f"R{number}", by=Actor(EVA, "eva"), made_at=made, card=None, head=None)
        return self.memory.requests.ask(replace(new, **fields), channel="C0APPROVE")

    def change(self, *requests: str) -> None:
        """Tell of changes, and wait until everything that follows is done."""
        for one in requests:
            self.tabs.changed(one)
        self.pauses.go.set()
        self.rest()

    def rest(self) -> None:
        until = time.monotonic() + 10
        while self.work.jobs:
            assert time.monotonic() < until
            time.sleep(0.005)

    def text(self, user: str) -> str:
        view = self.slack.home(user)
        return "\n".join(show(block, {}) for block in view["blocks"]) if view else ""

    def published(self) -> list[str]:
        """Return whose tab Slack was asked to publish, in order."""
        return [one.arguments["user_id"] for one in self.slack.calls if one.method == "views.publish"]

    def called(self, method: str) -> int:
        return sum(one.method == method for one in self.slack.calls)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Tabs]:
    with Workspace() as slack:
        work = Work(workers=4)
        made = Tabs(slack, Memory.prepare(tmp_path / "history.db", bot=True), work, Pauses())
        yield made
        made.pauses.go.set()
        assert work.drain(5)
        assert slack.refusals == ()


def test_opening_publishes_each_time_and_remembers(home: Tabs) -> None:
    home.tabs.open(EVA)
    home.tabs.open(EVA)
    assert home.published() == [EVA, EVA]
    assert home.memory.homes.users(AT) == {EVA}
    assert "Nothing has been swept yet" in home.text(EVA)


def test_a_change_is_shown_to_whoever_is_part_of_it_and_has_opened_theirs(home: Tabs) -> None:
    for user in (EVA, OTTO, OLGA):
        home.tabs.open(user)
    asked = home.ask()
    home.change(asked.id)
    assert home.published() == [EVA, OTTO, OLGA, EVA, OTTO]
    assert "Waits for your decision · 1" in home.text(OTTO)
    assert ("You asked for · 1" in home.text(EVA), NOTHING in home.text(EVA)) == (True, True)
    assert NOTHING in home.text(OLGA)


def test_where_nobody_has_opened_theirs_slack_is_asked_nothing(home: Tabs) -> None:
    home.change(home.ask().id)
    assert home.slack.calls == ()


def test_what_has_not_changed_is_not_published_again(home: Tabs) -> None:
    home.tabs.open(EVA)
    home.tabs.open(OTTO)
    asked = home.ask()
    home.change(asked.id)
    home.change(asked.id)
    home.change(asked.id, "R-unknown")
    assert home.published() == [EVA, OTTO, EVA, OTTO]


def test_what_was_published_is_known_to_the_next_process(home: Tabs) -> None:
    asked = home.ask()
    home.tabs.open(OTTO)
    home.tabs = home.made()
    home.change(asked.id)
    before = home.published()
    home.memory.requests.decide(asked.id, Decision.DENY, Decided(Actor(OLGA, "olga"), ONCALL, AT, "No."))
    home.change(asked.id)
    assert (before, home.published()) == ([OTTO], [OTTO, OTTO])
    assert NOTHING in home.text(OTTO)


def test_a_burst_of_changes_is_published_once(home: Tabs) -> None:
    home.tabs.open(OTTO)
    for number in range(20):
        home.tabs.changed(home.ask(number).id)
    assert home.work.jobs == 1
    home.change()
    assert home.published() == [OTTO, OTTO]
    assert "Waits for your decision · 20" in home.text(OTTO)
    assert home.pauses.made == [PAUSE_SECONDS, PAUSE_SECONDS]


def test_one_that_changes_meanwhile_is_published_after(home: Tabs) -> None:
    """What changes after a tab was composed, and before it is there, is not lost."""
    home.tabs.open(OTTO)
    home.slack.slow("views.publish", 0.2, times=1)
    home.tabs.changed(home.ask(1).id)
    home.pauses.go.set()
    until = time.monotonic() + 10
    while len(home.published()) < 2:
        assert time.monotonic() < until
        time.sleep(0.005)
    home.change(home.ask(2).id)
    assert home.published() == [OTTO, OTTO, OTTO]
    assert "Waits for your decision · 2" in home.text(OTTO)


def test_an_opening_and_a_change_at_once_end_with_what_is_true(home: Tabs) -> None:
    home.pauses.go.set()
    home.tabs.open(OTTO)
    home.slack.slow("views.publish", 0.02)
    for number in range(8):
        home.ask(number)
        home.work.submit(lambda: home.tabs.open(OTTO))
        home.tabs.changed(f"R{number}")
    home.rest()
    assert "Waits for your decision · 8" in home.text(OTTO)


def test_where_slack_takes_none_nothing_fails_and_the_next_change_mends_it(home: Tabs) -> None:
    home.tabs.open(EVA)
    home.tabs.open(OTTO)
    asked = home.ask()
    home.slack.fail("views.publish", error="internal_error")
    home.change(asked.id)
    assert ("You asked for · 1" in home.text(EVA), "Waits for your decision · 1" in home.text(OTTO)) == (False, True)
    home.change(asked.id)
    assert "You asked for · 1" in home.text(EVA)


def test_where_slack_does_not_say_who_is_in_a_group_the_others_are_told_all_the_same(home: Tabs) -> None:
    asked = home.ask()
    home.slack.fail("usergroups.users.list", error="internal_error", times=None)
    home.tabs.open(OTTO)
    assert "It is not known what does: Slack did not say who you are (internal_error)" in home.text(OTTO)
    home.tabs.open(EVA)
    home.memory.requests.decide(asked.id, Decision.CANCEL, Decided(Actor(EVA, "eva"), "requester", AT))
    home.change(asked.id)
    assert "Cancelled by @U0ENGINEER" in home.text(EVA)
    assert home.published() == [OTTO, EVA, EVA]


def test_the_address_of_a_card_is_asked_once(home: Tabs) -> None:
    asked = home.ask()
    posted = home.memory.outbox.claim(at=AT)
    assert posted is not None
    home.memory.outbox.begin(posted, at=AT)
    home.memory.outbox.sent(posted, "1764038000.000100", revision=0, at=AT)
    home.slack.fail("chat.getPermalink", error="internal_error")
    home.tabs.open(EVA)
    without = home.text(EVA)
    for _ in range(3):
        home.tabs.open(EVA)
        home.tabs.open(OTTO)
    assert ("Its card is in #C0APPROVE." in without, "[Open the card]" in without) == (True, False)
    assert f"Remediate `{asked.items[0].name}` · prod (111111111111) in eu-west-1   [Open the card]" in home.text(EVA)
    assert home.called("chat.getPermalink") == 2


def test_who_may_not_use_the_bot_is_not_remembered(home: Tabs) -> None:
    with pytest.raises(NotAllowedError, match=r"^Guests cannot use ecrbot\.$"):
        home.tabs.open(GUEST)
    assert (home.published(), home.memory.homes.users(AT)) == ([], frozenset())


def test_who_may_not_use_it_any_more_is_shown_why_and_forgotten(home: Tabs) -> None:
    home.tabs.open(EVA)
    eva = next(one for one in home.slack.people if one.id == EVA)
    home.slack.add_person(replace(eva, is_restricted=True))
    home.tabs = home.made()
    home.change(home.ask().id)
    assert (home.text(EVA), home.memory.homes.users(AT)) == ("Guests cannot use ecrbot.", frozenset())


def test_after_something_else_was_shown_the_tab_is_published_again_though_it_is_as_before(home: Tabs) -> None:
    asked = home.ask()
    home.tabs.open(EVA)
    home.tabs.say(EVA, plain("Slack did not say.").payload()["blocks"])
    told = home.text(EVA)
    home.change(asked.id)
    assert (told, "You asked for · 1" in home.text(EVA)) == ("Slack did not say.", True)


@dataclass
class ReadOnly:
    """A history that can be read and not written."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        if name in ("opened", "published"):
            return self._refuse
        return getattr(self.inner, name)

    def _refuse(self, *_: Any, **__: Any) -> None:
        raise HistoryError("The disk is full.")


def test_where_nothing_can_be_written_the_tab_is_shown_all_the_same(home: Tabs) -> None:
    home.tabs = home.made(homes=ReadOnly(home.memory.homes))
    home.tabs.open(EVA)
    assert (home.published(), home.memory.homes.users(AT)) == ([EVA], frozenset())


@dataclass
class Broken:
    """A history with a defect, the first time that it is asked whose tabs there are."""

    inner: Any
    left: int = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def users(self, at: datetime) -> frozenset[str]:
        self.left -= 1
        if self.left >= 0:
            raise ZeroDivisionError
        return frozenset(self.inner.users(at))


def test_a_defect_ends_no_later_refreshing(home: Tabs) -> None:
    home.tabs = home.made(homes=Broken(home.memory.homes))
    home.tabs.open(EVA)
    asked = home.ask()
    home.change(asked.id)
    stale = home.text(EVA)
    home.change(asked.id)
    assert ("You asked for · 1" in stale, "You asked for · 1" in home.text(EVA)) == (False, True)


@dataclass
class Full:
    """Workers who have too much to do, for a while."""

    inner: Work
    busy: bool = True

    def submit(self, job: Callable[[], object]) -> None:
        if self.busy:
            raise BusyError("ecrbot is busy; try again in a moment.")
        self.inner.submit(job)


def test_what_the_workers_had_no_room_for_is_shown_with_the_next_change(home: Tabs) -> None:
    work: Any = Full(home.work)
    home.tabs.open(EVA)
    home.tabs = replace(home.tabs, work=work)
    home.tabs.changed(home.ask(1).id)
    assert home.published() == [EVA]
    work.busy = False
    home.ask(2)
    home.change("R-of-nobody")
    assert "You asked for · 2" in home.text(EVA)


@pytest.mark.parametrize("status", [200, 502])
def test_what_answers_in_slacks_place_is_a_sentence(home: Tabs, status: int) -> None:
    with answering(status, b"<html>Please log in</html>") as url:
        elsewhere = WebClient(token="xoxb-1", base_url=url, retry_handlers=[])
        tabs = home.made(client=elsewhere)
        with pytest.raises(SlackError, match="Home tab of U0ENGINEER"):
            tabs.open(EVA)


def test_the_tab_goes_by_the_day_that_it_is_where_somebody_is(home: Tabs) -> None:
    """At half past two in the morning of the 25th, in UTC, it is the 24th in Los Angeles."""
    days: list[object] = []

    @dataclass
    class Noting:
        inner: Any = home.memory.homes

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def known(self, user: str, **asked: Any) -> Any:
            days.append(asked["day"].isoformat())
            return self.inner.known(user, **asked)

    eva = next(one for one in home.slack.people if one.id == EVA)
    home.slack.add_person(replace(eva, tz="America/Los_Angeles"))
    tabs = home.made(homes=Noting())
    tabs.open(EVA)
    tabs.open(OTTO)
    assert days == ["2026-11-24", "2026-11-25"]
