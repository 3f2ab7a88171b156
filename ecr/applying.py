"""Applying: the repositories of one account and region of a request, changed one by one and read back together.

What was done is known from what was written down before and after each call, and from ECR itself: whoever finishes
what another process left reads what is true, and makes no change that may have been made already.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr import controls
from ecr.arns import is_registry
from ecr.changes import Plan, drift
from ecr.deadline import Deadline
from ecr.errors import AwsError
from ecr.exemption import exempted, index
from ecr.looking import look, look_again
from ecr.parallel import each
from ecr.request import BEGIN_WITHIN, Outcome
from ecr.rules_writing import RulesWriting
from ecr.setting import is_set
from ecr.verifying import done, not_as_planned, verified

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ecr.changes import Change
    from ecr.model import Assessment, Observation, Target
    from ecr.request import Item, Request
    from ecr.request_ports import Writing
    from ecr.rules_writing import Which
    from ecr.tools import Tools

READ_SECONDS = 15.0
"""How long one reading may take."""

PUT_SECONDS = 90.0
"""How long one change may take, its turn in a long row and its retries included."""

LONGEST_SECONDS = 900.0

_LOOK_SECONDS = 0.25
_LONGEST_PAUSE = 2.0

ASK_ANEW = "Ask anew to try again."


@dataclass(frozen=True, slots=True)
class _Refused:
    """The change that AWS refused, or whose making nobody knows of, and what it said."""

    change: int
    sentence: str


class Application:
    """One account and region of a request, while it is applied. Used by one thread; changes are made by others."""

    def __init__(self, tools: Tools, request: Request, target: Target, settled: Callable[[], None]) -> None:
        """Prepare.

        Args:
            tools: what it takes.
            request: the request, as claimed.
            target: which part of it.
            settled: told whenever something came of a repository.
        """
        self._tools = tools
        self._request = request
        self._target = target
        self._settled = settled
        self._items = {
            number: item
            for number, item in enumerate(request.items)
            if item.target == target and item.outcome is Outcome.WAITING and not is_registry(item.arn)
        }
        self._made = {number: set(item.made) for number, item in self._items.items()}
        self._attempted: frozenset[Which] = frozenset()
        self._satisfied: dict[Which, str] = {}
        self._told: tuple[str, ...] = ()
        self._open: dict[int, _Refused | None] = {}
        self._looked_at = 0.0

    def carry_out(self) -> None:
        """Make the changes, and settle each repository.

        Raises:
            LostClaimError: somebody else applies the request by now.
            HistoryError: nothing can be written down, so nothing more is changed.
        """
        todo = self._require_unchanged()
        plans = tuple(_plan(self._items[number]) for number in todo)
        writing = self._tools.writer.writing(self._target, self._request.id, plans)

        def change(number: int) -> _Refused | None:
            return self._change(writing.put, number)

        rest = len(todo)
        for position, refused in each(
            todo, change, workers=self._tools.workers, deadline=Deadline.after(LONGEST_SECONDS)
        ):
            rest -= 1
            self._open[todo[position]] = refused
            if rest == 0 or time.monotonic() - self._looked_at > _LOOK_SECONDS:
                self._verify()
        self._write_rules(writing)
        self._verify_patiently()

    def _require_unchanged(self) -> tuple[int, ...]:
        """Read the repositories again, and return those that are to be changed; the others are settled or done."""
        began_at = self._tools.clock()
        try:
            found = look_again(
                self._tools.registry, self._target, tuple(self._items.values()), Deadline.after(READ_SECONDS)
            )
        except AwsError as error:
            for number in self._items:
                self._fail(number, f"It could not be read again, so nothing was changed: {error} {ASK_ANEW}", None)
            return ()
        self._attempted = self._tools.requests.attempted(self._request.id)
        late = self._is_late(began_at)
        todo = []
        for number, item in tuple(self._items.items()):
            seen = found.get(item.name)
            if seen is None:
                self._fail(number, "It is not there any more.", None)
            elif wrong := self._wrong(number, item, seen, late=late):
                self._fail(number, wrong, None)
            elif len(self._made[number]) < len(item.changes):
                todo.append(number)
            else:
                self._open[number] = None
        return tuple(todo)

    def _is_late(self, now: datetime) -> bool:
        """Tell whether applying was interrupted too long ago to make any further change."""
        return self._request.began_at is not None and now - self._request.began_at > BEGIN_WITHIN

    def _wrong(self, number: int, item: Item, seen: Observation, *, late: bool) -> str | None:
        """Return why no further change is made of a repository, if so; what another process made is noted as made."""
        for position, change in enumerate(item.changes):
            if (
                position not in self._made[number]
                and (number, position) in self._attempted
                and is_set(seen, change.after)
            ):
                self._note_made(number, position, None)
        waiting = tuple(change for position, change in enumerate(item.changes) if position not in self._made[number])
        if wrong := drift(seen, waiting):
            return self._with_done(number, f"Changed since: {' '.join(wrong)}", "Ask anew to have it planned again.")
        if waiting and late:
            return self._with_done(
                number, "ecrbot was interrupted, and after 15 minutes it makes no further change.", ASK_ANEW
            )
        return None

    def _change(self, put: Callable[[str, Change, Deadline], str | None], number: int) -> _Refused | None:
        """Make the changes of a repository that are not made yet, each written down before and after."""
        tools, item = self._tools, self._items[number]
        for position, change in enumerate(item.changes):
            if position in self._made[number] or change.action.is_of_registry:
                continue
            tools.requests.changing(self._request.id, number, position, at=tools.clock())
            try:
                told = put(item.name, change, Deadline.after(PUT_SECONDS))
            except AwsError as error:
                tools.requests.refused(self._request.id, number, position, sentence=str(error), at=tools.clock())
                return _Refused(position, str(error))
            self._note_made(number, position, told)
        return None

    def _write_rules(self, writing: Writing) -> None:
        """Change the registry's rules for all repositories together, once what else is theirs was made."""
        wanted = {
            (number, position): change
            for number, refused in self._open.items()
            if refused is None
            for position, change in enumerate(self._items[number].changes)
            if change.action.is_of_registry and position not in self._made[number]
        }
        written = RulesWriting(self._tools, self._request, self._target, writing, self._attempted).write(wanted)
        for number, position in written.made:
            self._made[number].add(position)
        for (number, position), sentence in written.refused.items():
            self._open[number] = _Refused(position, sentence)
        self._satisfied, self._told = written.satisfied, written.told

    def _note_made(self, number: int, position: int, aws_request_id: str | None) -> None:
        tools = self._tools
        tools.requests.changed(self._request.id, number, position, aws_request_id=aws_request_id, at=tools.clock())
        self._made[number].add(position)

    def _verify_patiently(self) -> None:
        """Read back until everything is as it should be, for at most half a minute; then say what is not."""
        until, pause = time.monotonic() + self._tools.verify_seconds, _LOOK_SECONDS
        self._verify()
        while self._open:
            if time.monotonic() >= until:
                self._verify(last=True)
                return
            self._tools.pause(min(pause, max(0.0, until - time.monotonic())))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            self._verify()

    def _verify(self, *, last: bool = False) -> None:
        """Read back what was changed, once, and settle what is seen to be done, or at the last time all of it."""
        if not self._open:
            return
        self._looked_at, began_at = time.monotonic(), self._tools.clock()
        names = tuple(self._items[number].name for number in self._open)
        try:
            seen: Mapping[str, Observation] = look(
                self._tools.registry, self._target, names, Deadline.after(READ_SECONDS)
            )
        except AwsError as error:
            if last:
                for number in tuple(self._open):
                    self._not_verified(number, f"it could not be read back. {error}", None)
            return
        for number, refused in tuple(self._open.items()):
            self._judge(number, refused, seen.get(self._items[number].name), began_at, last=last)

    def _judge(
        self, number: int, refused: _Refused | None, observed: Observation | None, began_at: datetime, *, last: bool
    ) -> None:
        item = self._items[number]
        if observed is None:
            if last:
                self._not_verified(number, "it is not there any more.", None)
            return
        if refused is not None and self._may_be_made(number, refused.change, observed):
            self._note_made(number, refused.change, None)
        judged = controls.evaluate(observed, self._tools.policy, self._target)
        seen = (self._with_exemptions(judged, began_at), began_at)
        needless = {position: said for (one, position), said in self._satisfied.items() if one == number}
        whole = len(self._made[number]) + len(needless) == len(item.changes)
        wrong = not_as_planned(self._request.kind, item, observed, judged, needless)
        if whole and wrong is None:
            told = (verified(self._request.kind, item, judged), *needless.values(), *self._told_of(item))
            self._settle(number, Outcome.APPLIED, " ".join(told), seen)
        elif refused is not None and not whole:
            said = f"{item.changes[refused.change].rule} failed: {refused.sentence}"
            self._fail(number, self._with_done(number, said, ASK_ANEW), seen)
        elif last:
            self._not_verified(number, " ".join((wrong or "", *self._told_of(item))), seen)

    def _may_be_made(self, number: int, position: int, observed: Observation) -> bool:
        """Tell whether a change whose answer was lost was made all the same: it was tried, and it is there."""
        tried = (number, position) in self._tools.requests.attempted(self._request.id)
        return tried and is_set(observed, self._items[number].changes[position].after)

    def _told_of(self, item: Item) -> tuple[str, ...]:
        """Return what others did to the registry's rules meanwhile, where those are the repository's matter."""
        return self._told if any(change.action.is_of_registry for change in item.changes) else ()

    def _with_done(self, number: int, said: str, advice: str) -> str:
        """Return a sentence with what was done of a repository before it, and what to do next after it."""
        return f"{done(self._items[number], self._made[number])} {said} {advice}"

    def _with_exemptions(self, judged: Assessment, at: datetime) -> Assessment:
        return exempted(judged, index(self._tools.exemptions.current(at)), at)

    def _not_verified(self, number: int, why: str, seen: tuple[Assessment, datetime] | None) -> None:
        self._fail(number, f"Applied, not verified: {why}", seen)

    def _fail(self, number: int, sentence: str, seen: tuple[Assessment, datetime] | None) -> None:
        self._settle(number, Outcome.FAILED, sentence, seen)

    def _settle(self, number: int, outcome: Outcome, sentence: str, seen: tuple[Assessment, datetime] | None) -> None:
        self._tools.requests.settle(self._request.id, number, outcome, sentence, seen=seen, at=self._tools.clock())
        self._open.pop(number, None)
        self._settled()


def _plan(item: Item) -> Plan:
    return Plan(item.name, item.target, item.arn, item.changes)
