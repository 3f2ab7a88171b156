"""What came of subscribing and unsubscribing, word for word, and as Slack takes it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import pytest

from demo.workspace.validation import message_problems
from ecr.subscription import Filters, Subscribed, Subscription
from handlers.blocks.moments import ago, coming
from handlers.blocks.subscriptions import Entry, covered, subscribed, unsubscribed

if TYPE_CHECKING:
    from handlers.blocks.text import Message

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
PAYMENTS = Filters(("payments-*",))
FILE = "the settings file (ecrbot.toml, under [[digest]])"


def subscription(filters: Filters = PAYMENTS, by: str | None = "U0ENGINEER") -> Subscription:
    return Subscription("C0DIGEST", time(9), "Europe/Bucharest", filters, NOW, by)


def texts(message: Message) -> list[str]:
    """Return the text of every block, once Slack would take the message."""
    payload = message.payload()
    assert message_problems(payload) == ()
    return [block["text"]["text"] if "text" in block else block["elements"][0]["text"] for block in payload["blocks"]]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Subscribed.NEW, "*Subscribed.* This channel gets"),
        (Subscribed.CHANGED, "*Changed.* This channel now gets"),
        (Subscribed.RESUMED, "*Resumed.* This channel gets again"),
        (Subscribed.SAME, "*Nothing to change.* This channel already gets"),
    ],
)
def test_what_came_of_it_is_said_with_what_it_covers_and_when_the_next_one_comes(
    outcome: Subscribed, said: str
) -> None:
    message = subscribed((Entry(outcome, subscription(), TOMORROW),), NOW)
    assert texts(message) == [
        (
            f"{said} a digest of `payments-*` every day at 09:00 Europe/Bucharest.\n"
            "The next one comes tomorrow, Thursday 26 November, at 09:00."
        )
    ]
    assert message.text == "Digest of payments-*: The next one comes tomorrow, Thursday 26 November, at 09:00."


def test_one_of_the_settings_file_is_said_to_be_so() -> None:
    message = subscribed((Entry(Subscribed.IN_THE_FILE, subscription(by=None), TOMORROW),), NOW)
    assert texts(message) == [
        (
            "*Nothing changed.* "
            "This channel already gets a digest of `payments-*` every day at 09:00 Europe/Bucharest.\n"
            "The next one comes tomorrow, Thursday 26 November, at 09:00.\n"
            f"It stands in {FILE}, and is changed there alone."
        )
    ]


def test_a_filter_that_matches_nothing_today_is_said() -> None:
    message = subscribed((Entry(Subscribed.NEW, subscription(Filters()), TOMORROW, unmatched=True),), NOW)
    assert texts(message) == [
        (
            "*Subscribed.* This channel gets a digest of every repository every day at 09:00 Europe/Bucharest.\n"
            "The next one comes tomorrow, Thursday 26 November, at 09:00.\n"
            "No repository matches that today. The digest comes all the same, and has them once there are any."
        )
    ]


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), "every repository"),
        (Filters(regions=("all",)), "every repository"),
        (Filters(("payments-*", "core/api")), "`payments-*`, `core/api`"),
        (
            Filters((), ("prod",), ("eu-west-1", "us-east-1")),
            "every repository in account `prod` in region `eu-west-1`",
        ),
        (Filters(("<!here>`",)), "`&lt;!here&gt;'`"),
    ],
)
def test_filters_are_said_in_words(filters: Filters, words: str) -> None:
    assert covered(filters).startswith(words)


def test_what_was_ended_is_named_and_so_is_what_stays() -> None:
    ended = (subscription(), subscription(Filters()))
    message = unsubscribed(ended, (subscription(Filters(("core-*",)), by=None),), None)
    assert texts(message) == [
        (
            "*Unsubscribed.* This channel gets no more digest of:\n"
            "• `payments-*`, every day at 09:00 Europe/Bucharest\n"
            "• every repository, every day at 09:00 Europe/Bucharest"
        ),
        (
            "This channel still gets the digest of `core-*` every day at 09:00 Europe/Bucharest: "
            f"it stands in {FILE}, and is ended there alone."
        ),
    ]
    assert message.text == "Unsubscribed: this channel gets no more digest of payments-*; every repository."


def test_where_there_was_nothing_to_end_it_is_said() -> None:
    assert texts(unsubscribed((), (), None)) == ["Nothing to end: no digest was subscribed in this channel with /ecr."]
    assert texts(unsubscribed((), (subscription(),), Filters(("core-*",)))) == [
        "Nothing to end: no digest of core-* was subscribed in this channel with /ecr.",
        "This channel still gets the digest of `payments-*` every day at 09:00 Europe/Bucharest.",
    ]


def test_slack_takes_it_however_much_it_is() -> None:
    long = tuple(f"{'&' * 250}{n}" for n in range(10))
    many = tuple(subscription(Filters(tuple(f"{one}{n}" for one in long))) for n in range(60))
    entries = tuple(Entry(Subscribed.RESUMED, one, TOMORROW, unmatched=True) for one in many)
    assert texts(subscribed(entries, NOW))[-1] == "And 45 more."
    assert texts(unsubscribed(many, many, None))[-1] == "And 45 more."


@pytest.mark.parametrize(
    ("at", "timezone", "words"),
    [
        (datetime(2026, 11, 25, 8, 45, tzinfo=UTC), "Europe/Bucharest", "today at 10:45"),
        (datetime(2026, 11, 26, 7, 0, tzinfo=UTC), "Europe/Bucharest", "tomorrow, Thursday 26 November, at 09:00"),
        (datetime(2026, 11, 30, 7, 0, tzinfo=UTC), "Europe/Bucharest", "on Monday 30 November at 09:00"),
        # It is Wednesday evening in Auckland, and Wednesday noon is Thursday's first hour there.
        (datetime(2026, 11, 25, 12, 0, tzinfo=UTC), "Pacific/Auckland", "tomorrow, Thursday 26 November, at 01:00"),
        (datetime(2026, 11, 26, 3, 0, tzinfo=UTC), "America/Los_Angeles", "today at 19:00"),
        # It is still Tuesday in Honolulu.
        (datetime(2026, 11, 25, 9, 0, tzinfo=UTC), "Pacific/Honolulu", "today at 23:00"),
        (NOW, "UTC", "any moment now"),
    ],
)
def test_when_it_comes_is_said_by_the_clock_of_its_zone(at: datetime, timezone: str, words: str) -> None:
    assert coming(at, NOW, timezone) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW, "less than a minute ago"),
        (TOMORROW, "less than a minute ago"),
        (datetime(2026, 11, 25, 8, 29, tzinfo=UTC), "1 minute ago"),
        (datetime(2026, 11, 25, 7, 31, tzinfo=UTC), "59 minutes ago"),
        (datetime(2026, 11, 25, 7, 30, tzinfo=UTC), "1 hour ago"),
        (datetime(2026, 11, 23, 8, 31, tzinfo=UTC), "47 hours ago"),
        (datetime(2026, 11, 23, 8, 30, tzinfo=UTC), "2 days ago"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(at: datetime, words: str) -> None:
    assert ago(at, NOW) == words
