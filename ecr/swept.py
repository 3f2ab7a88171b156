"""What a sweep comes to, and what stands after it, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecr.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ecr.model import Assessment, Target


@dataclass(frozen=True, slots=True)
class Changes:
    """Findings that a reading opened and resolved."""

    opened: int = 0
    resolved: int = 0

    def __add__(self, other: Changes) -> Changes:
        """Return both together."""
        return Changes(self.opened + other.opened, self.resolved + other.resolved)


@dataclass(frozen=True, slots=True)
class UnreadTarget:
    """A target that could not be read, and why."""

    target: Target
    error: str


def together(unread: Iterable[UnreadTarget]) -> tuple[tuple[UnreadTarget, int], ...]:
    """Return unreadable targets once for each account and reason, with all regions, and how many targets that is."""
    groups: dict[tuple[str | None, str], list[Target]] = {}
    for one in unread:
        groups.setdefault((one.target.account, one.error), []).append(one.target)
    return tuple(
        (UnreadTarget(replace(some[0], region=", ".join(target.region for target in some)), error), len(some))
        for (_, error), some in groups.items()
    )


@dataclass(frozen=True, slots=True)
class SweepReport:
    """A sweep that ended; the counts of verdicts are of repositories, the changes are of findings.

    `asked_by` is the Slack user who asked for it, if somebody did there.
    """

    id: str
    started_at: datetime
    finished_at: datetime
    targets: int
    unreadable: tuple[UnreadTarget, ...]
    passing: int
    failing: int
    exempt: int
    unknown: int
    changes: Changes
    api_calls: int
    asked_by: str | None = None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def repositories(self) -> int:
        """How many repositories it counts, known ones of unreadable targets among them."""
        return self.passing + self.failing + self.exempt + self.unknown

    @property
    def verdict(self) -> Verdict:
        """The worst of all: fail, then unknown (an unreadable target is), then pass."""
        if self.failing:
            return Verdict.FAIL
        return Verdict.UNKNOWN if self.unknown or self.unreadable else Verdict.PASS


@dataclass(frozen=True, slots=True)
class Standing:
    """A non-compliant repository as last read; `unread` says why its target could not be read since, if so."""

    assessment: Assessment
    read_at: datetime
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Standings:
    """Some of what does not comply, how much there is in all, and how much of it was not read since.

    `unread` are the targets asked about that could not be read, `unknown_count` the repositories beside those that do
    not comply of which nothing can be said. `accounts` (ids and names) and `regions` are the configured ones, whatever
    was asked; either is empty where a target has not told its own yet.
    """

    rows: tuple[Standing, ...]
    count: int
    unread_count: int
    unread: tuple[UnreadTarget, ...] = ()
    unknown_count: int = 0
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether all that was asked about was read and judged, so that what is not listed is known to comply."""
        return not (self.unread or self.unknown_count)


@dataclass(frozen=True, slots=True)
class LastSweep:
    """What the last sweep came to; `unreadable` are the targets that could not be read since."""

    finished_at: datetime
    targets: int
    repositories: int
    failing: int
    unreadable: tuple[UnreadTarget, ...]
