"""What each form asks for once it is submitted: checked at once, field by field, and done by the workers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ecr import names
from ecr.approval import Decision
from ecr.asking import refuse_exemption
from ecr.changes import Choice, refuse_exclusions
from ecr.deadline import Deadline
from ecr.errors import EcrbotError, UsageError
from ecr.request import Kind
from handlers import exempting, ids, remediating
from handlers.blocks.form_values import exemption_values, reason_value, remediation_values, which_values
from handlers.deciding import decide, told
from handlers.drafting import chosen_of, require_draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.asking import Asked
    from ecr.draft import Draft
    from ecr.request import Actor
    from handlers.blocks.text import Message
    from handlers.delivery import FormDelivery
    from handlers.deps import Deps

    Ask = Callable[[Draft, Choice, str, Actor, Deadline], Asked]

Value = TypeVar("Value")

_AFTER_THE_ACKNOWLEDGEMENT = 0.3
"""Seconds until Slack has shown what an acknowledgement carries: an update that overtook it would be lost."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a form asks for, the draft that knows where the answer belongs, and the title of a form that follows it."""

    do: Callable[[], Message | None]
    draft: Draft | None = None
    next: str = ""


class WrongFieldError(EcrbotError):
    """What stands in a field cannot be meant; the sentence is shown beside it."""

    def __init__(self, field: str, sentence: str) -> None:
        """Keep the field beside the sentence."""
        super().__init__(sentence)
        self.field = field


def checked(deps: Deps, delivery: FormDelivery) -> Job | None:
    """Return what a form asks for; `None` where it is no form of this release.

    Raises:
        WrongFieldError: what stands in a field cannot be meant.
        HistoryError: its draft cannot be read.
    """
    check = _CHECKS.get(delivery.callback)
    return check(deps, delivery) if check is not None else None


def _remediate(deps: Deps, delivery: FormDelivery) -> Job:
    return _planned(deps, delivery, Kind.REMEDIATION, "Choose at least one rule to mend.", deps.asking.ask)


def _guard(deps: Deps, delivery: FormDelivery) -> Job:
    return _planned(deps, delivery, Kind.GUARDRAIL, "Choose at least one guardrail.", deps.asking.guard)


def _planned(deps: Deps, delivery: FormDelivery, kind: Kind, none: str, ask: Ask) -> Job:
    """Return what a form asks for that shows a plan."""
    draft = _draft(deps, delivery, ids.REASON, kind)
    rules, exclusions, reason = _checked(ids.REASON, partial(remediation_values, delivery.values))
    if not rules:
        raise WrongFieldError(ids.RULES, none)
    _checked(ids.EXCLUSIONS, partial(refuse_exclusions, exclusions, deps.policy))
    _require_reason(reason)

    def do() -> Message:
        deps.drafts.drop(draft.id)
        by = deps.people.person(delivery.user, ()).actor
        deadline = Deadline.after(deps.deadline_seconds)
        return told(deps, ask(draft, Choice(chosen_of(draft, rules), exclusions), reason, by, deadline))

    return Job(do, draft)


def _exempt(deps: Deps, delivery: FormDelivery) -> Job:
    draft = _draft(deps, delivery, ids.REASON, Kind.EXEMPTION)
    _checked(ids.REASON, partial(reason_value, delivery.values))
    rules, day, reason = _checked(ids.UNTIL, partial(exemption_values, delivery.values))
    if not rules:
        raise WrongFieldError(ids.RULES, "Choose at least one rule that is not to count.")
    until = exempting.end_of(day, deps.clock())
    _checked(ids.UNTIL, partial(refuse_exemption, rules, until, deps.clock()))

    def ask() -> Message:
        deps.drafts.drop(draft.id)
        by = deps.people.person(delivery.user, ()).actor
        return told(deps, deps.asking.exempt(draft, rules, until, reason, by))

    return Job(ask, draft)


def _choose(deps: Deps, delivery: FormDelivery) -> Job:
    draft = _draft(deps, delivery, ids.WHICH, Kind.REMEDIATION, Kind.EXEMPTION)
    numbers = _checked(ids.WHICH, partial(which_values, delivery.values))
    chosen = tuple(item for number, item in enumerate(draft.items) if number in numbers)
    if not chosen:
        raise WrongFieldError(ids.WHICH, "Choose at least one of them.")
    asked = exempting if draft.kind is Kind.EXEMPTION else remediating

    def choose() -> None:
        time.sleep(_AFTER_THE_ACKNOWLEDGEMENT)
        asked.fill(deps, draft, delivery.view, tuple(names.parse(item.arn) for item in chosen))

    return Job(choose, draft, asked.TITLE)


def _deny(deps: Deps, delivery: FormDelivery) -> Job:
    reason = _checked(ids.REASON, partial(reason_value, delivery.values))
    return Job(partial(_settle, deps, delivery, Decision.DENY, reason))


def _confirm(deps: Deps, delivery: FormDelivery) -> Job:
    return Job(partial(_settle, deps, delivery, Decision.APPROVE, None))


def _undo(deps: Deps, delivery: FormDelivery) -> Job:
    reason = _checked(ids.REASON, partial(reason_value, delivery.values))
    return Job(lambda: told(deps, deps.asking.undo(delivery.about, reason, delivery.user)))


def _settle(deps: Deps, delivery: FormDelivery, decision: Decision, reason: str | None) -> None:
    decide(deps, delivery.about, decision, delivery.user, reason)


def _draft(deps: Deps, delivery: FormDelivery, field: str, *kinds: Kind) -> Draft:
    return _checked(field, partial(require_draft, deps, delivery, *kinds))


def _require_reason(reason: str) -> None:
    if not reason:
        raise WrongFieldError(ids.REASON, "A reason is needed: it is what the approvers go by.")


def _checked(field: str, check: Callable[[], Value]) -> Value:
    """Return what a check returns; what it refuses is said beside a field."""
    try:
        return check()
    except UsageError as error:
        raise WrongFieldError(field, str(error)) from error


_CHECKS: dict[str, Callable[[Deps, FormDelivery], Job]] = {
    ids.FORM_REMEDIATE: _remediate,
    ids.FORM_GUARD: _guard,
    ids.FORM_EXEMPT: _exempt,
    ids.FORM_CHOOSE: _choose,
    ids.FORM_DENY: _deny,
    ids.FORM_UNDO: _undo,
    ids.FORM_CONFIRM: _confirm,
}
