"""Checking repositories now: from queries to assessments, over every target, within a deadline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecr import controls
from ecr.checked import CheckReport, QueryResult
from ecr.errors import AwsError, NotConfiguredError
from ecr.exemption import exempted, index
from ecr.model import ALL_REGIONS, Observation, Target, Unreadable
from ecr.names import nearest
from ecr.parallel import each
from ecr.scanning import is_ambiguous

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from ecr.deadline import Deadline
    from ecr.exemption import Exemption
    from ecr.model import Assessment, Policy, Repository, RepositoryScanning
    from ecr.names import Query
    from ecr.ports import Clock, Registry
    from ecr.request_ports import Exemptions


@dataclass(frozen=True, slots=True)
class _Unread:
    """A target that could not be read, with the account id where that was learned, and why."""

    target: Target
    reason: str


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks repositories: the registry to read, the policy to judge by, and how wide to read.

    `exemptions` are those that count; `None`: they are not known, and what fails fails.
    """

    registry: Registry
    policy: Policy
    clock: Clock
    workers: int = 16
    exemptions: Exemptions | None = None

    def check(self, queries: Sequence[Query], deadline: Deadline) -> CheckReport:
        """Read the repositories asked for in every target, and judge them.

        Args:
            queries: what to look for.
            deadline: what has not answered by then is unknown, with that reason.

        Returns:
            The report; a target that could not be read is in it as unknown.

        Raises:
            NotConfiguredError: a URI or an ARN names an account or region that the settings do not have.
            AwsError: an account id is needed to place a URI or an ARN, and could not be learned.
            HistoryError: the exemptions cannot be read; nothing was asked of AWS then.
        """
        began_at = self.clock()
        exempt = index(self.exemptions.current(began_at)) if self.exemptions else {}
        targets = self.registry.targets(deadline)
        wanted = _by_target(queries, targets, self._accounts(queries, targets, deadline))
        rows = _counted(self._read(wanted, deadline), exempt, began_at)
        results = tuple(self._result(query, wanted, rows, deadline) for query in queries)
        return CheckReport(results, began_at)

    def _accounts(self, queries: Sequence[Query], targets: Sequence[Target], deadline: Deadline) -> dict[Target, str]:
        """Learn whose the default credentials are, where a query names an account and the settings do not."""
        if all(query.account is None for query in queries):
            return {}
        return {
            target: self.registry.account(target, deadline)
            for target in targets
            if target.account is None and any(target.region in (query.region, ALL_REGIONS) for query in queries)
        }

    def _read(
        self, wanted: Mapping[Target, tuple[Query, ...]], deadline: Deadline
    ) -> dict[Target, tuple[Assessment, ...] | _Unread]:
        targets = tuple(wanted)
        rows: dict[Target, tuple[Assessment, ...] | _Unread] = {target: _late(target, deadline) for target in targets}
        reading = each(
            targets,
            lambda target: self._assess(target, wanted[target], deadline),
            workers=self.workers,
            deadline=deadline,
        )
        rows.update((targets[index], answer) for index, answer in reading)
        return rows

    def _assess(
        self, target: Target, queries: tuple[Query, ...], deadline: Deadline
    ) -> tuple[Assessment, ...] | _Unread:
        try:
            repositories = _matching(self.registry, target, queries, deadline)
            observed = observe(self.registry, target, repositories, deadline)
        except AwsError as error:
            return _Unread(self._told(target, deadline), str(error))
        return tuple(
            controls.evaluate(one, self.policy, replace(target, account=one.repository.account)) for one in observed
        )

    def _told(self, target: Target, deadline: Deadline) -> Target:
        """Return the target with its account id, as far as it can be learned: a row should say whose it is."""
        if target.account is not None:
            return target
        try:
            return replace(target, account=self.registry.account(target, deadline))
        except AwsError:
            return target

    def _result(
        self,
        query: Query,
        wanted: Mapping[Target, tuple[Query, ...]],
        rows: Mapping[Target, tuple[Assessment, ...] | _Unread],
        deadline: Deadline,
    ) -> QueryResult:
        targets = tuple(target for target, queries in wanted.items() if query in queries)
        mine = tuple(row for target in targets for row in _rows_of(query, rows[target]))
        if any(row.repository is not None for row in mine):
            return QueryResult(query, mine)
        read = tuple(target for target in targets if not isinstance(rows[target], _Unread))
        return QueryResult(query, mine, nearest(query.pattern, self._names(read, deadline)))

    def _names(self, targets: Sequence[Target], deadline: Deadline) -> tuple[str, ...]:
        """Return the names in these targets, as many as can be read in time: they only serve as suggestions."""

        def names(target: Target) -> tuple[str, ...]:
            try:
                return tuple(r.name for page in self.registry.pages(target, deadline) for r in page)
            except AwsError:
                return ()

        return tuple(name for _, some in each(targets, names, workers=self.workers, deadline=deadline) for name in some)


