"""Who reads a digest: by the settings file, which rules over its own, and by people in Slack."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

import pytest

from ecr.posting import Notice, Period, PostingState
from ecr.subscription import Filters, Subscribed, Subscription
from store.postings import SqlitePostings
from store.subscriptions import SqliteSubscriptions
from tests.store.world import AT, after, read

if TYPE_CHECKING:
    from pathlib import Path

    from store.history import SqliteHistory

PAYMENTS = Filters(("payments-*",), ("prod",), ("eu-west-1",))


def of_file(channel: str = "C0DIGEST", at: time = time(9), filters: Filters = PAYMENTS) -> Subscription:
    return Subscription(channel, at, "Europe/Bucharest", filters, AT)


def of_slack(channel: str = "C0ENG", at: time = time(9), filters: Filters = PAYMENTS) -> Subscription:
    return Subscription(channel, at, "Europe/Berlin", filters, AT, "U0EVA")


def later(one: Subscription) -> Subscription:
    """Return the same subscription, asked for a day later."""
    return replace(one, since=after(1))


@pytest.fixture
def subscriptions(path: Path, history: SqliteHistory) -> SqliteSubscriptions:
    assert history.path == path
    return SqliteSubscriptions(path)


def paused(subscriptions: SqliteSubscriptions, one: Subscription) -> None:
    assert subscriptions.pause(one, "it is archived", notice="It is paused.", at=after(0.5))


def test_a_subscription_survives_being_stored(subscriptions: SqliteSubscriptions) -> None:
    some = (of_slack("C0A", time(23, 59), Filters()), of_slack("C0B", time(0), Filters(("ü*", "[!a]"), ("a", "b"))))
    for one in some:
        subscriptions.subscribe(one)
    assert subscriptions.all() == some
    assert subscriptions.all("C0B") == some[1:]
    assert subscriptions.all("C0C") == ()


def test_those_of_the_file_are_added_changed_and_removed_at_each_start(subscriptions: SqliteSubscriptions) -> None:
    subscriptions.synchronize([of_file("C0A"), of_file("C0B"), of_file("C0C")])
    subscriptions.subscribe(of_slack("C0ENG"))
    subscriptions.synchronize([later(of_file("C0B", time(10))), later(of_file("C0C")), later(of_file("C0D"))])
    assert subscriptions.all() == (
        of_file("C0B", time(10)),
        of_file("C0C"),
        later(of_file("C0D")),
        of_slack("C0ENG"),
    )


def test_a_channel_of_the_file_may_have_several(subscriptions: SqliteSubscriptions) -> None:
    some = (of_file(filters=Filters()), of_file(filters=PAYMENTS))
    subscriptions.synchronize(some)
    assert subscriptions.all() == some


def test_a_paused_one_of_the_file_stays_paused_unless_something_about_it_changes(
    subscriptions: SqliteSubscriptions,
) -> None:
    for at in (time(9), time(10)):
        subscriptions.synchronize([of_file()])
        if not subscriptions.all()[0].paused:
            paused(subscriptions, of_file())
        subscriptions.synchronize([later(of_file(at=at))])
        assert subscriptions.all() == (replace(of_file(at=at), paused="it is archived" if at == time(9) else None),)


@pytest.mark.parametrize("at", [time(7), time(9)])
def test_one_that_was_made_in_slack_and_is_in_the_file_now_is_the_files(
    subscriptions: SqliteSubscriptions, at: time
) -> None:
    subscriptions.subscribe(replace(of_file(at=at), by="U0EVA"))
    subscriptions.synchronize([later(of_file())])
    assert subscriptions.all() == (of_file(),)
    subscriptions.synchronize([])
    assert subscriptions.all() == ()


def test_what_comes_of_subscribing(subscriptions: SqliteSubscriptions) -> None:
    outcomes = [subscriptions.subscribe(of_slack())]
    outcomes.append(subscriptions.subscribe(later(of_slack())))
    outcomes.append(subscriptions.subscribe(later(of_slack(at=time(10)))))
    kept = subscriptions.all()
    paused(subscriptions, of_slack())
    outcomes.append(subscriptions.subscribe(later(of_slack(at=time(10)))))

    assert outcomes == [Subscribed.NEW, Subscribed.SAME, Subscribed.CHANGED, Subscribed.RESUMED]
    assert kept == (of_slack(at=time(10)),)
    assert subscriptions.all() == (later(of_slack(at=time(10))),)


def test_one_of_the_file_cannot_be_changed_in_slack_but_resumed(subscriptions: SqliteSubscriptions) -> None:
    subscriptions.synchronize([of_file()])
    asked = later(of_slack("C0DIGEST", time(7)))
    refused = subscriptions.subscribe(asked), subscriptions.all()
    paused(subscriptions, of_file())
    resumed = subscriptions.subscribe(asked), subscriptions.all()
    assert refused == (Subscribed.IN_THE_FILE, (of_file(),))
    assert resumed == (Subscribed.RESUMED, (later(of_file()),))


def test_filters_in_another_order_are_the_same_subscription(subscriptions: SqliteSubscriptions) -> None:
    subscriptions.subscribe(of_slack(filters=Filters(("a", "b"), ("x", "y"))))
    assert subscriptions.subscribe(of_slack(filters=Filters(("b", "a"), ("y", "x"), ("all",)))) is Subscribed.SAME
    assert len(subscriptions.all()) == 1


def test_unsubscribing_ends_what_was_subscribed_in_slack(subscriptions: SqliteSubscriptions) -> None:
    subscriptions.synchronize([of_file("C0ENG")])
    mine, other = of_slack(filters=Filters()), of_slack(filters=Filters(("audit-*",)))
    elsewhere = of_slack("C0DIGEST")
    for one in (mine, other, elsewhere):
        subscriptions.subscribe(one)

    assert subscriptions.unsubscribe("C0ENG", Filters(("nothing",))) == ()
    assert subscriptions.unsubscribe("C0ENG", PAYMENTS) == ()
    assert subscriptions.unsubscribe("C0ENG", Filters(("audit-*",))) == (other,)
    assert subscriptions.unsubscribe("C0ENG") == (mine,)
    assert subscriptions.unsubscribe("C0ENG") == ()
    assert subscriptions.all() == (elsewhere, of_file("C0ENG"))


def test_a_subscription_is_paused_once_with_one_notice(subscriptions: SqliteSubscriptions, path: Path) -> None:
    subscriptions.subscribe(of_slack())
    first = subscriptions.pause(of_slack(), "it is archived", notice="It is paused.", at=after(1))
    second = subscriptions.pause(of_slack(), "it is gone", notice="It is paused again.", at=after(2))

    assert (first, second) == (True, False)
    assert subscriptions.all() == (replace(of_slack(), paused="it is archived"),)
    assert SqlitePostings(path).notices() == (Notice(1, "C0ENG", "It is paused."),)
    assert read(path, "SELECT paused_at FROM subscriptions") == [("2026-11-02T09:00:00.000000Z",)]


def test_what_was_ended_meanwhile_is_not_paused_and_nobody_is_told(
    subscriptions: SqliteSubscriptions, path: Path
) -> None:
    assert not subscriptions.pause(of_slack(), "it is archived", notice="It is paused.", at=after(1))
    assert SqlitePostings(path).notices() == ()


def test_unsubscribing_ends_the_digest_that_is_on_its_way(subscriptions: SqliteSubscriptions, path: Path) -> None:
    one, day, postings = of_slack(), AT.date(), SqlitePostings(path)
    subscriptions.subscribe(one)
    posting = postings.claim(one, day, at=AT)
    assert posting is not None
    postings.fill(posting, ["a text"], Period(AT, 1))
    subscriptions.unsubscribe(one.channel)
    ended = postings.of_day(one.id, day)
    assert ended is not None
    assert (ended.state, ended.parts) == (PostingState.GIVEN_UP, ())
    assert postings.last_day(one.id) == day
