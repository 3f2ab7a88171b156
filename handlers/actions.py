"""Clicks: one listener for each button, and one for any button that an older or newer message may carry."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ecr import names
from ecr.errors import UsageError
from handlers import ids
from handlers.answering import Answer, take
from handlers.blocks.finding import STALE, View
from handlers.blocks.standing import ListView
from handlers.blocks.text import plain
from handlers.checking import check
from handlers.deciding import approve, cancel, deny, undo
from handlers.delivery import is_of_modal, of_click, of_form
from handlers.exempting import exempt
from handlers.fixing import fix, fix_as
from handlers.forms import changed
from handlers.grammar import check as check_of
from handlers.grammar import listing
from handlers.private import posting
from handlers.remediating import remediate
from handlers.remembering import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App

    from ecr.names import Query
    from handlers.delivery import Delivery
    from handlers.deps import Deps

    Handler = Callable[[Deps, Delivery], Answer]


_IMPATIENT = frozenset({ids.REMEDIATE, ids.EXEMPT, ids.APPROVE, ids.DENY, ids.CANCEL, ids.UNDO})
"""What opens a form, or shows on a card how far it is."""


def register(app: App, deps: Deps) -> None:
    """Listen to every click; what is not known is answered too."""
    handlers: dict[str, Handler] = {
        ids.CHECK: _check,
        ids.LIST: _list,
        ids.PAGE: _page,
        ids.SHARE: _share,
        ids.REMEDIATE: _remediate,
        ids.FIX: _fix,
        ids.FIX_AS: fix_as,
        ids.EXEMPT: _exempt,
        ids.APPROVE: approve,
        ids.DENY: deny,
        ids.CANCEL: cancel,
        ids.UNDO: undo,
    }
    # In the Home tab, and wherever else Slack gives no address to answer at, there is no message either.
    aside: dict[str, Handler] = {ids.REMEDIATE: _remediate}

    @app.action(re.compile(".*"))
    def clicked(ack: Ack, body: dict[str, Any], action: dict[str, Any]) -> None:
        if is_of_modal(body):
            changed(deps, ack, of_form(body))
            return
        delivery = of_click(body, action)
        # A message may have several buttons of a kind in one row: what follows a colon tells them apart.
        kind = str(action.get("action_id", "")).partition(":")[0]
        if kind == ids.CARD:
            ack()  # a link, which Slack opens by itself
            return
        known = handlers if delivery.response_url else aside
        handler = known.get(kind, _stale)
        answering = deps if delivery.response_url else replace(deps, post=posting(deps, delivery))
        patient = bool(delivery.response_url) and kind not in _IMPATIENT
        name = f"action:{kind if kind in known else 'other'}"
        take(answering, ack, delivery, name, partial(handler, deps, delivery), patient=patient)


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
    return remediate(deps, delivery, (_repository(delivery),))


def _fix(deps: Deps, delivery: Delivery) -> Answer:
    return fix(deps, delivery, _repository(delivery))


def _exempt(deps: Deps, delivery: Delivery) -> Answer:
    return exempt(deps, delivery, _repository(delivery))


def _repository(delivery: Delivery) -> Query:
    """Return the repository that a button is about: it carries an ARN, whatever else it may have been forged to."""
    query = names.parse(delivery.content) if delivery.content else None
    if query is None or query.account is None or query.is_glob:
        raise UsageError(STALE)
    return query


def _stale(deps: Deps, delivery: Delivery) -> Answer:
    del deps, delivery
    return Answer(plain(STALE))
