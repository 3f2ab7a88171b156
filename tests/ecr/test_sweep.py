"""A sweep: every target read, judged and remembered; what cannot be read is unknown, and says why."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecr.errors import (
    AccessDeniedError,
    AccountMismatchError,
    HistoryError,
    MalformedAnswerError,
    SweepRunningError,
    UnreachableError,
)
from ecr.model import Policy, Target, Verdict
from ecr.sweep import Sweeper
from ecr.swept import Changes, UnreadTarget
from tests.ecr.plain_registry import OWNER, PlainRegistry, holding, repository

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ecr.model import Assessment, RegistryScanning
    from ecr.swept import SweepReport

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
PROD = Target("111111111111", "eu-west-1", "prod")
STAGING = Target("222222222222", "us-east-1", "staging")
UNSAID = Target(None, "eu-west-1")


@dataclass
class PlainHistory:
    """What was remembered, in lists. `known` is how many repositories are known in an unread target."""

    known: int = 0
    running: bool = False
    failure: Exception | None = None
    read: list[tuple[Target, tuple[str, ...]]] = field(default_factory=list)
    unread: list[tuple[Target, str]] = field(default_factory=list)
    forgotten: list[datetime] = field(default_factory=list)
    sweeps: list[tuple[SweepReport, tuple[Target, ...]]] = field(default_factory=list)

    @contextmanager
    def sweeping(self) -> Iterator[None]:
        if self.running:
            raise SweepRunningError("A sweep is running.")
        self.running = True
        try:
            yield
        finally:
            self.running = False

    def record_target(
        self,
        target: Target,
        assessments: Sequence[Assessment],
        *,
        began_at: datetime,
        at: datetime,
        scanning: RegistryScanning | None = None,
    ) -> Changes:
        del began_at, at, scanning
        if self.failure is not None:
            raise self.failure
        self.read.append((target, tuple(f"{one.name} {one.verdict}" for one in assessments)))
        return Changes(opened=2, resolved=1)

    def record_unread(self, target: Target, error: str, *, at: datetime) -> int:
        del at
        self.unread.append((target, error))
        return self.known

    def forget(self, before: datetime) -> None:
        assert self.sweeps
        self.forgotten.append(before)

    def record_sweep(self, report: SweepReport, targets: Sequence[Target]) -> None:
        assert self.running
        self.sweeps.append((report, tuple(targets)))


def sweeper(registry: PlainRegistry, history: PlainHistory, workers: int = 4) -> Sweeper:
    everything: Any = history
    return Sweeper(registry, Policy(), everything, lambda: AT, workers)


def test_everything_is_read_judged_and_remembered() -> None:
    registry = PlainRegistry(
        {
            PROD: (repository(PROD, "api"), repository(PROD, "web", tag_mutability="MUTABLE")),
            STAGING: (repository(STAGING, "odd", tag_mutability=None),),
        }
    )
    history = PlainHistory()

    report = sweeper(registry, history).sweep(asked_by="U0EVA")

    assert sorted(history.read, key=str) == [(PROD, ("api pass", "web fail")), (STAGING, ("odd unknown",))]
    assert (report.targets, report.passing, report.failing, report.exempt, report.unknown) == (2, 1, 1, 0, 1)
    assert (report.changes, report.unreadable, report.asked_by) == (Changes(4, 2), (), "U0EVA")
    assert report.api_calls == registry.calls == 4
    assert (report.repositories, report.verdict) == (3, Verdict.FAIL)
    assert [(kept, set(targets)) for kept, targets in history.sweeps] == [(report, {PROD, STAGING})]
    assert not history.running


def test_the_detail_of_what_is_over_is_forgotten_once_the_sweep_is_remembered() -> None:
    history = PlainHistory()
    everything: Any = history
    Sweeper(holding({PROD: ("api",)}), Policy(), everything, lambda: AT, keep=timedelta(days=400)).sweep()
    sweeper(holding({PROD: ("api",)}), history).sweep()
    assert history.forgotten == [AT - timedelta(days=400)]


def test_a_target_takes_a_call_a_page_and_one_for_its_registry() -> None:
    registry = holding({PROD: tuple(f"api-{number}" for number in range(25))})
    registry.page_size = 10
    report = sweeper(registry, PlainHistory()).sweep()
    assert [asked for asked, _, _ in registry.asked] == ["pages"] * 3 + ["scanning"]
    assert (report.api_calls, report.passing) == (4, 25)


@pytest.mark.parametrize("where", [PROD, ("pages", PROD)])
def test_a_target_that_cannot_be_read_is_unknown_with_why_and_what_is_known_there(where: Any) -> None:
    registry = holding({PROD: ("api",), STAGING: ("web",)})
    registry.refused[where] = AccessDeniedError("Access denied.")
    history = PlainHistory(known=7)

    report = sweeper(registry, history).sweep()

    assert history.unread == [(PROD, "Access denied.")]
    assert history.read == [(STAGING, ("web pass",))]
    assert (report.passing, report.unknown, report.verdict) == (1, 7, Verdict.UNKNOWN)
    assert report.unreadable == (UnreadTarget(PROD, "Access denied."),)


def test_a_registry_that_cannot_be_read_leaves_the_repositories_known_and_undecided() -> None:
    registry = holding({PROD: ("api",)})
    registry.refused["scanning", PROD] = AccessDeniedError("Access denied.")
    history = PlainHistory()
    sweeper(registry, history).sweep()
    assert (history.read, history.unread) == ([(PROD, ("api unknown",))], [])


def test_an_account_that_is_not_configured_is_the_one_that_answered() -> None:
    history = PlainHistory()
    sweeper(holding({UNSAID: ("api",)}), history).sweep()
    owned = Target(OWNER, "eu-west-1")
    assert history.read == [(owned, ("api pass",))]
    assert [targets for _, targets in history.sweeps] == [(owned,)]


def test_an_empty_target_is_remembered_as_empty_once_it_is_known_whose_it_is() -> None:
    registry, history = holding({UNSAID: (), PROD: ()}), PlainHistory()
    sweeper(registry, history).sweep()
    assert sorted(history.read, key=str) == [(PROD, ()), (Target(OWNER, "eu-west-1"), ())]
    assert sorted(target.region for target, _ in registry.asked_for("account")) == ["eu-west-1"] * 2


class OtherAccount(PlainRegistry):
    """Answers for another account than the one that was asked."""

    def account(self, target: Target, deadline: Any) -> str:
        del target, deadline
        return "999999999999"


def test_the_emptiness_of_another_account_closes_nothing() -> None:
    history = PlainHistory()
    sweeper(OtherAccount({PROD: ()}), history).sweep()
    assert history.read == []
    assert history.unread == [(PROD, "Account 999999999999 answered where prod (111111111111) in eu-west-1 was asked.")]


@pytest.mark.parametrize(
    "refusal",
    [UnreachableError("AWS did not answer."), MalformedAnswerError("It is odd."), AccountMismatchError("Not theirs.")],
)
def test_an_empty_target_of_nobody_knows_whom_is_unread(refusal: Exception) -> None:
    registry, history = holding({PROD: ()}), PlainHistory()
    registry.refused["account", PROD] = refusal
    sweeper(registry, history).sweep()
    assert (history.read, history.unread) == ([], [(PROD, str(refusal))])


def test_how_far_it_is_is_told_after_each_target() -> None:
    progress: list[tuple[int, int]] = []
    sweeper(holding({PROD: ("api",), STAGING: ()}), PlainHistory()).sweep(lambda *far: progress.append(far))
    assert progress == [(0, 2), (1, 2), (2, 2)]


def test_nothing_is_read_while_another_one_sweeps() -> None:
    registry, history = holding({PROD: ("api",)}), PlainHistory(running=True)
    with pytest.raises(SweepRunningError):
        sweeper(registry, history).sweep()
    assert (registry.asked, history.sweeps) == ([], [])


def test_a_history_that_cannot_be_written_ends_it() -> None:
    history = PlainHistory(failure=HistoryError("The disk is full."))
    with pytest.raises(HistoryError, match=r"The disk is full\."):
        sweeper(holding({PROD: ("api",)}), history).sweep()
    assert history.sweeps == []
    assert not history.running


def test_a_defect_ends_it_and_gives_the_right_to_sweep_back() -> None:
    registry, history = holding({PROD: ("api",)}), PlainHistory()
    registry.refused["pages", PROD] = ZeroDivisionError("a defect")
    with pytest.raises(ZeroDivisionError):
        sweeper(registry, history).sweep()
    assert not history.running


def test_targets_are_read_at_once() -> None:
    """Each waits for the gate that the other one's answer opens."""
    registry = holding({PROD: ("api",), STAGING: ("web",)})
    gate = threading.Event()
    registry.gates[PROD] = gate
    history = PlainHistory()
    sweeper(registry, history).sweep(lambda done, _: gate.set() if done == 1 else None)
    assert [target for target, _ in history.read] == [STAGING, PROD]


def test_a_sweep_of_no_target_counts_nothing() -> None:
    report = sweeper(PlainRegistry({}), PlainHistory()).sweep()
    assert (report.targets, report.repositories, report.verdict) == (0, 0, Verdict.PASS)
