"""The use case "Fix in code": a repository as it is now, and the lines that its own code needs. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecr import infrastructure
from ecr.changes import Choice, Plan, plan
from ecr.check import observe
from ecr.code import labels
from ecr.code.words import Subject
from ecr.errors import AwsError, UsageError
from ecr.guardrail_plan import together
from ecr.infrastructure import Tool, origin
from ecr.model import Unreadable, Verdict
from ecr.outlook import outlook
from ecr.parallel import each

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ecr.check import Checker
    from ecr.checked import QueryResult
    from ecr.deadline import Deadline
    from ecr.infrastructure import Origin
    from ecr.model import Assessment, Policy, Target
    from ecr.names import Query
    from ecr.ports import Registry
    from ecr.request_ports import Signals

DEFAULT = Tool.TERRAFORM
"""The tool that lines are for where nothing tells of another one."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The lines for one repository.

    `sentences` say why they are for this tool, or that there is nothing to fix; `code` is empty where there are none.
    `note` is what the tool's plan will show. `advice` is what the lines do not do, and what to look out for. `verdict`
    is the repository's.
    """

    name: str
    target: Target
    arn: str
    tool: Tool
    verdict: Verdict
    sentences: tuple[str, ...]
    code: str = ""
    note: str = ""
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came of asking: a fix for each account and region with the repository, and what was found and was not."""

    fixes: tuple[Fix, ...]
    result: QueryResult


@dataclass(frozen=True, slots=True)
class Fixing:
    """Fixes: what to read, and the policy that a repository is to pass."""

    registry: Registry
    checker: Checker
    signals: Signals
    policy: Policy
    workers: int = 16

    def fix(self, query: Query, tool: Tool | None, deadline: Deadline) -> Fixed:
        """Read what is asked for, and return the lines that make it pass.

        Where several accounts and regions have lines, the names in them have account and region, so that all of them
        can stand in one file.

        Args:
            query: a name, a URI or an ARN.
            tool: whose code the lines are for; `None`: that of the tool that the resource tags tell of.
            deadline: what has not answered by then is told as that.

        Raises:
            UsageError: it is a glob, or an account or region is asked for that is not configured.
            AwsError: an account id is needed to place a URI or an ARN, and could not be learned.
            HistoryError: the exemptions cannot be read.
        """
        if query.is_glob:
            raise UsageError(f"The lines are for one repository, and {query} is a glob.")
        [result] = self.checker.check((query,), deadline).results
        rows = result.found
        planning = each(rows, lambda row: self._plan(row, deadline), workers=self.workers, deadline=deadline)
        found = dict(planning)
        plans = [found.get(index) or _late(row, deadline) for index, row in enumerate(rows)]
        tags = self._tags([one for one in plans if one.changes], deadline)
        several = sum(bool(one.changes) for one in plans) > 1
        fixes = (_fix(row, one, tags.get(one.arn), tool, several=several) for row, one in zip(rows, plans, strict=True))
        return Fixed(tuple(fixes), result)

    def _plan(self, row: Assessment, deadline: Deadline) -> Plan:
        """Return the plan of a repository, from its registry's scanning as read now.

        For a rule that is exempt nothing is planned, and that is said; of a filter it is said what else it touches.
        """
        repositories = (row.repository,) if row.repository else ()
        [observed] = observe(self.registry, row.target, repositories, deadline)
        exempt = [finding for finding in row.findings if finding.verdict is Verdict.EXEMPT]
        choice = Choice(Choice().rules - {finding.rule for finding in exempt})
        made = plan(observed, self.policy, row.target, choice)
        if any(action.is_of_registry for action in made.actions):
            [made] = together([made], self._names(row.target, deadline))
        said = tuple(f"{one.rule} is exempt, so there are no lines for it. {one.evidence}" for one in exempt)
        return replace(made, advice=(*made.advice, *said))

    def _names(self, target: Target, deadline: Deadline) -> tuple[str, ...] | Unreadable:
        try:
            return tuple(one.name for page in self.registry.pages(target, deadline) for one in page)
        except AwsError as error:
            return Unreadable(str(error))

    def _tags(self, plans: Sequence[Plan], deadline: Deadline) -> dict[str, Mapping[str, str] | Unreadable]:
        """Return the resource tags of what has changes, or why they could not be read."""

        def read(one: Plan) -> Mapping[str, str] | Unreadable:
            try:
                return self.signals.tags(one.target, one.arn, deadline)
            except AwsError as error:
                return Unreadable(str(error))

        late = Unreadable(f"AWS did not answer within {deadline.seconds:g} seconds.")
        told: dict[str, Mapping[str, str] | Unreadable] = {one.arn: late for one in plans}
        reading = each(plans, read, workers=self.workers, deadline=deadline)
        told.update((plans[index].arn, tags) for index, tags in reading)
        return told


def _fix(
    row: Assessment, one: Plan, tags: Mapping[str, str] | Unreadable | None, asked: Tool | None, *, several: bool
) -> Fix:
    made_by = None if tags is None or isinstance(tags, Unreadable) else origin(tags)
    tool = asked or (made_by.tool if made_by else DEFAULT)
    fix = Fix(one.name, one.target, one.arn, tool, row.verdict, _nothing(one, row.verdict), advice=one.advice)
    if not one.changes:
        return fix
    stack, logical_id = (made_by.stack, made_by.logical_id) if made_by else (None, None)
    account = row.repository.account if row.repository else ""
    subject = Subject(one.name, str(one.target), account, one.target.region, stack, logical_id)
    code, note = infrastructure.code(tool, subject, one.changes), outlook(tool, subject, one.changes)
    return replace(
        fix,
        sentences=tuple(_why(tool, asked, made_by, tags)),
        code=labels.apart(code, subject) if several else code,
        note=labels.spoken_apart(note, subject) if several else note,
        advice=(*one.advice, *(line for change in one.changes for line in change.lines)),
    )


def _nothing(one: Plan, verdict: Verdict) -> tuple[str, ...]:
    if verdict is Verdict.PASS:
        return (f"{one.name} passes both rules: there is nothing to fix.",)
    return (f"There are no lines for {one.name}.",)


def _why(
    tool: Tool, asked: Tool | None, made_by: Origin | None, tags: Mapping[str, str] | Unreadable | None
) -> Iterator[str]:
    """Yield why the lines are for a tool, a sentence each."""
    chosen = f"the lines are for {tool.spoken}, {'as asked' if asked else 'by default'}"
    if made_by is not None and made_by.tool is tool:
        yield f"{made_by.told_by}, so the lines are for {tool.spoken}."
    elif made_by is not None:
        yield f"{made_by.told_by}: its next {made_by.next_run} reverts what its own code does not say."
        yield f"{chosen[0].upper()}{chosen[1:]}."
    elif isinstance(tags, Unreadable):
        yield f"The resource tags could not be read, so what made it is not known: {tags.reason}"
        yield f"{chosen[0].upper()}{chosen[1:]}."
    else:
        yield f"No resource tag tells what made it: {chosen}."


def _late(row: Assessment, deadline: Deadline) -> Plan:
    said = f"AWS did not answer within {deadline.seconds:g} seconds, so there are no lines."
    return Plan(row.name, row.target, _arn(row), advice=(said,))


def _arn(row: Assessment) -> str:
    return row.repository.arn if row.repository is not None else ""
