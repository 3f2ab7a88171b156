"""From due to sent: each digest once, whatever Slack answers, whoever else is at it, whatever it is too late for."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecr.composing import Composer
from ecr.errors import (
    CannotLookError,
    ChannelClosedError,
    HistoryError,
    LostClaimError,
    NotPostedError,
    SlackError,
    SweepRunningError,
)
from ecr.facts import Facts, Totals
from ecr.posting import LEASE, Notice, Period, Posting, PostingState
from ecr.report import LOOK_BACK, Reporter
from ecr.subscription import Filters, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.digest import Digest

DAY = date(2026, 11, 24)
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ME, OTHER = "me", "another process"


def subscription(channel: str = "C0DIGEST", by: str | None = None, since: datetime = NINE - HOUR) -> Subscription:
    return Subscription(channel, time(9), "UTC", Filters((f"{channel}-*",)), since, by)


@dataclass
class PlainSubscriptions:
    """Who reads a digest, in a list."""

    notices: list[Notice]
    some: list[Subscription] = field(default_factory=list)

    def synchronize(self, wanted: Sequence[Subscription]) -> None:
        raise NotImplementedError

    def subscribe(self, wanted: Subscription) -> Any:
        raise NotImplementedError

    def unsubscribe(self, channel: str, filters: Filters | None = None) -> tuple[Subscription, ...]:
        raise NotImplementedError

    def all(self, channel: str | None = None) -> tuple[Subscription, ...]:
        return tuple(one for one in self.some if channel in (None, one.channel))

    def pause(self, subscription: Subscription, reason: str, *, notice: str, at: datetime) -> bool:
        del at
        index = next(index for index, one in enumerate(self.some) if one.id == subscription.id)
        if self.some[index].paused:
            return False
        self.some[index] = replace(self.some[index], paused=reason)
        self.notices.append(Notice(len(self.notices) + 1, subscription.channel, notice))
        return True


@dataclass
class Claim:
    """A posting, whose it is and until when, and from when on anybody's."""

    posting: Posting
    by: str = ME
    until: datetime | None = None
    not_before: datetime | None = None
    known: Period | None = None


@dataclass
class PlainPostings:
    """Digests on their way, in a dict; this process claims as `ME`."""

    said: list[Notice]
    told_at: dict[int, datetime] = field(default_factory=dict)
    rows: dict[tuple[str, date], Claim] = field(default_factory=dict)

    def last_day(self, subscription: str) -> date | None:
        going = (PostingState.CLAIMED, PostingState.SENDING)
        rows = (claim.posting for claim in self.rows.values() if claim.posting.state not in going)
        return max((one.day for one in rows if one.subscription == subscription), default=None)

    def of_day(self, subscription: str, day: date) -> Posting | None:
        found = self.rows.get((subscription, day))
        return found.posting if found else None

    def resume(self, subscription: str, *, at: datetime) -> Posting | None:
        for (of, _), claim in self.rows.items():
            if of == subscription and self._take(claim, at):
                return claim.posting
        return None

    def claim(self, subscription: Subscription, day: date, *, at: datetime, again: bool = False) -> Posting | None:
        key = (subscription.id, day)
        ended = key in self.rows and self.rows[key].posting.state in (PostingState.SKIPPED, PostingState.GIVEN_UP)
        if key not in self.rows or (again and ended):
            new = Posting(subscription.id, subscription.channel, day, PostingState.CLAIMED, at)
            self.rows[key] = Claim(new, until=at + LEASE)
            return new
        return self.rows[key].posting if self._take(self.rows[key], at) else None

    def skip(self, subscription: Subscription, day: date, *, at: datetime) -> None:
        key = (subscription.id, day)
        before = self.rows.get(key)
        posting = (
            before.posting if before else Posting(subscription.id, subscription.channel, day, PostingState.SKIPPED, at)
        )
        self.rows[key] = Claim(replace(posting, state=PostingState.SKIPPED, parts=()))

    def period(self, subscription: str, day: date) -> Period | None:
        sent = [
            (d, c.known)
            for (of, d), c in self.rows.items()
            if (of, c.posting.state) == (subscription, "sent") and d < day
        ]
        return max(sent)[1] if sent else None

    def fill(self, posting: Posting, parts: Sequence[str], known: Period) -> Posting:
        self._mine(posting).known = known
        return self._put(posting, state=PostingState.SENDING, parts=tuple(parts))

    def begin(self, posting: Posting, *, at: datetime) -> Posting:
        self._mine(posting).until = at + LEASE
        return self._put(posting, in_doubt=True)

    def sent(self, posting: Posting, thread: str, *, at: datetime) -> Posting:
        del at
        done = posting.sent + 1 == len(posting.parts)
        return self._put(
            posting,
            sent=posting.sent + 1,
            in_doubt=False,
            thread=posting.thread or thread,
            state=PostingState.SENT if done else posting.state,
        )

    def postpone(self, posting: Posting, *, until: datetime, in_doubt: bool) -> None:
        claim = self._mine(posting)
        claim.until, claim.not_before = None, until
        self._put(posting, in_doubt=in_doubt, attempts=posting.attempts + 1)

    def give_up(self, posting: Posting, *, notice: str | None, at: datetime) -> None:
        del at
        self._put(posting, state=PostingState.GIVEN_UP, parts=())
        if notice is not None:
            self.said.append(Notice(len(self.said) + 1, posting.channel, notice))

    def notices(self) -> tuple[Notice, ...]:
        return tuple(one for one in self.said if one.id not in self.told_at)

    def told(self, notice: Notice, *, at: datetime) -> None:
        self.told_at[notice.id] = at

    def _take(self, claim: Claim, at: datetime) -> bool:
        free = claim.by == ME or claim.until is None or claim.until <= at
        going = claim.posting.state in (PostingState.CLAIMED, PostingState.SENDING)
        if not going or not free or (claim.not_before is not None and claim.not_before > at):
            return False
        claim.by, claim.until, claim.not_before = ME, at + LEASE, None
        return True

    def _mine(self, posting: Posting) -> Claim:
        claim = self.rows[posting.subscription, posting.day]
        if claim.by != ME:
            raise LostClaimError("It is in other hands by now.")
        return claim

    def _put(self, posting: Posting, **values: Any) -> Posting:
        self._mine(posting).posting = changed = replace(posting, **values)
        return changed


