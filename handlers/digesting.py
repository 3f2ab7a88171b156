"""`digest`: today's, to the asker alone; that of the channel's subscriptions, or of everything where it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.subscription import Filters
from handlers.answering import Answer
from handlers.blocks.digest import parts
from handlers.blocks.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecr.digest import Digest
    from handlers.blocks.text import Message
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
    digests = tuple(_digests(deps, delivery, trouble))
    shown = digests if len(digests) <= MOST_MESSAGES else digests[: MOST_MESSAGES - 1]
    share = MOST_MESSAGES // len(shown)
    messages = [part for digest in shown for part in parts(digest, replies=share - 1, where="below")]
    return Answer(messages[0], more=(*messages[1:], *_left_out(digests[len(shown) :])))


def _left_out(digests: tuple[Digest, ...]) -> tuple[Message, ...]:
    """Return a message that names the digests for which an answer has no room."""
    if not digests:
        return ()
    names = "; ".join(str(digest.occasion.filters) or "every repository" for digest in digests)
    return (plain(f"This channel has {len(digests)} more digests, which have no room here: {names}."),)


def _digests(deps: Deps, delivery: Delivery, trouble: str | None) -> Iterator[Digest]:
    subscribed = deps.subscriptions.all(delivery.channel)
    for one in subscribed:
        yield deps.composer.of_subscription(one, deps.composer.today(one.timezone), trouble)[0]
    if not subscribed:
        yield deps.composer.of_filters(Filters(), deps.people.timezone(delivery.user), trouble)
