"""The values everything else speaks of: targets, repositories, scanning, findings.

They hold what was read or decided and never do I/O. A field that may be `None` was absent in what AWS answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class TagMutability(StrEnum):
    """The values of ECR's `ImageTagMutability` that are known (API reference 2015-09-21)."""

    MUTABLE = "MUTABLE"
    IMMUTABLE = "IMMUTABLE"
    IMMUTABLE_WITH_EXCLUSION = "IMMUTABLE_WITH_EXCLUSION"
    MUTABLE_WITH_EXCLUSION = "MUTABLE_WITH_EXCLUSION"


class ScanType(StrEnum):
    """The kinds of scanning that a registry can be set to."""

    BASIC = "BASIC"
    ENHANCED = "ENHANCED"


class ScanFrequency(StrEnum):
    """How often ECR scans the images of a repository."""

    SCAN_ON_PUSH = "SCAN_ON_PUSH"
    CONTINUOUS_SCAN = "CONTINUOUS_SCAN"
    MANUAL = "MANUAL"


class Verdict(StrEnum):
    """What a rule, or the worst of a repository's rules, came to."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    EXEMPT = "exempt"
    UNKNOWN = "unknown"


class Rule(StrEnum):
    """The two rules of the control, by the ids that people and files use."""

    TAG_IMMUTABILITY = "tag-immutability"
    SCAN_ON_PUSH = "scan-on-push"


class Mode(StrEnum):
    """How strictly the control is read."""

    EFFECTIVE = "effective"
    LITERAL = "literal"


WORST_FIRST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.EXEMPT, Verdict.PASS)


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Return the worst of some verdicts: fail, then unknown, then exempt, then pass; of none: unknown."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.UNKNOWN)


ALL_REGIONS = "all"
"""In the settings: every region that the account has enabled. A target has it where these could not be listed."""


@dataclass(frozen=True, slots=True)
class Target:
    """One account and region as configured.

    `account` is `None` where no account is configured and the default credentials have not told theirs yet.
    `name` is what the settings call the account.
    """

    account: str | None
    region: str
    name: str | None = None

    def __str__(self) -> str:
        """Return what a person calls this target: `prod (111111111111) in eu-west-1`."""
        account = self.account or "the default account"
        return f"{self.name} ({account}) in {self.region}" if self.name else f"{account} in {self.region}"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One tag filter of a `*_WITH_EXCLUSION` repository; `understood` is false for a kind that is not a wildcard."""

    text: str
    understood: bool = True


@dataclass(frozen=True, slots=True)
class Repository:
    """An ECR repository as DescribeRepositories answered.

    `tag_mutability` is the raw value: one that is not known yet must stay visible. `exclusions` is `None` where the
    answer had them in a shape that could not be read. A `defect` says why nothing in the answer can be relied on.
    """

    account: str
    region: str
    name: str
    arn: str
    tag_mutability: str | None
    exclusions: tuple[Exclusion, ...] | None
    scan_on_push: bool | None
    created_at: datetime | None = None
    defect: str | None = None


@dataclass(frozen=True, slots=True)
class ScanFilter:
    """One filter of a registry scanning rule; `understood` is false for a kind that is not a wildcard."""

    text: str
    understood: bool = True


@dataclass(frozen=True, slots=True)
class ScanRule:
    """One registry scanning rule: a frequency (raw) for the repositories that its filters match."""

    frequency: str
    filters: tuple[ScanFilter, ...]


@dataclass(frozen=True, slots=True)
class RegistryScanning:
    """GetRegistryScanningConfiguration's answer for one target; `scan_type` is the raw value."""

    scan_type: str
    rules: tuple[ScanRule, ...] = ()


class CreatedBy(StrEnum):
    """What ECR itself creates repositories for: the values of a creation template's `appliedFor` that are known."""

    CREATE_ON_PUSH = "CREATE_ON_PUSH"
    REPLICATION = "REPLICATION"
    PULL_THROUGH_CACHE = "PULL_THROUGH_CACHE"


ROOT = "ROOT"
"""The prefix of the creation template for every repository that no narrower one matches."""


@dataclass(frozen=True, slots=True)
class CreationTemplate:
    """A repository creation template as DescribeRepositoryCreationTemplates answered; values are raw.

    `applied_for` says what ECR creates repositories for by it. `exclusions` is `None` where the answer had them in a
    shape that could not be read. `others` are the names of further settings that it has: policies, tags, a role, a key.
    """

    prefix: str
    applied_for: tuple[str, ...]
    tag_mutability: str | None
    exclusions: tuple[Exclusion, ...] | None = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryState:
    """All that was read about what guards the repositories of one account and region.

    `account` is whose it is by AWS's own word, where anything could be read.
    """

    account: str | None
    registry: RegistryScanning | Unreadable
    templates: tuple[CreationTemplate, ...] | Unreadable


@dataclass(frozen=True, slots=True)
class RepositoryScanning:
    """What BatchGetRepositoryScanningConfiguration says of one repository; the frequency is the raw value."""

    frequency: str | None
    scan_on_push: bool | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What could not be read, with the reason as one sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Observation:
    """All that was read about one repository, enough to judge it.

    `batch` is BatchGet's answer where it was asked, which happens for ambiguous repositories alone.
    """

    repository: Repository
    registry: RegistryScanning | Unreadable
    batch: RepositoryScanning | Unreadable | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How the company wants the control read: the mode, and the tag filters that may stay mutable."""

    mode: Mode = Mode.EFFECTIVE
    accepted_exclusions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule on one repository at one time, with one sentence of evidence."""

    rule: Rule
    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict on one repository, or on a name in a target that could not be read (`repository` is `None`)."""

    name: str
    target: Target
    repository: Repository | None
    effective_scanning: ScanFrequency | None
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the rules."""
        return worst(tuple(finding.verdict for finding in self.findings))
