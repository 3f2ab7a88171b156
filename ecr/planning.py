"""Planning: from names to what would be changed and what that may break, as ECR is at this moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from ecr.changes import Plan, plan, refuse_exclusions
from ecr.check import observe
from ecr.errors import AwsError
from ecr.guardrail_plan import together
from ecr.impact import Impact, Signs, impact
from ecr.model import Rule, Unreadable, Verdict
from ecr.parallel import each
from ecr.request import MOST_REPOSITORIES, Item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from ecr.changes import Choice
    from ecr.check import Checker
    from ecr.checked import CheckReport, QueryResult
    from ecr.deadline import Deadline
    from ecr.model import Assessment, Finding, Observation, Policy, Repository, Target
    from ecr.names import Query
    from ecr.ports import Clock, Registry
    from ecr.request_ports import Signals

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Planned:
    """What was asked for, as read now.

    `items` have changes to be made; `idle` have none, for they pass or only the registry's rules could mend them
    (`advice`). `choices` are the repositories of a plain name that exists in several accounts or regions: which of
    them is meant must be chosen before anything is planned. `unread` are targets that could not be read, `missing`
    names that match nothing. `found` is how many repositories there are to plan for; over 100 nothing is planned.
    """

    items: tuple[Item, ...] = ()
    idle: tuple[Item, ...] = ()
    choices: tuple[Item, ...] = ()
    unread: tuple[Assessment, ...] = ()
    missing: tuple[QueryResult, ...] = ()
    found: int = 0


@dataclass(frozen=True, slots=True)
class Planning:
    """Plans: what to read, and the policy that a repository is to pass."""

    registry: Registry
    checker: Checker
    signals: Signals
    policy: Policy
    clock: Clock
    workers: int = 16

    def plan(self, queries: Sequence[Query], choice: Choice, deadline: Deadline, known: Sequence[Item] = ()) -> Planned:
        """Read what is asked for, and plan what makes it pass. Of a glob, what does not fail is left out.

        Args:
            queries: names, globs, URIs or ARNs.
            choice: the rules to mend, and the tags that may stay mutable.
            deadline: what has not answered by then is told as that.
            known: repositories that were planned for just now: where the changes are the same, so is what they may
                break.

        Raises:
            UsageError: an exclusion is none that ECR and the policy take, or a query names what is not configured.
            AwsError: an account id is needed to place a URI or an ARN, and could not be learned.
        """
        refuse_exclusions(choice.exclusions, self.policy)
        report = self.checker.check(queries, deadline)
        rows = _meant(report)
        told = Planned(unread=_unread(report), missing=report.missing, found=len(rows))
        if _is_ambiguous(report):
            return replace(told, choices=tuple(Item(row.name, row.target, _arn(row)) for row in rows))
        if len(rows) > MOST_REPOSITORIES:
            return told
        failing = {_arn(row): tuple(f for f in row.findings if f.verdict is Verdict.FAIL) for row in rows}
        plans = self._plans(rows, choice, deadline)
        impacts = {
            one.arn: Impact(item.impact, item.code)
            for one in plans
            for item in known
            if (item.arn, item.changes) == (one.arn, one.changes)
        }
        impacts |= self._impacts([one for one in plans if one.changes and one.arn not in impacts], deadline)
        items = tuple(_item(one, impacts.get(one.arn), failing[one.arn]) for one in plans)
        return replace(
            told,
            items=tuple(item for item in items if item.changes),
            idle=tuple(item for item in items if not item.changes),
        )

    def existing(self, queries: Sequence[Query], deadline: Deadline) -> frozenset[str]:
        """Return the ARNs of the repositories that are there.

        Raises:
            AwsError: it cannot be read.
        """
        report = self.checker.check(queries, deadline)
        for row in _unread(report):
            raise AwsError(row.findings[0].evidence)
        return frozenset(_arn(row) for row in report.assessments)

    def _plans(self, rows: Sequence[Assessment], choice: Choice, deadline: Deadline) -> list[Plan]:
        """Return a plan for each repository, from its registry's scanning as read now, in the order of the rows."""
        by_target: dict[Target, list[Repository]] = {}
        exempt = {_arn(row): tuple(f for f in row.findings if f.verdict is Verdict.EXEMPT) for row in rows}
        for row in rows:
            if row.repository is not None:
                by_target.setdefault(row.target, []).append(row.repository)
        targets = tuple(by_target)

        def planned(target: Target) -> list[Plan]:
            observed = observe(self.registry, target, by_target[target], deadline)
            made = [_planned(one, self.policy, target, choice, exempt[one.repository.arn]) for one in observed]
            if not any(action.is_of_registry for one in made for action in one.actions):
                return made
            names = _read(lambda: tuple(one.name for page in self.registry.pages(target, deadline) for one in page))
            return together(made, names)

        found = {
            one.arn: one for _, some in each(targets, planned, workers=self.workers, deadline=deadline) for one in some
        }
        return [found.get(_arn(row)) or _late(row, deadline) for row in rows]

    def _impacts(self, plans: Sequence[Plan], deadline: Deadline) -> dict[str, Impact]:
        """Return what each plan may break; what could not be read in time is told as that."""
        now = self.clock()
        found = {
            plans[index].arn: told
            for index, told in each(
                plans, lambda one: self._impact(one, now, deadline), workers=self.workers, deadline=deadline
            )
        }
        late = Unreadable(f"AWS did not answer within {deadline.seconds:g} seconds.")
        return {one.arn: found.get(one.arn) or impact(one, Signs(late, late, late), now) for one in plans}

    def _impact(self, one: Plan, now: datetime, deadline: Deadline) -> Impact:
        tags_change = any(change.rule is Rule.TAG_IMMUTABILITY for change in one.changes)
        signs = Signs(
            images=_read(lambda: self.signals.images(one.target, one.name, deadline)) if tags_change else None,
            tags=_read(lambda: self.signals.tags(one.target, one.arn, deadline)),
            prefixes=_read(lambda: self.signals.pull_through_prefixes(one.target, deadline)) if tags_change else None,
        )
        return impact(one, signs, now)


