"""Forms that come back: what is wrong is said beside its field at once, and the rest is done by the workers."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ecr import names
from ecr.approval import Decision
from ecr.asking import refuse_exemption
from ecr.changes import Choice, refuse_exclusions
from ecr.deadline import Deadline
from ecr.errors import BusyError, EcrbotError, HistoryError, UsageError
from ecr.request import Kind
from handlers import exempting, ids, remediating
from handlers.blocks import form
from handlers.blocks.form_values import exemption_values, reason_value, remediation_values, which_values
from handlers.deciding import decide, told
from handlers.delivery import of_form
from handlers.errors import explained
from handlers.opening import tell
from handlers.remediating import chosen_of, require_draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App

    from ecr.draft import Draft
    from handlers.blocks.text import Message
    from handlers.delivery import FormDelivery
    from handlers.deps import Deps

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

STALE = "This form is of another release of ecrbot: close it, and open it anew."

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


def register(app: App, deps: Deps) -> None:
    """Listen to every form; one that is not known is answered too."""
    submitted: dict[str, Callable[[Deps, FormDelivery], Job]] = {
        ids.FORM_REMEDIATE: _remediate,
        ids.FORM_EXEMPT: _exempt,
        ids.FORM_CHOOSE: _choose,
        ids.FORM_DENY: _deny,
        ids.FORM_UNDO: _undo,
        ids.FORM_CONFIRM: _confirm,
    }

    @app.view_submission(re.compile(".*"))
    def submission(ack: Ack, body: dict[str, Any]) -> None:
        delivery = of_form(body)
        checked = submitted.get(delivery.callback)
        if checked is None:
            ack(response_action="update", view=form.told("ecrbot", STALE))
            return
        try:
            job = checked(deps, delivery)
            deps.work.submit(partial(_do, deps, delivery, job))
        except WrongFieldError as error:
            _refuse(ack, delivery, error.field, error)
        except (BusyError, HistoryError) as error:
            _refuse(ack, delivery, ids.WHICH if delivery.callback == ids.FORM_CHOOSE else ids.REASON, error)
        else:
            _acknowledge(ack, job)


def changed(deps: Deps, ack: Ack, delivery: FormDelivery) -> None:
    """Plan anew where something was chosen in the form for remediation."""
    ack()
    if delivery.callback == ids.FORM_REMEDIATE:
        try:
            deps.work.submit(partial(_plan_anew, deps, delivery))
        except BusyError as error:
            logger.warning("a plan is not made anew: %s", error)


def _refuse(ack: Ack, delivery: FormDelivery, field: str, error: EcrbotError) -> None:
    """Say beside a field why a form is not taken, so that nothing typed is lost; in its place where it has no such."""
    if isinstance(delivery.values, dict) and field in delivery.values:
        ack(response_action="errors", errors={field: str(error)})
    else:
        ack(response_action="update", view=form.told("ecrbot", str(error)))


def _acknowledge(ack: Ack, job: Job) -> None:
    if job.next:
        ack(response_action="update", view=form.reading(job.next))
    else:
        ack()


def _remediate(deps: Deps, delivery: FormDelivery) -> Job:
    draft = _draft(deps, delivery, ids.REASON, Kind.REMEDIATION)
    rules, exclusions, reason = _checked(ids.REASON, partial(remediation_values, delivery.values))
    if not rules:
        raise WrongFieldError(ids.RULES, "Choose at least one rule to mend.")
    _checked(ids.EXCLUSIONS, partial(refuse_exclusions, exclusions, deps.policy))
    _require_reason(reason)

    def ask() -> Message:
        deps.drafts.drop(draft.id)
        by = deps.people.person(delivery.user, ()).actor
        deadline = Deadline.after(deps.deadline_seconds)
        return told(deps, deps.asking.ask(draft, Choice(chosen_of(draft, rules), exclusions), reason, by, deadline))

    return Job(ask, draft)


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


def _do(deps: Deps, delivery: FormDelivery, job: Job) -> None:
    """Do what a form asks for, once; whatever comes of it is told to who submitted it."""
    began, outcome = time.monotonic(), "done"
    try:
        if not deps.history.claim_delivery(delivery.key, at=deps.clock()):
            return
        deps.people.require_member(delivery.user)
        message = job.do()
    except EcrbotError as error:
        outcome, message = "refused", explained(error)
    except Exception as error:  # noqa: BLE001 - a defect is answered too, and logged there with its traceback
        outcome, message = "error", explained(error)
    try:
        if message is not None:
            _tell(deps, delivery, job.draft, message)
        deps.history.finish_delivery(delivery.key)
    except Exception:
        logger.exception("the answer to %s of %s could not be delivered", delivery.callback, delivery.user)
        outcome = "undelivered"
    deps.meter.answered(f"form:{delivery.callback}", outcome, time.monotonic() - began)


def _tell(deps: Deps, delivery: FormDelivery, draft: Draft | None, message: Message) -> None:
    """Tell whoever submitted a form where they asked, which only the draft knows, or where the card is."""
    if draft is not None:
        tell(deps, delivery.user, message, response_url=draft.response_url, channel=draft.channel)
    else:
        tell(deps, delivery.user, message, channel=_channel(deps, delivery))


def _channel(deps: Deps, delivery: FormDelivery) -> str:
    """Return where the card is that a form is about; the form's own answer belongs there."""
    try:
        request = deps.requests.get(delivery.about)
    except HistoryError:
        return ""
    return request.card.channel if request is not None and request.card is not None else ""


def _plan_anew(deps: Deps, delivery: FormDelivery) -> None:
    try:
        deps.people.require_member(delivery.user)
        remediating.plan_anew(deps, delivery)
    except EcrbotError as error:
        logger.info("a plan is not made anew: %s", error)
    except Exception:
        logger.exception("a plan could not be made anew")


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
