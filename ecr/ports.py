"""What the core needs from outside, as small protocols: `ecr/aws` and `store` fulfil them, `bot/app.py` joins them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from ecr.checked import CheckReport
    from ecr.deadline import Deadline
    from ecr.model import Assessment, RegistryScanning, Repository, RepositoryScanning, Target, Unreadable
    from ecr.swept import Changes, Standing, SweepReport
    from ecr.timeline import Event


class Clock(Protocol):
    """Where the time comes from; tests and the demo hand in their own."""

    def __call__(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class Registry(Protocol):
    """Reading ECR. Every method raises one of `ecr.errors.AwsError` and gives up at the deadline."""

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """Return every configured account and region."""

    def account(self, target: Target, deadline: Deadline) -> str:
        """Return the account id that the target's credentials belong to."""

    def find(self, target: Target, names: Sequence[str], deadline: Deadline) -> tuple[Repository, ...]:
        """Return the repositories of these names that exist in the target, in any order."""

    def pages(self, target: Target, deadline: Deadline) -> Iterator[tuple[Repository, ...]]:
        """Yield all repositories of the target, a page at a time."""

    def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
        """Return the target's registry scanning configuration."""

    def repository_scanning(
        self, target: Target, names: Sequence[str], deadline: Deadline
    ) -> Mapping[str, RepositoryScanning | Unreadable]:
        """Return what ECR says about the scanning of each of these repositories."""


class History(Protocol):
    """Remembering what was seen and done. Every method raises `ecr.errors.HistoryError`."""

    def record_check(self, report: CheckReport, *, by: str, source: str) -> None:
        """Remember a check and the repositories that it saw.

        Args:
            report: what was checked.
            by: the Slack user id, or the login name at a shell.
            source: `slack` or `cli`.
        """

    def record_target(self, target: Target, assessments: Sequence[Assessment], *, began_at: datetime) -> Changes:
        """Remember all repositories of a target as one reading saw them; what is not among them is gone.

        Args:
            target: the account (which is known) and region that was read.
            assessments: every repository in it, judged.
            began_at: when the reading began. What is stored of a later reading stays as it is.
        """

    def record_unread(self, target: Target, error: str, *, at: datetime) -> int:
        """Remember that a target could not be read, and return how many repositories are known there."""

    def sweeping(self) -> AbstractContextManager[None]:
        """Hold the right to sweep, which nobody else has meanwhile; the end of the process gives it back.

        Raises:
            SweepRunningError: somebody else has it.
        """

    def record_sweep(self, report: SweepReport) -> None:
        """Remember a sweep that ended."""

    def swept_at(self) -> datetime | None:
        """Return when the last sweep ended; `None` where there was none."""

    def noncompliant(self) -> tuple[Standing, ...]:
        """Return what fails by the last reading of each target, with the targets that could not be read."""

    def timeline(self, name: str, account: str | None = None, region: str | None = None) -> tuple[Event, ...]:
        """Return what happened to the repositories of a name, oldest first."""

    def claim_delivery(self, key: str, *, at: datetime) -> bool:
        """Tell whether a delivery is to be worked on: true once for each key."""

    def finish_delivery(self, key: str) -> None:
        """Note that a delivery was answered, so that a repeat after a crash is not done again."""

    def ping(self) -> None:
        """Do the smallest read, to tell whether the database answers."""
