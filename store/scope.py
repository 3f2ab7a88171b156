"""Which repositories a question is about: filters and targets, as conditions of SQL on `repositories r`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ecr.model import Target
from store import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from ecr.subscription import Filters

Pair = tuple[str, str]


class StoredTarget(NamedTuple):
    """A row of `targets`."""

    account: str
    region: str
    name: str | None
    read: str | None
    error: str | None
    configured: int

    @property
    def pair(self) -> Pair:
        """The account and the region."""
        return self.account, self.region

    @property
    def target(self) -> Target:
        """The target as the core knows it."""
        return Target(self.account or None, self.region, self.name)

    @property
    def read_at(self) -> datetime | None:
        """When it was read last."""
        return rows.moment_of(self.read) if self.read else None


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a WHERE clause, with the values for its question marks; an empty one holds for everything."""

    text: str = ""
    values: tuple[str, ...] = ()

    def __and__(self, other: Condition) -> Condition:
        """Return what holds where both hold."""
        return Condition(" AND ".join(filter(None, (self.text, other.text))), self.values + other.values)

    @property
    def also(self) -> str:
        """The condition to be added to others."""
        return f" AND {self.text}" if self.text else ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The targets that a question is about, and what else it asks of a repository.

    `whole` tells that no target is left out, so that the condition need not name any.
    """

    by_pair: Mapping[Pair, StoredTarget]
    names: Condition
    whole: bool

    @classmethod
    def of(cls, database: Database, filters: Filters) -> Scope:
        """Return the scope of filters; a target that is configured no more is in none."""
        every = stored_targets(database)
        meant = {one.pair: one for one in every if one.configured and _is_meant(one, filters)}
        return cls(meant, _named(filters.repositories), whole=len(meant) == len(every))

    @property
    def targets(self) -> tuple[StoredTarget, ...]:
        """The targets, in the order they came to be known in."""
        return tuple(self.by_pair.values())

    @property
    def condition(self) -> Condition:
        """What holds of the scope's repositories."""
        return self.names if self.whole else self.names & _within(one.pair for one in self.targets)

    @property
    def unread(self) -> tuple[StoredTarget, ...]:
        """The targets that could not be read."""
        return tuple(one for one in self.targets if one.error is not None)

    @property
    def read(self) -> Condition:
        """What holds of the scope's repositories in targets that could be read."""
        if not self.unread:
            return self.condition
        return self.names & _within(one.pair for one in self.targets if one.error is None)

    def target(self, account: str, region: str) -> Target:
        """Return the target of an account and region, by its name where it has one."""
        known = self.by_pair.get((account, region))
        return known.target if known else Target(account, region)


def stored_targets(database: Database) -> tuple[StoredTarget, ...]:
    """Return every target that is known."""
    found = database.execute("SELECT account, region, name, read_at, error, configured FROM targets")
    return tuple(StoredTarget(*row) for row in found)


def _is_meant(one: StoredTarget, filters: Filters) -> bool:
    accounts, regions = filters.accounts, filters.named_regions
    return (not accounts or one.account in accounts or one.name in accounts) and (not regions or one.region in regions)


def _within(pairs: Iterable[Pair]) -> Condition:
    some = tuple(pairs)
    if not some:
        return Condition("false")
    marks = ", ".join(["(?, ?)"] * len(some))
    return Condition(f"(r.account, r.region) IN (VALUES {marks})", tuple(part for pair in some for part in pair))


def _named(patterns: tuple[str, ...]) -> Condition:
    """Return what holds of names that one of these names or globs matches; GLOB negates a set by ^, people by !."""
    if not patterns or "*" in patterns:
        return Condition()
    globs = tuple(pattern.lower().replace("[!", "[^") for pattern in patterns)
    return Condition(f"({' OR '.join(['r.name GLOB ?'] * len(globs))})", globs)