def observe(
    registry: Registry, target: Target, repositories: Sequence[Repository], deadline: Deadline
) -> tuple[Observation, ...]:
    """Read what judging these repositories takes beside themselves: the registry's scanning, once, and BatchGet.

    Args:
        registry: where to read.
        target: the account and region that the repositories are in.
        repositories: as DescribeRepositories answered; none of them, and nothing is read.
        deadline: when to give up.

    Returns:
        An observation for each; what could not be read about scanning is in it as unreadable, with the reason.
    """
    if not repositories:
        return ()
    try:
        scanning = registry.scanning(target, deadline)
    except AwsError as error:
        return tuple(Observation(repository, Unreadable(str(error))) for repository in repositories)
    asked = tuple(r.name for r in repositories if is_ambiguous(r, scanning))
    answers = _batch(registry, target, asked, deadline) if asked else {}
    return tuple(Observation(r, scanning, answers.get(r.name)) for r in repositories)


def _batch(
    registry: Registry, target: Target, names: Sequence[str], deadline: Deadline
) -> Mapping[str, RepositoryScanning | Unreadable]:
    try:
        return registry.repository_scanning(target, names, deadline)
    except AwsError as error:
        return dict.fromkeys(names, Unreadable(str(error)))


def _matching(
    registry: Registry, target: Target, queries: Sequence[Query], deadline: Deadline
) -> tuple[Repository, ...]:
    if any(query.is_glob for query in queries):
        found = [
            r for page in registry.pages(target, deadline) for r in page if any(q.matches(r.name) for q in queries)
        ]
    else:
        found = list(registry.find(target, tuple(dict.fromkeys(q.pattern for q in queries)), deadline))
    return tuple(sorted(found, key=lambda repository: repository.name))


def _rows_of(query: Query, rows: tuple[Assessment, ...] | _Unread) -> tuple[Assessment, ...]:
    if isinstance(rows, _Unread):
        return (controls.unreadable(query.pattern, rows.target, rows.reason),)
    return tuple(row for row in rows if query.matches(row.name))


def _counted(
    rows: Mapping[Target, tuple[Assessment, ...] | _Unread],
    exempt: Mapping[tuple[str, str, str], tuple[Exemption, ...]],
    at: datetime,
) -> dict[Target, tuple[Assessment, ...] | _Unread]:
    """Return what was read with the exemptions that hold."""
    return {
        target: some if isinstance(some, _Unread) else tuple(exempted(one, exempt, at) for one in some)
        for target, some in rows.items()
    }


def _by_target(
    queries: Sequence[Query], targets: Sequence[Target], accounts: Mapping[Target, str]
) -> dict[Target, tuple[Query, ...]]:
    """Say which queries go to which target; one that goes to none names what is not configured."""
    wanted = {
        target: tuple(query for query in queries if _meant(query, target, accounts.get(target))) for target in targets
    }
    for query in queries:
        if not any(query in some for some in wanted.values()):
            raise NotConfiguredError(_not_configured(query, targets, accounts))
    return {target: some for target, some in wanted.items() if some}


def _meant(query: Query, target: Target, learned: str | None) -> bool:
    return query.account in (None, target.account or learned) and (
        query.region in (None, target.region) or target.region == ALL_REGIONS
    )


def _not_configured(query: Query, targets: Sequence[Target], accounts: Mapping[Target, str]) -> str:
    known = {target.account or accounts.get(target) for target in targets}
    if query.account in known:
        regions = sorted({t.region for t in targets if query.account == (t.account or accounts.get(t))})
        return (
            f"Account {query.account} is configured, but not its region {query.region}, only {', '.join(regions)}: "
            "add it to aws.regions to have it checked."
        )
    return f"Account {query.account} in {query.region} is not configured: add it to aws.accounts to have it checked."


def _late(target: Target, deadline: Deadline) -> _Unread:
    return _Unread(target, f"AWS did not answer within {deadline.seconds:g} seconds for {target}.")
