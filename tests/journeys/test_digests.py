"""Digests that people subscribe to, each once whatever goes wrong: the real bot with a clock that a test moves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from demo.aws import LocalAws
from demo.text import render
from demo.workspace import Workspace
from demo.workspace.people import Channel, Person
from ecr.subscription import Filters, Subscription
from store.subscriptions import SqliteSubscriptions
from tests.journeys.clocked_bot import CLOCK, FileClock
from tests.journeys.surroundings import PROD, SETTINGS, ClockedBot, Journey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.workspace.state import Message

REGION = "eu-west-1"
START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # seven in the morning, in Bucharest
NINE, HOUR, DAY, SECOND = timedelta(hours=2), timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
APPROVALS = '[slack]\napprovals_channel = "C0APPROVE"\n'
MAY_READ = ("channels:history", "groups:history")
SUBSCRIBE = "subscribe at 09:00 Europe/Bucharest payments-*"
LOOKED = "C0ZLOOKED"
SHARED = (
    "This channel is shared with another organisation, and a digest tells of repositories that are not for them: "
    "subscribe in a channel of your own."
)
NOT_IN_IT = (
    "ecrbot is not in this channel, so it cannot post a digest here: type /invite @ecrbot first, and then "
    "/ecr subscribe again."
)
PAUSED = "Its daily digest is paused: the bot is not in it (/invite @ecrbot). Mend that, and type /ecr subscribe there."


@dataclass
class Mornings:
    """A bot for all tests; each has days and a channel of its own."""

    bot: ClockedBot
    usual_scopes: tuple[str, ...]
    day: datetime = START
    number: int = 0
    channel: str = ""

    def begin(self) -> None:
        """Begin a test: seven in the morning, in a new channel, and nobody is subscribed."""
        self.number += 1
        self.channel = f"C0TEST{self.number}"
        self.invite()
        self.bot.execute("DELETE FROM subscriptions")
        self.day = START + timedelta(days=5 * self.number)
        self.at(timedelta())
        today = f"{self.day:%Y-%m-%d}"
        self.bot.until(lambda: self.bot.rows("SELECT max(finished_at) FROM sweeps")[0][0] > today, "the first sweep")

    def invite(self) -> None:
        """Let the bot into the channel."""
        self.bot.slack.add_channel(Channel(self.channel, self.channel.lower()))

    def at(self, after: timedelta) -> None:
        """Let it be so long after seven o'clock, in Bucharest."""
        self.bot.set_clock(self.day + after)

    def ecr(self, text: str, channel: str = "", user: str = "U0ENGINEER") -> str:
        return Journey(self.bot).ecr(text, user, channel or self.channel)

    def subscribe(self, text: str = SUBSCRIBE) -> None:
        assert self.ecr(text).startswith("Subscribed.")

    @property
    def digests(self) -> tuple[Message, ...]:
        return self.bot.slack.messages(self.channel)

    @property
    def states(self) -> list[tuple[str, int]]:
        """What became of the channel's digests, and how often each failed."""
        return self.bot.rows("SELECT state, attempts FROM digests WHERE channel = ? ORDER BY day", self.channel)

    def until(self, *states: tuple[str, int]) -> None:
        """Wait until so much became of the channel's digests."""
        self.bot.until(lambda: self.states == list(states), f"{states} instead of {self.states}", seconds=15)

    def digest(self) -> Message:
        """Let it be nine o'clock, and return the channel's first digest."""
        self.at(NINE)
        self.until(("sent", 0))
        (message,) = self.digests
        return message

    @property
    def attempts(self) -> int:
        """How often the bot tried to post in the channel."""
        posts = [call for call in self.bot.slack.calls if call.method == "chat.postMessage"]
        return sum(call.arguments["channel"] == self.channel for call in posts)

    @property
    def told(self) -> list[str]:
        """What the approvals channel was told of the channel."""
        return [one.text for one in self.bot.slack.messages("C0APPROVE") if f"<#{self.channel}>" in one.text]

    def settle(self, at: timedelta) -> None:
        """Let a moment come, and wait until the bot has done what is due by then: another digest, served last, is sent.

        Twice: while a sweep went on, the first time, whatever came before may have been put off.
        """
        self.at(at)
        done = "SELECT 1 FROM digests WHERE subscription = ? AND state = 'sent'"
        for turn in (1, 2):
            when = self.day + at - timedelta(minutes=turn)
            filters = Filters((f"{self.channel}-{at.total_seconds():g}-{turn}",))
            last = Subscription(LOOKED, when.time(), "UTC", filters, when - DAY)
            SqliteSubscriptions(self.bot.folder / "ecrbot.db").subscribe(last)
            self.bot.until(partial(self.bot.rows, done, last.id), "the digest that comes last")


