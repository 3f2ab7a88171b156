"""Pulumi, in TypeScript: aws.ecr.Repository and the registry's two resources. Pure.

Sources: the AWS package's reference (https://www.pulumi.com/registry/packages/aws/api-docs/ecr/repository/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.code import words
from ecr.code.words import javascript as _text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.code.words import Subject
    from ecr.model import ScanRule
    from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags

MARK = "//"


def flag(after: Scanning) -> list[str]:
    """Return what a repository's arguments need for its scanOnPush flag."""
    return [f"imageScanningConfiguration: {{ scanOnPush: {str(after.scan_on_push).lower()} }},"]


def tags(after: Tags, gone: Sequence[str]) -> list[str]:
    """Return what a repository's arguments need for its tags, and which of them goes."""
    emptied = words.told(MARK, words.no_filters("imageTagMutabilityExclusionFilters")) if gone else []
    return [*(emptied if not after.filters else []), *_tags(after)]


def repository(subject: Subject, lines: Sequence[str]) -> list[str]:
    """Return the resource of a repository with these lines as arguments; `aws` is @pulumi/aws."""
    put = f"Put these arguments into the resource whose name is {subject.name}, in place of those there are."
    return [
        *words.told(MARK, f"{subject.name} in {subject.where}; aws is @pulumi/aws."),
        f"new aws.ecr.Repository({_text(subject.name)}, {{",
        *words.indented([*words.told(MARK, put), *lines], 4),
        "});",
    ]


def scanning(after: RegistryFilter, where: str) -> list[str]:
    """Return the resource of a registry's scanning rules, all of them."""
    rules, left = words.kept(after.rules, manual=True)
    return [
        *words.told(MARK, *words.whole_list(after, where), *left),
        'new aws.ecr.RegistryScanningConfiguration("registry", {',
        f"    scanType: {_text(after.scan_type)},",
        "    rules: [",
        *(line for rule in rules for line in words.indented(_rule(rule), 8)),
        "    ],",
        "});",
    ]


def template(after: TemplateTags, set_to: Tags, where: str) -> list[str]:
    """Return the resource of a repository creation template, as far as its uses and its tags go."""
    return [
        *words.told(MARK, words.of_template(after, where)),
        f"new aws.ecr.RepositoryCreationTemplate({_text(f'template-{after.prefix}')}, {{",
        f"    prefix: {_text(after.prefix)},",
        f"    appliedFors: [{', '.join(map(_text, after.applied_for))}],",
        *words.indented(_tags(set_to), 4),
        "});",
    ]


def document(parts: Sequence[Sequence[str]]) -> list[str]:
    """Return resources as a file has them."""
    return words.apart(parts)


def _rule(rule: ScanRule) -> list[str]:
    return [
        "{",
        f"    scanFrequency: {_text(rule.frequency)},",
        "    repositoryFilters: [",
        *(f"        {_filter(one.text)}," for one in rule.filters),
        "    ],",
        "},",
    ]


def _tags(after: Tags) -> list[str]:
    lines = [f"imageTagMutability: {_text(after.mutability)},"]
    if after.filters:
        lines.append(f"imageTagMutabilityExclusionFilters: [{', '.join(map(_filter, after.filters))}],")
    return lines


def _filter(text: str) -> str:
    return f"{{ filter: {_text(text)}, filterType: {_text(words.WILDCARD)} }}"
