"""`/ecr sweep`, `/ecr list` and `/ecr history`, in both modes, over a history that begins with the bot's own sweep."""

from __future__ import annotations

import itertools
import re
import time
from typing import TYPE_CHECKING

import pytest

from store.history import SqliteHistory
from tests.journeys.surroundings import Bot, Journey

if TYPE_CHECKING:
    from collections.abc import Iterator

PROD, MANY = "111111111111", "222222222222"
RESULT = (
    r"22 repositories in 3 accounts and regions after \d+\.\d s: 21 non-compliant, 0 unknown, 0 exempt, 1 compliant\. "
    r"Findings: 0 opened, 0 resolved\."
)


@pytest.fixture(params=["socket", "http"])
def journey(fresh: Bot, request: pytest.FixtureRequest) -> Iterator[Journey]:
    fresh.mode = request.param
    fresh.aws.reset()
    for name, mutability in (("one", "MUTABLE"), ("two", "IMMUTABLE")):
        fresh.aws.create(PROD, "eu-west-1", name, mutability=mutability, scan_on_push=True)
    for number in range(20):
        fresh.aws.create(MANY, "eu-west-1", f"team-{number:02}", mutability="IMMUTABLE")
    fresh.start()
    return Journey(fresh)  # type: ignore[return-value]  # a fixture without an end of its own


def test_what_the_history_knows_is_listed_paged_and_told(journey: Journey) -> None:
    delivery = journey.slack.command("list")
    first = journey.answer(delivery)
    assert first.splitlines()[0] == "21 non-compliant by the last sweep"
    assert "Page 1 of 2" in first
    journey.slack.click(delivery.messages()[0], "Next").wait_ack()
    journey.slack.wait_for(lambda: "Page 2 of 2" in str(delivery.messages()[0].blocks), what="the second page")

    assert journey.ecr("list account=prod").splitlines()[:3] == [
        "1 non-compliant by the last sweep",
        f"🔴 `one` · prod ({PROD}) in eu-west-1   [Remediate]",
        "Tag mutability is MUTABLE: every tag can be overwritten.",
    ]
    assert "20 non-compliant" in journey.ecr("list account=222222222222 region=eu-west-1 team-*")
    assert "Nothing is non-compliant" in journey.ecr("list account=sandbox")
    assert journey.ecr("list account=prodd") == "No configured account is called prodd; did you mean prod?"
    assert journey.ecr("list account=nope") == (
        "No configured account is called nope; configured are prod, sandbox, staging, "
        "111111111111, 222222222222, 333333333333."
    )
    assert journey.ecr("list region=us-east-9") == ("Region us-east-9 is not configured; configured are eu-west-1.")
    assert journey.ecr("list payments-*") == "No repository matches payments-*."
    assert "is no filter of list" in journey.ecr("list colour=red")

    journey.aws.client("ecr", PROD, "eu-west-1").put_image_tag_mutability(
        repositoryName="one", imageTagMutability="IMMUTABLE"
    )
    journey.ecr("check one")
    until = time.monotonic() + 10
    told = journey.ecr("history one")
    while "resolved" not in told and time.monotonic() < until:  # a check is written down once it was answered
        told = journey.ecr("history one")
    assert [re.findall(r"eu-west-1 · ([a-z ]+?) (?:tag-|Tags|It)", line) for line in told.splitlines()[1:]] == [
        ["first seen"],
        ["found"],
        ["changed"],
        ["resolved"],
    ]
    assert "Nothing is known of nowhere" in journey.ecr("history nowhere")
    assert "history is of one repository" in journey.ecr("history team-*")
    assert "Which repository? /ecr history needs one." in journey.ecr("history")


def test_an_account_that_was_never_read_is_not_listed_as_compliant(fresh: Bot) -> None:
    fresh.mode = "socket"
    fresh.aws.reset()
    fresh.aws.create(PROD, "eu-west-1", "one")
    fresh.aws.refuse_role("333333333333")
    fresh.start()
    journey = Journey(fresh)
    said = "Nothing that could be read is non-compliant by the last sweep, but 1 account and region could not be read."
    for filters in ("account=sandbox", "payments-*"):
        first, unread, why, *_ = journey.ecr(f"list {filters}").splitlines()
        assert first == said
        assert unread.endswith("sandbox (333333333333) in eu-west-1")
        assert "arn:aws:iam::333333333333:role/ecrbot-read" in why
    everything = journey.ecr("list")
    assert everything.startswith("1 non-compliant by the last sweep")
    assert "sandbox (333333333333) in eu-west-1" in everything


