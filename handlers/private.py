"""Answers to a click for which Slack gave no address, as in the Home tab: a modal, or else a direct message."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ecr.errors import SlackError
from handlers.blocks.modal import modal
from handlers.blocks.text import Message, section
from handlers.opening import opened, tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.delivery import Delivery
    from handlers.deps import Deps
    from handlers.reply import Post

logger = logging.getLogger(__name__)

_TITLE = "ecrbot"


def posting(deps: Deps, delivery: Delivery) -> Post:
    """Return what takes an answer to whoever clicked, in place of an address.

    A modal needs the trigger of the click, which lives three seconds and opens one
    (https://docs.slack.dev/reference/methods/views.open).
    """

    def post(url: str, payload: Mapping[str, object]) -> None:
        del url
        text, blocks = str(payload.get("text")), payload.get("blocks")
        shown = list(blocks) if isinstance(blocks, list) and blocks else [section(text)]
        try:
            opened(deps, delivery.trigger, modal(_TITLE, shown))
        except SlackError as error:
            logger.info("an answer goes as a direct message: %s", error)
            tell(deps, delivery.user, Message(text, tuple(shown)))

    return post
