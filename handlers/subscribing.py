"""`subscribe` and `unsubscribe`, for the channel at hand; `status`, which tells when all the digests come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ecr.due import upcoming
from ecr.errors import ChannelClosedError, UsageError
from ecr.request import State as RequestState
from ecr.subscription import DEFAULT_AT, Filters, Subscription
from handlers import ids
from handlers.answering import Answer
from handlers.blocks import status as view
from handlers.blocks import subscriptions
from handlers.subscription_words import Subscribe

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.delivery import Delivery
    from handlers.deps import Deps
    from handlers.subscription_words import Unsubscribe


def subscribed(deps: Deps, delivery: Delivery, command: Subscribe) -> Answer:
    """Subscribe the channel at hand and answer when its digest comes.

    `subscribe` alone, where digests are paused, resumes them as they were: so the notice of the pause says.

    Raises:
        UsageError: this is no channel for a digest; the sentence says why.
        SlackError: Slack did not say whether it is; nobody's repositories are told to a channel on a guess.
        HistoryError: the history cannot be read or written.
    """
    _require_channel(delivery.channel)
    _require_ours(deps, delivery.channel)
    there = deps.subscriptions.all(delivery.channel)
    paused = tuple(one for one in there if one.paused)
    if paused and command == Subscribe():
        wanted = tuple(replace(one, paused=None, since=deps.clock()) for one in paused)
    else:
        wanted = (_wanted(deps, delivery, command, there),)
    entries = tuple(_entry(deps, one) for one in wanted)
    return Answer(subscriptions.subscribed(entries, deps.clock()))


def unsubscribed(deps: Deps, delivery: Delivery, command: Unsubscribe) -> Answer:
    """End what was subscribed in the channel at hand, all of it or that of the names, and answer what is left.

    It may be shared with others by now: that is no reason to keep a digest there.

    Raises:
        UsageError: this is no channel.
        HistoryError: the history cannot be read or written.
    """
    _require_channel(delivery.channel)
    filters = Filters(command.repositories) if command.repositories else None
    ended = deps.subscriptions.unsubscribe(delivery.channel, filters)
    return Answer(subscriptions.unsubscribed(ended, deps.subscriptions.all(delivery.channel), filters))


def status(deps: Deps) -> Answer:
    """Answer how the bot is doing.

    Raises:
        HistoryError: the history cannot be read.
    """
    now = deps.clock()
    digests = tuple(view.NextDigest(one, _next(deps, one, now)) for one in deps.subscriptions.all())
    state = view.State(
        at=now,
        last=deps.history.last_sweep(),
        sweeping=deps.history.sweep_is_running(),
        digests=tuple(sorted(digests, key=lambda one: (one.subscription.paused is None, one.at))),
        troubles=tuple(sorted(deps.troubles(), key=lambda one: one.at, reverse=True)),
        requests=deps.requests.all((RequestState.REQUESTED, RequestState.APPROVED, RequestState.APPLYING)),
    )
    return Answer(view.status(state))


def _require_channel(channel: str) -> None:
    if not channel or channel.startswith("D"):
        raise UsageError(
            "A digest belongs to a channel, and this is a direct message: type it in the channel that is meant, or "
            f"{ids.COMMAND} digest to read today's here."
        )


def _require_ours(deps: Deps, channel: str) -> None:
    """Refuse a channel that others read, or that the bot cannot post to."""
    try:
        shared = deps.postbox.is_shared(channel)
    except ChannelClosedError as error:
        raise UsageError(
            f"ecrbot is not in this channel, so it cannot post a digest here: type /invite @ecrbot first, and then "
            f"{ids.COMMAND} subscribe again."
        ) from error
    if shared:
        raise UsageError(
            "This channel is shared with another organisation, and a digest tells of repositories that are not for "
            "them: subscribe in a channel of your own."
        )


def _wanted(deps: Deps, delivery: Delivery, command: Subscribe, there: tuple[Subscription, ...]) -> Subscription:
    """Return what is asked for; what is not said is as it is already, or else the default."""
    filters = Filters(command.repositories)
    before = next((one for one in there if one.is_of(filters)), None)
    at, timezone = (before.at, before.timezone) if before else (DEFAULT_AT, deps.people.timezone(delivery.user))
    return Subscription(
        channel=delivery.channel,
        at=at if command.at is None else command.at,
        timezone=command.timezone or timezone,
        filters=filters,
        since=deps.clock(),
        by=delivery.user,
    )


def _entry(deps: Deps, wanted: Subscription) -> subscriptions.Entry:
    unmatched = deps.history.swept_at() is not None and deps.history.known(wanted.filters) == 0
    outcome = deps.subscriptions.subscribe(wanted)
    # What is kept may differ from what was asked: of the settings file, or there for longer.
    kept = next((one for one in deps.subscriptions.all(wanted.channel) if one.id == wanted.id), wanted)
    return subscriptions.Entry(outcome, kept, _next(deps, kept, deps.clock()), unmatched)


def _next(deps: Deps, one: Subscription, now: datetime) -> datetime:
    return upcoming(now, one, deps.postings.last_day(one.id))
