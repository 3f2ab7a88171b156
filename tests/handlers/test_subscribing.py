"""Subscribing the channel at hand, ending that, and the status: what is asked, what is written, what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, cast

import pytest

from demo.workspace.validation import message_problems
from ecr.errors import ChannelClosedError, EcrbotError, SlackError, UsageError
from ecr.subscription import Filters, Subscribed, Subscription
from ecr.swept import LastSweep
from ecr.trouble import Trouble
from handlers.delivery import Delivery
from handlers.grammar import Subscribe, Unsubscribe
from handlers.subscribing import status, subscribed, unsubscribed

if TYPE_CHECKING:
    from handlers.answering import Answer
    from handlers.deps import Deps

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
EARLIER = datetime(2026, 11, 1, tzinfo=UTC)
EVA = "U0ENGINEER"
PAYMENTS = Filters(("payments-*",))


@dataclass
class PlainSubscriptions:
    kept: list[Subscription] = field(default_factory=list)

    def all(self, channel: str | None = None) -> tuple[Subscription, ...]:
        return tuple(one for one in self.kept if channel in (None, one.channel))

    def subscribe(self, wanted: Subscription) -> Subscribed:
        known = next((one for one in self.kept if one.id == wanted.id), None)
        if known is None:
            self.kept.append(wanted)
            return Subscribed.NEW
        if known.by is None and not known.paused:
            return Subscribed.IN_THE_FILE
        if (known.at, known.timezone, known.paused) == (wanted.at, wanted.timezone, None):
            return Subscribed.SAME
        since = wanted.since if known.paused else known.since
        self.kept[self.kept.index(known)] = replace(wanted, since=since, by=known.by and wanted.by)
        return Subscribed.RESUMED if known.paused else Subscribed.CHANGED

    def unsubscribe(self, channel: str, filters: Filters | None = None) -> tuple[Subscription, ...]:
        ended = [one for one in self.all(channel) if one.by and (filters is None or one.is_of(filters))]
        self.kept = [one for one in self.kept if one not in ended]
        return tuple(ended)


@dataclass
class PlainPostings:
    days: dict[str, date] = field(default_factory=dict)

    def last_day(self, subscription: str) -> date | None:
        return self.days.get(subscription)


@dataclass
class PlainPostbox:
    shared: bool = False
    refusal: SlackError | None = None
    asked: list[str] = field(default_factory=list)

    def is_shared(self, channel: str) -> bool:
        self.asked.append(channel)
        if self.refusal:
            raise self.refusal
        return self.shared


@dataclass
class PlainHistory:
    last: LastSweep | None = None
    matching: int = 0
    running: bool = False

    def swept_at(self) -> datetime | None:
        return self.last.finished_at if self.last else None

    def last_sweep(self) -> LastSweep | None:
        return self.last

    def sweep_is_running(self) -> bool:
        return self.running

    def known(self, filters: Filters) -> int:
        del filters
        return self.matching


class PlainRequests:
    def all(self, states: tuple[str, ...] = ()) -> tuple[Any, ...]:
        del states
        return ()


class PlainPeople:
    def timezone(self, user: str) -> str:
        return {EVA: "Europe/Bucharest"}[user]


@dataclass
class PlainDeps:
    subscriptions: PlainSubscriptions = field(default_factory=PlainSubscriptions)
    postings: PlainPostings = field(default_factory=PlainPostings)
    postbox: PlainPostbox = field(default_factory=PlainPostbox)
    history: PlainHistory = field(default_factory=PlainHistory)
    people: PlainPeople = field(default_factory=PlainPeople)
    requests: PlainRequests = field(default_factory=PlainRequests)
    wrong: tuple[Trouble, ...] = ()

    def clock(self) -> datetime:
        return NOW

    def troubles(self) -> tuple[Trouble, ...]:
        return self.wrong

    @property
    def real(self) -> Deps:
        """What the handlers use of their collaborators, and nothing else."""
        return cast("Deps", self)


@pytest.fixture
def deps() -> PlainDeps:
    return PlainDeps()


def delivery(channel: str = "C0DIGEST") -> Delivery:
    return Delivery("key", EVA, "T0LOCAL", channel, "", "", is_command=True)


def subscription(filters: Filters = PAYMENTS, **other: Any) -> Subscription:
    return replace(Subscription("C0DIGEST", time(9), "Europe/Bucharest", filters, NOW, EVA), **other)


def texts(answer: Answer) -> list[str]:
    assert answer.message is not None
    payload = answer.message.payload()
    assert message_problems(payload) == ()
    assert not answer.in_channel
    return [block["text"]["text"] for block in payload["blocks"]]


def test_without_words_it_is_everything_at_nine_by_the_clock_of_who_asks(deps: PlainDeps) -> None:
    answer = subscribed(deps.real, delivery(), Subscribe())
    assert deps.subscriptions.kept == [subscription(Filters())]
    assert texts(answer) == [
        (
            "*Subscribed.* This channel gets a digest of every repository every day at 09:00 Europe/Bucharest.\n"
            "The next one comes tomorrow, Thursday 26 November, at 09:00."
        )
    ]


def test_what_is_said_is_done(deps: PlainDeps) -> None:
    subscribed(deps.real, delivery(), Subscribe(time(0), "Pacific/Auckland", ("payments-*",)))
    assert deps.subscriptions.kept == [subscription(at=time(0), timezone="Pacific/Auckland")]


def test_a_digest_of_today_that_was_sent_comes_tomorrow(deps: PlainDeps) -> None:
    deps.postings.days[subscription().id] = date(2026, 11, 25)
    answer = subscribed(deps.real, delivery(), Subscribe(time(17), "UTC", ("payments-*",)))
    assert texts(answer)[0].endswith("The next one comes tomorrow, Thursday 26 November, at 17:00.")


@pytest.mark.parametrize("channel", ["D0EVA", ""])
def test_a_direct_message_is_no_channel(deps: PlainDeps, channel: str) -> None:
    with pytest.raises(UsageError, match="this is a direct message: type it in the channel that is meant"):
        subscribed(deps.real, delivery(channel), Subscribe())
    with pytest.raises(UsageError, match="this is a direct message: type it in the channel that is meant"):
        unsubscribed(deps.real, delivery(channel), Unsubscribe())
    assert (deps.postbox.asked, deps.subscriptions.kept) == ([], [])


@pytest.mark.parametrize(
    ("postbox", "sentence"),
    [
        (
            PlainPostbox(shared=True),
            (
                "This channel is shared with another organisation, and a digest tells of repositories that are not "
                "for them: subscribe in a channel of your own."
            ),
        ),
        (
            PlainPostbox(refusal=ChannelClosedError("It is closed.")),
            (
                "ecrbot is not in this channel, so it cannot post a digest here: type /invite @ecrbot first, and then "
                "/ecr subscribe again."
            ),
        ),
        (PlainPostbox(refusal=SlackError("Slack did not say.")), "Slack did not say."),
    ],
)
def test_a_channel_that_others_read_or_the_bot_cannot_post_to_is_refused_and_nothing_is_written(
    deps: PlainDeps, postbox: PlainPostbox, sentence: str
) -> None:
    deps.postbox = postbox
    with pytest.raises(EcrbotError) as caught:
        subscribed(deps.real, delivery(), Subscribe())
    assert str(caught.value) == sentence
    assert (postbox.asked, deps.subscriptions.kept) == (["C0DIGEST"], [])


@pytest.mark.parametrize(
    ("history", "is_said"),
    [
        (PlainHistory(LastSweep(NOW, 1, 1, 0, ()), matching=0), True),
        (PlainHistory(LastSweep(NOW, 1, 1, 0, ()), matching=1), False),
        (PlainHistory(None), False),
    ],
)
def test_a_filter_that_matches_nothing_is_accepted_and_said_where_a_sweep_could_know(
    deps: PlainDeps, history: PlainHistory, *, is_said: bool
) -> None:
    deps.history = history
    answer = subscribed(deps.real, delivery(), Subscribe(None, None, ("payments-*",)))
    assert ("No repository matches that today." in texts(answer)[0]) is is_said
    assert deps.subscriptions.kept == [subscription()]


def test_another_time_changes_it_and_the_same_again_says_so(deps: PlainDeps) -> None:
    deps.subscriptions.kept = [subscription(since=EARLIER)]
    asked = Subscribe(time(17), None, ("payments-*",))
    assert texts(subscribed(deps.real, delivery(), asked))[0].startswith("*Changed.*")
    assert texts(subscribed(deps.real, delivery(), asked))[0].startswith("*Nothing to change.*")
    assert deps.subscriptions.kept == [subscription(at=time(17), since=EARLIER)]


def test_without_a_time_what_is_there_already_stays_at_its_own(deps: PlainDeps) -> None:
    kept = subscription(at=time(10, 35), timezone="UTC", since=EARLIER)
    deps.subscriptions.kept = [kept]
    answer = subscribed(deps.real, delivery(), Subscribe(None, None, ("payments-*",)))
    assert texts(answer)[0].startswith("*Nothing to change.*")
    assert deps.subscriptions.kept == [kept]


def test_one_of_the_settings_file_is_told_as_it_is_there(deps: PlainDeps) -> None:
    deps.subscriptions.kept = [subscription(by=None, at=time(7))]
    answer = subscribed(deps.real, delivery(), Subscribe(time(17), None, ("payments-*",)))
    assert "every day at 07:00 Europe/Bucharest" in texts(answer)[0]
    assert "It stands in the settings file" in texts(answer)[0]


def test_a_paused_one_is_resumed_as_it_was_but_for_what_is_said(deps: PlainDeps) -> None:
    deps.subscriptions.kept = [subscription(at=time(7), timezone="UTC", paused="It was archived.", since=EARLIER)]
    answer = subscribed(deps.real, delivery(), Subscribe(None, "Europe/Rome", ("payments-*",)))
    assert texts(answer)[0].startswith("*Resumed.* This channel gets again a digest of `payments-*` every day at 07:00")
    assert deps.subscriptions.kept == [subscription(at=time(7), timezone="Europe/Rome")]


def test_without_words_all_that_is_paused_here_is_resumed(deps: PlainDeps) -> None:
    of_file = subscription(Filters((), ("prod",)), by=None, at=time(7), since=EARLIER)
    elsewhere = subscription(channel="C0ENG", paused="It was archived.")
    running = subscription(Filters(("core-*",)), at=time(8))
    deps.subscriptions.kept = [
        subscription(paused="It was archived.", since=EARLIER),
        replace(of_file, paused="It was archived."),
        running,
        elsewhere,
    ]
    answer = subscribed(deps.real, delivery(), Subscribe())
    assert [text.partition(" every day")[0] for text in texts(answer)] == [
        "*Resumed.* This channel gets again a digest of `payments-*`",
        "*Resumed.* This channel gets again a digest of every repository in account `prod`",
    ]
    assert deps.subscriptions.kept == [subscription(), replace(of_file, since=NOW), running, elsewhere]


def test_unsubscribe_ends_all_that_slack_made_here_and_says_what_stays(deps: PlainDeps) -> None:
    of_file = subscription(Filters(("core-*",)), by=None)
    elsewhere = subscription(channel="C0ENG")
    deps.subscriptions.kept = [subscription(), subscription(Filters()), of_file, elsewhere]
    told = texts(unsubscribed(deps.real, delivery(), Unsubscribe()))
    assert deps.subscriptions.kept == [of_file, elsewhere]
    assert told[0].count("•") == 2
    assert "under [[digest]]" in told[1]


def test_unsubscribe_with_names_ends_that_one_alone(deps: PlainDeps) -> None:
    deps.subscriptions.kept = [subscription(), subscription(Filters())]
    unsubscribed(deps.real, delivery(), Unsubscribe(("payments-*",)))
    assert deps.subscriptions.kept == [subscription(Filters())]


def test_unsubscribe_works_where_the_bot_cannot_post(deps: PlainDeps) -> None:
    deps.postbox = PlainPostbox(shared=True, refusal=ChannelClosedError("It is closed."))
    assert texts(unsubscribed(deps.real, delivery(), Unsubscribe())) == [
        "Nothing to end: no digest was subscribed in this channel with /ecr."
    ]


def test_status_tells_paused_digests_first_then_the_soonest_and_the_newest_trouble_first(deps: PlainDeps) -> None:
    deps.history = PlainHistory(LastSweep(EARLIER, 1, 2, 1, ()), running=True)
    deps.subscriptions.kept = [
        subscription(channel="C0LATE", at=time(18)),
        subscription(channel="C0SOON", at=time(11)),
        subscription(channel="C0QUIET", at=time(20), paused="It was archived."),
    ]
    deps.wrong = (Trouble("The sweep", "It was locked.", EARLIER), Trouble("The digest", "It was lost.", NOW))
    told = texts(status(deps.real))
    assert told[0].endswith(
        "24 days ago: 2 repositories in 1 account and region, 1 of them non-compliant.\nA sweep is running now."
    )
    assert [text.partition("<#")[2].partition(">")[0] for text in told if "<#" in text] == [
        "C0QUIET",
        "C0SOON",
        "C0LATE",
    ]
    assert [text.partition(" failed")[0] for text in told[-2:]] == [":warning: The digest", ":warning: The sweep"]
