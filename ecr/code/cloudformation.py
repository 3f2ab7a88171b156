"""CloudFormation, in YAML: AWS::ECR::Repository and the registry's two resources. Pure.

Sources: the template reference of each resource
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.code import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.code.words import Subject
    from ecr.model import ScanRule
    from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags

MARK = "#"


def flag(after: Scanning) -> list[str]:
    """Return what a repository's properties need for its scanOnPush flag."""
    return ["ImageScanningConfiguration:", f"  ScanOnPush: {str(after.scan_on_push).lower()}"]


def tags(after: Tags, gone: Sequence[str]) -> list[str]:
    """Return what a repository's properties need for its tags, and which of them goes."""
    emptied = words.told(MARK, words.no_filters("ImageTagMutabilityExclusionFilters")) if gone else []
    return [*(emptied if not after.filters else []), *_tags(after)]


def repository(subject: Subject, lines: Sequence[str]) -> list[str]:
    """Return the resource of a repository with these lines as properties."""
    which = subject.resource if subject.logical_id else f"whose RepositoryName is {subject.name}"
    of = f" of the stack {subject.stack}" if subject.stack else ""
    put = f"Put these properties into the resource {which}{of}, in place of those there are."
    return [
        *words.told(MARK, f"{subject.name} in {subject.where}"),
        f"{subject.resource}:",
        "  Type: AWS::ECR::Repository",
        "  Properties:",
        *words.indented([*words.told(MARK, put), *lines], 4),
    ]


def scanning(after: RegistryFilter, where: str) -> list[str]:
    """Return the resource of a registry's scanning rules, all of them."""
    rules, left = words.kept(after.rules, manual=False)
    return [
        *words.told(MARK, *words.whole_list(after, where), *left),
        "RegistryScanning:",
        "  Type: AWS::ECR::RegistryScanningConfiguration",
        "  Properties:",
        f"    ScanType: {_word(after.scan_type)}",
        "    Rules:" if rules else "    Rules: []",
        *(line for rule in rules for line in words.indented(_rule(rule), 6)),
    ]


def template(after: TemplateTags, set_to: Tags, where: str) -> list[str]:
    """Return the resource of a repository creation template, as far as its uses and its tags go."""
    return [
        *words.told(MARK, words.of_template(after, where)),
        f"{words.pascal(after.prefix)}Template:",
        "  Type: AWS::ECR::RepositoryCreationTemplate",
        "  Properties:",
        f"    Prefix: {words.quoted(after.prefix)}",
        "    AppliedFor:",
        *(f"      - {_word(use)}" for use in after.applied_for),
        *words.indented(_tags(set_to), 4),
    ]


def document(parts: Sequence[Sequence[str]]) -> list[str]:
    """Return resources under the key that they stand under in a template."""
    return ["Resources:", *words.indented(words.apart(parts))]


def _rule(rule: ScanRule) -> list[str]:
    lines = [f"- ScanFrequency: {_word(rule.frequency)}", "  RepositoryFilters:"]
    for one in rule.filters:
        lines += [f"    - Filter: {words.quoted(one.text)}", f"      FilterType: {words.WILDCARD}"]
    return lines


def _tags(after: Tags) -> list[str]:
    lines = [f"ImageTagMutability: {_word(after.mutability)}"]
    if after.filters:
        lines.append("ImageTagMutabilityExclusionFilters:")
    for text in after.filters:
        lines += [
            f"  - ImageTagMutabilityExclusionFilterType: {words.WILDCARD}",
            f"    ImageTagMutabilityExclusionFilterValue: {words.quoted(text)}",
        ]
    return lines


def _word(text: str) -> str:
    """Return one of AWS's words as it is, and anything else in quotes."""
    plain = text.isascii() and text.isupper() and text.replace("_", "").isalpha()
    return text if plain else words.quoted(text)
