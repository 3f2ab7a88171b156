"""Forms that come back: what is wrong is said beside its field at once, and the rest is done by the workers."""

from __future__ import annotations

import logging
import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr.errors import BusyError, EcrbotError, HistoryError
from handlers import guarding, ids, remediating
from handlers.blocks import form
from handlers.delivery import of_form
from handlers.errors import explained
from handlers.opening import tell
from handlers.submissions import WrongFieldError, checked

if TYPE_CHECKING:
    from slack_bolt import Ack, App

    from ecr.draft import Draft
    from handlers.blocks.text import Message
    from handlers.delivery import FormDelivery
    from handlers.deps import Deps
    from handlers.submissions import Job

logger = logging.getLogger(__name__)

STALE = "This form is of another release of ecrbot: close it, and open it anew."

_PLANNED_ANEW = {ids.FORM_REMEDIATE: remediating.plan_anew, ids.FORM_GUARD: guarding.plan_anew}
"""The forms that show a plan: what is chosen in them changes it."""


def register(app: App, deps: Deps) -> None:
    """Listen to every form; one that is not known is answered too."""

    @app.view_submission(re.compile(".*"))
    def submission(ack: Ack, body: dict[str, Any]) -> None:
        delivery = of_form(body)
        try:
            job = checked(deps, delivery)
            if job is None:
                ack(response_action="update", view=form.told("ecrbot", STALE))
                return
            deps.work.submit(partial(_do, deps, delivery, job))
        except WrongFieldError as error:
            _refuse(ack, delivery, error.field, error)
        except (BusyError, HistoryError) as error:
            _refuse(ack, delivery, ids.WHICH if delivery.callback == ids.FORM_CHOOSE else ids.REASON, error)
        else:
            _acknowledge(ack, job)


def changed(deps: Deps, ack: Ack, delivery: FormDelivery) -> None:
    """Plan anew where something was chosen in a form that shows a plan."""
    ack()
    if delivery.callback in _PLANNED_ANEW:
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
        _PLANNED_ANEW[delivery.callback](deps, delivery)
    except EcrbotError as error:
        logger.info("a plan is not made anew: %s", error)
    except Exception:
        logger.exception("a plan could not be made anew")