@dataclass(frozen=True)
class Post:
    """A message that is in a channel."""

    channel: str
    part: str
    key: str
    thread: str | None
    may_repeat: bool


@dataclass
class PlainPostbox:
    """Slack as a list. `answers` are what comes of the next posts: an error or `None`; `lost`, once they are there."""

    posts: list[Post] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str, str | None, datetime]] = field(default_factory=list)
    answers: deque[Exception | None] = field(default_factory=deque)
    lost: deque[Exception | None] = field(default_factory=deque)
    unseen: Exception | None = None
    shared: bool | Exception = False
    approvals: bool | Exception = True

    def post(self, channel: str, part: str, *, key: str, thread: str | None, may_repeat: bool = False) -> str:
        refusal = self.answers.popleft() if self.answers else None
        if refusal is not None:
            raise refusal
        self.posts.append(Post(channel, part, key, thread, may_repeat))
        lost = self.lost.popleft() if self.lost else None
        if lost is not None:
            raise lost
        return f"ts-{len(self.posts)}"

    def find(self, channel: str, key: str, *, thread: str | None, since: datetime) -> str | None:
        self.asked.append((channel, key, thread, since))
        if self.unseen is not None:
            raise self.unseen
        return next((f"ts-{n}" for n, p in enumerate(self.posts, 1) if (p.channel, p.key) == (channel, key)), None)

    def is_shared(self, channel: str) -> bool:
        del channel
        if isinstance(self.shared, Exception):
            raise self.shared
        return self.shared

    def tell(self, channel: str, text: str) -> bool:
        if isinstance(self.approvals, Exception):
            raise self.approvals
        self.told.append((channel, text))
        return self.approvals


@dataclass
class PlainFreshener:
    """Says what went wrong with the sweep, or that one is running."""

    trouble: str | Exception | None = None
    asked: int = 0

    def freshen(self) -> str | None:
        self.asked += 1
        if isinstance(self.trouble, Exception):
            raise self.trouble
        return self.trouble


@dataclass
class PlainFacts:
    """The history, as far as a digest asks it. `failing` are the names whose facts cannot be read."""

    asked: list[tuple[str, Period, date, datetime]] = field(default_factory=list)
    failing: dict[str, Exception] = field(default_factory=dict)

    def facts(self, filters: Filters, period: Period, *, day: date, at: datetime) -> Facts:
        self.asked.append((str(filters), period, day, at))
        if str(filters) in self.failing:
            raise self.failing[str(filters)]
        return Facts(totals=Totals(passing=1), swept_at=at, change=len(self.asked))


