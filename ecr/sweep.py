"""The sweep: every repository of every target read, judged and remembered; what cannot be read stays as it was."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecr import controls
from ecr.check import observe
from ecr.deadline import Deadline
from ecr.errors import AccountMismatchError, AwsError
from ecr.exemption import exempted, index
from ecr.model import RegistryScanning, Verdict
from ecr.parallel import each
from ecr.swept import Changes, SweepReport, UnreadTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from ecr.exemption import Exemption
    from ecr.model import Assessment, Policy, Repository, Target
    from ecr.ports import Clock, History, Registry
    from ecr.request_ports import Exemptions

ANSWER_SECONDS = 15.0
"""A target that gives no answer for so long is unreachable."""

LONGEST_SECONDS = 3600.0
"""A sweep that takes longer ends with what it has; the rest is unknown."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One target, read or not: when that began, and what came of it."""

    target: Target
    began_at: datetime
    assessments: tuple[Assessment, ...] = ()
    scanning: RegistryScanning | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Sweeps: what to read, how to judge, where to remember it, and for how long the detail of what is over stays.

    `exemptions` are those that count; `None`: there are none, and what fails fails.
    """

    registry: Registry
    policy: Policy
    history: History
    clock: Clock
    workers: int = 16
    keep: timedelta | None = None
    exemptions: Exemptions | None = None

    def sweep(
        self, progress: Callable[[int, int], None] = lambda _done, _all: None, *, asked_by: str | None = None
    ) -> SweepReport:
        """Read every target, and remember what changed.

        Args:
            progress: told how many targets are done, and how many there are.
            asked_by: the Slack user who asked for it; `None`: nobody did there.

        Returns:
            What it came to.

        Raises:
            SweepRunningError: another sweep is under way.
            HistoryError: the history cannot be written, or the exemptions not read.
        """
        with self.history.sweeping():
            report, targets = self._swept(progress)
            report = replace(report, asked_by=asked_by)
            self.history.record_sweep(report, targets)
            if self.keep is not None:
                self.history.forget(self.clock() - self.keep)
        return report

    def _swept(self, progress: Callable[[int, int], None]) -> tuple[SweepReport, tuple[Target, ...]]:
        started_at, calls = self.clock(), self.registry.calls
        exempt = index(self.exemptions.current(started_at)) if self.exemptions else {}
        targets = self.registry.targets(Deadline.after(ANSWER_SECONDS))
        counts: Counter[Verdict] = Counter()
        unreadable: list[UnreadTarget] = []
        changes, waiting, met = Changes(), set(targets), []
        progress(0, len(targets))
        for number, reading in each(
            targets, self._read, workers=self.workers, deadline=Deadline.after(LONGEST_SECONDS)
        ):
            waiting.discard(targets[number])
            met.append(reading.target)
            changes += self._remember(_counted(reading, exempt), counts, unreadable)
            progress(len(targets) - len(waiting), len(targets))
        for target in targets:
            if target in waiting:
                late = f"The sweep ended after {LONGEST_SECONDS:g} seconds without {target}."
                self._remember(_Reading(target, started_at, error=late), counts, unreadable)
        report = SweepReport(
            id=secrets.token_hex(6),
            started_at=started_at,
            finished_at=self.clock(),
            targets=len(targets),
            unreadable=tuple(unreadable),
            passing=counts[Verdict.PASS],
            failing=counts[Verdict.FAIL],
            exempt=counts[Verdict.EXEMPT],
            unknown=counts[Verdict.UNKNOWN],
            changes=changes,
            api_calls=self.registry.calls - calls,
        )
        return report, (*met, *waiting)

    def _read(self, target: Target) -> _Reading:
        began_at, deadline = self.clock(), Deadline.for_each_answer(ANSWER_SECONDS)
        try:
            repositories = tuple(one for page in self.registry.pages(target, deadline) for one in page)
            observed = observe(self.registry, target, repositories, deadline)
            whole = replace(target, account=self._owner(target, repositories, deadline))
        except AwsError as error:
            return _Reading(target, began_at, error=str(error))
        scanning = next((one.registry for one in observed if isinstance(one.registry, RegistryScanning)), None)
        return _Reading(
            whole, began_at, tuple(controls.evaluate(one, self.policy, whole) for one in observed), scanning
        )

    def _owner(self, target: Target, repositories: Sequence[Repository], deadline: Deadline) -> str:
        """Return whose the repositories are; an empty answer does not say it, and must not be taken for the target's.

        Raises:
            AwsError: nobody says it, or it is another account's: its emptiness would close findings as deleted.
        """
        if repositories:
            return repositories[0].account
        account = self.registry.account(target, deadline)
        if target.account is not None and account != target.account:
            raise AccountMismatchError(f"Account {account} answered where {target} was asked.")
        return account

    def _remember(self, reading: _Reading, counts: Counter[Verdict], unreadable: list[UnreadTarget]) -> Changes:
        if reading.error is not None:
            unreadable.append(UnreadTarget(reading.target, reading.error))
            counts[Verdict.UNKNOWN] += self.history.record_unread(reading.target, reading.error, at=reading.began_at)
            return Changes()
        counts.update(assessment.verdict for assessment in reading.assessments)
        return self.history.record_target(
            reading.target,
            reading.assessments,
            began_at=reading.began_at,
            at=self.clock(),
            scanning=reading.scanning,
        )


def _counted(reading: _Reading, exempt: Mapping[tuple[str, str, str], tuple[Exemption, ...]]) -> _Reading:
    """Return what was read with the exemptions that held then."""
    return replace(reading, assessments=tuple(exempted(one, exempt, reading.began_at) for one in reading.assessments))
