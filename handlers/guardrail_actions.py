"""Clicks on what `guardrails` answers: Guard, and the pages. Registered ahead of the listener for any other button."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import guarding, ids
from handlers.answering import take
from handlers.delivery import of_click
from handlers.private import posting

if TYPE_CHECKING:
    from slack_bolt import Ack, App

    from handlers.deps import Deps

_OURS = re.compile(rf"^({ids.GUARD}|{ids.GUARDRAILS})(:|$)")


def register(app: App, deps: Deps) -> None:
    """Listen to these buttons alone."""
    handlers = {ids.GUARD: guarding.guard, ids.GUARDRAILS: guarding.page}

    @app.action(_OURS)
    def clicked(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        delivery = of_click(body, action)
        kind = str(action.get("action_id", "")).partition(":")[0]
        answering = deps if delivery.response_url else replace(deps, post=posting(deps, delivery))
        work = partial(handlers[kind], answering, delivery)
        take(answering, ack, delivery, f"action:{kind}", work, patient=False)
