"""What requests of ours have in a registry, or may have, and what they need there, by what is written down of them.

It is told apart from ecr/holding.py on purpose: one must not inherit the other's mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.model import Rule
from ecr.request import Kind, Outcome, State
from ecr.setting import RegistryFilter, Scanning, TemplateTags

if TYPE_CHECKING:
    from ecr.changes import Change
    from ecr.request import Request
    from ecr.request_ports import Requests

IN_FLIGHT = {State.APPROVED, State.APPLYING}
OPEN = {State.REQUESTED, *IN_FLIGHT}
OVER = {State.APPLIED, State.FAILED}

Subject = tuple[str | None, str, tuple[Rule, str]]
"""A request, the ARN of an item of it, and what is changed there."""


def ours(requests: Requests) -> tuple[frozenset[str], frozenset[str]]:
    """Return the filters and the templates that a request has changed, or may have, and that are not put back."""
    every = requests.all()
    back = _put_back(requests, every)
    found = [
        change
        for one in every
        if one.state in IN_FLIGHT or one.kind is not Kind.UNDO
        for number, item in enumerate(one.items)
        for position, change in enumerate(item.changes)
        if _is_live(requests, one, number, position) and (one.id, item.arn, change.subject) not in back
    ]
    filters = {change.before.filter for change in found if isinstance(change.before, RegistryFilter)}
    prefixes = {change.before.prefix for change in found if isinstance(change.before, TemplateTags)}
    return frozenset(filters), frozenset(prefixes)


def needed(requests: Requests) -> frozenset[str]:
    """Return the filters that requests made, or found and said so, which were applied, and not put back since."""
    every = requests.all()
    back = _put_back(requests, every)
    return frozenset(
        change.after.filter
        for one in every
        if one.kind is not Kind.UNDO and one.state in OVER
        for item in one.applied
        for position, change in enumerate(item.changes)
        if isinstance(change.after, RegistryFilter)
        and (position in item.made or "was there already" in item.sentence)
        and (one.id, item.arn, change.subject) not in back
    )


def changes(one: Request) -> tuple[Change, ...]:
    """Return all that a request changes."""
    return tuple(change for item in one.items for change in item.changes)


def has_flags(one: Request) -> bool:
    """Tell whether a request changes flags of repositories, which another request may have changed since."""
    return any(isinstance(change.after, Scanning) for change in changes(one))


def _put_back(requests: Requests, every: tuple[Request, ...]) -> set[Subject]:
    """Return what undos put back, or may have."""
    return {
        (one.undoes, item.arn, change.subject)
        for one in every
        if one.kind is Kind.UNDO
        for number, item in enumerate(one.items)
        for position, change in enumerate(item.changes)
        if position in item.made or _is_live(requests, one, number, position)
    }


def _is_live(requests: Requests, one: Request, number: int, position: int) -> bool:
    item = one.items[number]
    if one.state in IN_FLIGHT:
        return position in item.made or (number, position) in requests.attempted(one.id)
    return position in item.made and item.outcome is not Outcome.UNDONE
