"""The table of the whole app: every listener is registered here, by a call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers import actions, commands, errors, forms, guardrail_actions, home

if TYPE_CHECKING:
    from slack_bolt import Ack, App

    from handlers.deps import Deps

_ANYTHING = re.compile(".*")


def register(app: App, deps: Deps) -> None:
    """Register every listener of ecrbot with a Bolt app.

    Args:
        app: made with `process_before_response=True`: its listeners only acknowledge and hand over.
        deps: the collaborators.
    """
    errors.register(app)
    commands.register(app, deps)
    guardrail_actions.register(app, deps)
    actions.register(app, deps)
    forms.register(app, deps)
    home.register(app, deps)
    _acknowledge_the_rest(app)


def _acknowledge_the_rest(app: App) -> None:
    """Acknowledge what no part of ecrbot asks for, so that Slack neither repeats it nor shows a failure."""

    def acknowledge(ack: Ack) -> None:
        ack()

    app.event(_ANYTHING)(acknowledge)
    app.shortcut(_ANYTHING)(acknowledge)
    app.view_closed(_ANYTHING)(acknowledge)
    app.options(_ANYTHING)(acknowledge)