@pytest.fixture(scope="module")
def all_mornings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mornings]:
    folder = tmp_path_factory.mktemp("mornings")
    clock = FileClock(folder / CLOCK)
    with LocalAws() as aws, Workspace(clock=lambda: clock().timestamp()) as slack:
        aws.reset()
        bot = ClockedBot(slack, aws, folder, "socket", SETTINGS + APPROVALS)
        aws.create(PROD, REGION, "payments-api", scan_on_push=True)
        aws.create(PROD, REGION, "payments-db", "IMMUTABLE", scan_on_push=True)
        for number in range(70):
            aws.create(PROD, REGION, f"wide-{number:02}", scan_on_push=True)
        slack.add_channel(Channel(LOOKED, "looked"))
        bot.set_clock(START)
        try:
            bot.start()
            yield Mornings(bot, slack.scopes)
        finally:
            bot.kill()


@pytest.fixture
def mornings(all_mornings: Mornings) -> Iterator[Mornings]:
    all_mornings.begin()
    yield all_mornings
    all_mornings.bot.slack.heal()
    all_mornings.bot.slack.refuse_charts(refuse=False)
    all_mornings.bot.slack.scopes = all_mornings.usual_scopes


def test_a_digest_is_subscribed_told_of_sent_at_its_time_and_ended(mornings: Mornings) -> None:
    assert mornings.ecr(SUBSCRIBE) == (
        "Subscribed. This channel gets a digest of `payments-*` every day at 09:00 Europe/Bucharest.\n"
        "The next one comes today at 09:00."
    )
    assert mornings.ecr("status").splitlines()[-2:] == [
        f"#{mornings.channel} · `payments-*`",
        f"{mornings.day:%Y-%m-%d} 07:00 UTC: today at 09:00 Europe/Bucharest",
    ]
    mornings.settle(NINE - timedelta(minutes=1))
    assert mornings.digests == ()
    assert render(mornings.digest()).splitlines()[0] == (
        f"ECR digest · {mornings.day:%A} {mornings.day.day} {mornings.day:%B} · payments-*"
    )
    assert mornings.ecr("unsubscribe") == (
        "Unsubscribed. This channel gets no more digest of:\n• `payments-*`, every day at 09:00 Europe/Bucharest"
    )
    mornings.settle(NINE + DAY)
    assert len(mornings.digests) == 1


def test_what_is_not_said_is_nine_o_clock_in_the_zone_of_the_asker(mornings: Mornings) -> None:
    mornings.bot.slack.add_person(Person("U0TOKYO", "tomo", "Tomo Tokyo", tz="Asia/Tokyo", tz_offset=32400))
    assert mornings.ecr("subscribe", user="U0TOKYO").splitlines()[0] == (
        "Subscribed. This channel gets a digest of every repository every day at 09:00 Asia/Tokyo."
    )


@pytest.mark.parametrize(
    ("text", "channel", "said"),
    [
        (
            "subscribe",
            "C0SHARED",
            SHARED,
        ),
        (
            "subscribe",
            "C0QUIET",
            NOT_IN_IT,
        ),
        ("subscribe Europe/Bukarest", "", "Europe/Bukarest is no IANA time zone: did you mean Europe/Bucharest?"),
        (
            "subscribe at 25:00",
            "",
            "25:00 is no time of day: write it as HH:MM with 24 hours, like 09:00 or 17:30.",
        ),
    ],
)
def test_what_cannot_be_subscribed_is_refused_with_a_reason(
    mornings: Mornings, text: str, channel: str, said: str
) -> None:
    assert mornings.ecr(text, channel) == said
    assert mornings.bot.rows("SELECT count(*) FROM subscriptions") == [(0,)]


def test_names_that_match_nothing_are_accepted_and_it_is_said(mornings: Mornings) -> None:
    assert mornings.ecr("subscribe at 09:00 Europe/Bucharest nothing-*").splitlines()[2:] == [
        "No repository matches that today. The digest comes all the same, and has them once there are any."
    ]
    assert mornings.digest().text == "Nothing to report for nothing-*: there is no such repository."


