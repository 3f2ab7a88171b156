"""Announcing: cards, outcomes and lines, each written down before it is sent, and sent once."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.approval import Decision
from ecr.errors import CannotLookError, ChannelClosedError, LostClaimError, NotPostedError, SlackError
from ecr.letter import Letter
from ecr.posting import pause_before_next
from ecr.request import ECRBOT, Decided, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.letter import Posted
    from ecr.ports import Clock
    from ecr.request import Request
    from ecr.request_ports import Noticeboard, Outbox, Requests

logger = logging.getLogger(__name__)

UPDATE_SECONDS = 1.0
"""Between two states of a card while its request is applied (chat.update is of tier 3)."""

PATIENCE = timedelta(days=1)
"""How long Slack is asked again before a message is given up; the card itself is rewritten whenever it can be."""

_UNDER_WAY = (State.APPROVED, State.APPLYING)


@dataclass(frozen=True, slots=True)
class Announcer:
    """Tells Slack of requests. Any thread may call it; one at a time tells of a request.

    `changed` is told the id of each request that something was told of, or was to be told: as it is stored by then it
    may be shown elsewhere too. It neither fails nor waits.
    """

    requests: Requests
    outbox: Outbox
    board: Noticeboard
    clock: Clock
    pause: Callable[[float], object] = time.sleep
    changed: Callable[[str], object] = lambda _: None
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _telling: dict[str, threading.Lock] = field(default_factory=dict, init=False)
    _shown_at: dict[str, float] = field(default_factory=dict, init=False)
    _showing: set[str] = field(default_factory=set, init=False)

    def announce(self, request: str) -> None:
        """Send what is to be told of a request, and rewrite its card where it is out of date.

        What Slack does not take now is left to `tick`.

        Raises:
            HistoryError: the history cannot be read or written.
        """
        try:
            self._announce(request)
        except (NotPostedError, LostClaimError) as error:
            logger.warning("request %s is told of later: %s", request, error)
        finally:
            self.changed(request)

    def progress(self, request: Request, done: int) -> None:
        """Show on the card how far applying is, soon, and at most once a second."""
        with self._lock:
            too_soon = time.monotonic() - self._shown_at.get(request.id, 0.0) < UPDATE_SECONDS
            if too_soon or request.id in self._showing or request.card is None:
                return
            self._showing.add(request.id)
        threading.Thread(target=self._show, args=(request.id, done), name="progress", daemon=True).start()

    def tick(self) -> None:
        """Send whatever is still to be sent of any request.

        Raises:
            SlackError: Slack did not take something; it is tried again.
        """
        failed: Exception | None = None
        while (posted := self.outbox.claim(at=self.clock())) is not None:
            try:
                with self._alone(posted.request):
                    self._send(posted)
            except (NotPostedError, LostClaimError) as error:
                failed = failed or error
            finally:
                self.changed(posted.request)
        for request, _ in self.outbox.outdated():
            try:
                self._announce(request)
            except (NotPostedError, LostClaimError) as error:
                failed = failed or error
            else:
                self.changed(request)
        if failed is not None:
            raise failed

    def _announce(self, request: str) -> None:
        with self._alone(request):
            # The card first: what is told elsewhere is on it by then.
            while (posted := self.outbox.claim(at=self.clock(), request=request)) is not None:
                if posted.letter is not Letter.CARD:
                    self._rewrite(request)
                self._send(posted)
            self._rewrite(request)

    def _alone(self, request: str) -> threading.Lock:
        with self._lock:
            return self._telling.setdefault(request, threading.Lock())

    def _send(self, posted: Posted) -> None:
        request = self.requests.get(posted.request)
        if request is None:
            self.outbox.give_up(posted, "The request is not there any more.", at=self.clock())
            return
        thread = request.card.ts if request.card and posted.letter is Letter.DETAILS else None
        if posted.letter is Letter.DETAILS and thread is None:
            self.outbox.postpone(posted, until=self.clock() + pause_before_next(1, None), in_doubt=False)
            return
        try:
            ts = self._found(posted, thread)
            if ts is None:
                self.outbox.begin(posted, at=self.clock())
                ts = self.board.post(posted, request, thread=thread)
        except ChannelClosedError as error:
            self._closed(posted, request, error)
        except NotPostedError as error:
            self._put_off(posted, error)
            raise
        else:
            if posted.letter is Letter.CARD and self.board.needs_details(request):
                # Written down before the card is known to be there: a crash in between loses neither.
                self.outbox.add(request.id, Letter.DETAILS, posted.channel, at=self.clock())
            self.outbox.sent(posted, ts, revision=request.revision, at=self.clock())
            self._shown_at[request.id] = time.monotonic()

    def _found(self, posted: Posted, thread: str | None) -> str | None:
        """Return what Slack calls a message that may be there; where nobody can look, it counts as not there."""
        if not posted.in_doubt:
            return None
        try:
            return self.board.find(posted, thread=thread)
        except CannotLookError:
            return None
        except ChannelClosedError:
            raise
        except SlackError as error:
            raise NotPostedError(str(error), in_doubt=True) from error

    def _closed(self, posted: Posted, request: Request, error: ChannelClosedError) -> None:
        """Give a message up; a request whose card nobody can see is withdrawn, and whoever asked is told."""
        now = self.clock()
        self.outbox.give_up(posted, str(error), at=now)
        logger.error("%s of request %s cannot be posted in %s: %s", posted.letter, request.id, posted.channel, error)
        if posted.letter is Letter.CARD and request.state is State.REQUESTED:
            why = f"The approvals channel takes no message: {error}."
            if self.requests.decide(request.id, Decision.CANCEL, Decided(ECRBOT, ECRBOT.id, now, why)) is not None:
                self.outbox.add(request.id, Letter.OUTCOME, request.by.id, at=now)

    def _put_off(self, posted: Posted, error: NotPostedError) -> None:
        now = self.clock()
        if now - posted.made_at > PATIENCE and posted.letter is not Letter.CARD:
            self.outbox.give_up(posted, str(error), at=now)
            return
        until = now + pause_before_next(posted.attempts + 1, error.after)
        self.outbox.postpone(posted, until=until, in_doubt=error.in_doubt)

    def _rewrite(self, request: str) -> None:
        """Rewrite a card that is out of date, from the request as it is at this moment."""
        place = dict(self.outbox.outdated()).get(request)
        if place is None:
            return
        self._wait(request)
        found = self.requests.get(request)
        if found is None:
            return
        try:
            self.board.rewrite(place, found)
        except ChannelClosedError as error:
            logger.error("the card of request %s cannot be rewritten: %s", request, error)  # noqa: TRY400 - no defect
        self.outbox.rewritten(request, found.revision)
        self._shown_at[request] = time.monotonic()

    def _wait(self, request: str) -> None:
        """Let a state of the card stand for a second, where it told of one repository after the other."""
        with self._lock:
            progressed = request in self._showing or request in self._shown_at
        found = self.requests.get(request) if progressed else None
        if found is not None and len(found.items) > 1 and found.state not in _UNDER_WAY and found.began_at is not None:
            self.pause(max(0.0, self._shown_at.get(request, 0.0) + UPDATE_SECONDS - time.monotonic()))

    def _show(self, request: str, done: int) -> None:
        try:
            with self._alone(request):
                found = self.requests.get(request)
                if found is not None and found.card is not None and found.state in _UNDER_WAY:
                    self.board.rewrite(found.card, found, done)
                    self._shown_at[request] = time.monotonic()
        except Exception as error:  # noqa: BLE001 - progress is told again, and its failing stops nothing
            logger.warning("the progress of request %s could not be shown: %s", request, error)
        finally:
            with self._lock:
                self._showing.discard(request)