def test_a_sweep_is_one_message_in_the_channel_that_ends_with_what_came_of_it(journey: Journey) -> None:
    delivery = journey.slack.command("sweep")
    assert delivery.wait_ack().seconds < 3
    journey.slack.wait_for(lambda: ended(journey, "C0ENG"), what="the result")
    (message,) = journey.slack.messages("C0ENG")
    assert re.fullmatch(RESULT, message.text)
    assert (message.edited, message.ephemeral_to, delivery.messages()) == (True, None, ())
    assert journey.slack.refusals == ()
    journey.bot.until(lambda: journey.bot.rows("SELECT asked_by FROM sweeps")[-1:] == [("U0ENGINEER",)], "its row")


def test_where_the_bot_is_not_in_the_channel_the_asker_alone_sees_the_sweep(journey: Journey) -> None:
    delivery = journey.slack.command("sweep", channel="C0QUIET")
    journey.slack.wait_for(
        lambda: delivery.messages() and "Findings" in delivery.messages()[-1].text, what="the result"
    )
    (message,) = delivery.messages()
    assert re.fullmatch(RESULT, message.text)
    assert message.ephemeral_to == "U0ENGINEER"
    assert journey.slack.messages("C0QUIET") == ()


def test_a_second_sweep_within_a_minute_is_refused(journey: Journey) -> None:
    journey.slack.command("sweep").wait_ack()
    journey.slack.wait_for(lambda: ended(journey, "C0ENG"), what="the result")
    assert journey.ecr("sweep") == (
        "The last sweep asked for ended less than a minute ago: type /ecr list, or wait a moment."
    )
    assert len(journey.slack.messages("C0ENG")) == 1


def test_a_sweep_that_runs_elsewhere_is_said(journey: Journey) -> None:
    history = SqliteHistory(journey.bot.folder / "ecrbot.db")
    # The bot may be making its own first one at this moment.
    journey.slack.wait_for(lambda: not history.sweep_is_running(), 20, "the end of the bot's own sweep")
    with history.sweeping():
        assert "running already" in journey.ecr("sweep")
        assert "A sweep is running now." in journey.ecr("status")
    assert "running now" not in journey.ecr("status")


def test_the_message_of_a_sweep_changes_at_most_once_a_second(fresh: Bot) -> None:
    accounts = "".join(
        f'[[aws.accounts]]\nid = "{account}"\nrole = "arn:aws:iam::{account}:role/ecrbot-read"\n'
        for account in range(444444444400, 444444444412)
    )
    fresh.settings = f'[aws]\nregions = ["eu-west-1"]\nconcurrency = 2\n{accounts}'
    fresh.start()
    fresh.aws.slow(0.5, "DescribeRepositories")
    fresh.slack.command("sweep").wait_ack()
    journey = Journey(fresh)
    fresh.slack.wait_for(lambda: ended(journey, "C0ENG"), 20, "the result")

    shown = [call for call in fresh.slack.calls if call.method in ("chat.postMessage", "chat.update")]
    assert [call.method for call in shown] == ["chat.postMessage", *["chat.update"] * (len(shown) - 1)]
    assert len(shown) >= 4
    pauses = [after.at - before.at for before, after in itertools.pairwise(shown)]
    assert min(pauses) > 0.95
    said = [re.match(r"Sweeping: (\d+) of 12 accounts and regions are read…", call.arguments["text"]) for call in shown]
    assert said[-1] is None
    done = [int(match[1]) for match in said[:-1] if match]
    assert len(done) == len(shown) - 1
    assert done == sorted(set(done))


def ended(journey: Journey, channel: str) -> bool:
    return any("Findings: " in message.text for message in journey.slack.messages(channel))
