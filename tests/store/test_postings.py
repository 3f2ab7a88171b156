"""Digests on their way: claimed once by whoever asks first, taken over where they died, and never forgotten midway."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecr.errors import LostClaimError
from ecr.posting import LEASE, Notice, Period, Posting, PostingState
from ecr.subscription import Filters, Subscription
from store.postings import SqlitePostings
from tests.store.world import AT, after, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.history import SqliteHistory

ROOT = Path(__file__).parents[2]
ONE = Subscription("C0DIGEST", time(9), "UTC", Filters(), AT, "U0EVA")
DAY = AT.date()
SECOND = timedelta(seconds=1)
KNOWN = Period(AT, 7)


@pytest.fixture
def postings(path: Path, history: SqliteHistory) -> SqlitePostings:
    assert history.path == path
    return SqlitePostings(path)


@pytest.fixture
def other(path: Path, history: SqliteHistory) -> SqlitePostings:
    """Another process's."""
    assert history.path == path
    return SqlitePostings(path)


def claimed(postings: SqlitePostings, day: date = DAY) -> Posting:
    posting = postings.claim(ONE, day, at=AT)
    assert posting is not None
    return posting


def filled(postings: SqlitePostings, *parts: str) -> Posting:
    return postings.fill(claimed(postings), parts or ("one",), KNOWN)


def test_a_digest_is_claimed_once(postings: SqlitePostings, other: SqlitePostings) -> None:
    mine, theirs = postings.claim(ONE, DAY, at=AT), other.claim(ONE, DAY, at=AT)
    assert mine == Posting(ONE.id, "C0DIGEST", DAY, PostingState.CLAIMED, AT)
    assert theirs is None
    assert postings.of_day(ONE.id, DAY) == mine
    assert postings.of_day(ONE.id, DAY + timedelta(days=1)) is None


def test_of_sixteen_threads_one_claims_each_of_thirty_days(path: Path, history: SqliteHistory) -> None:
    assert history.path == path
    days = [DAY + timedelta(days=number) for number in range(30)]

    def claim_all(_: int) -> list[date]:
        own = SqlitePostings(path)
        return [day for day in days if own.claim(ONE, day, at=AT) is not None]

    with ThreadPoolExecutor(16) as threads:
        won = Counter(day for some in threads.map(claim_all, range(16)) for day in some)

    assert won == dict.fromkeys(days, 1)


CLAIM = """
import datetime, pathlib, sys
from ecr.subscription import Filters, Subscription
from store.postings import SqlitePostings
at = datetime.datetime(2026, 11, 1, 9, tzinfo=datetime.UTC)
one = Subscription("C0DIGEST", datetime.time(9), "UTC", Filters(), at, "U0EVA")
postings = SqlitePostings(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
days = [at.date() + datetime.timedelta(days=number) for number in range(60)]
print(*(day for day in days if postings.claim(one, day, at=at) is not None))
"""


