"""Writing a registry's scanning rules: one at a time, from a fresh reading, and read back before anybody else's turn.

ECR has no conditional write of the list, so that whatever ecrbot writes of one account and region is written in turns.
Somebody else's edit that comes between is seen by reading back, and told.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.deadline import Deadline
from ecr.errors import AwsError, UsageError
from ecr.holding import HOLDING, holders
from ecr.model import RegistryScanning
from ecr.registry_rules import merged, others, without
from ecr.request import State
from ecr.setting import RegistryFilter, scans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecr.changes import Change
    from ecr.model import Target
    from ecr.request import Request
    from ecr.request_ports import Writing
    from ecr.tools import Tools

Which = tuple[int, int]
"""A change of a request: the number of its repository or registry, and its own number there."""

READ_SECONDS = 15.0
PUT_SECONDS = 90.0

TURN_SECONDS = 150.0
"""How long another request's turn is waited for: a dead process holds it for two minutes at most."""

FRESH = timedelta(seconds=20)
"""How old a reading of the rules may be when they are written; with that and the write, a turn is not over yet."""

_TURN_PAUSE = 0.2
_LOOK_PAUSE = 0.25
_LONGEST_PAUSE = 2.0


@dataclass(slots=True)
class Written:
    """What came of some changes of a registry's rules.

    `made` were made (or found as this request left them), with AWS's id of the call; `satisfied` need nothing, and are
    not this request's to undo, with a sentence that says why; `refused` were not made, with the reason. `told` is what
    somebody else did meanwhile, a sentence each.
    """

    made: dict[Which, str | None] = field(default_factory=dict)
    satisfied: dict[Which, str] = field(default_factory=dict)
    refused: dict[Which, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RulesWriting:
    """Writes the rules of one account and region for one request."""

    tools: Tools
    request: Request
    target: Target
    writing: Writing
    attempted: frozenset[Which]

    def write(self, wanted: Mapping[Which, Change]) -> Written:
        """Add filters to the rules, or take them out, all in one write; each is noted before and after.

        Raises:
            LostClaimError: somebody else applies the request by now.
            HistoryError: nothing can be written down, so nothing is changed.
        """
        if not wanted:
            return Written()
        account, region = self.target.account or "", self.target.region
        if not self._turn(account, region):
            said = "Another request writes the rules of this registry, and took too long: nothing was written."
            return Written(refused=dict.fromkeys(wanted, said))
        try:
            return self._in_turn(wanted)
        finally:
            self.tools.turns.give_back(account, region, self.request.id)

    def _turn(self, account: str, region: str) -> bool:
        until = time.monotonic() + TURN_SECONDS
        while not self.tools.turns.take(account, region, self.request.id, at=self.tools.clock()):
            if time.monotonic() >= until:
                return False
            self.tools.pause(_TURN_PAUSE)
        return True

    def _in_turn(self, wanted: Mapping[Which, Change]) -> Written:
        written, began_at = Written(), self.tools.clock()
        try:
            now = self.tools.registry.scanning(self.target, Deadline.after(READ_SECONDS))
        except AwsError as error:
            written.refused = dict.fromkeys(wanted, f"The registry's rules could not be read again. {error}")
            return written
        todo = self._todo(wanted, now, written)
        if not todo:
            return written
        try:
            new = _with(now, todo)
        except UsageError as error:
            written.refused |= dict.fromkeys(todo, str(error))
            return written
        self._put(todo, new, began_at, written)
        return written

    def _todo(self, wanted: Mapping[Which, Change], now: RegistryScanning, written: Written) -> dict[Which, Change]:
        """Return the changes that are to be made; the others are noted as made, satisfied or refused."""
        todo: dict[Which, Change] = {}
        held = self._held() if _any_held_counts(wanted, now) else {}
        for which, change in wanted.items():
            before, after = _settings(change)
            there, holder = scans(now.rules, after.filter), held.get(after.filter)
            if now.scan_type != before.scan_type:
                written.refused[which] = (
                    f"Changed since: the registry's scanning was {before.scan_type} and is {now.scan_type}."
                )
            elif there != after.is_there and not after.is_there and holder:
                written.satisfied[which] = f"The filter {after.filter} stays, for request {holder} needs it."
            elif there != after.is_there:
                todo[which] = change
            elif which in self.attempted or holder or not after.is_there:
                if which not in self.attempted:
                    self.tools.requests.changing(self.request.id, *which, at=self.tools.clock())
                self._note(which, None, written)
            else:
                written.satisfied[which] = (
                    f"The filter {after.filter} was there already, so nothing was written, and Undo leaves it there."
                )
        return todo

    def _held(self) -> Mapping[str, str]:
        requests = self.tools.requests
        found = requests.all(HOLDING)
        attempted = {one.id: requests.attempted(one.id) for one in found if one.state is State.APPLYING}
        return holders(found, self.target, (self.request.id, self.request.undoes), attempted)

    def _put(self, todo: Mapping[Which, Change], new: RegistryScanning, began_at: datetime, written: Written) -> None:
        requests, clock = self.tools.requests, self.tools.clock
        if not self.tools.turns.take(self.target.account or "", self.target.region, self.request.id, at=clock()):
            said = "Reading took longer than this request's turn, and another has it by now: nothing was written."
            written.refused |= dict.fromkeys(todo, said)
            return
        for number, position in todo:
            requests.changing(self.request.id, number, position, at=clock())
        if abs(clock() - began_at) > FRESH:
            # This process stood still, and another request may have had the turn since.
            self._refuse(
                todo, "It took too long from reading the registry's rules to here: nothing was written.", written
            )
            return
        try:
            told = self.writing.put_rules(new, Deadline.after(PUT_SECONDS))
        except AwsError as error:
            self._refuse(todo, str(error), written)
            return
        for which in todo:
            self._note(which, told, written)
        settings = [_settings(change) for change in todo.values()]
        mine = [after.filter for _, after in settings]
        ours = (*mine, *self._held())
        earlier = [said for _, after in settings for said in others(after.rules, new.rules, ours)]
        later = others(new.rules, self._read_back(todo, new).rules, ours)
        written.told = tuple(dict.fromkeys((*earlier, *later)))

    def _refuse(self, todo: Mapping[Which, Change], sentence: str, written: Written) -> None:
        for number, position in todo:
            self.tools.requests.refused(self.request.id, number, position, sentence=sentence, at=self.tools.clock())
        written.refused |= dict.fromkeys(todo, sentence)

    def _note(self, which: Which, aws_request_id: str | None, written: Written) -> None:
        number, position = which
        self.tools.requests.changed(
            self.request.id, number, position, aws_request_id=aws_request_id, at=self.tools.clock()
        )
        written.made[which] = aws_request_id

    def _read_back(self, todo: Mapping[Which, Change], new: RegistryScanning) -> RegistryScanning:
        """Return the rules as ECR shows them, once it shows what was written, or when that takes too long."""
        until, pause, seen = time.monotonic() + self.tools.verify_seconds, _LOOK_PAUSE, new
        wanted = [after for change in todo.values() for _, after in [_settings(change)]]
        while True:
            try:
                seen = self.tools.registry.scanning(self.target, Deadline.after(READ_SECONDS))
            except AwsError:
                seen = new  # whoever verifies says that it could not be read
            if all(scans(seen.rules, one.filter) == one.is_there for one in wanted) or time.monotonic() >= until:
                return seen
            self.tools.pause(min(pause, max(0.0, until - time.monotonic())))
            pause = min(pause * 1.5, _LONGEST_PAUSE)


def _with(now: RegistryScanning, todo: Mapping[Which, Change]) -> RegistryScanning:
    """Return the registry's rules as they are to be: what is there, with and without the filters.

    Raises:
        UsageError: they do not go in.
    """
    new = now
    for _, after in map(_settings, todo.values()):
        rules = merged(new, (after.filter,)) if after.is_there else without(new, (after.filter,), after.rules)
        new = RegistryScanning(new.scan_type, rules)
    return new


def _settings(change: Change) -> tuple[RegistryFilter, RegistryFilter]:
    before, after = change.before, change.after
    if not isinstance(before, RegistryFilter) or not isinstance(after, RegistryFilter):
        raise TypeError(change)
    return before, after


def _any_held_counts(wanted: Mapping[Which, Change], now: RegistryScanning) -> bool:
    """Tell whether it matters who else added a filter: where one goes, or is there already."""
    return any(not after.is_there or scans(now.rules, after.filter) for _, after in map(_settings, wanted.values()))
