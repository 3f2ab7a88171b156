"""Who holds a filter in a registry's rules: the requests that added it, and were not undone. Pure.

A filter that two requests wanted is there once; it goes when the last one of them is undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.request import Outcome, State
from ecr.setting import RegistryFilter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ecr.changes import Change
    from ecr.model import Target
    from ecr.request import Request

HOLDING = (State.APPLYING, State.APPLIED, State.FAILED)
"""The states of requests that may have added something; one that failed half-way may."""


def holders(
    requests: Iterable[Request],
    target: Target,
    but: Iterable[str | None],
    attempted: Mapping[str, Collection[tuple[int, int]]],
) -> Mapping[str, str]:
    """Return the filters that requests added to a registry and that are theirs still, with the id of one each.

    Args:
        requests: those in the states of `HOLDING`.
        target: the account and region of the registry.
        but: requests that do not count: the one that is applied, and the one that it undoes.
        attempted: of requests that are being applied, by their ids, the changes that were about to be made, as
            (item, change): whoever applied them may have died after that, and another one goes on with it.
    """
    found, left_out = tuple(requests), frozenset(but)
    back = _put_back(found)
    return {
        text: one.id
        for one in found
        if one.id not in left_out
        for number, item in enumerate(one.items)
        if (item.target.account, item.target.region) == (target.account, target.region)
        and item.outcome is not Outcome.UNDONE
        for position, change in enumerate(item.changes)
        if position in item.made or (number, position) in attempted.get(one.id, ())
        for text in _added(change)
        if (one.id, item.arn, text) not in back
    }


def _put_back(requests: Iterable[Request]) -> frozenset[tuple[str | None, str, str]]:
    """Return the filters that undos took out, of which request and item: also of those that failed after that."""
    return frozenset(
        (one.undoes, item.arn, change.after.filter)
        for one in requests
        if one.undoes is not None
        for item in one.items
        for position, change in enumerate(item.changes)
        if position in item.made and isinstance(change.after, RegistryFilter)
    )


def _added(change: Change) -> tuple[str, ...]:
    after = change.after
    return (after.filter,) if isinstance(after, RegistryFilter) and after.is_there else ()
