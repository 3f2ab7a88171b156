"""From what boto3 answers to our values. What is absent or of the wrong shape becomes `None`, never a default.

An answer that cannot be told to be the target's own is refused: that is how a mixed-up credential would show.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecr.arns import partition
from ecr.errors import AccountMismatchError, MalformedAnswerError
from ecr.impact import Image
from ecr.model import (
    CreationTemplate,
    Exclusion,
    RegistryScanning,
    Repository,
    RepositoryScanning,
    ScanFilter,
    ScanRule,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ecr.model import Target

_WILDCARD = "WILDCARD"
_TEMPLATE_SETTINGS = ("repositoryPolicy", "lifecyclePolicy", "resourceTags", "customRoleArn")


def entries(answer: Mapping[str, Any], key: str, target: Target) -> tuple[Mapping[str, Any], ...]:
    """Return the list that an answer promises; one without it must not pass for an empty one.

    Raises:
        MalformedAnswerError: the list is not there.
    """
    found = answer.get(key)
    if not isinstance(found, list):
        raise MalformedAnswerError(f"ECR's answer for {target} lacks its {key}.")
    return tuple(_mapping(entry) for entry in found)


def repository(entry: Mapping[str, Any], target: Target, asked: str | None = None) -> Repository:
    """Return a repository of DescribeRepositories' answer.

    One that does not say its name or whose it is comes back with that defect, so that the others stay unharmed.

    Args:
        entry: the entry in the answer.
        target: the account and region that was asked.
        asked: the name that was asked for, where it was one.

    Raises:
        AccountMismatchError: it belongs to another account than the target's.
    """
    arn = _text(entry.get("repositoryArn"))
    account = _text(entry.get("registryId")) or _part(arn, 4)
    name = _text(entry.get("repositoryName")) or (arn or "").partition(":repository/")[2] or asked
    for claimed in {account, _part(arn, 4)} - {None}:
        require_account(claimed, target)
    own = account or target.account or ""
    return Repository(
        account=own,
        region=target.region,
        name=name or "(unnamed)",
        arn=arn or f"arn:{partition(target.region)}:ecr:{target.region}:{own}:repository/{name}",
        tag_mutability=_text(entry.get("imageTagMutability")),
        exclusions=_exclusions(entry.get("imageTagMutabilityExclusionFilters", [])),
        scan_on_push=_flag(_mapping(entry.get("imageScanningConfiguration")).get("scanOnPush")),
        created_at=_moment(entry.get("createdAt")),
        defect=None if account and name else f"ECR's answer lacks {'its name' if account else 'the account it is of'}.",
    )


def registry_scanning(answer: Mapping[str, Any], target: Target) -> RegistryScanning:
    """Return GetRegistryScanningConfiguration's answer.

    Raises:
        AccountMismatchError: it belongs to another account than the target's.
        MalformedAnswerError: it lacks the account, the scan type or the rules, or has them in another shape.
    """
    require_own(answer, target)
    configuration = _mapping(answer.get("scanningConfiguration"))
    scan_type, rules = _text(configuration.get("scanType")), configuration.get("rules")
    if scan_type is None or not isinstance(rules, list):
        raise MalformedAnswerError(f"ECR's registry scanning configuration of {target} lacks its type or its rules.")
    return RegistryScanning(scan_type, tuple(_rule(_mapping(rule), target) for rule in rules))


def repository_scanning(entry: Mapping[str, Any], target: Target) -> RepositoryScanning:
    """Return one entry of BatchGetRepositoryScanningConfiguration's answer.

    Raises:
        AccountMismatchError: it belongs to another account than the target's.
    """
    require_account(_part(_text(entry.get("repositoryArn")), 4), target)
    return RepositoryScanning(_text(entry.get("scanFrequency")), _flag(entry.get("scanOnPush")))


def template(entry: Mapping[str, Any], target: Target) -> CreationTemplate:
    """Return a template of DescribeRepositoryCreationTemplates' answer, which says itself whose all of them are.

    Raises:
        MalformedAnswerError: it has no prefix, or does not say what it is applied for.
    """
    found, uses = _text(entry.get("prefix")), entry.get("appliedFor")
    if found is None or not isinstance(uses, list) or not all(isinstance(use, str) for use in uses):
        raise MalformedAnswerError(f"A repository creation template of {target} lacks its prefix or its uses.")
    return CreationTemplate(
        prefix=found,
        applied_for=tuple(uses),
        tag_mutability=_text(entry.get("imageTagMutability")),
        exclusions=_exclusions(entry.get("imageTagMutabilityExclusionFilters", [])),
        others=_others(entry),
    )


def image(entry: Mapping[str, Any], target: Target) -> Image:
    """Return an image of DescribeImages' answer.

    Raises:
        AccountMismatchError: it belongs to another account than the target's.
        MalformedAnswerError: it does not say whose it is.
    """
    require_own(entry, target)
    tags = entry.get("imageTags", [])
    return Image(
        digest=_text(entry.get("imageDigest")) or "",
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        pushed_at=_moment(entry.get("imagePushedAt")),
        media_type=_text(entry.get("imageManifestMediaType")),
        artifact_type=_text(entry.get("artifactMediaType")),
        subject=_text(entry.get("subjectManifestDigest")),
    )


def prefix(rule: Mapping[str, Any], target: Target) -> str:
    """Return the prefix of a rule of DescribePullThroughCacheRules' answer.

    Raises:
        AccountMismatchError: it belongs to another account than the target's.
        MalformedAnswerError: it does not say whose it is, or has no prefix.
    """
    require_own(rule, target)
    found = _text(rule.get("ecrRepositoryPrefix"))
    if found is None:
        raise MalformedAnswerError(f"A pull-through-cache rule of {target} lacks its prefix.")
    return found


def tag(entry: Mapping[str, Any], target: Target) -> tuple[str, str]:
    """Return the key and value of a tag of ListTagsForResource's answer, which does not say whose it is.

    Raises:
        MalformedAnswerError: it has no key.
    """
    key, value = _text(entry.get("Key")), entry.get("Value")
    if key is None:
        raise MalformedAnswerError(f"A resource tag in {target} lacks its key.")
    return key, value if isinstance(value, str) else ""


def require_own(answer: Mapping[str, Any], target: Target) -> None:
    """Refuse an answer of ECR's that is not of the account that was asked, by its registryId.

    Raises:
        MalformedAnswerError: it does not say whose it is.
        AccountMismatchError: it is another account's.
    """
    require_account(_text(answer.get("registryId")), target)


def require_account(answered: str | None, target: Target) -> None:
    """Refuse an answer of another account than the one that was asked.

    Raises:
        MalformedAnswerError: the answer does not say whose it is.
        AccountMismatchError: it is another account's.
    """
    if answered is None:
        raise MalformedAnswerError(f"ECR's answer does not say which account it is of; {target} was asked.")
    if target.account is not None and answered != target.account:
        raise AccountMismatchError(
            f"Account {answered} answered where {target} was asked: "
            "check that the role, or the default credentials, belong to the account in aws.accounts."
        )


def _rule(rule: Mapping[str, Any], target: Target) -> ScanRule:
    frequency, filters = _text(rule.get("scanFrequency")), rule.get("repositoryFilters")
    if frequency is None or not isinstance(filters, list):
        raise MalformedAnswerError(f"A registry scanning rule of {target} lacks its frequency or its filters.")
    return ScanRule(frequency, tuple(ScanFilter(*_filter(_mapping(each))) for each in filters))


def _others(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which further settings a template has; the encryption that ECR gives to all is none."""
    found = [key for key in _TEMPLATE_SETTINGS if entry.get(key)]
    encryption = _mapping(entry.get("encryptionConfiguration"))
    is_usual = encryption.get("encryptionType") in (None, "AES256")
    return tuple(found if is_usual else [*found, "encryptionConfiguration"])


def _exclusions(filters: object) -> tuple[Exclusion, ...] | None:
    if not isinstance(filters, list):
        return None
    return tuple(Exclusion(*_filter(_mapping(each))) for each in filters)


def _filter(entry: Mapping[str, Any]) -> tuple[str, bool]:
    """Return a filter's text and whether it is understood: a wildcard with a text is."""
    text = _text(entry.get("filter"))
    return text or "", bool(text) and entry.get("filterType") == _WILDCARD


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    """Return a timestamp that was left unparsed: seconds since the epoch, in JSON a number."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None


def _part(arn: str | None, index: int) -> str | None:
    parts = (arn or "").split(":")
    return parts[index] or None if len(parts) > index else None