def _planned(observed: Observation, policy: Policy, target: Target, choice: Choice, exempt: Sequence[Finding]) -> Plan:
    """Return the plan of a repository; for a rule that is exempt nothing is planned, and that is said."""
    rules = choice.rules - {finding.rule for finding in exempt}
    made = plan(observed, policy, target, replace(choice, rules=rules))
    said = (f"{f.rule} is exempt, so nothing is planned for it. {f.evidence}" for f in exempt if f.rule in choice.rules)
    return replace(made, advice=(*made.advice, *said))


def _read(read: Callable[[], Answer]) -> Answer | Unreadable:
    try:
        return read()
    except AwsError as error:
        return Unreadable(str(error))


def _meant(report: CheckReport) -> list[Assessment]:
    """Return what is asked for, each once: of a glob what fails, of a name all."""
    return list(
        {
            _arn(row): row
            for result in report.results
            for row in result.found
            if not result.query.is_glob or row.verdict is Verdict.FAIL
        }.values()
    )


def _is_ambiguous(report: CheckReport) -> bool:
    return any(
        len(result.found) > 1 and not result.query.is_glob and result.query.account is None for result in report.results
    )


def _unread(report: CheckReport) -> tuple[Assessment, ...]:
    return tuple(row for row in report.assessments if row.repository is None)


def _arn(row: Assessment) -> str:
    return row.repository.arn if row.repository is not None else ""


def _late(row: Assessment, deadline: Deadline) -> Plan:
    said = f"AWS did not answer within {deadline.seconds:g} seconds, so nothing is planned."
    return Plan(row.name, row.target, _arn(row), advice=(said,))


def _item(one: Plan, told: Impact | None, failing: tuple[Finding, ...]) -> Item:
    sentences, code = (told.sentences, told.code) if told is not None else ((), None)
    return Item(one.name, one.target, one.arn, one.changes, one.advice, sentences, code, failing=failing)
