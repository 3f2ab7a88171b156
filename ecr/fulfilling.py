"""Fulfilling: what follows from a decision, and what time brings; all of it is done again after a crash."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.arns import is_registry
from ecr.errors import EcrbotError, SweepRunningError
from ecr.request import UNDO_FOR, State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecr.announcing import Announcer
    from ecr.ports import Clock
    from ecr.remediate import Remediator
    from ecr.request_ports import Exemptions, Requests

logger = logging.getLogger(__name__)

UNDO_LOOK = timedelta(hours=1)
"""How often is looked whose Undo is over."""

_LATEST = timedelta(days=2)
"""Whose Undo was over before that has a card without it already."""


@dataclass(slots=True)
class Fulfilment:
    """Carries requests to their end.

    `sweep` is done when an exemption has ended, so that what it covered is found again, or a registry was changed.
    """

    requests: Requests
    remediator: Remediator
    announcer: Announcer
    exemptions: Exemptions
    clock: Clock
    sweep: Callable[[], object] = lambda: None
    _to_sweep: bool = field(default=False, init=False)
    _looked_at: datetime | None = field(default=None, init=False)
    _shown: set[str] = field(default_factory=set, init=False)

    def fulfil(self, request: str) -> None:
        """Do what follows from a request's present state, now: apply it where it is approved, and tell of it.

        What cannot be told now is told by a later `tick`.

        Raises:
            HistoryError: the history cannot be read or written; a later `tick` goes on.
        """
        found = self.requests.get(request)
        if found is None:
            return
        if found.state not in (State.APPROVED, State.APPLYING):
            self.announcer.announce(request)
            return
        # Slack is told of the approval while AWS is asked: neither waits for the other.
        telling = threading.Thread(target=self._tell, args=(request,), name="announce", daemon=True)
        telling.start()
        ended = self.remediator.apply(request, self.announcer.progress)
        if ended is not None and any(is_registry(item.arn) for item in ended.changed):
            # What a registry guards is judged anew: no reading of one repository tells of all of them.
            self._to_sweep = True
        self.announcer.announce(request)
        if found.undoes is not None:
            self.announcer.announce(found.undoes)

    def tick(self) -> None:
        """Do whatever is due: expire, go on with what nobody works on, end exemptions, and tell what is still to tell.

        Raises:
            Exception: the first thing that failed, once everything else is done.
        """
        failed: Exception | None = None
        for step in (self._expire, self._go_on, self._end_undo, self.announcer.tick, self._end_exemptions):
            try:
                step()
            except Exception as error:  # noqa: BLE001 - raised below, when nobody has to wait for it any more
                failed = failed or error
        if failed is not None:
            raise failed

    def _tell(self, request: str) -> None:
        try:
            self.announcer.announce(request)
        except EcrbotError as error:
            logger.warning("request %s is told of later: %s", request, error)

    def _expire(self) -> None:
        for one in self.requests.expire(self.clock()):
            logger.info("request %s has expired", one.id)

    def _end_exemptions(self) -> None:
        for one in self.exemptions.end(self.clock()):
            logger.info("the exemption of %s in %s from %s has ended", one.name, one.target, one.rule)
            self._to_sweep = True
        if self._to_sweep:
            # One that is under way may have read before the end: the next tick makes another.
            with suppress(SweepRunningError):
                self.sweep()
                self._to_sweep = False

    def _go_on(self) -> None:
        failed: Exception | None = None
        for request in self.requests.unfinished(self.clock()):
            logger.info("request %s is gone on with", request)
            try:
                self.fulfil(request)
            except Exception as error:  # noqa: BLE001 - raised below: one that fails does not keep the next ones
                failed = failed or error
        if failed is not None:
            raise failed

    def _end_undo(self) -> None:
        """Have the cards of those requests rewritten whose Undo is over."""
        now = self.clock()
        if self._looked_at is not None and timedelta() <= now - self._looked_at < UNDO_LOOK:
            return
        self._looked_at = now
        for one in self.requests.all((State.APPLIED, State.FAILED)):
            over = one.ended_at is not None and UNDO_FOR <= now - one.ended_at < UNDO_FOR + _LATEST
            if over and one.card is not None and one.id not in self._shown:
                self.requests.show(one.id)
                self._shown.add(one.id)
