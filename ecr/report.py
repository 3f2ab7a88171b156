"""Reporting: the digest of each subscription from due to sent, exactly once a local day, whatever ends in between."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.due import GRACE, due, moment
from ecr.errors import (
    CannotLookError,
    ChannelClosedError,
    LostClaimError,
    NotPostedError,
    SlackError,
    SweepRunningError,
)
from ecr.posting import PATIENCE, pause_before_next

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecr.composing import Composer
    from ecr.digest import Digest
    from ecr.due import Due
    from ecr.freshness import Freshener
    from ecr.ports import Clock, Postbox, Postings, Subscriptions
    from ecr.posting import Notice, Posting
    from ecr.subscription import Subscription

logger = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=15)
"""How long a digest waits for a sweep that somebody else makes."""

LOOK_BACK = timedelta(minutes=10)
"""How much earlier than it was claimed, by a clock that may have gone back since, a message is looked for."""

CHANNEL_SECONDS = 1.0
"""Slack takes about one message a second in a channel (https://docs.slack.dev/apis/web-api/rate-limits)."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Sends what is due. `render` turns a digest into its parts; `pause` waits some seconds between two of them."""

    subscriptions: Subscriptions
    postings: Postings
    composer: Composer
    freshener: Freshener
    postbox: Postbox
    clock: Clock
    render: Callable[[Digest], tuple[str, ...]]
    pause: Callable[[float], object] = time.sleep
    posted: Callable[[str], object] = field(default=lambda _state: None)
    _waiting: dict[str, datetime] = field(default_factory=dict, init=False)

    def tick(self) -> None:
        """Do whatever is due, for one subscription after the other; one that fails does not keep the next ones.

        Raises:
            Exception: the first thing that failed, once everything else is done.
        """
        failed: Exception | None = None
        for one in self.subscriptions.all():
            if one.paused is None:
                try:
                    self._serve(one)
                except Exception as error:  # noqa: BLE001 - raised below, when nobody has to wait for it any more
                    failed = failed or error
        self._tell_notices()
        if failed is not None:
            raise failed

    def post_now(self, one: Subscription) -> Posting:
        """Post today's digest of a subscription now, unless it is there, and return how far it came.

        Raises:
            SweepRunningError: somebody else sweeps at this moment.
            HistoryError: the history cannot be read or written.
            ChannelClosedError: the channel takes no message of the bot's.
            NotPostedError: Slack did not take it; the bot tries again where it runs.
        """
        day = self.composer.today(one.timezone)
        before = self.postings.of_day(one.id, day)
        if before is not None and before.is_there:
            return before
        trouble = self.freshener.freshen()
        posting = self.postings.claim(one, day, at=self.clock(), again=True)
        if posting is None:
            raise LostClaimError("Somebody else, or the bot itself, is posting this digest at this moment.")
        try:
            return self._deliver(one, self._filled(one, posting, trouble))
        except NotPostedError:
            if one.id not in {known.id for known in self.subscriptions.all()}:
                # Nobody would try again: what was not subscribed is nobody's to go on with.
                self.postings.give_up(posting, notice=None, at=self.clock())
            raise

    def _serve(self, one: Subscription) -> None:
        """Go on with what was begun, or begin what is due."""
        now = self.clock()
        posting = self.postings.resume(one.id, at=now)
        waiting = None if posting is not None else self._due(one, now)
        if (posting is None and waiting is None) or (posting is not None and self._too_late(one, posting, now)):
            return
        try:
            trouble = None if posting is not None and posting.parts else self._freshen(one)
            if waiting is not None:
                posting = self._claimed(one, waiting)
            if posting is not None:
                self._deliver(one, self._filled(one, posting, trouble))
        except SweepRunningError:
            return
        except (ChannelClosedError, NotPostedError, LostClaimError) as error:
            logger.warning("the digest of %s: %s", one.channel, error)

    def _due(self, one: Subscription, now: datetime) -> Due | None:
        """Return what is due and not too late; what is gets skipped, and said in the log."""
        waiting = due(now, one, self.postings.last_day(one.id))
        if waiting is None or not waiting.skipped:
            return waiting
        self._say_missed(one, waiting)
        self.postings.skip(one, waiting.day, at=self.clock())
        logger.warning("the digest of %s for %s is skipped: it is too late for it", one.channel, waiting.day)
        return None

    def _claimed(self, one: Subscription, waiting: Due) -> Posting | None:
        posting = self.postings.claim(one, waiting.day, at=self.clock())
        if posting is not None:
            self._say_missed(one, waiting)
        return posting

    def _say_missed(self, one: Subscription, waiting: Due) -> None:
        if waiting.missed:
            logger.warning("digests of %s before %s that were missed: %d", one.channel, waiting.day, waiting.missed)

    def _too_late(self, one: Subscription, posting: Posting, now: datetime) -> bool:
        """Skip what was begun and is too late by now, unless its first part is there already."""
        if posting.sent or now - moment(posting.day, one.at, one.timezone) < GRACE or self._is_begun(one, posting):
            return False
        self.postings.skip(one, posting.day, at=now)
        logger.warning("the digest of %s for %s is skipped: it is too late for it", one.channel, posting.day)
        return True

    def _is_begun(self, one: Subscription, posting: Posting) -> bool:
        """Tell whether the part that is in doubt is there; where nobody can look, it counts as not."""
        try:
            return posting.in_doubt and self._found(one, posting) is not None
        except (CannotLookError, ChannelClosedError):
            return False

    def _found(self, one: Subscription, posting: Posting) -> str | None:
        earliest = min(posting.began_at, moment(posting.day, one.at, one.timezone), self.clock())
        return self.postbox.find(one.channel, posting.key, thread=posting.thread, since=earliest - LOOK_BACK)

    def _freshen(self, one: Subscription) -> str | None:
        """Sweep where that is due; where somebody else does, wait for its end, but not for ever."""
        now = self.clock()
        try:
            trouble = self.freshener.freshen()
        except SweepRunningError:
            if timedelta() <= now - self._waiting.setdefault(one.id, now) < LONGEST_WAIT:
                raise
            trouble = "A sweep is still under way, so this digest tells what was known before."
        self._waiting.pop(one.id, None)
        return trouble

    def _filled(self, one: Subscription, posting: Posting, trouble: str | None) -> Posting:
        """Compose what is to be sent, once: whoever takes over sends the same."""
        if posting.parts:
            return posting
        digest, known = self.composer.of_subscription(one, posting.day, trouble)
        return self.postings.fill(posting, self.render(digest), known)

    def _deliver(self, one: Subscription, posting: Posting) -> Posting:
        while posting.sent < len(posting.parts):
            if posting.sent:
                self.pause(CHANNEL_SECONDS)
            try:
                posting = self._send_next(one, posting)
            except ChannelClosedError as error:
                self._close(one, posting, str(error))
                raise
            except NotPostedError as error:
                self._put_off(one, posting, error)
                raise
        logger.info("the digest of %s for %s is posted", one.channel, posting.day)
        self.posted("sent")
        return posting

    def _send_next(self, one: Subscription, posting: Posting) -> Posting:
        """Send one part; one that may be there already is looked for first, and sent with a word where nobody can."""
        may_repeat, there = False, None
        if posting.in_doubt:
            try:
                there = self._found(one, posting)
            except CannotLookError:
                may_repeat = True
            except ChannelClosedError:
                raise
            except SlackError as error:
                raise NotPostedError(str(error), in_doubt=True) from error
        if there is None:
            self._require_private(one, in_doubt=may_repeat)
            posting = self.postings.begin(posting, at=self.clock())
            there = self._post(one, posting, may_repeat=may_repeat)
        return self.postings.sent(posting, there, at=self.clock())

    def _post(self, one: Subscription, posting: Posting, *, may_repeat: bool) -> str:
        part = posting.parts[posting.sent]
        try:
            return self.postbox.post(one.channel, part, key=posting.key, thread=posting.thread, may_repeat=may_repeat)
        except NotPostedError as error:
            # An earlier attempt that may have come through still may, whatever became of this one.
            error.in_doubt = error.in_doubt or may_repeat
            raise

    def _require_private(self, one: Subscription, *, in_doubt: bool) -> None:
        """Refuse a channel that was shared with another organisation since somebody subscribed it in Slack."""
        if one.by is not None and self._is_shared(one.channel, in_doubt=in_doubt):
            raise ChannelClosedError("it is shared with another organisation, which must not read the digest")

    def _is_shared(self, channel: str, *, in_doubt: bool) -> bool:
        try:
            return self.postbox.is_shared(channel)
        except CannotLookError:
            return False  # it was looked at when somebody subscribed
        except ChannelClosedError:
            raise
        except SlackError as error:
            raise NotPostedError(str(error), in_doubt=in_doubt) from error

    def _close(self, one: Subscription, posting: Posting, reason: str) -> None:
        """Pause the subscription, and have it said once."""
        now = self.clock()
        self.postings.give_up(posting, notice=None, at=now)
        notice = f"Its daily digest is paused: {reason}. Mend that, and type /ecr subscribe there."
        if self.subscriptions.pause(one, reason, notice=notice, at=now):
            logger.warning("the digest of %s is paused: %s", one.channel, reason)
        self.posted("paused")

    def _put_off(self, one: Subscription, posting: Posting, error: NotPostedError) -> None:
        """Try again later, for an hour; then give up, with a notice."""
        now = self.clock()
        until = now + pause_before_next(posting.attempts + 1, error.after)
        if until - posting.began_at <= PATIENCE:
            self.postings.postpone(posting, until=until, in_doubt=error.in_doubt)
            return
        notice = f"Its digest of {posting.day} is given up after an hour: {error}"
        self.postings.give_up(posting, notice=notice, at=now)
        logger.error("the digest of %s for %s is given up: %s", one.channel, posting.day, error)
        self.posted("given up")

    def _tell_notices(self) -> None:
        for notice in self.postings.notices():
            if not self._told(notice):
                return
            self.postings.told(notice, at=self.clock())

    def _told(self, notice: Notice) -> bool:
        try:
            if not self.postbox.tell(notice.channel, notice.text):
                logger.warning("slack.approvals_channel is not set, so nobody is told: %s", notice.text)
        except ChannelClosedError as error:
            logger.error("the approvals channel cannot be told, %s: %s", error, notice.text)  # noqa: TRY400 - a sentence of ours
        except SlackError as error:
            logger.warning("the approvals channel is told later: %s", error)
            return False
        return True