def test_a_digest_to_read_now_is_seen_by_the_asker_alone(mornings: Mornings) -> None:
    mornings.subscribe()
    delivery = mornings.bot.slack.command("digest", channel=mornings.channel)
    (message,) = delivery.wait_answer()
    assert message.ephemeral_to == "U0ENGINEER"
    assert render(message).splitlines()[2:5] == [
        "2 repositories: 1 compliant, 1 non-compliant",
        "🔴 Still open · 1 repository, oldest first",
        f"`payments-api` · prod ({PROD}) in eu-west-1 · open for {(mornings.day - START).days} days   [Remediate]",
    ]
    assert mornings.bot.slack.messages(mornings.channel, seen_by="U0OUTSIDER") == ()
    assert mornings.states == []


def test_what_has_no_room_in_a_message_is_in_its_thread(mornings: Mornings) -> None:
    mornings.subscribe("subscribe at 09:00 Europe/Bucharest wide-*")
    mornings.at(NINE)
    mornings.until(("sent", 0))
    head, *replies = mornings.digests
    assert replies
    assert {reply.thread_ts for reply in replies} == {head.ts}
    assert max(len(message.blocks) for message in mornings.digests) <= 50
    left = re.search(r"and (\d+) more in the thread", render(head))
    assert left
    assert int(left[1]) == sum(render(reply).count("`wide-") for reply in replies)
    shown = re.findall(r"`(wide-\d\d)`", "\n".join(map(render, mornings.digests)))
    assert shown == [f"wide-{number:02}" for number in range(70)]
    assert mornings.bot.slack.refusals == ()


def test_where_charts_are_refused_a_line_of_text_is_posted_once(mornings: Mornings) -> None:
    mornings.bot.slack.refuse_charts()
    mornings.subscribe()
    message = mornings.digest()
    assert "data_visualization" not in {block["type"] for block in message.blocks}
    assert re.fullmatch(
        r"Non-compliant repositories, 30 days: ▁+ 1 → 1 \(lowest 1, highest 1\)", render(message).splitlines()[-2]
    )
    mornings.at(NINE + DAY)
    mornings.until(("sent", 0), ("sent", 0))
    assert (len(mornings.digests), mornings.attempts) == (2, 3)


def test_after_429_it_is_posted_once_and_not_sooner_than_slack_says(mornings: Mornings) -> None:
    mornings.subscribe()
    mornings.bot.slack.fail("chat.postMessage", status=429, retry_after=40)
    mornings.at(NINE)
    mornings.until(("sending", 1))
    mornings.settle(NINE + 35 * SECOND)
    assert (mornings.digests, mornings.attempts) == ((), 1)
    mornings.at(NINE + 45 * SECOND)
    mornings.until(("sent", 1))
    assert (len(mornings.digests), mornings.attempts) == (1, 2)
    assert "may repeat" not in render(mornings.digests[0])


def test_after_500_the_channel_is_looked_at_before_it_is_posted_again(mornings: Mornings) -> None:
    mornings.bot.slack.scopes += MAY_READ
    mornings.subscribe()
    mornings.bot.slack.fail("chat.postMessage", status=500)
    mornings.at(NINE)
    mornings.until(("sending", 1))
    mornings.settle(NINE + 10 * SECOND)
    assert mornings.states == [("sent", 1)]
    of_the_channel = [call.method for call in mornings.bot.slack.calls if about(call.arguments, mornings.channel)]
    assert of_the_channel[-4:] == [
        "chat.postMessage",
        "conversations.history",
        "conversations.info",
        "chat.postMessage",
    ]
    assert len(mornings.digests) == 1
    assert "may repeat" not in render(mornings.digests[0])


def test_a_digest_whose_answer_was_lost_is_found_in_the_channel(mornings: Mornings) -> None:
    mornings.bot.slack.scopes += MAY_READ
    mornings.subscribe()
    mornings.bot.slack.fail("chat.postMessage", after=True)
    mornings.at(NINE)
    mornings.until(("sending", 1))
    mornings.settle(NINE + 10 * SECOND)
    assert (mornings.states, len(mornings.digests), mornings.attempts) == ([("sent", 1)], 1, 1)
    assert "may repeat" not in render(mornings.digests[0])


