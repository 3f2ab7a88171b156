"""What undoes a request: everything that it changed, put back, and nothing else. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.changes import undone
from ecr.request import Item, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.request import Request


def undoing(original: Request, earlier: Sequence[Request]) -> tuple[Item, ...]:
    """Return what puts everything back that a request changed, and nothing else.

    Args:
        original: the request.
        earlier: undos of it that failed half-way: what they put back is back.
    """
    if original.kind is Kind.EXEMPTION:
        return tuple(Item(item.name, item.target, item.arn) for item in original.applied)
    back = {(item.arn, item.changes[number].subject) for one in earlier for item in one.changed for number in item.made}
    left = {
        item.arn: [item.changes[n] for n in item.made if (item.arn, item.changes[n].subject) not in back]
        for item in original.changed
    }
    return tuple(
        Item(item.name, item.target, item.arn, undone(tuple(left[item.arn])))
        for item in original.changed
        if left[item.arn]
    )
