"""What somebody is filling in: kept until the form is submitted, so that the form carries no more than its id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.request import Item, Kind

LIFE = timedelta(days=1)
"""How long a draft is kept."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that is open.

    `asked` is what was asked for, as it was typed or as a button carried it: names, globs or ARNs, or the request to
    undo. `items` are the plans as they were shown last; an item that was not shown cannot be asked for. `channel` and
    `response_url` are where the answer belongs.
    """

    id: str
    kind: Kind
    user: str
    channel: str
    response_url: str
    made_at: datetime
    asked: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
