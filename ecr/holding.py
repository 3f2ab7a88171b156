"""Who holds a filter in a registry's rules: the requests that added it, and were not undone. Pure.

A filter that two requests wanted is there once; it goes when the last one of them is undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.request import State
from ecr.setting import RegistryFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ecr.model import Target
    from ecr.request import Item, Request

HOLDING = (State.APPLYING, State.APPLIED, State.FAILED)
"""The states of requests that may have added something; one that failed half-way may."""


def holders(requests: Iterable[Request], target: Target, but: Iterable[str | None]) -> Mapping[str, str]:
    """Return the filters that requests added to a registry and that are theirs still, with the id of one each.

    Args:
        requests: those in the states of `HOLDING`.
        target: the account and region of the registry.
        but: requests that do not count: the one that is applied, and the one that it undoes.
    """
    left_out = frozenset(but)
    return {
        text: one.id
        for one in requests
        if one.id not in left_out
        for item in one.changed
        if (item.target.account, item.target.region) == (target.account, target.region)
        for text in _added(item)
    }


def _added(item: Item) -> tuple[str, ...]:
    made = (item.changes[number].after for number in item.made)
    return tuple(one.filter for one in made if isinstance(one, RegistryFilter) and one.is_there)
