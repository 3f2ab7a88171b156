"""Applying guardrails: one registry of a request, its rules and its creation templates changed and read back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ecr.changes import Plan, drift
from ecr.deadline import Deadline
from ecr.errors import AwsError
from ecr.guardrails import Guardrail, judge
from ecr.model import RegistryState, Unreadable
from ecr.request import BEGIN_WITHIN, Kind, Outcome
from ecr.rules_writing import RulesWriting, Written
from ecr.setting import RegistryFilter, TemplateTags, is_set, present
from ecr.verifying import done, not_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.changes import Change
    from ecr.guardrails import Guard
    from ecr.request import Item, Request
    from ecr.request_ports import Writing
    from ecr.tools import Tools

READ_SECONDS = 15.0
PUT_SECONDS = 90.0

_LOOK_SECONDS = 0.25
_LONGEST_PAUSE = 2.0

ASK_ANEW = "Ask anew to try again."


class GuardApplication:
    """One registry of a request, while it is applied. Used by one thread."""

    def __init__(self, tools: Tools, request: Request, number: int, settled: Callable[[], None]) -> None:
        """Prepare.

        Args:
            tools: what it takes.
            request: the request, as claimed.
            number: which of its items the registry is.
            settled: told when something came of it.
        """
        self._tools = tools
        self._request = request
        self._number = number
        self._item: Item = request.items[number]
        self._settled = settled
        self._made = set(self._item.made)
        self._attempted = tools.requests.attempted(request.id)
        self._written = Written()
        self._needless: dict[int, str] = {}

    def carry_out(self) -> None:
        """Make the changes, and settle the registry.

        Raises:
            LostClaimError: somebody else applies the request by now.
            HistoryError: nothing can be written down, so nothing more is changed.
        """
        try:
            state = self._look()
        except AwsError as error:
            self._fail(f"It could not be read again, so nothing was changed: {error} {ASK_ANEW}")
            return
        if wrong := self._wrong(state):
            self._fail(wrong)
            return
        item = self._item
        writing = self._tools.writer.writing(
            item.target, self._request.id, (Plan(item.name, item.target, item.arn, item.changes),)
        )
        refused = self._change_templates(writing)
        if refused is None:
            refused = self._write_rules(writing)
        self._verify_patiently(refused)

    def _look(self) -> RegistryState:
        """Read what is to be changed, and nothing else.

        Raises:
            AwsError: it cannot be read.
        """
        registry, target = self._tools.registry, self._item.target
        kinds = {type(change.before) for change in self._item.changes}
        deadline = Deadline.after(READ_SECONDS)
        nothing = Unreadable("It was not asked for.")
        scanning = registry.scanning(target, deadline) if RegistryFilter in kinds else nothing
        templates = registry.templates(target, deadline) if TemplateTags in kinds else nothing
        return RegistryState(target.account, scanning, templates)

    def _wrong(self, state: RegistryState) -> str | None:
        """Return why nothing more is changed, if so; what another process made is noted as made."""
        waiting = []
        for position, change in enumerate(self._item.changes):
            if position in self._made:
                continue
            if (self._number, position) in self._attempted and _is_as_made(state, change):
                self._note_made(position, None)
            elif isinstance(change.before, TemplateTags) and is_set(state, change.after):
                self._found_so(position, change)
            else:
                waiting.append(change)
        if wrong := drift(state, tuple(waiting)):
            return self._with_done(f"Changed since: {' '.join(wrong)}", "Ask anew to have it planned again.")
        began_at, now = self._request.began_at, self._tools.clock()
        if waiting and began_at is not None and now - began_at > BEGIN_WITHIN:
            return self._with_done("ecrbot was interrupted, and after 15 minutes it makes no further change.", ASK_ANEW)
        return None

    def _found_so(self, position: int, change: Change) -> None:
        """Note that a template is as it is to be: an undo has nothing left to do there, else it is another's doing."""
        if self._request.kind is Kind.UNDO:
            self._tools.requests.changing(self._request.id, self._number, position, at=self._tools.clock())
            self._note_made(position, None)
            return
        _, prefix = change.subject
        self._needless[position] = (
            f"Template {prefix} was so already, so nothing was written, and Undo leaves it as it is."
        )

    def _change_templates(self, writing: Writing) -> str | None:
        """Make the changes of templates, each noted before and after; return what AWS refused, if anything."""
        requests, clock, number = self._tools.requests, self._tools.clock, self._number
        for position, change in enumerate(self._item.changes):
            if position in self._made or position in self._needless or not isinstance(change.before, TemplateTags):
                continue
            requests.changing(self._request.id, number, position, at=clock())
            try:
                told = writing.put_template(change, Deadline.after(PUT_SECONDS))
            except AwsError as error:
                requests.refused(self._request.id, number, position, sentence=str(error), at=clock())
                return f"{_what(change)} failed: {error}"
            self._note_made(position, told)
        return None

    def _write_rules(self, writing: Writing) -> str | None:
        """Change the registry's rules; return what was refused, if anything."""
        wanted = {
            (self._number, position): change
            for position, change in enumerate(self._item.changes)
            if position not in self._made and isinstance(change.before, RegistryFilter)
        }
        rules = RulesWriting(self._tools, self._request, self._item.target, writing, self._attempted)
        self._written = rules.write(wanted)
        self._made.update(position for _, position in self._written.made)
        self._needless |= {position: said for (_, position), said in self._written.satisfied.items()}
        return next((f"scan-on-push failed: {said}" for said in self._written.refused.values()), None)

    def _note_made(self, position: int, aws_request_id: str | None) -> None:
        self._tools.requests.changed(
            self._request.id, self._number, position, aws_request_id=aws_request_id, at=self._tools.clock()
        )
        self._made.add(position)

    def _verify_patiently(self, refused: str | None) -> None:
        """Read back until all is as it should be, for at most half a minute; then say what is not."""
        until, pause = time.monotonic() + self._tools.verify_seconds, _LOOK_SECONDS
        while not self._verify(refused, last=time.monotonic() >= until):
            self._tools.pause(min(pause, max(0.0, until - time.monotonic())))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _verify(self, refused: str | None, *, last: bool) -> bool:
        """Read back once, and settle what is seen; tell whether it is settled."""
        try:
            state = self._look()
        except AwsError as error:
            if last:
                self._fail(self._with_told(f"Applied, not verified: it could not be read back. {error}"))
            return last
        needless = self._needless
        for position, change in enumerate(self._item.changes):
            # A refusal that came of a lost answer: it was made all the same.
            tried = position not in self._made and position not in needless
            if refused and tried and self._was_tried(position) and is_set(state, change.after):
                self._note_made(position, None)
        whole = len(self._made) + len(needless) == len(self._item.changes)
        wrong = not_set(state, self._item, needless)
        if whole and wrong is None:
            self._settle(Outcome.APPLIED, " ".join((self._verified(state), *needless.values(), *self._written.told)))
        elif refused is not None and not whole:
            self._fail(self._with_done(self._with_told(refused), ASK_ANEW))
        elif last:
            self._fail(self._with_told(f"Applied, not verified: {wrong or ''}"))
        else:
            return False
        return True

    def _was_tried(self, position: int) -> bool:
        return (self._number, position) in self._tools.requests.attempted(self._request.id)

    def _verified(self, state: RegistryState) -> str:
        """Return what was seen, as sentences."""
        if self._request.kind is Kind.UNDO:
            return f"Verified: it is as it was before, {', '.join(str(change.after) for change in self._item.changes)}."
        read = (one for one in judge(state, None, self._tools.policy) if _was_read(state, one))
        return "Verified: " + " ".join(one.evidence for one in read)

    def _with_done(self, said: str, advice: str) -> str:
        return f"{done(self._item, self._made)} {said} {advice}"

    def _with_told(self, said: str) -> str:
        return " ".join((said, *self._written.told))

    def _fail(self, sentence: str) -> None:
        self._settle(Outcome.FAILED, sentence)

    def _settle(self, outcome: Outcome, sentence: str) -> None:
        requests, at = self._tools.requests, self._tools.clock()
        requests.settle(self._request.id, self._number, outcome, sentence, seen=None, at=at)
        self._settled()


def _is_as_made(state: RegistryState, change: Change) -> bool:
    """Tell whether a change that was about to be made is to be seen, so that it was: by whom, nobody can tell.

    A filter counts whatever the scan type is by now: somebody has to take it out again.
    """
    now = present(state, change.after)
    if isinstance(now, RegistryFilter) and isinstance(change.after, RegistryFilter):
        return now.is_there == change.after.is_there
    return is_set(state, change.after)


def _was_read(state: RegistryState, guard: Guard) -> bool:
    read = state.registry if guard.guardrail is Guardrail.SCANNING_RULE else state.templates
    return not isinstance(read, Unreadable)


def _what(change: Change) -> str:
    rule, prefix = change.subject
    return f"{rule} ({prefix})" if prefix else str(rule)
