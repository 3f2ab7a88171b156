"""A message that changes: in the real local workspace, over HTTP, with the real client."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING

import pytest
from slack_sdk import WebClient

from bot import slack
from demo.workspace import Workspace
from ecr.errors import SlackError
from handlers import live as live_module
from handlers.blocks.text import plain
from handlers.delivery import Delivery, of_command
from handlers.live import Live

if TYPE_CHECKING:
    from collections.abc import Iterator

TOLERANCE = 0.05


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as running:
        yield running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a fifth of a second be what a second is."""
    monkeypatch.setattr(live_module, "UPDATE_SECONDS", 0.2)
    monkeypatch.setattr(live_module._Posted, "pauses", (0.2,))  # noqa: SLF001 - seconds, made short


def asked(workspace: Workspace, channel: str = "C0ENG") -> Delivery:
    """Return a command that somebody typed; nobody but the test answers it."""
    return of_command(workspace.command("sweep", channel=channel).payload)


def live(workspace: Workspace, delivery: Delivery) -> Live:
    client = WebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    return Live(client, slack.post, delivery)


def texts(workspace: Workspace, channel: str = "C0ENG") -> list[str]:
    return [message.text for message in workspace.messages(channel, seen_by="U0ENGINEER")]


def calls(workspace: Workspace, *methods: str) -> list[float]:
    return [call.at for call in workspace.calls if call.method in methods]


def said(workspace: Workspace, method: str) -> list[str]:
    return [call.arguments["text"] for call in workspace.calls if call.method == method]


def show_until(one: Live, workspace: Workspace, count: int, *methods: str) -> int:
    """Show one state after the other until there were so many calls; return how many states were shown."""
    until, number = time.monotonic() + 10, 0
    pause = threading.Event()
    while len(calls(workspace, *methods)) < count and time.monotonic() < until:
        one.show(plain(f"state {number}"))
        number += 1
        pause.wait(0.01)
    return number


@pytest.mark.usefixtures("quick")
def test_a_message_is_posted_and_updated_in_place(workspace: Workspace) -> None:
    one = live(workspace, asked(workspace))
    assert not one.shown
    one.show(plain("beginning"))
    assert one.shown
    workspace.wait_for(lambda: texts(workspace) == ["beginning"])
    one.end(plain("done"))
    assert texts(workspace) == ["done"]
    assert (said(workspace, "chat.postMessage"), said(workspace, "chat.update")) == (["beginning"], ["done"])
    assert calls(workspace, "response_url") == []


def test_what_ends_at_once_is_one_message(workspace: Workspace) -> None:
    live(workspace, asked(workspace)).end(plain("done"))
    assert said(workspace, "chat.postMessage") == ["done"]
    assert calls(workspace, "chat.update") == []


def test_it_is_changed_at_most_once_a_second_and_ends_with_the_last_state(workspace: Workspace) -> None:
    one = live(workspace, asked(workspace))
    shown = show_until(one, workspace, 3, "chat.postMessage", "chat.update")
    one.end(plain("done"))

    at = calls(workspace, "chat.postMessage", "chat.update")
    gaps = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert shown > len(at) == 4
    assert min(gaps) > live_module.UPDATE_SECONDS - TOLERANCE
    assert texts(workspace) == ["done"]


@pytest.mark.usefixtures("quick")
def test_of_several_states_in_a_row_the_newest_is_shown(workspace: Workspace) -> None:
    one = live(workspace, asked(workspace))
    one.show(plain("first"))
    workspace.wait_for(lambda: texts(workspace) == ["first"])
    for number in range(50):
        one.show(plain(f"state {number}"))
    workspace.wait_for(lambda: texts(workspace) == ["state 49"])
    assert len(said(workspace, "chat.update")) < 5
    one.end(plain("done"))


@pytest.mark.usefixtures("quick")
def test_showing_does_not_wait_for_slack(workspace: Workspace) -> None:
    workspace.slow("chat.postMessage", 0.5, times=1)
    one = live(workspace, asked(workspace))
    began = time.monotonic()
    for number in range(100):
        one.show(plain(f"state {number}"))
    took = time.monotonic() - began
    one.end(plain("done"))
    assert took < 0.4
    assert texts(workspace) == ["done"]


