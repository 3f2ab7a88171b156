"""Remediating: a request that was approved, from its claim to its end. Nothing is said before it is verified."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr import controls
from ecr.applying import READ_SECONDS, Application
from ecr.arns import is_registry
from ecr.deadline import Deadline
from ecr.errors import AwsError
from ecr.exemption import exempted, granted, index
from ecr.guard_applying import GuardApplication
from ecr.looking import look
from ecr.parallel import each
from ecr.request import BEGIN_WITHIN, Kind, Outcome, State
from ecr.verifying import told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ecr.model import Assessment, Target
    from ecr.ports import Subscriptions
    from ecr.request import Item, Request
    from ecr.tools import Tools

LONGEST_SECONDS = 1800.0
"""How long applying a request may take; what is left then is finished by whoever looks next."""


@dataclass(frozen=True, slots=True)
class Remediator:
    """Applies requests."""

    tools: Tools
    subscriptions: Subscriptions

    def apply(self, request: str, progress: Callable[[Request, int], None]) -> Request | None:
        """Apply a request that is approved, or finish one whose applier is dead.

        Args:
            request: its id.
            progress: told how many repositories are done.

        Returns:
            The request as it ended; `None` where somebody else applies it, or nothing is to be applied.

        Raises:
            LostClaimError: somebody else applies the request by now.
            HistoryError: the history cannot be written.
        """
        requests, now = self.tools.requests, self.tools.clock()
        before, claimed = requests.get(request), requests.begin(request, at=now)
        if before is None or claimed is None:
            return None
        try:
            if before.state is State.APPROVED and _is_late(before, now):
                return self._refuse(claimed)
            if claimed.exempts is not None:
                self._exempt(claimed, now)
            else:
                self._change(claimed, progress)
            return self._finish(claimed)
        finally:
            requests.release(request)

    def _refuse(self, claimed: Request) -> Request:
        decided = claimed.decided
        at = f"{decided.at:%Y-%m-%d %H:%M} UTC" if decided else "an earlier moment"
        sentence = f"It was approved at {at} and not applied within 15 minutes: nothing was changed. Ask anew."
        for number, item in enumerate(claimed.items):
            if item.outcome is Outcome.WAITING:
                self._settle(claimed, number, Outcome.FAILED, f"Approved at {at}, not applied; ask anew.", None)
        return self.tools.requests.finish(claimed.id, State.FAILED, sentence, lines=(), at=self.tools.clock())

    def _change(self, claimed: Request, progress: Callable[[Request, int], None]) -> None:
        """Apply each account and region of the request, several at a time."""
        done, lock = sum(item.outcome is not Outcome.WAITING for item in claimed.items), threading.Lock()

        def settled() -> None:
            nonlocal done
            with lock:
                done += 1
                count = done
            progress(claimed, count)

        parts: list[Application | GuardApplication] = [
            *(Application(self.tools, claimed, target, settled) for target in _targets(claimed)),
            *(GuardApplication(self.tools, claimed, number, settled) for number in _registries(claimed)),
        ]
        applying = each(
            parts,
            lambda part: part.carry_out(),
            workers=self.tools.workers,
            deadline=Deadline.after(LONGEST_SECONDS),
        )
        for _ in applying:
            pass

    def _exempt(self, claimed: Request, now: datetime) -> None:
        """Settle what an exemption, or the end of one, is about: the repository as it is judged from now on."""
        if claimed.kind is Kind.EXEMPTION and claimed.exempts is not None and claimed.exempts.until <= now:
            for number in range(len(claimed.items)):
                self._settle(claimed, number, Outcome.FAILED, "Its end was over before it began; ask anew.", None)
            return
        others = [one for one in self.tools.exemptions.current(now) if one.request != claimed.undoes]
        new = granted(claimed, now) if claimed.kind is Kind.EXEMPTION else ()
        for number, item in enumerate(claimed.items):
            if item.outcome is not Outcome.WAITING:
                continue
            judged = self._judged(item)
            seen = (exempted(judged, index((*others, *new)), now), now) if judged is not None else None
            self._settle(claimed, number, Outcome.APPLIED, _exempt_told(claimed), seen)

    def _judged(self, item: Item) -> Assessment | None:
        """Return a repository as it is now; `None` where it cannot be read: what is exempt does not depend on it."""
        try:
            seen = look(self.tools.registry, item.target, (item.name,), Deadline.after(READ_SECONDS))
        except AwsError:
            return None
        observed = seen.get(item.name)
        return controls.evaluate(observed, self.tools.policy, item.target) if observed is not None else None

    def _settle(
        self, claimed: Request, number: int, outcome: Outcome, sentence: str, seen: tuple[Assessment, datetime] | None
    ) -> None:
        self.tools.requests.settle(claimed.id, number, outcome, sentence, seen=seen, at=self.tools.clock())

    def _finish(self, claimed: Request) -> Request | None:
        now = self.tools.requests.get(claimed.id)
        if now is None or any(item.outcome is Outcome.WAITING for item in now.items):
            return None  # whoever looks next goes on with it
        state = State.FAILED if now.failed else State.APPLIED
        return self.tools.requests.finish(now.id, state, told(now.items), lines=self._lines(now), at=self.tools.clock())

    def _lines(self, request: Request) -> tuple[str, ...]:
        """Return the channels that read digests of what was applied, each once."""
        channels = (
            one.channel
            for one in self.subscriptions.all()
            if one.paused is None and any(one.filters.cover(item.name, item.target) for item in request.applied)
        )
        return tuple(dict.fromkeys(channels))


def _targets(request: Request) -> tuple[Target, ...]:
    """Return the accounts and regions whose repositories wait to be changed."""
    waiting = (item for item in request.items if item.outcome is Outcome.WAITING and not is_registry(item.arn))
    return tuple(dict.fromkeys(item.target for item in waiting))


def _registries(request: Request) -> tuple[int, ...]:
    """Return the numbers of the registries that wait to be changed."""
    return tuple(
        number for number, item in enumerate(request.items) if item.outcome is Outcome.WAITING and is_registry(item.arn)
    )


def _exempt_told(request: Request) -> str:
    exempts = request.exempts
    rules = " and ".join(exempts.rules) if exempts else ""
    if request.kind is Kind.UNDO:
        return f"{rules} counts again."
    return f"Exempt from {rules} until {exempts.until:%Y-%m-%d}." if exempts else ""


def _is_late(approved: Request, now: datetime) -> bool:
    """Tell whether an approval is too old for applying to begin."""
    return approved.decided is not None and now - approved.decided.at > BEGIN_WITHIN
