"""What is an answer, and when it is whole. The bot here goes on whenever it is told that its last word was seen."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from slack_sdk import WebClient

from demo.watch import Patience, Watch
from demo.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = Patience(answer=0.1, progress=0.1, settled=0.1)
PATIENT = Patience(answer=20.0, progress=20.0, settled=0.0)


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


class Bot:
    """Says something in a channel, and changes it to what comes next each time that it was seen."""

    def __init__(self, slack: Workspace, *following: str) -> None:
        self.client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        self.following = list(following)
        self.seen: list[str] = []
        self.ts = ""
        self.working = threading.Thread()

    def say(self, text: str, channel: str = "C0ENG") -> None:
        self.ts = self.client.chat_postMessage(channel=channel, text=text)["ts"]

    def whisper(self, text: str, person: str = "U0ENGINEER") -> None:
        self.client.chat_postEphemeral(channel="C0ENG", user=person, text=text)

    def go_on(self, text: str) -> None:
        self.seen.append(text)
        if self.following:
            change = {"channel": "C0ENG", "ts": self.ts, "text": self.following.pop(0)}
            self.working = threading.Thread(target=self.client.chat_update, kwargs=change)
            self.working.start()


def watch(slack: Workspace, patience: Patience) -> Watch:
    return Watch(slack, "C0ENG", "U0ENGINEER", patience)


def test_progress_is_told_and_its_end_is_the_answer(slack: Workspace) -> None:
    bot = Bot(slack, "Sweeping… 1 of 2", "Swept: 2 targets.")
    watching = watch(slack, PATIENT)
    bot.say("Sweeping…")

    [answer] = watching.settled(bot.go_on)
    bot.working.join()

    assert answer.text == "Swept: 2 targets."
    assert bot.seen == ["Sweeping…", "Sweeping… 1 of 2"]


def test_progress_that_stops_is_the_answer_as_far_as_it_came(slack: Workspace) -> None:
    bot = Bot(slack)
    watching = watch(slack, QUICK)
    bot.say("Sweeping…")

    [answer] = watching.settled(bot.go_on)

    assert (answer.text, bot.seen) == ("Sweeping…", ["Sweeping…"])


def test_an_ellipsis_further_down_is_no_progress(slack: Workspace) -> None:
    bot = Bot(slack)
    watching = watch(slack, PATIENT)
    bot.say("Swept.\nand 3 more…")

    [answer] = watching.settled(bot.go_on)

    assert (answer.text, bot.seen) == ("Swept.\nand 3 more…", [])


def test_everything_that_the_person_sees_in_the_channel_belongs_to_the_answer(slack: Workspace) -> None:
    bot = Bot(slack)
    bot.say("An older one.")
    watching = watch(slack, QUICK)
    bot.whisper("To you.")
    bot.whisper("To somebody else.", "U0ONCALL")
    bot.say("Elsewhere.", "C0DIGEST")
    bot.say("To all.")

    assert [message.text for message in watching.settled(bot.go_on)] == ["To you.", "To all."]


def test_a_bot_that_is_still_asking_has_not_answered(slack: Workspace) -> None:
    bot = Bot(slack)
    watching = watch(slack, QUICK)
    bot.whisper("Still asking AWS…")

    with pytest.raises(TimeoutError, match=r"still asking AWS after 0\.1 s"):
        watching.settled(bot.go_on)


def test_silence_is_no_answer(slack: Workspace) -> None:
    Bot(slack).say("An older one.")

    with pytest.raises(TimeoutError, match=r"an answer did not happen within 0\.1 s"):
        watch(slack, QUICK).settled(print)