class World:
    """The reporter and everything around it, at nine o'clock."""

    def __init__(self, *some: Subscription) -> None:
        self.now = NINE
        self.notices: list[Notice] = []
        self.subscriptions = PlainSubscriptions(self.notices, list(some))
        self.postings = PlainPostings(self.notices)
        self.postbox = PlainPostbox()
        self.freshener = PlainFreshener()
        self.history = PlainFacts()
        self.parts: tuple[str, ...] = ("one",)
        self.digests: list[Digest] = []
        self.pauses: list[float] = []
        self.ends: list[str] = []
        history: Any = self.history
        freshener: Any = self.freshener
        self.reporter = Reporter(
            self.subscriptions,
            self.postings,
            Composer(history, self.postings, lambda: self.now),
            freshener,
            self.postbox,
            lambda: self.now,
            self.render,
            self.pauses.append,
            self.ends.append,
        )

    def render(self, digest: Digest) -> tuple[str, ...]:
        self.digests.append(digest)
        return self.parts

    def tick(self, at: datetime | None = None) -> None:
        self.now = at or self.now
        self.reporter.tick()

    def state(self, one: Subscription, day: date = DAY) -> PostingState | None:
        posting = self.postings.of_day(one.id, day)
        return posting.state if posting else None

    def claimed_by_another(self, one: Subscription, **values: Any) -> Posting:
        """Let another process have claimed today's digest, and died."""
        posting = Posting(one.id, one.channel, DAY, PostingState.SENDING, self.now, parts=self.parts)
        self.postings.rows[one.id, DAY] = Claim(replace(posting, **values), OTHER, self.now + LEASE)
        return posting


ONE = subscription()


def message(one: Subscription = ONE, part: str = "one", number: int = 0, **values: Any) -> Post:
    given = {"thread": None, "may_repeat": False} | values
    return Post(one.channel, part, f"{one.id}/{DAY}/{number}", **given)


def test_what_is_due_is_posted_and_then_nothing_until_the_next_day() -> None:
    world = World(ONE)
    for minutes in (-1, 0, 1, 60 * 23):
        world.tick(NINE + minutes * MINUTE)
    assert world.postbox.posts == [message()]
    assert world.state(ONE) is PostingState.SENT
    assert world.ends == ["sent"]
    assert world.postbox.asked == []

    world.tick(NINE + timedelta(days=1))
    assert [post.key for post in world.postbox.posts] == [f"{ONE.id}/{DAY + timedelta(days=n)}/0" for n in (0, 1)]


def test_what_is_not_due_asks_for_no_sweep() -> None:
    world = World(ONE)
    world.tick(NINE - SECOND)
    assert (world.freshener.asked, world.history.asked, world.postings.rows) == (0, [], {})


def test_one_that_is_paused_gets_nothing() -> None:
    world = World(replace(ONE, paused="it is archived"))
    world.tick()
    assert world.postbox.posts == []


def test_the_parts_follow_each_other_in_the_thread_of_the_first_with_a_pause_between() -> None:
    world = World(ONE)
    world.parts = ("one", "two", "three")
    world.tick()
    assert world.postbox.posts == [
        message(),
        message(part="two", number=1, thread="ts-1"),
        message(part="three", number=2, thread="ts-1"),
    ]
    assert world.pauses == [1.0, 1.0]


def test_the_first_digest_looks_back_a_day_and_the_next_one_to_the_last() -> None:
    world = World(ONE)
    world.tick(NINE + MINUTE)
    world.tick(NINE + timedelta(days=1))
    name, tomorrow = "C0DIGEST-*", DAY + timedelta(days=1)
    assert world.history.asked == [
        (name, Period(NINE + MINUTE - timedelta(days=1)), DAY, NINE + MINUTE),
        (name, Period(NINE + MINUTE, 1), tomorrow, NINE + timedelta(days=1)),
    ]
    assert [digest.occasion.since for digest in world.digests] == [one[1].since for one in world.history.asked]


def test_what_went_wrong_with_the_sweep_is_said_in_the_digest() -> None:
    world = World(ONE)
    world.freshener.trouble = "The sweep failed."
    world.tick()
    assert [digest.trouble for digest in world.digests] == ["The sweep failed."]
    assert len(world.postbox.posts) == 1