def test_of_two_processes_one_claims_each_day(path: Path, history: SqliteHistory) -> None:
    assert history.path == path
    command = [sys.executable, "-c", CLAIM, str(path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    claimers = [
        subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for claimer in claimers:
        assert claimer.stdout is not None
        assert claimer.stdout.readline() == "ready\n"
    for claimer in claimers:
        assert claimer.stdin is not None
        claimer.stdin.close()
        claimer.stdin = None
    won = Counter(day for claimer in claimers for day in claimer.communicate(timeout=60)[0].split())
    assert won == {str(DAY + timedelta(days=number)): 1 for number in range(60)}


def test_what_somebody_has_is_taken_over_when_the_lease_ended_and_not_before(
    postings: SqlitePostings, other: SqlitePostings
) -> None:
    posting = claimed(postings)
    early = (other.resume(ONE.id, at=AT + LEASE - SECOND), other.claim(ONE, DAY, at=AT + LEASE - SECOND))
    taken = other.resume(ONE.id, at=AT + LEASE)
    assert early == (None, None)
    assert taken == replace(posting, began_at=AT + LEASE)
    assert postings.resume(ONE.id, at=AT + LEASE + SECOND) is None


def test_a_day_that_was_claimed_and_left_is_claimed_by_its_day_too(
    postings: SqlitePostings, other: SqlitePostings
) -> None:
    posting = claimed(postings)
    assert other.claim(ONE, DAY, at=AT + LEASE) == replace(posting, began_at=AT + LEASE)


def test_whoever_has_it_goes_on_at_once(postings: SqlitePostings) -> None:
    posting = filled(postings, "one", "two")
    assert postings.resume(ONE.id, at=AT + SECOND) == posting


def test_a_clock_that_went_back_frees_a_claim(postings: SqlitePostings, other: SqlitePostings) -> None:
    posting = claimed(postings)
    earlier = AT - timedelta(hours=1)
    assert other.resume(ONE.id, at=earlier) == replace(posting, began_at=earlier)


def test_whoever_asked_the_clock_first_and_came_second_does_not_take_a_fresh_claim(
    postings: SqlitePostings, other: SqlitePostings
) -> None:
    claimed(postings)
    behind = AT - SECOND
    assert (other.resume(ONE.id, at=behind), other.claim(ONE, DAY, at=behind)) == (None, None)


def test_a_clock_that_went_back_ends_a_pause(postings: SqlitePostings, other: SqlitePostings) -> None:
    postings.postpone(filled(postings), until=AT + timedelta(minutes=5), in_doubt=False)
    assert other.resume(ONE.id, at=AT - timedelta(hours=1)) is not None


def test_beginning_a_part_renews_the_lease_and_says_that_it_may_be_there(
    postings: SqlitePostings, other: SqlitePostings
) -> None:
    late = AT + LEASE - SECOND
    begun = postings.begin(filled(postings), at=late)
    early = other.resume(ONE.id, at=AT + LEASE + SECOND)
    taken = other.resume(ONE.id, at=late + LEASE)
    assert begun == Posting(ONE.id, "C0DIGEST", DAY, PostingState.SENDING, AT, parts=("one",), in_doubt=True)
    assert (early, taken) == (None, replace(begun, began_at=late + LEASE))


def test_a_digest_of_three_parts_from_claimed_to_sent(postings: SqlitePostings, path: Path) -> None:
    posting = filled(postings, "one", "two", "three")
    threads, keys, states = [], [], []
    for number in range(3):
        keys.append(posting.key)
        posting = postings.sent(
            postings.begin(posting, at=after(0, minutes=number)), f"{number}.0", at=after(0, hours=1)
        )
        threads.append(posting.thread)
        states.append((posting.state, posting.sent, posting.in_doubt))
        assert postings.of_day(ONE.id, DAY) == replace(posting, parts=() if number == 2 else posting.parts)

    assert threads == ["0.0"] * 3
    assert keys == [f"{ONE.id}/2026-11-01/{number}" for number in range(3)]
    assert states == [(PostingState.SENDING, 1, False), (PostingState.SENDING, 2, False), (PostingState.SENT, 3, False)]
    assert read(path, "SELECT parts, ended_at, lease_until FROM digests") == [
        (None, "2026-11-01T10:00:00.000000Z", None)
    ]


def test_what_was_sent_is_neither_resumed_nor_claimed_again(postings: SqlitePostings, other: SqlitePostings) -> None:
    postings.sent(postings.begin(filled(postings), at=AT), "1.0", at=AT)
    for own in (postings, other):
        assert own.resume(ONE.id, at=after(1)) is None
        assert own.claim(ONE, DAY, at=after(1)) is None
        assert own.claim(ONE, DAY, at=after(1), again=True) is None
    assert postings.last_day(ONE.id) == DAY


def test_whose_posting_was_taken_over_can_change_nothing_of_it(postings: SqlitePostings, other: SqlitePostings) -> None:
    mine = filled(postings, "one", "two")
    theirs = other.resume(ONE.id, at=AT + LEASE)
    assert theirs is not None
    for change in (
        lambda: postings.fill(mine, ["other"], KNOWN),
        lambda: postings.begin(mine, at=AT),
        lambda: postings.sent(mine, "1.0", at=AT),
        lambda: postings.postpone(mine, until=AT, in_doubt=True),
        lambda: postings.give_up(mine, notice="It is given up.", at=AT),
    ):
        with pytest.raises(LostClaimError, match="The digest of 2026-11-01 for C0DIGEST is in other hands by now"):
            change()
    assert other.of_day(ONE.id, DAY) == theirs == replace(mine, began_at=AT + LEASE)
    assert other.notices() == ()


def test_what_is_done_cannot_be_changed_by_its_last_claimer_either(postings: SqlitePostings) -> None:
    posting = filled(postings)
    postings.sent(postings.begin(posting, at=AT), "1.0", at=AT)
    with pytest.raises(LostClaimError):
        postings.begin(posting, at=AT)


def test_what_is_put_off_is_nobodys_until_then(postings: SqlitePostings, other: SqlitePostings) -> None:
    until = AT + timedelta(minutes=5)
    posting = filled(postings)
    postings.postpone(posting, until=until, in_doubt=True)
    early = [own.resume(ONE.id, at=until - SECOND) for own in (postings, other)]
    early += [own.claim(ONE, DAY, at=until - SECOND) for own in (postings, other)]
    resumed = other.resume(ONE.id, at=until)
    assert early == [None] * 4
    assert resumed == replace(posting, in_doubt=True, attempts=1, began_at=until)


def test_what_is_put_off_is_claimed_at_once_by_whoever_asks_for_it(
    postings: SqlitePostings, other: SqlitePostings
) -> None:
    postings.postpone(filled(postings), until=AT + timedelta(minutes=5), in_doubt=True)
    assert other.claim(ONE, DAY, at=AT + SECOND, again=True) is not None


def test_what_is_given_up_is_done_and_leaves_a_notice(postings: SqlitePostings, path: Path) -> None:
    postings.give_up(filled(postings), notice="It is given up.", at=after(0, hours=1))
    given_up = postings.of_day(ONE.id, DAY)
    assert given_up == Posting(ONE.id, "C0DIGEST", DAY, PostingState.GIVEN_UP, AT)
    assert postings.resume(ONE.id, at=after(1)) is None
    assert postings.last_day(ONE.id) == DAY
    assert postings.notices() == (Notice(1, "C0DIGEST", "It is given up."),)
    assert read(path, "SELECT parts FROM digests") == [(None,)]


def test_what_is_given_up_with_nothing_to_say_leaves_no_notice(postings: SqlitePostings) -> None:
    postings.give_up(filled(postings), notice=None, at=AT)
    assert postings.notices() == ()


def test_notices_are_kept_until_they_are_told(postings: SqlitePostings) -> None:
    for number in range(2):
        posting = claimed(postings, DAY + timedelta(days=number))
        postings.give_up(posting, notice=f"Notice {number}.", at=AT)
    postings.told(postings.notices()[0], at=AT)
    assert postings.notices() == (Notice(2, "C0DIGEST", "Notice 1."),)


def test_a_day_that_is_skipped_is_done(postings: SqlitePostings, other: SqlitePostings) -> None:
    postings.skip(ONE, DAY, at=AT)
    assert postings.last_day(ONE.id) == DAY
    assert other.claim(ONE, DAY, at=AT) is None
    assert other.resume(ONE.id, at=AT) is None


def test_what_was_begun_can_be_skipped_and_what_was_sent_stays_sent(postings: SqlitePostings, path: Path) -> None:
    filled(postings)
    postings.skip(ONE, DAY, at=AT)
    begun = postings.of_day(ONE.id, DAY)
    tomorrow = DAY + timedelta(days=1)
    posting = postings.fill(claimed(postings, tomorrow), ["one"], KNOWN)
    postings.sent(postings.begin(posting, at=AT), "1.0", at=AT)
    postings.skip(ONE, tomorrow, at=AT)
    assert begun is not None
    assert begun.state is PostingState.SKIPPED
    assert read(path, "SELECT state, parts FROM digests ORDER BY day") == [("skipped", None), ("sent", None)]


@pytest.mark.parametrize("end", ["skip", "give up"])
def test_what_was_skipped_or_given_up_is_posted_again_where_somebody_asks_for_it(
    postings: SqlitePostings, other: SqlitePostings, end: str
) -> None:
    posting = postings.begin(filled(postings, "one", "two"), at=AT)
    if end == "skip":
        postings.skip(ONE, DAY, at=AT)
    else:
        postings.give_up(posting, notice=None, at=AT)

    unasked = other.claim(ONE, DAY, at=after(0, hours=3))
    again = other.claim(ONE, DAY, at=after(0, hours=3), again=True)

    assert unasked is None
    doubtful = Posting(ONE.id, "C0DIGEST", DAY, PostingState.CLAIMED, after(0, hours=3), in_doubt=True)
    assert again == doubtful
    assert postings.resume(ONE.id, at=after(0, hours=3)) is None


def test_what_was_given_up_with_its_first_part_there_is_not_posted_again(
    postings: SqlitePostings, other: SqlitePostings
) -> None:
    posting = postings.sent(postings.begin(filled(postings, "one", "two"), at=AT), "1.0", at=AT)
    postings.give_up(posting, notice=None, at=AT)
    assert other.claim(ONE, DAY, at=after(0, hours=3), again=True) is None
    given_up = other.of_day(ONE.id, DAY)
    assert given_up is not None
    assert given_up.is_there


def test_what_somebody_has_is_not_posted_again(postings: SqlitePostings, other: SqlitePostings) -> None:
    claimed(postings)
    assert other.claim(ONE, DAY, at=AT + SECOND, again=True) is None


def test_the_period_begins_where_the_last_digest_that_was_sent_ended(postings: SqlitePostings) -> None:
    days = [DAY + timedelta(days=number) for number in range(4)]
    for number, day in enumerate(days[:2]):
        posting = postings.fill(claimed(postings, day), ["one"], Period(after(number), number + 5))
        postings.sent(postings.begin(posting, at=AT), "1.0", at=AT)
    postings.give_up(postings.fill(claimed(postings, days[2]), ["one"], Period(after(2), 9)), notice=None, at=AT)
    found = [postings.period(ONE.id, day) for day in days]
    assert found == [None, Period(after(0), 5), Period(after(1), 6), Period(after(1), 6)]
    assert postings.period("other", days[3]) is None


def test_the_last_day_is_the_latest_that_something_was_done_about(postings: SqlitePostings) -> None:
    assert postings.last_day(ONE.id) is None
    claimed(postings, DAY + timedelta(days=2))
    assert postings.last_day(ONE.id) is None
    postings.skip(ONE, DAY + timedelta(days=1), at=AT)
    postings.skip(ONE, DAY, at=AT)
    assert postings.last_day(ONE.id) == DAY + timedelta(days=1)
    assert postings.last_day("other") is None


def test_texts_survive_being_written_down(postings: SqlitePostings, other: SqlitePostings) -> None:
    parts = ('{"text": "ü 🔴 \\u0000"}', "", "'; DROP TABLE digests; --")
    filled(postings, *parts)
    resumed = other.resume(ONE.id, at=AT + LEASE)
    assert resumed is not None
    assert resumed.parts == parts


@contextmanager
def started(path: Path) -> Iterator[SqlitePostings]:
    """A bot that starts here, and ends."""
    bot = SqlitePostings(path, bot=True)
    bot.take_over()
    yield bot
    if bot._alive is not None:  # noqa: SLF001 - the end of its process closes it
        bot._alive.close()  # noqa: SLF001 - as above


HOLD = """
import pathlib, sys
from store.postings import SqlitePostings
postings = SqlitePostings(pathlib.Path(sys.argv[1]), bot=True)
postings.take_over()
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_bot_that_starts_goes_on_at_once_with_what_a_dead_one_had(postings: SqlitePostings, path: Path) -> None:
    other_day = DAY + timedelta(days=1)
    assert postings.claim(ONE, other_day, at=AT) is not None
    with started(path) as dead:
        assert dead.claim(ONE, DAY, at=AT) is not None

    with started(path) as bot:
        claims = [bot.claim(ONE, day, at=AT + SECOND) for day in (DAY, other_day)]

    assert [claim is not None for claim in claims] == [True, False]


def test_a_bot_that_starts_leaves_a_living_one_what_it_has(path: Path, history: SqliteHistory) -> None:
    assert history.path == path
    command = [sys.executable, "-c", HOLD, str(path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as living:
        assert living.stdout is not None
        assert living.stdout.readline() == "ready\n"
        assert SqlitePostings(path, bot=True).claim(ONE, DAY, at=AT) is not None
        with started(path) as bot:
            refused = bot.resume(ONE.id, at=AT + SECOND)
        living.kill()
        living.communicate()
    with started(path) as bot:
        taken = bot.resume(ONE.id, at=AT + SECOND)
    assert refused is None
    assert taken is not None
