"""What is said when something goes wrong: the one place that turns any error into an answer.

Our own errors are whole sentences; anything else is a defect, logged with its traceback under a reference that the
person gets.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from slack_bolt import BoltResponse

from ecr.errors import EcrbotError
from handlers.blocks.text import Message, plain

if TYPE_CHECKING:
    from slack_bolt import App

logger = logging.getLogger(__name__)


def explained(error: Exception) -> Message:
    """Return what to tell a person about an error."""
    if isinstance(error, EcrbotError):
        return plain(str(error))
    reference = secrets.token_hex(4)
    logger.error("defect %s", reference, exc_info=error)
    return plain(f"Something went wrong inside ecrbot. Its log has more under {reference}.")


def register(app: App) -> None:
    """Answer what raised in a listener itself: acknowledged all the same, so that Slack shows no failure of its own."""

    @app.error
    def failed(error: Exception) -> BoltResponse:
        return BoltResponse(status=200, body={"response_type": "ephemeral", **explained(error).payload()})
