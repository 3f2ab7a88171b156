"""The listener of the Home tab, through real Bolt: what cannot be done is said in the tab, and in no other place."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.memory import Memory
from demo.text import show
from demo.workspace import Workspace
from ecr.errors import HistoryError
from handlers import ids
from handlers.deps import Deps
from handlers.home import register
from handlers.people import Identity, People
from handlers.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

AT = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
EVA = "U0ENGINEER"


@dataclass
class Tabs:
    """What opens tabs; `error` is what goes wrong with it, `said` what is shown in place of the tab."""

    opened: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    error: Exception | None = None
    told: threading.Event = field(default_factory=threading.Event)

    def open(self, user: str) -> None:
        self.opened.append(user)
        if self.error is not None:
            raise self.error

    def say(self, user: str, blocks: Iterable[dict[str, Any]]) -> None:
        self.said += [f"{user}: {show(block, {})}" for block in blocks]
        self.told.set()


@dataclass
class Meter:
    """What was answered."""

    answers: list[tuple[str, str]] = field(default_factory=list)

    def answered(self, kind: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        self.answers.append((kind, outcome))


@dataclass
class Listening:
    """A Bolt app with that listener alone."""

    app: App
    tabs: Tabs
    meter: Meter
    work: Work

    def open(self, user: str = EVA, event_id: str = "Ev1", **event: Any) -> int:
        """Deliver the event, and return the status of its acknowledgement."""
        shown = {"type": ids.HOME_OPENED, "user": user, "channel": "D1", "tab": "home", "event_ts": "1.0", **event}
        body = {"type": "event_callback", "team_id": "T0LOCAL", "event_id": event_id, "event": shown}
        return int(self.app.dispatch(BoltRequest(body=cast("Any", body), mode="socket_mode")).status)

    def rest(self) -> None:
        """Wait until everything is done."""
        assert self.work.drain(5)


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Listening]:
    with Workspace() as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        tabs, meter, work = Tabs(), Meter(), Work(workers=1, most=2)
        given: dict[str, Any] = {
            "history": Memory.prepare(tmp_path / "history.db").history,
            "people": People(client, Identity("T0LOCAL", "U0ECRBOT", "B0ECRBOT")),
            "work": work,
            "clock": lambda: AT,
            "meter": meter,
            "home_tabs": tabs,
        }
        unused = [one.name for one in fields(Deps) if one.name not in given and not one.name.endswith("_seconds")]
        nothing: dict[str, Any] = dict.fromkeys(unused)
        result = AuthorizeResult(enterprise_id=None, team_id="T0LOCAL", bot_token=slack.bot_token)
        app = App(client=client, authorize=lambda: result, process_before_response=True)
        register(app, Deps(**given, **nothing))
        yield Listening(app, tabs, meter, work)
        work.drain(5)


def test_the_tab_is_opened_once_however_often_slack_tells_of_it(listening: Listening) -> None:
    assert listening.open() == 200
    assert listening.open() == 200
    listening.rest()
    assert listening.tabs.opened == [EVA]
    assert listening.meter.answers == [("event:home", "done")]
    assert listening.tabs.said == []


@pytest.mark.parametrize("tab", ["messages", "", None])
def test_another_tab_is_acknowledged_alone(listening: Listening, tab: str | None) -> None:
    assert listening.open(tab=tab) == 200
    listening.rest()
    assert (listening.tabs.opened, listening.tabs.said) == ([], [])


def test_what_went_wrong_is_said_in_the_tab(listening: Listening) -> None:
    listening.tabs.error = HistoryError("The history ecrbot.db cannot be read: it is <damaged>.")
    listening.open()
    listening.rest()
    assert listening.tabs.said == [f"{EVA}: The history ecrbot.db cannot be read: it is <damaged>."]
    assert listening.meter.answers == [("event:home", "refused")]


def test_of_a_defect_the_reference_into_the_log_is_said(listening: Listening) -> None:
    listening.tabs.error = ZeroDivisionError()
    listening.open()
    listening.rest()
    [said] = listening.tabs.said
    assert said.startswith(f"{EVA}: Something went wrong inside ecrbot. Its log has more under ")


def test_a_guest_is_refused_in_the_tab(listening: Listening) -> None:
    listening.open("U0GUEST")
    listening.rest()
    assert (listening.tabs.opened, listening.tabs.said) == ([], ["U0GUEST: Guests cannot use ecrbot."])


def test_where_there_is_too_much_to_do_that_is_said_in_the_tab(listening: Listening) -> None:
    done = threading.Event()
    for _ in range(2):
        listening.work.submit(done.wait)
    assert listening.open() == 200
    assert listening.tabs.told.wait(5)
    done.set()
    assert listening.tabs.said == [f"{EVA}: ecrbot is busy; try again in a moment."]


def test_an_event_of_nobody_is_refused(listening: Listening) -> None:
    assert listening.open(user=cast("Any", None)) == 200
    listening.rest()
    assert listening.tabs.opened == []
