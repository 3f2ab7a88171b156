"""What is an answer, and when it is whole. The bot here goes on whenever it is told that its last word was seen."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient

from demo.watch import Patience, Watch
from demo.workspace import Workspace, deliveries

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
        self.slack = slack
        self.client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        self.following = list(following)
        self.seen: list[str] = []
        self.ts = ""
        self.working = threading.Thread()

    def say(self, text: str, channel: str = "C0ENG") -> None:
        self.ts = self.client.chat_postMessage(channel=channel, text=text)["ts"]

    def whisper(self, text: str, person: str = "U0ENGINEER") -> None:
        self.client.chat_postEphemeral(channel="C0ENG", user=person, text=text)

    def open(self, text: str) -> None:
        trigger = deliveries.trigger(self.slack._state, "U0ENGINEER")  # noqa: SLF001 - as a command would bring
        self.client.views_open(trigger_id=trigger, view=modal(text))

    def go_on(self, text: str) -> None:
        self.seen.append(text)
        if self.following:
            change = {"channel": "C0ENG", "ts": self.ts, "text": self.following.pop(0)}
            self.working = threading.Thread(target=self.client.chat_update, kwargs=change)
            self.working.start()


def words(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def modal(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": words("Ask"), "blocks": [{"type": "section", "text": words(text)}], **more}


def watch(slack: Workspace, patience: Patience) -> Watch:
    return Watch(slack, "U0ENGINEER", patience)


def test_progress_is_told_and_its_end_is_the_answer(slack: Workspace) -> None:
    bot = Bot(slack, "Sweeping… 1 of 2", "Swept: 2 targets.")
    watching = watch(slack, PATIENT)
    bot.say("Sweeping…")

    [answer] = watching.settled(bot.go_on).messages
    bot.working.join()

    assert answer.text == "Swept: 2 targets."
    assert bot.seen == ["Sweeping…", "Sweeping… 1 of 2"]


def test_progress_that_stops_is_the_answer_as_far_as_it_came(slack: Workspace) -> None:
    bot = Bot(slack)
    watching = watch(slack, QUICK)
    bot.say("Sweeping…")

    [answer] = watching.settled(bot.go_on).messages

    assert (answer.text, bot.seen) == ("Sweeping…", ["Sweeping…"])


def test_an_ellipsis_further_down_is_no_progress(slack: Workspace) -> None:
    bot = Bot(slack)
    watching = watch(slack, PATIENT)
    bot.say("Swept.\nand 3 more…")

    [answer] = watching.settled(bot.go_on).messages

    assert (answer.text, bot.seen) == ("Swept.\nand 3 more…", [])


@pytest.mark.parametrize("state", ["approved", "applying"])
def test_a_card_of_what_is_on_its_way_is_progress(slack: Workspace, state: str) -> None:
    bot = Bot(slack, "Remediate a, applied: MUTABLE → IMMUTABLE.", "never")
    watching = watch(slack, PATIENT)
    bot.say(f"Remediate a, {state}: MUTABLE → IMMUTABLE.")

    [answer] = watching.settled(bot.go_on).messages
    bot.working.join()

    assert (answer.text, len(bot.seen)) == ("Remediate a, applied: MUTABLE → IMMUTABLE.", 1)


def test_what_somebody_approved_is_over(slack: Workspace) -> None:
    bot = Bot(slack)
    watching = watch(slack, PATIENT)
    bot.say("`a` was remediated by eva, approved by otto.")

    watching.settled(bot.go_on)

    assert bot.seen == []


def test_everything_that_the_person_sees_belongs_to_the_answer_wherever_it_is(slack: Workspace) -> None:
    bot = Bot(slack)
    bot.say("An older one.")
    watching = watch(slack, QUICK)
    bot.whisper("To you.")
    bot.whisper("To somebody else.", "U0ONCALL")
    bot.say("Elsewhere.", "C0DIGEST")
    bot.say("To you directly.", "U0ENGINEER")
    bot.say("To somebody else directly.", "U0ONCALL")
    bot.say("To all.")

    seen = watching.settled(bot.go_on)

    assert [message.text for message in seen.messages] == ["To you.", "Elsewhere.", "To you directly.", "To all."]
    assert seen.form is None


def test_a_form_that_reads_is_progress_and_what_it_becomes_is_the_answer(slack: Workspace) -> None:
    bot, told = Bot(slack), []
    watching = watch(slack, PATIENT)
    bot.open("Reading … from ECR")
    [reading] = slack.views("U0ENGINEER")

    def go_on(text: str) -> None:
        told.append(text)
        bot.client.views_update(view_id=reading["id"], view=modal("It has an ellipsis …", submit=words("Go")))

    seen = watching.settled(go_on)

    assert told == ["Reading … from ECR"]
    assert seen.form == slack.views("U0ENGINEER")[0]
    assert seen.messages == ()


def test_that_a_form_is_closed_is_no_answer(slack: Workspace) -> None:
    bot = Bot(slack)
    bot.open("A form.")
    watching = watch(slack, QUICK)
    slack.close(slack.views("U0ENGINEER")[0])

    with pytest.raises(TimeoutError, match="an answer did not happen"):
        watching.settled(print)


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
