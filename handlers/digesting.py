"""`digest`: today's, to the asker alone; that of the channel's subscriptions, or of everything where it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.subscription import Filters
from handlers.answering import Answer
from handlers.blocks.digest import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.digest import Digest
    from handlers.delivery import Delivery
    from handlers.deps import Deps

MOST_MESSAGES = 4
"""An answer takes five messages, and one may have said that it takes longer."""

SWEEP_SECONDS = 120.0
"""How long a sweep that somebody else makes is waited for."""


def digest_now(deps: Deps, delivery: Delivery) -> Answer:
    """Answer today's digest, from what is fresh enough.

    Raises:
        HistoryError: the history cannot be read.
    """
    trouble = deps.freshener.freshen_patiently(SWEEP_SECONDS)
    digests = tuple(_digests(deps, delivery, trouble))[:MOST_MESSAGES]
    share = MOST_MESSAGES // len(digests)
    messages = [part for digest in digests for part in parts(digest, replies=share - 1, where="below")]
    return Answer(messages[0], more=tuple(messages[1:]))


def _digests(deps: Deps, delivery: Delivery, trouble: str | None) -> Iterator[Digest]:
    subscribed = deps.subscriptions.all(delivery.channel)
    for one in subscribed:
        yield deps.composer.of_subscription(one, deps.composer.today(one.timezone), trouble)[0]
    if not subscribed:
        yield deps.composer.of_filters(Filters(), deps.people.timezone(delivery.user), trouble)
