"""Clicks: one listener for each button, and one for any button that an older or newer message may carry."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import ids
from handlers.answering import Answer, take
from handlers.blocks.finding import STALE, View
from handlers.blocks.remediation import by_hand
from handlers.blocks.standing import ListView
from handlers.blocks.text import plain
from handlers.checking import check
from handlers.delivery import of_click
from handlers.grammar import check as check_of
from handlers.grammar import listing
from handlers.remembering import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App

    from handlers.delivery import Delivery
    from handlers.deps import Deps

    Handler = Callable[[Deps, Delivery], Answer]


def register(app: App, deps: Deps) -> None:
    """Listen to every click; what is not known is answered too."""
    handlers: dict[str, Handler] = {
        ids.CHECK: _check,
        ids.LIST: _list,
        ids.PAGE: _page,
        ids.SHARE: _share,
        ids.REMEDIATE: _remediate,
    }

    @app.action(re.compile(".*"))
    def clicked(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        delivery = of_click(body, action)
        # A message may have several buttons of a kind in one row: what follows a colon tells them apart.
        kind = str(action.get("action_id", "")).partition(":")[0]
        handler = handlers.get(kind, _stale)
        take(deps, ack, delivery, f"action:{kind if kind in handlers else 'other'}", partial(handler, deps, delivery))


def _check(deps: Deps, delivery: Delivery) -> Answer:
    view = View.of(delivery.content)
    return check(deps, delivery, check_of(view.asked).queries)


def _list(deps: Deps, delivery: Delivery) -> Answer:
    view = ListView.of(delivery.content)
    answer = listed(deps, listing(tuple(view.typed.split())), view)
    return Answer(answer.message, replace=True)


def _page(deps: Deps, delivery: Delivery) -> Answer:
    view = View.of(delivery.content)
    answer = check(deps, delivery, check_of(view.asked).queries, view.page)
    return Answer(answer.message, replace=True, afterwards=answer.afterwards)


def _share(deps: Deps, delivery: Delivery) -> Answer:
    view = View.of(delivery.content)
    return check(deps, delivery, check_of(view.asked).queries, view.page, share=True)


def _remediate(deps: Deps, delivery: Delivery) -> Answer:
    del deps
    return Answer(by_hand(delivery.content))


def _stale(deps: Deps, delivery: Delivery) -> Answer:
    del deps, delivery
    return Answer(plain(STALE))