def test_one_that_is_late_by_less_than_twelve_hours_is_sent() -> None:
    world = World(ONE)
    world.tick(NINE + 12 * HOUR - SECOND)
    assert world.postbox.posts == [message()]


def test_one_that_is_later_is_skipped_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    world = World(ONE)
    world.tick(NINE + 12 * HOUR)
    assert world.postbox.posts == []
    assert world.state(ONE) is PostingState.SKIPPED
    assert caplog.messages == ["the digest of C0DIGEST for 2026-11-24 is skipped: it is too late for it"]

    world.tick(NINE + timedelta(days=1))
    assert [post.key for post in world.postbox.posts] == [f"{ONE.id}/2026-11-25/0"]


def test_days_that_were_missed_are_counted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    one = subscription(since=NINE - timedelta(days=3, hours=1))
    world = World(one)
    world.tick()
    assert caplog.messages[:1] == ["digests of C0DIGEST before 2026-11-24 that were missed: 3"]
    assert world.postbox.posts == [message(one)]


def test_one_that_was_begun_and_is_too_late_by_now_is_skipped() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE)
    world.tick(NINE + 12 * HOUR)
    assert world.state(ONE) is PostingState.SKIPPED
    assert world.postbox.posts == []


def test_one_whose_first_part_is_there_is_finished_however_late() -> None:
    world = World(ONE)
    world.parts = ("one", "two")
    world.claimed_by_another(ONE, sent=1, thread="ts-0")
    world.tick(NINE + 13 * HOUR)
    assert world.postbox.posts == [message(part="two", number=1, thread="ts-0")]


def test_one_that_turns_out_to_be_there_is_finished_however_late() -> None:
    world = World(ONE)
    world.parts = ("one", "two")
    world.claimed_by_another(ONE, in_doubt=True)
    world.postbox.posts.append(message(part="one"))
    world.tick(NINE + 13 * HOUR)
    assert [post.part for post in world.postbox.posts] == ["one", "two"]
    assert world.state(ONE) is PostingState.SENT


def test_one_that_nobody_finds_is_skipped_where_it_is_too_late() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE, in_doubt=True)
    world.tick(NINE + 13 * HOUR)
    assert world.postbox.posts == []
    assert world.state(ONE) is PostingState.SKIPPED


def test_what_another_process_has_is_left_to_it_until_its_lease_ended() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE)
    world.tick(NINE + LEASE - SECOND)
    early = list(world.postbox.posts)
    world.tick(NINE + LEASE)
    assert early == []
    assert world.postbox.posts == [message()]
    assert world.digests == []


def test_what_was_claimed_and_not_composed_is_composed_by_whoever_takes_over() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE, state=PostingState.CLAIMED, parts=())
    world.tick(NINE + LEASE)
    assert world.postbox.posts == [message()]
    assert [digest.occasion.day for digest in world.digests] == [DAY]


@pytest.mark.parametrize("is_there", [True, False])
def test_what_may_be_there_after_a_crash_is_looked_for_before_it_is_posted(*, is_there: bool) -> None:
    world = World(ONE)
    world.claimed_by_another(ONE, in_doubt=True)
    if is_there:
        world.postbox.posts.append(message())
    world.tick(NINE + LEASE)
    assert world.postbox.posts == [message()]
    assert world.postbox.asked == [("C0DIGEST", f"{ONE.id}/{DAY}/0", None, NINE - LOOK_BACK)]
    assert world.state(ONE) is PostingState.SENT


def test_after_a_clock_that_went_back_it_is_looked_for_from_before_it_was_due() -> None:
    world = World(ONE)
    world.now = NINE + 2 * HOUR
    world.claimed_by_another(ONE, in_doubt=True)
    world.postings.rows[ONE.id, DAY].until = None
    world.tick(NINE + HOUR)
    assert [since for *_, since in world.postbox.asked] == [NINE - LOOK_BACK]


def test_what_nobody_can_look_for_is_posted_with_a_word() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE, in_doubt=True)
    world.postbox.unseen = CannotLookError("The scope is missing.")
    world.tick(NINE + LEASE)
    assert world.postbox.posts == [message(may_repeat=True)]


