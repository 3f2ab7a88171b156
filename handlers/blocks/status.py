"""`status`: how the bot is doing, from its last sweep to the digests to come and what went wrong lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers import ids
from handlers.blocks.decision import waiting
from handlers.blocks.moments import ago, coming
from handlers.blocks.plan import packed
from handlers.blocks.subscriptions import covered
from handlers.blocks.text import Message, clipped, code, context, moment, section, verbatim
from handlers.blocks.unread import unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from slack_sdk.models.blocks import Block

    from ecr.request import Request
    from ecr.subscription import Subscription
    from ecr.swept import LastSweep
    from ecr.trouble import Trouble

MOST_DIGESTS = 12
MOST_TROUBLES = 5
MOST_REQUESTS = 3
"""Blocks of open requests, of several each; more are counted."""

_RESUME = (
    f"To resume it, invite the bot with {code('/invite @ecrbot')} and type {code(f'{ids.COMMAND} subscribe')} there."
)
_NO_REQUESTS = "Open requests: none."


@dataclass(frozen=True, slots=True)
class NextDigest:
    """A subscription, and when its next digest comes: not before it is resumed, where it is paused."""

    subscription: Subscription
    at: datetime


@dataclass(frozen=True, slots=True)
class State:
    """How the bot is doing at a moment. `troubles` and the open `requests` come newest first."""

    at: datetime
    last: LastSweep | None
    sweeping: bool = False
    digests: tuple[NextDigest, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    requests: tuple[Request, ...] = ()


def status(state: State) -> Message:
    """Return how the bot is doing."""
    unreadable = state.last.unreadable if state.last else ()
    blocks = (
        section("\n".join(_sweep(state, f"*Last sweep* {moment(state.last.finished_at)}, " if state.last else ""))),
        *unread(unreadable),
        *_requests(state.requests),
        *_digests(state),
        *_troubles(state.troubles),
    )
    return Message(verbatim(" ".join([*_sweep(state, "Last sweep "), _open(state.requests), *_said(state)])), blocks)


def _sweep(state: State, lead: str) -> list[str]:
    """Return what there is to say of sweeps, in sentences; the lead comes before the age of the last one."""
    running = ["A sweep is running now."] if state.sweeping else []
    if state.last is None:
        return [*running, f"No sweep has ended yet{'' if running else f': type {ids.COMMAND} sweep'}."]
    last = state.last
    counts = f"{_counted(last.repositories, 'repository', 'repositories')} in {_targets(last.targets)}"
    lacking = f" {_targets(len(last.unreadable))} could not be read." if last.unreadable else ""
    return [
        f"{lead}{ago(last.finished_at, state.at)}: {counts}, {last.failing} of them non-compliant.{lacking}",
        *running,
    ]


def _requests(requests: Sequence[Request]) -> list[Block]:
    if not requests:
        return [section(_NO_REQUESTS)]
    return [section(f"*Open requests*: {len(requests)}"), *packed(map(waiting, requests), MOST_REQUESTS)]


def _open(requests: Sequence[Request]) -> str:
    return f"Open requests: {len(requests)}." if requests else _NO_REQUESTS


def _digests(state: State) -> Iterator[Block]:
    if not state.digests:
        yield section(f"*Next digests*: none. {code(f'{ids.COMMAND} subscribe')} in a channel asks for one.")
        return
    yield section("*Next digests*")
    for one in state.digests[:MOST_DIGESTS]:
        yield section(_digest(one, state.at))
    if (left := len(state.digests) - MOST_DIGESTS) > 0:
        yield context(f"And {left} more.")


def _digest(one: NextDigest, now: datetime) -> str:
    subscription = one.subscription
    # The channel and what follows the filters are whole whatever the filters are: they alone are cut.
    title = f"<#{subscription.channel}> · {clipped(covered(subscription.filters), 1000)}"
    if subscription.paused:
        return f":double_vertical_bar: {title} · paused\n{clipped(verbatim(subscription.paused), 1000)}\n{_RESUME}"
    when = f"{coming(one.at, now, subscription.timezone)} {verbatim(subscription.timezone)}"
    return f"{title}\n{moment(one.at)}: {when}"


def _troubles(troubles: Sequence[Trouble]) -> Iterator[Block]:
    if troubles:
        yield section("*Recent trouble*")
    for one in troubles[:MOST_TROUBLES]:
        yield section(f":warning: {verbatim(one.what)} failed at {moment(one.at)}: {verbatim(one.sentence)}")
    if (left := len(troubles) - MOST_TROUBLES) > 0:
        yield context(f"And {left} earlier.")


def _said(state: State) -> Iterator[str]:
    """Return the rest in a sentence each, for notifications and screen readers."""
    coming_ones = [one for one in state.digests if not one.subscription.paused]
    if coming_ones:
        first = min(coming_ones, key=lambda one: one.at)
        zone = first.subscription.timezone
        yield f"The next digest comes {coming(first.at, state.at, zone)} {zone}."
    if paused := len(state.digests) - len(coming_ones):
        yield f"{_counted(paused, 'digest is', 'digests are')} paused."
    if state.troubles:
        yield f"{state.troubles[0].what} failed: {state.troubles[0].sentence}"


def _targets(count: int) -> str:
    return _counted(count, "account and region", "accounts and regions")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
