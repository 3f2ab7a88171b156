"""The Home tab as people use it: it is published when they open it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import ids
from handlers.answering import Answer, take
from handlers.delivery import of_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt import Ack, App

    from handlers.delivery import Delivery
    from handlers.deps import Deps
    from handlers.reply import Post


def register(app: App, deps: Deps) -> None:
    """Listen to the opening of the Home tab (https://docs.slack.dev/reference/events/app_home_opened).

    The same event tells of the Messages tab, where there is nothing to publish.
    """

    @app.event(ids.HOME_OPENED)
    def opened(ack: Ack, body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab") != "home":
            ack()
            return
        delivery = of_event(body, event)
        # Whatever is to be said to them is said in the tab: that they may not use the bot, or what went wrong.
        in_tab = replace(deps, post=_posting(deps, delivery))
        take(in_tab, ack, delivery, "event:home", partial(_open, deps, delivery), patient=False)


def _open(deps: Deps, delivery: Delivery) -> Answer:
    deps.home_tabs.open(delivery.user)
    return Answer(None)


def _posting(deps: Deps, delivery: Delivery) -> Post:
    def post(url: str, payload: Mapping[str, object]) -> None:
        del url
        blocks = payload.get("blocks")
        deps.home_tabs.say(delivery.user, blocks if isinstance(blocks, list) else ())

    return post
