"""The control in words: what it detects and why, how it is remedied, which requirements it answers. Pure.

How it is judged is in ecr/controls.py. Help in Slack, docs/control.md and what is exported say this and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from ecr.model import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What AWS checks by itself that comes nearest to a rule: a Security Hub control and its AWS Config rule.

    Attributes:
        security_hub: the id of the Security Hub control.
        severity: what Security Hub rates it.
        schedule: when it is checked.
        config_rule: the AWS Config rule that it is checked by.
        nist: requirements of NIST SP 800-53 revision 5 that it answers.
        pci: requirements of PCI DSS v4.0.1 that it answers.
        differs: where a verdict of ours can differ from its, a sentence or two.
        url: Security Hub's page of it, from which all of this is but `differs`.
    """

    security_hub: str
    severity: str
    schedule: str
    config_rule: str
    nist: tuple[str, ...]
    pci: tuple[str, ...]
    differs: str
    url: str

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirements as Security Hub writes them: `NIST.800-53.r5 RA-5`, `PCI DSS v4.0.1/6.2.3`."""
        return (*(f"NIST.800-53.r5 {one}" for one in self.nist), *(f"PCI DSS v4.0.1/{one}" for one in self.pci))


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """One rule of the control.

    Attributes:
        title: what has to hold, as a sentence without its full stop.
        detects: what fails.
        why: what can happen where it fails.
        remediation: what to do, in one sentence.
        console: the same in the AWS console, step by step.
        cli: the same as a command of the AWS CLI; what is in capitals is to be filled in.
        service_wide: what keeps the repositories of an account and region as they should be, present and future.
        stored_check: where a repository fails in `literal` mode, in terms of DescribeRepositories.
        url: AWS's page about the setting.
        counterpart: what AWS checks by itself.
    """

    title: str
    detects: str
    why: str
    remediation: str
    console: tuple[str, ...]
    cli: str
    service_wide: str
    stored_check: str
    url: str
    counterpart: Counterpart

    @property
    def security_hub(self) -> str:
        """The id of the Security Hub control that comes nearest."""
        return self.counterpart.security_hub

    @property
    def config_rule(self) -> str:
        """The AWS Config rule that comes nearest."""
        return self.counterpart.config_rule

    @property
    def nist(self) -> tuple[str, ...]:
        """Requirements of NIST SP 800-53 revision 5."""
        return self.counterpart.nist

    @property
    def pci(self) -> tuple[str, ...]:
        """Requirements of PCI DSS v4.0.1."""
        return self.counterpart.pci


@dataclass(frozen=True, slots=True)
class Control:
    """The control: its title, its severity, what it detects, why, and its rules in the order they are judged in."""

    title: str
    severity: str
    description: str
    why: str
    rules: Mapping[Rule, RuleInWords]

    @property
    def stored_check(self) -> str:
        """Where a repository fails in `literal` mode: the checks of its rules, of which one is enough."""
        return " or ".join(rule.stored_check for rule in reversed(tuple(self.rules.values())))

    @property
    def mappings(self) -> tuple[Counterpart, ...]:
        """What AWS checks by itself, by the id of the Security Hub control."""
        return tuple(sorted((rule.counterpart for rule in self.rules.values()), key=lambda one: one.security_hub))


_OPENED = (
    "Open the Amazon ECR console and choose the region in the navigation bar.",
    "Under Private registry choose Repositories, and select the repository.",
    "Choose Actions, and under Edit choose Repository.",
)

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
_TAGS = RuleInWords(
    title="ECR repositories must have immutable tags",
    detects="It fails a repository in which an image tag can be overwritten.",
    why=(
        "A tag that can be overwritten lets whoever can push replace what is deployed, without a trace in the tag: what"
        " was reviewed, scanned or rolled back to is no longer what the tag names."
    ),
    remediation="Set the repository's tag mutability to IMMUTABLE.",
    console=(
        *_OPENED,
        "For Image tag immutability choose Immutable; exclude no tags but those that your policy accepts.",
        "Choose Save.",
    ),
    cli=(
        "aws ecr put-image-tag-mutability --region REGION --registry-id ACCOUNT --repository-name REPOSITORY"
        " --image-tag-mutability IMMUTABLE"
    ),
    service_wide=(
        "A repository creation template for ROOT with immutable tags covers what ECR creates itself, on a push or for"
        " replication. No setting of ECR covers a plain CreateRepository: there it takes modules that say IMMUTABLE, a"
        " policy that keeps others from unsetting it, and the sweep, which finds what was missed."
    ),
    stored_check="imageTagMutability != IMMUTABLE",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
    counterpart=Counterpart(
        security_hub="ECR.2",
        severity="Medium",
        schedule="Change triggered",
        config_rule="ecr-private-tag-immutability-enabled",
        nist=("CA-9(1)", "CM-2", "CM-8(1)"),
        pci=(),
        differs=(
            "AWS's documentation does not say how it judges IMMUTABLE_WITH_EXCLUSION and MUTABLE_WITH_EXCLUSION."
            " Here the first passes only with filters that the policy accepts, and never in literal mode; the second"
            " never passes."
        ),
        url="https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-2",
    ),
)

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
_SCANNING = RuleInWords(
    title="ECR repositories must scan images on push",
    detects="It fails a repository whose images are not scanned when they are pushed.",
    why="An image that is not scanned when it arrives brings its known vulnerabilities along unseen.",
    remediation=(
        "Have the registry's rules scan the repository on push, or, where the registry is BASIC and has no rules, set"
        " the repository's scanOnPush to true."
    ),
    console=(
        *_OPENED,
        "Under Image scan settings turn on Scan on push, and choose Save.",
        (
            "Where that has no effect, because the registry is ENHANCED or its rules do not match the repository: under"
            " Private registry choose Settings, and in Scanning add a scan-on-push filter that matches the repository."
        ),
    ),
    cli=(
        "aws ecr put-image-scanning-configuration --region REGION --registry-id ACCOUNT --repository-name REPOSITORY"
        " --image-scanning-configuration scanOnPush=true"
    ),
    service_wide=(
        "A registry scanning rule that scans * on push covers every repository of the account and region, present and"
        " future, however it is created. PutRegistryScanningConfiguration replaces the whole list of rules: what is"
        " there has to be read first and put back with it."
    ),
    stored_check="scanOnPush == false",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html",
    counterpart=Counterpart(
        security_hub="ECR.1",
        severity="High",
        schedule="Periodic",
        config_rule="ecr-private-image-scanning-enabled",
        nist=("RA-5",),
        pci=("6.2.3", "6.2.4"),
        differs=(
            "It judges how often ECR does scan, continuous scanning included, as effective mode does; literal mode"
            " looks at the repository's flag alone, and can differ both ways. AWS does not offer it in the China"
            " regions, where ecrbot judges as elsewhere."
        ),
        url="https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-1",
    ),
)

CONTROL = Control(
    title="ECR repositories must enforce tag immutability and scan-on-push",
    severity="Medium",
    description=(
        "Finds private ECR repositories in which an image tag can be overwritten, or whose images are not scanned when"
        " they are pushed."
    ),
    why=f"{_TAGS.why} {_SCANNING.why}",
    rules=MappingProxyType({Rule.TAG_IMMUTABILITY: _TAGS, Rule.SCAN_ON_PUSH: _SCANNING}),
)
"""The control that ecrbot enforces."""
