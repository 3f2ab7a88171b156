"""Who reads a digest, when, and of which repositories: pure values, and what they mean in words."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING

from ecr.model import ALL_REGIONS
from ecr.names import Query

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.model import Target

DEFAULT_AT = time(9)
"""When a digest comes where nobody says another time."""

_ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Filters:
    """Which repositories are meant: names or globs, accounts (id or name), regions. One that is empty means all."""

    repositories: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.repositories or self.accounts or self.named_regions)

    @property
    def named_regions(self) -> tuple[str, ...]:
        """The regions; none where all are meant."""
        return () if ALL_REGIONS in self.regions else self.regions

    def cover(self, name: str, target: Target) -> bool:
        """Tell whether a repository is meant."""
        named = not self.repositories or any(Query(pattern.lower()).matches(name) for pattern in self.repositories)
        owned = not self.accounts or target.account in self.accounts or target.name in self.accounts
        return named and owned and (not self.named_regions or target.region in self.named_regions)

    def __str__(self) -> str:
        """Return them as people write them: `payments-*, account prod, region eu-west-1`."""
        return ", ".join(
            (
                *self.repositories,
                *(f"account {account}" for account in self.accounts),
                *(f"region {region}" for region in self.named_regions),
            )
        )


class Subscribed(StrEnum):
    """What came of subscribing."""

    NEW = "new"
    CHANGED = "changed"
    RESUMED = "resumed"
    SAME = "same"
    IN_THE_FILE = "in the file"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel with its filters, and when its digest is due.

    `by` is who subscribed it; `None` for one of the settings file. `paused` says why it gets nothing, if so.
    """

    channel: str
    at: time
    timezone: str
    filters: Filters
    since: datetime
    by: str | None = None
    paused: str | None = None

    @property
    def id(self) -> str:
        """What it is known by: the channel and the filters. Another time of day leaves it the same subscription."""
        return subscription_id(self.channel, self.filters)

    def is_of(self, filters: Filters) -> bool:
        """Tell whether these are its filters, in whatever order they are written."""
        return self.id == subscription_id(self.channel, filters)

    def __str__(self) -> str:
        """Return it as people write it: `09:00 Europe/Berlin, payments-*`."""
        when = f"{self.at:%H:%M} {self.timezone}"
        return when if self.filters.everything else f"{when}, {self.filters}"


def subscription_id(channel: str, filters: Filters) -> str:
    """Return the id of a channel's subscription with these filters, in whatever order they are written."""
    parts = [channel, sorted(filters.repositories), sorted(filters.accounts), sorted(filters.named_regions)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_ID_LENGTH]