def test_what_nobody_could_look_for_stays_in_doubt_whatever_comes_of_the_next_attempt() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE, in_doubt=True)
    world.postbox.unseen = CannotLookError("The scope is missing.")
    world.postbox.answers.append(NotPostedError("Not now.", in_doubt=False))
    for seconds in (0, 5):
        world.tick(NINE + LEASE + seconds * SECOND)
    assert world.postbox.posts == [message(may_repeat=True)]


def test_where_slack_does_not_tell_whether_it_is_there_nothing_is_posted_yet() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE, in_doubt=True)
    world.postbox.posts.append(message())
    world.postbox.unseen = SlackError("Slack cannot be reached.")
    world.tick(NINE + LEASE)
    posting = world.postings.of_day(ONE.id, DAY)
    world.postbox.unseen = None
    world.tick(NINE + LEASE + MINUTE)
    assert posting is not None
    assert (posting.in_doubt, posting.attempts) == (True, 1)
    assert world.postbox.posts == [message()]
    assert world.state(ONE) is PostingState.SENT


def test_what_slack_has_trouble_with_although_it_is_there_is_not_posted_twice() -> None:
    world = World(ONE)
    world.parts = ("one", "two")
    world.postbox.lost.extend([NotPostedError("Slack has trouble (500).", in_doubt=True), None])
    for seconds in (0, 4, 5):
        world.tick(NINE + seconds * SECOND)
    assert world.postbox.posts == [message(), message(part="two", number=1, thread="ts-1")]


def test_what_slack_had_trouble_with_and_is_not_there_is_posted_again() -> None:
    world = World(ONE)
    world.postbox.answers.append(NotPostedError("Slack has trouble (500).", in_doubt=True))
    for seconds in (0, 5):
        world.tick(NINE + seconds * SECOND)
    assert world.postbox.posts == [message()]
    assert len(world.postbox.asked) == 1


def test_slack_is_asked_no_sooner_than_it_says() -> None:
    world = World(ONE)
    world.postbox.answers.append(NotPostedError("Too many (429).", after=90.0))
    counts = []
    for seconds in (0, 5, 89, 90):
        world.tick(NINE + seconds * SECOND)
        counts.append(len(world.postbox.posts))
    assert counts == [0, 0, 0, 1]
    assert world.postbox.asked == []


def test_pauses_between_attempts_grow() -> None:
    world = World(ONE)
    attempts: list[float] = []
    world.postbox.answers.extend([NotPostedError("Not now.")] * 20)
    for second in range(0, 1500, 5):
        before = len(world.postbox.answers)
        world.tick(NINE + second * SECOND)
        if len(world.postbox.answers) < before:
            attempts.append(second)
    assert attempts == [0, 5, 15, 35, 75, 155, 315, 615, 915, 1215]


def test_after_an_hour_it_is_given_up_with_a_line_in_the_log_and_a_notice(caplog: pytest.LogCaptureFixture) -> None:
    world = World(ONE)
    world.postbox.answers.extend([NotPostedError("Slack has trouble (500).")] * 100)
    for minute in range(120):
        world.tick(NINE + minute * MINUTE)
        if world.state(ONE) is PostingState.GIVEN_UP:
            break
    assert minute in range(55, 61)
    assert world.postbox.told == [
        ("C0DIGEST", "Its digest of 2026-11-24 is given up after an hour: Slack has trouble (500).")
    ]
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == [
        "the digest of C0DIGEST for 2026-11-24 is given up: Slack has trouble (500)."
    ]
    assert world.ends == ["given up"]
    world.postbox.answers.clear()
    for minute in range(120, 180):
        world.tick(NINE + minute * MINUTE)
    assert world.postbox.posts == []
    assert len(world.postbox.told) == 1


def test_a_channel_that_takes_nothing_pauses_the_subscription_and_it_is_said_once() -> None:
    world = World(ONE)
    world.postbox.answers.append(ChannelClosedError("the bot is not in it"))
    for days in range(3):
        world.tick(NINE + timedelta(days=days))
    assert world.subscriptions.some == [replace(ONE, paused="the bot is not in it")]
    assert world.postbox.told == [
        (
            "C0DIGEST",
            "Its daily digest is paused: the bot is not in it. Mend that, and type /ecr subscribe there.",
        )
    ]
    assert world.state(ONE) is PostingState.GIVEN_UP
    assert world.postbox.posts == []
    assert world.ends == ["paused"]


def test_a_channel_that_is_closed_while_it_is_looked_into_pauses_too() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE, in_doubt=True)
    world.postbox.unseen = ChannelClosedError("it is archived")
    world.tick(NINE + LEASE)
    assert [one.paused for one in world.subscriptions.some] == ["it is archived"]


