"""The Home tab: what one person is told who looks at the bot itself, composed from what the history knows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ecr.approval import Decision, NotDecidedError, require
from ecr.digest import Digest, compose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ecr.approval import Approvers, Person
    from ecr.digest import Occasion
    from ecr.facts import Facts
    from ecr.request import Request

MOST_SHOWN = 10
"""Repositories, and requests of a kind, that a Home tab shows; more are counted."""

ENDED_WITHIN = timedelta(days=7)
"""How long what somebody asked for is shown after it ended."""

REMEMBERED = timedelta(days=30)
"""How long after somebody opened their Home tab last it is kept up to date."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the history knows for somebody's Home tab, all of it as of one moment.

    `facts` are of every repository; of the open findings they have the oldest alone. `waiting` are the requests that
    nobody has decided about, oldest first. `asked` are the first of the person's own, open or ended lately: the open
    ones first, then the newest; `asked_count` is of all of them.
    """

    facts: Facts
    waiting: tuple[Request, ...] = ()
    asked: tuple[Request, ...] = ()
    asked_count: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """What a person is told.

    `digest` is of every repository, without what is new and what was resolved. `waiting` are the requests that the
    person can approve, oldest first; where that is not known, `undecided` says why, as a sentence.
    """

    digest: Digest
    waiting: tuple[Request, ...] = ()
    undecided: str = ""
    asked: tuple[Request, ...] = ()
    asked_count: int = 0


def composed(
    known: Known, person: Person | None, approvers: Approvers, occasion: Occasion, undecided: str = ""
) -> Home:
    """Return somebody's Home.

    Args:
        known: what the history knows.
        person: who they are, with the groups of approvers they are in; `None` where Slack did not say.
        approvers: who may approve.
        occasion: the present moment, and the day that it is where they are.
        undecided: why it is not known who they are, as a sentence.
    """
    mine = known.waiting if person is not None else ()
    return Home(
        digest=compose(known.facts, occasion),
        waiting=tuple(one for one in mine if person and _can_approve(one, person, approvers, occasion.at)),
        undecided=undecided if known.waiting else "",
        asked=known.asked,
        asked_count=known.asked_count,
    )


def part_of(request: Request, approvers: Approvers, members: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return who is part of a request: who asked for it, who decided about it, and who may or might have.

    Args:
        request: the request as it is now.
        approvers: who may approve.
        members: who is in each group of approvers, as far as Slack said.
    """
    decided = (request.decided.by.id,) if request.decided else ()
    named = (request.by.id, *decided, *approvers.users(request.accounts))
    return frozenset(named).union(*(members.get(group, frozenset()) for group in approvers.groups(request.accounts)))


def _can_approve(request: Request, person: Person, approvers: Approvers, at: datetime) -> bool:
    """Tell whether somebody can approve a request on its card, which has no such button where nobody could."""
    if request.no_approver:
        return False
    try:
        require(Decision.APPROVE, request, person, approvers, at)
    except NotDecidedError:
        return False
    return True