def test_where_it_may_not_look_a_digest_in_doubt_says_that_it_may_repeat(mornings: Mornings) -> None:
    mornings.subscribe()
    mornings.bot.slack.fail("chat.postMessage", after=True)
    mornings.at(NINE)
    mornings.until(("sending", 1))
    mornings.settle(NINE + 10 * SECOND)
    first, second = map(render, mornings.digests)
    assert second == (
        f"{first}\n⚠️ This digest may repeat one that is here already: ecrbot was interrupted, and may not look into "
        "this channel."
    )
    mornings.settle(NINE + HOUR)
    assert (mornings.states, len(mornings.digests)) == ([("sent", 1)], 2)


def test_a_bot_that_was_removed_says_so_once_and_goes_on_when_it_is_asked_back(mornings: Mornings) -> None:
    mornings.subscribe()
    mornings.bot.slack.remove_bot(mornings.channel)
    mornings.settle(NINE)
    mornings.settle(NINE + DAY)
    assert mornings.told == [f"<#{mornings.channel}>: {PAUSED}"]
    paused = [
        f"⏸️ #{mornings.channel} · `payments-*` · paused",
        "the bot is not in it (/invite @ecrbot)",
        "To resume it, invite the bot with `/invite @ecrbot` and type `/ecr subscribe` there.",
    ]
    status = mornings.ecr("status", "C0ENG").splitlines()
    begins = status.index(paused[0])
    assert status[begins : begins + 3] == paused

    mornings.invite()
    assert mornings.ecr("subscribe").startswith(
        "Resumed. This channel gets again a digest of `payments-*` every day at 09:00 Europe/Bucharest.\n"
        "The next one comes tomorrow, "
    )
    mornings.settle(NINE + 2 * DAY)
    assert mornings.states == [("given up", 0), ("sent", 0)]
    assert (len(mornings.digests), len(mornings.told)) == (1, 1)


def test_after_an_hour_of_trouble_it_is_given_up_and_the_approvers_are_told_once(mornings: Mornings) -> None:
    mornings.subscribe()
    mornings.bot.slack.fail("chat.postMessage", status=503, times=3)
    mornings.at(NINE)
    mornings.until(("sending", 1))
    mornings.at(NINE + HOUR - timedelta(minutes=2))
    mornings.until(("sending", 2))
    mornings.at(NINE + HOUR + timedelta(minutes=1))
    mornings.until(("given up", 2))
    mornings.settle(NINE + 2 * HOUR)
    day = f"{mornings.day:%Y-%m-%d}"
    assert mornings.told == [
        f"<#{mornings.channel}>: Its digest of {day} is given up after an hour: Slack has trouble of its own (503)."
    ]
    assert f"the digest of {mornings.channel} for {day} is given up: Slack has trouble of its own (503)." in (
        mornings.bot.log
    )
    assert mornings.digests == ()
    mornings.settle(NINE + DAY)
    assert (mornings.states, len(mornings.digests)) == ([("given up", 2), ("sent", 0)], 1)


def test_what_a_stopped_bot_missed_is_sent_late_or_skipped_and_logged(mornings: Mornings) -> None:
    mornings.subscribe()
    mornings.bot.stop()
    mornings.at(NINE + 2 * HOUR)
    mornings.bot.start()
    mornings.until(("sent", 0))
    mornings.bot.stop()
    mornings.at(NINE + DAY + 13 * HOUR)
    mornings.bot.start()
    mornings.until(("sent", 0), ("skipped", 0))
    assert len(mornings.digests) == 1
    skipped = f"{mornings.day + DAY:%Y-%m-%d}"
    line = f"the digest of {mornings.channel} for {skipped} is skipped: it is too late for it"
    mornings.bot.until(lambda: line in mornings.bot.log, "the line in the log")


def test_a_clock_that_goes_back_an_hour_brings_no_second_digest(mornings: Mornings) -> None:
    mornings.subscribe()
    mornings.digest()
    mornings.settle(NINE - HOUR + SECOND)
    mornings.settle(NINE + SECOND)
    mornings.settle(NINE + HOUR)
    assert (mornings.states, len(mornings.digests)) == ([("sent", 0)], 1)


def about(arguments: dict[str, object], channel: str) -> bool:
    return arguments.get("channel") == channel