def test_where_the_bot_is_not_in_the_channel_the_answer_changes_for_the_asker_alone(workspace: Workspace) -> None:
    one = live(workspace, asked(workspace, "C0QUIET"))
    one.show(plain("beginning"))
    workspace.wait_for(lambda: texts(workspace, "C0QUIET") == ["beginning"])
    one.end(plain("done"))
    assert texts(workspace, "C0QUIET") == ["done"]
    assert [message.ephemeral_to for message in workspace.messages("C0QUIET", seen_by="U0ENGINEER")] == ["U0ENGINEER"]
    assert said(workspace, "response_url") == ["beginning", "done"]
    assert len(calls(workspace, "chat.postMessage")) == 1


@pytest.mark.parametrize("states", [30, 150])
def test_an_answer_takes_at_most_five_messages_the_last_of_which_is_the_end(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, states: int
) -> None:
    monkeypatch.setattr(live_module._Answer, "pauses", (0.01, 0.01, 0.01))  # noqa: SLF001 - minutes, made short
    monkeypatch.setattr(live_module, "UPDATE_SECONDS", 0.01)
    one = live(workspace, asked(workspace, "C0QUIET"))
    pause = threading.Event()
    for number in range(states):
        one.show(plain(f"state {number}"))
        pause.wait(0.005)
    one.end(plain("done"))
    told = said(workspace, "response_url")
    assert len(told) <= 5
    assert told[-1] == "done"
    assert texts(workspace, "C0QUIET") == ["done"]


def test_between_answers_there_are_seconds_and_then_minutes() -> None:
    assert live_module.ANSWER_SECONDS == (3.0, 10.0, 60.0)
    assert live_module._Answer.pauses == live_module.ANSWER_SECONDS  # noqa: SLF001 - what Slack is asked to bear


def test_an_answer_does_not_wait_for_its_pause_to_end(workspace: Workspace) -> None:
    one = live(workspace, asked(workspace, "C0QUIET"))
    one.show(plain("beginning"))
    workspace.wait_for(lambda: texts(workspace, "C0QUIET") == ["beginning"])
    began = time.monotonic()
    one.end(plain("done"))
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("quick")
def test_while_slack_is_down_showing_raises_nothing_and_the_end_says_so(workspace: Workspace) -> None:
    delivery = asked(workspace)
    one = Live(
        WebClient(token=workspace.bot_token, base_url="http://127.0.0.1:9/api/", retry_handlers=[]), refuse, delivery
    )
    for number in range(5):
        one.show(plain(f"state {number}"))
    with pytest.raises(SlackError):
        one.end(plain("done"))
    assert texts(workspace) == []


def refuse(url: str, payload: object) -> None:
    raise SlackError(f"Slack did not take an answer at {url}: {payload}.")


@pytest.mark.usefixtures("quick")
def test_what_slack_does_not_take_for_a_while_is_shown_later(workspace: Workspace) -> None:
    workspace.fail("chat.postMessage", status=503)
    workspace.fail("response_url", status=404)
    one = live(workspace, asked(workspace))
    one.show(plain("beginning"))
    workspace.wait_for(lambda: len(calls(workspace, "chat.postMessage")) == 1)
    one.end(plain("done"))
    assert texts(workspace) == ["done"]


@pytest.mark.usefixtures("quick")
def test_an_update_that_slack_refuses_does_not_end_the_others(workspace: Workspace) -> None:
    one = live(workspace, asked(workspace))
    one.show(plain("beginning"))
    workspace.wait_for(lambda: texts(workspace) == ["beginning"])
    workspace.fail("chat.update", error="internal_error")
    one.show(plain("lost"))
    workspace.wait_for(lambda: len(calls(workspace, "chat.update")) == 1)
    one.show(plain("shown"))
    workspace.wait_for(lambda: texts(workspace) == ["shown"])
    one.end(plain("done"))
    assert texts(workspace) == ["done"]


@pytest.mark.usefixtures("quick")
def test_an_end_that_cannot_be_shown_in_the_channel_any_more_goes_to_the_asker(workspace: Workspace) -> None:
    one = live(workspace, asked(workspace))
    one.show(plain("beginning"))
    workspace.wait_for(lambda: texts(workspace) == ["beginning"])
    workspace.remove_bot("C0ENG")
    one.end(plain("done"))
    assert texts(workspace) == ["beginning", "done"]
    assert said(workspace, "response_url") == ["done"]
