"""The record that every format tells of: one rule of one repository, or of a target that could not be read at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.rows import told
from ecr.arns import partition
from ecr.model import ALL_REGIONS, Finding, Rule, Verdict
from ecr.swept import UnreadTarget
from store.export_reading import Background

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from ecr.model import Repository, ScanFrequency, Target
    from store.export_reading import Current, Grant

NOT_JUDGED = "What it came to is not known: the next sweep says."
"""The evidence of a rule that nothing is stored of."""


@dataclass(frozen=True, slots=True)
class Record:
    """A finding with all that is known around it.

    Attributes:
        target: the account and region.
        repository: `None` for a target of which no repository is known, because it could never be read.
        effective_scanning: how often ECR scans the repository, where that is known.
        finding: the rule, what it comes to and why.
        since: when the verdict began, where the history knows that.
        read_at: when the repository was read last.
        first_seen_at: when it was read first.
        as_of: the moment up to which this is true: the last sweep, or a later reading.
        grant: the exemption, where the verdict is that.
    """

    target: Target
    repository: Repository | None
    effective_scanning: ScanFrequency | None
    finding: Finding
    since: datetime | None
    read_at: datetime | None
    first_seen_at: datetime | None
    as_of: datetime
    grant: Grant | None = None

    @property
    def id(self) -> str:
        """What names this rule of this repository, or target, in every export."""
        target = f"ecrbot/{self.target.account or 'unknown'}/{self.target.region}"
        return f"{self.arn or target}/{self.finding.rule}"

    @property
    def arn(self) -> str | None:
        """The ARN of the repository, where it is one."""
        return self.repository.arn if self.repository else None

    @property
    def partition(self) -> str:
        """The AWS partition: `aws`, `aws-cn` and the like."""
        return self.arn.split(":")[1] if self.arn else partition(self.target.region)

    @property
    def region(self) -> str | None:
        """The region; `None` where those of the account could not be listed."""
        return None if self.target.region == ALL_REGIONS else self.target.region

    @property
    def began_at(self) -> datetime:
        """When the verdict began, or, where nobody knows that, since when the repository is known."""
        return self.since or self.first_seen_at or self.as_of


def records(found: Iterable[Current | UnreadTarget], swept_at: datetime) -> Iterator[Record]:
    """Yield a record for each rule of everything that stands.

    Args:
        found: what the history holds.
        swept_at: when the last sweep ended.
    """
    for one in found:
        yield from _of_target(one, swept_at) if isinstance(one, UnreadTarget) else _of_repository(one, swept_at)


def columns(record: Record) -> dict[str, Any]:
    """Return a record as `export --as json` has it; the names are a contract, and the columns of `--as csv`."""
    repository, finding, grant = record.repository, record.finding, record.grant
    filters = repository.exclusions if repository else None
    return {
        "account": record.target.account,
        "account_name": record.target.name,
        "region": record.target.region,
        "repository": repository.name if repository else None,
        "arn": record.arn,
        "rule": finding.rule,
        "verdict": finding.verdict,
        "evidence": finding.evidence,
        "tag_mutability": repository.tag_mutability if repository else None,
        "exclusion_filters": None if filters is None else [one.text for one in filters],
        "scan_on_push": repository.scan_on_push if repository else None,
        "effective_scanning": record.effective_scanning,
        "since": moment(record.since),
        "read_at": moment(record.read_at),
        "exempt_until": moment(grant.ends_at) if grant else None,
        "exempt_by": grant.by if grant else None,
        "exempt_reason": grant.reason if grant else None,
    }


def moment(at: datetime | None) -> str | None:
    """Return a moment in UTC as RFC 3339 has it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None


def _of_repository(one: Current, swept_at: datetime) -> Iterator[Record]:
    standing = one.standing
    assessment = told(standing)
    findings = {finding.rule: finding for finding in assessment.findings}
    # What is unknown because nobody could read it began when nobody knows, and is exempt from nothing.
    known = {} if standing.unread else {background.rule: background for background in one.backgrounds}
    for rule in Rule:
        background = known.get(rule, Background(rule, None))
        yield Record(
            target=assessment.target,
            repository=assessment.repository,
            effective_scanning=assessment.effective_scanning,
            finding=findings.get(rule) or Finding(rule, Verdict.UNKNOWN, NOT_JUDGED),
            since=background.since,
            read_at=standing.read_at,
            first_seen_at=one.first_seen_at,
            as_of=max(standing.read_at, swept_at),
            grant=background.grant,
        )


def _of_target(one: UnreadTarget, swept_at: datetime) -> Iterator[Record]:
    for rule in Rule:
        finding = Finding(rule, Verdict.UNKNOWN, one.error)
        yield Record(one.target, None, None, finding, None, None, None, swept_at)