def test_a_channel_that_was_shared_since_it_was_subscribed_in_slack_is_paused() -> None:
    one = subscription(by="U0EVA")
    world = World(one)
    world.postbox.shared = True
    world.tick()
    reason = "it is shared with another organisation, which must not read the digest"
    assert [each.paused for each in world.subscriptions.some] == [reason]
    assert world.postbox.posts == []


@pytest.mark.parametrize(
    ("by", "shared"), [(None, True), ("U0EVA", False), ("U0EVA", CannotLookError("The scope is missing."))]
)
def test_whoever_wrote_the_settings_may_share_and_what_cannot_be_seen_was_looked_at_before(
    by: str | None, *, shared: bool | Exception
) -> None:
    one = subscription(by=by)
    world = World(one)
    world.postbox.shared = shared
    world.tick()
    assert world.postbox.posts == [message(one)]


def test_where_slack_does_not_tell_whether_a_channel_is_shared_it_is_tried_again_and_given_up_after_an_hour() -> None:
    one = subscription(by="U0EVA")
    world = World(one)
    world.postbox.shared = SlackError("Slack cannot be reached.")
    for minute in range(70):
        world.tick(NINE + minute * MINUTE)
    assert world.state(one) is PostingState.GIVEN_UP
    assert world.postbox.told == [
        ("C0DIGEST", "Its digest of 2026-11-24 is given up after an hour: Slack cannot be reached.")
    ]


def test_whose_posting_was_taken_over_posts_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    world = World(ONE)
    world.parts = ("one", "two")

    def steal(_: float) -> None:
        world.postings.rows[ONE.id, DAY].by = OTHER

    replace(world.reporter, pause=steal).tick()
    assert world.postbox.posts == [message()]
    assert caplog.messages == ["the digest of C0DIGEST: It is in other hands by now."]


FAILURES = [HistoryError("The disk is full."), SlackError("Slack is odd."), ValueError("a defect")]


@pytest.mark.parametrize("failure", FAILURES)
def test_one_that_fails_does_not_keep_the_next_ones_nor_the_notices_and_is_told(failure: Exception) -> None:
    bad, good = subscription("C0BAD"), subscription("C0GOOD")
    world = World(bad, good)
    world.history.failing["C0BAD-*"] = failure
    world.notices.append(Notice(1, "C0GOOD", "A notice."))
    with pytest.raises(type(failure), match=str(failure)):
        world.tick()
    assert world.postbox.posts == [message(good)]
    assert world.postbox.told == [("C0GOOD", "A notice.")]

    world.history.failing.clear()
    world.tick(NINE + SECOND)
    assert world.postbox.posts == [message(good), message(bad)]


@pytest.mark.parametrize("late", [timedelta(), 2 * HOUR])
def test_while_somebody_else_sweeps_a_digest_waits_for_at_most_a_quarter_of_an_hour(late: timedelta) -> None:
    """However late it is already: a bot that was away begins with a sweep."""
    world = World(ONE)
    world.freshener.trouble = SweepRunningError("A sweep is running.")
    for waited in (timedelta(), 15 * MINUTE - SECOND):
        world.tick(NINE + late + waited)
    early = list(world.postbox.posts)
    world.tick(NINE + late + 15 * MINUTE)
    assert early == []
    assert world.postbox.posts == [message()]
    assert [digest.trouble for digest in world.digests] == [
        "A sweep is still under way, so this digest tells what was known before."
    ]


def test_each_day_waits_for_its_own_quarter_of_an_hour() -> None:
    world = World(ONE)
    tomorrow = NINE + timedelta(days=1)
    world.freshener.trouble = SweepRunningError("A sweep is running.")
    world.tick(NINE)
    world.tick(NINE + 15 * MINUTE)
    world.tick(tomorrow)
    assert len(world.postbox.posts) == 1
    world.tick(tomorrow + 15 * MINUTE)
    assert len(world.postbox.posts) == 2


def test_a_digest_that_waits_for_a_sweep_comes_when_it_ended() -> None:
    world = World(ONE)
    world.freshener.trouble = SweepRunningError("A sweep is running.")
    world.tick(NINE)
    world.freshener.trouble = None
    world.tick(NINE + MINUTE)
    assert world.postbox.posts == [message()]
    assert [digest.trouble for digest in world.digests] == [None]


