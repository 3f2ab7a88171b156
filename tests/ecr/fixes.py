"""Every failing row of the truth table as a repository, and the lines that mend it in each tool's code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError
from ecr.fixing import Fix, Fixing
from ecr.infrastructure import Tool
from ecr.model import Mode, Policy, Target
from ecr.names import parse
from tests.company import NOON, PlainSignals
from tests.ecr.plain_registry import PlainRegistry, repository
from tests.ecr.truth_table import NAME, SCANS, TAGS, Scans, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecr.errors import AwsError

PROD = Target("111111111111", "eu-west-1", "prod")
TOOLS = (Tool.TERRAFORM, Tool.CLOUDFORMATION, Tool.CDK, Tool.PULUMI, Tool.CLI)
"""The tools with lines of their own: OpenTofu reads Terraform's."""


@dataclass(frozen=True)
class Row:
    """A failing row, in the mode that it fails in."""

    row: Tags | Scans
    mode: Mode

    def __str__(self) -> str:
        """Return what its golden files are called, without the tool."""
        table = "tags" if isinstance(self.row, Tags) else "scans"
        said = re.sub(r"[^A-Za-z0-9]+", "-", str(self.row).replace("*", "star")).strip("-").lower()
        return f"{table}-{said}.{self.mode}"

    @property
    def policy(self) -> Policy:
        return Policy(self.mode, self.row.accepted if isinstance(self.row, Tags) else frozenset())

    @property
    def registry(self) -> PlainRegistry:
        """The registry that the row tells of, with one repository."""
        if isinstance(self.row, Tags):
            found = repository(PROD, NAME, tag_mutability=self.row.value, exclusions=self.row.filters)
            return PlainRegistry({PROD: (found,)})
        made = PlainRegistry({PROD: (repository(PROD, NAME, scan_on_push=self.row.flag),)})
        if self.row.registry is None:
            made.refused[("scanning", PROD)] = AccessDeniedError("It may not be read.")
        else:
            made.configuration[PROD] = self.row.registry
        if self.row.batch is not None:
            made.told[NAME] = self.row.batch
        return made


@dataclass
class Tagged(PlainSignals):
    """Resource tags that tell something, or cannot be read."""

    found: Mapping[str, str] | AwsError

    def tags(self, target: Target, arn: str, deadline: Deadline) -> Mapping[str, str]:
        del target, arn, deadline
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


ROWS = tuple(Row(row, mode) for row in (*TAGS, *SCANS) for mode in Mode if getattr(row, mode) == "fail")


def fixing(registry: PlainRegistry, policy: Policy | None = None, signals: PlainSignals | None = None) -> Fixing:
    """Return the use case over plain values."""
    judged = policy or Policy()
    return Fixing(registry, Checker(registry, judged, lambda: NOON), signals or PlainSignals(), judged)


def fix_of(row: Row, tool: Tool) -> Fix:
    """Return the lines that mend a row."""
    found = fixing(row.registry, row.policy).fix(parse(NAME), tool, Deadline.after(10))
    [fix] = found.fixes
    return fix
