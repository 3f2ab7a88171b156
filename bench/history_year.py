"""A year behind 50,000 repositories: how large the file is, and how soon a digest, a list and a timeline are there."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench.surroundings import megabytes
from ecr.checked import CheckReport, QueryResult
from ecr.digest import Occasion, compose
from ecr.model import Assessment, Finding, Repository, Rule, ScanFrequency, Target, Verdict
from ecr.names import Query
from ecr.posting import Period
from ecr.subscription import Filters
from ecr.swept import Changes, SweepReport
from store.history import SqliteHistory

if TYPE_CHECKING:
    from collections.abc import Callable

TARGETS, IN_EACH, DAYS, CHANGED = 200, 250, 365, 0.01
HOURS = 24
RUNS = 15
BEGIN = datetime(2025, 11, 25, tzinfo=UTC)
_TEAMS = ("core", "data", "web", "ml", "infra", "pay", "search", "edge")


class World:
    """Fifty thousand repositories whose settings change at random."""

    def __init__(self) -> None:
        """Draw how each is set at the beginning: about half of them do not comply."""
        self._drawn = random.Random(1)  # noqa: S311 - a mixture, no secret
        self.targets = [Target(f"{100000000000 + n // 4}", f"eu-west-{n % 4 + 1}") for n in range(TARGETS)]
        self.state = {
            (n, i): (self._drawn.random() < 0.6, self._drawn.random() < 0.7)
            for n in range(TARGETS)
            for i in range(IN_EACH)
        }

    def change(self, share: float) -> list[Assessment]:
        """Change a share of them, and return these as they are now."""
        changed = self._drawn.sample(sorted(self.state), round(len(self.state) * share))
        for key in changed:
            immutable, scanned = self.state[key]
            self.state[key] = (not immutable, scanned) if self._drawn.random() < 0.5 else (immutable, not scanned)
        return [self.assessment(key) for key in changed]

    def assessment(self, key: tuple[int, int]) -> Assessment:
        """Return a repository as it is now, judged."""
        number, index = key
        immutable, scanned = self.state[key]
        target, name = self.targets[number], f"{_TEAMS[index % 8]}/svc-{index:05d}-{number:06x}"
        arn = f"arn:aws:ecr:{target.region}:{target.account}:repository/{name}"
        mutability = "IMMUTABLE" if immutable else "MUTABLE"
        found = Repository(target.account or "", target.region, name, arn, mutability, (), scan_on_push=scanned)
        tags = "Tag mutability is IMMUTABLE: no tag can be overwritten." if immutable else "Every tag can be moved."
        scan = "scanOnPush is true and the registry is BASIC." if scanned else "scanOnPush is false."
        findings = (
            Finding(Rule.TAG_IMMUTABILITY, Verdict.PASS if immutable else Verdict.FAIL, tags),
            Finding(Rule.SCAN_ON_PUSH, Verdict.PASS if scanned else Verdict.FAIL, scan),
        )
        frequency = ScanFrequency.SCAN_ON_PUSH if scanned else ScanFrequency.MANUAL
        return Assessment(name, target, found, frequency, findings)


def main() -> None:
    """Print the size after a year, then the medians of what is asked of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ecrbot.db"
        history, world = SqliteHistory.prepare(path), World()
        began = time.perf_counter()
        _live_through(history, world)
        print(
            f"a year of hourly sweeps of {len(world.state)} repositories, {CHANGED:.0%} changed a day: "
            f"{megabytes(path):.1f} MB (the aim is under 60 MB); written in {time.perf_counter() - began:.0f} s"
        )
        _ask(history, world)


def _live_through(history: SqliteHistory, world: World) -> None:
    """Write a first sweep, then each day's changes, and the rows that each of its sweeps leaves beside them."""
    _whole_sweep(history, world, BEGIN)
    for day in range(1, DAYS + 1):
        at = BEGIN + timedelta(days=day)
        changed = CheckReport((QueryResult(Query("*"), tuple(world.change(CHANGED))),), at)
        history.record_check(changed, by="bench", source="cli", at=at)
        for hour in range(HOURS):
            _end_of_sweep(history, world, at + timedelta(hours=hour))
    _whole_sweep(history, world, BEGIN + timedelta(days=DAYS + 1))


def _whole_sweep(history: SqliteHistory, world: World, at: datetime) -> None:
    for number, target in enumerate(world.targets):
        some = [world.assessment((number, index)) for index in range(IN_EACH)]
        history.record_target(target, some, began_at=at, at=at)
    _end_of_sweep(history, world, at)


def _end_of_sweep(history: SqliteHistory, world: World, at: datetime) -> None:
    report = SweepReport(f"{at:%Y%m%d%H}", at, at, TARGETS, (), 20000, 30000, 0, 0, Changes(10, 10), 400)
    history.record_sweep(report, world.targets)


def _ask(history: SqliteHistory, world: World) -> None:
    at = BEGIN + timedelta(days=DAYS + 1, hours=1)
    period = Period(at - timedelta(days=1))
    for what, filters in (("everything", Filters()), ("core/*", Filters(("core/*",))), ("*svc*", Filters(("*svc*",)))):

        def digest(filters: Filters = filters) -> object:
            facts = history.facts(filters, period, day=at.date(), at=at)
            return compose(facts, Occasion(filters, at.date(), "UTC", period.since, at))

        _say(f"the digest of {what}, composed", digest, 100)
    _say("a page of the list", lambda: history.noncompliant(Filters(), start=300, most=15), 50)
    _say("a page of the list of core/*", lambda: history.noncompliant(Filters(("core/*",)), most=15), 50)
    name = world.assessment((7, 7)).name
    _say("a timeline", lambda: history.timeline(name), 50)


def _say(what: str, ask: Callable[[], object], aim: int) -> None:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    print(f"  {what}: {statistics.median(times):.0f} ms (median of {RUNS}; the aim is under {aim} ms)")


if __name__ == "__main__":
    main()