def test_notices_are_kept_while_slack_is_down_and_told_once() -> None:
    world = World()
    world.notices.extend(Notice(number, "C0DIGEST", f"Notice {number}.") for number in (1, 2))
    world.postbox.approvals = SlackError("Slack cannot be reached.")
    world.tick()
    down = world.postings.notices()
    world.postbox.approvals = True
    for _ in range(2):
        world.tick()
    assert len(down) == 2
    assert world.postbox.told == [("C0DIGEST", "Notice 1."), ("C0DIGEST", "Notice 2.")]


@pytest.mark.parametrize(
    ("approvals", "said"),
    [
        (False, "slack.approvals_channel is not set, so nobody is told: A notice."),
        (ChannelClosedError("it is archived"), "the approvals channel cannot be told, it is archived: A notice."),
    ],
)
def test_what_nobody_can_be_told_is_logged_once(
    caplog: pytest.LogCaptureFixture, said: str, *, approvals: bool | Exception
) -> None:
    world = World()
    world.notices.append(Notice(1, "C0DIGEST", "A notice."))
    world.postbox.approvals = approvals
    for _ in range(2):
        world.tick()
    assert caplog.messages == [said]


def test_posting_now_posts_todays_before_it_is_due() -> None:
    world = World(ONE)
    world.now = NINE - 2 * HOUR
    posting = world.reporter.post_now(ONE)
    world.tick(NINE)
    assert posting.state is PostingState.SENT
    assert world.postbox.posts == [message()]
    assert world.freshener.asked == 1


def test_posting_now_posts_nothing_that_is_there_already() -> None:
    world = World(ONE)
    world.tick()
    asked = world.freshener.asked
    posting = world.reporter.post_now(ONE)
    assert posting.state is PostingState.SENT
    assert world.postbox.posts == [message()]
    assert world.freshener.asked == asked


def test_posting_now_posts_what_was_skipped() -> None:
    world = World(ONE)
    world.tick(NINE + 12 * HOUR)
    world.reporter.post_now(ONE)
    assert world.postbox.posts == [message()]
    assert world.state(ONE) is PostingState.SENT


def test_posting_now_goes_on_with_what_was_begun_and_looks_first() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE, in_doubt=True)
    world.postbox.posts.append(message())
    world.now = NINE + LEASE
    assert world.reporter.post_now(ONE).state is PostingState.SENT
    assert world.postbox.posts == [message()]


def test_posting_now_leaves_to_the_bot_what_it_is_at() -> None:
    world = World(ONE)
    world.claimed_by_another(ONE)
    with pytest.raises(LostClaimError, match="is posting this digest at this moment"):
        world.reporter.post_now(ONE)
    assert world.postbox.posts == []


@pytest.mark.parametrize("refusal", [NotPostedError("Not now.", after=30.0), ChannelClosedError("it is archived")])
def test_what_slack_refuses_now_is_told_to_whoever_asked(refusal: Exception) -> None:
    world = World(ONE)
    world.postbox.answers.append(refusal)
    with pytest.raises(type(refusal), match=str(refusal)):
        world.reporter.post_now(ONE)
    world.tick(NINE + 30 * SECOND)
    assert world.postbox.posts == ([message()] if isinstance(refusal, NotPostedError) else [])


def test_posting_now_waits_for_no_sweep_of_somebody_else() -> None:
    world = World(ONE)
    world.freshener.trouble = SweepRunningError("A sweep is running.")
    with pytest.raises(SweepRunningError):
        world.reporter.post_now(ONE)
    assert world.postings.rows == {}


def test_the_day_is_the_one_of_the_subscriptions_zone() -> None:
    one = replace(ONE, timezone="Pacific/Auckland", at=time(9))
    world = World(one)
    world.now = datetime(2026, 11, 24, 20, 1, tzinfo=UTC)
    world.reporter.post_now(one)
    assert [digest.occasion.day for digest in world.digests] == [date(2026, 11, 25)]


def test_the_answer_to_one_person_is_of_the_last_day() -> None:
    world = World()
    digest = world.reporter.composer.of_filters(Filters(("api",)), "UTC", "The sweep failed.")
    assert world.history.asked == [("api", Period(NINE - timedelta(days=1)), DAY, NINE)]
    assert (digest.trouble, digest.occasion.day) == ("The sweep failed.", DAY)
    assert world.postings.rows == {}
