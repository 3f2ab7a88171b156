"""What came of `subscribe` and `unsubscribe`: who gets which digest when, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr.subscription import Subscribed
from handlers import ids
from handlers.blocks.moments import coming
from handlers.blocks.text import Message, code, context, escaped, section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ecr.subscription import Filters, Subscription

MOST_SHOWN = 15
"""Digests of a channel that are named; more are counted."""

_SAID = {
    Subscribed.NEW: "*Subscribed.* This channel gets",
    Subscribed.CHANGED: "*Changed.* This channel now gets",
    Subscribed.RESUMED: "*Resumed.* This channel gets again",
    Subscribed.SAME: "*Nothing to change.* This channel already gets",
    Subscribed.IN_THE_FILE: "*Nothing changed.* This channel already gets",
}
_FILE = "the settings file (ecrbot.toml, under [[digest]])"
_NO_MATCH = "No repository matches that today. The digest comes all the same, and has them once there are any."


@dataclass(frozen=True, slots=True)
class Entry:
    """A subscription as it is now, what came of asking for it, and when its next digest comes.

    `unmatched` tells that the last sweep knows no repository that it covers.
    """

    outcome: Subscribed
    subscription: Subscription
    next_at: datetime
    unmatched: bool = False


def covered(filters: Filters) -> str:
    """Return which repositories are meant, as mrkdwn: `` `payments-*` in account `prod` ``."""
    names = ", ".join(map(code, filters.repositories)) or "every repository"
    accounts = f" in account {', '.join(map(code, filters.accounts))}" if filters.accounts else ""
    regions = f" in region {', '.join(map(code, filters.named_regions))}" if filters.named_regions else ""
    return f"{names}{accounts}{regions}"


def subscribed(entries: Sequence[Entry], now: datetime) -> Message:
    """Return what a channel gets now.

    Args:
        entries: one, or those that were resumed together.
        now: the present moment.
    """
    shown = entries[:MOST_SHOWN]
    said = " ".join(f"Digest of {_named(one.subscription)}: {_next(one, now)}" for one in shown)
    left = len(entries) - len(shown)
    small_print = [context(f"And {left} more.")] if left else []
    return Message(escaped(said), (*(section(_entry(entry, now)) for entry in shown), *small_print))


def unsubscribed(ended: Sequence[Subscription], left: Sequence[Subscription], filters: Filters | None) -> Message:
    """Return what a channel gets no more, and what it still does.

    Args:
        ended: what was ended.
        left: what is still subscribed there.
        filters: what was asked to be ended; `None` for all of it.
    """
    stays = [section(_stays(one)) for one in left[:MOST_SHOWN]]
    more = len(left) - len(stays)
    small_print = [context(f"And {more} more.")] if more else []
    if ended:
        said = f"Unsubscribed: this channel gets no more digest of {'; '.join(map(_named, ended))}."
        lines = [f"• {covered(one.filters)}, {_daily(one)}" for one in ended]
        first = section("\n".join(["*Unsubscribed.* This channel gets no more digest of:", *lines]))
    else:
        of = f" of {filters}" if filters else ""
        said = f"Nothing to end: no digest{of} was subscribed in this channel with {ids.COMMAND}."
        first = section(escaped(said))
    return Message(escaped(said), (first, *stays, *small_print))


def _entry(entry: Entry, now: datetime) -> str:
    one = entry.subscription
    lines = [f"{_SAID[entry.outcome]} a digest of {covered(one.filters)} {_daily(one)}.", _next(entry, now)]
    if entry.outcome is Subscribed.IN_THE_FILE:
        lines.append(f"It stands in {_FILE}, and is changed there alone.")
    if entry.unmatched:
        lines.append(_NO_MATCH)
    return "\n".join(lines)


def _stays(one: Subscription) -> str:
    still = f"This channel still gets the digest of {covered(one.filters)} {_daily(one)}"
    return f"{still}: it stands in {_FILE}, and is ended there alone." if one.by is None else f"{still}."


def _next(entry: Entry, now: datetime) -> str:
    return f"The next one comes {coming(entry.next_at, now, entry.subscription.timezone)}."


def _daily(one: Subscription) -> str:
    return f"every day at {one.at:%H:%M} {escaped(one.timezone)}"


def _named(one: Subscription) -> str:
    return "every repository" if one.filters.everything else str(one.filters)
