"""The CDK, in TypeScript: ecr.Repository, and the classes of the registry's two resources. Pure.

Sources: aws-cdk-lib/aws-ecr, Repository, CfnRegistryScanningConfiguration and CfnRepositoryCreationTemplate
(https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecr.Repository.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.code import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.code.words import Subject
    from ecr.model import ScanRule
    from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags

MARK = "//"


def flag(after: Scanning) -> list[str]:
    """Return what a repository's properties need for its scanOnPush flag."""
    return [f"imageScanOnPush: {str(after.scan_on_push).lower()},"]


def tags(after: Tags, gone: Sequence[str]) -> list[str]:
    """Return what a repository's properties need for its tags, and which of them goes."""
    told = f"imageTagMutability: ecr.TagMutability.{after.mutability},"
    if after.filters:
        each = ", ".join(f"ecr.ImageTagMutabilityExclusionFilter.wildcard({_text(text)})" for text in after.filters)
        return [told, f"imageTagMutabilityExclusionFilters: [{each}],"]
    return [*(words.told(MARK, words.no_filters("imageTagMutabilityExclusionFilters")) if gone else []), told]


def repository(subject: Subject, lines: Sequence[str]) -> list[str]:
    """Return the construct of a repository with these lines as properties; `ecr` is aws-cdk-lib/aws-ecr."""
    stack = f"It is {subject.logical_id} of the stack {subject.stack}." if subject.logical_id and subject.stack else ""
    put = f"Put these properties into the construct of {subject.name}, in place of those there are."
    return [
        *words.told(MARK, f"{subject.name} in {subject.where}; ecr is aws-cdk-lib/aws-ecr.", stack),
        f"new ecr.Repository(this, {_text(words.pascal(subject.name))}, {{",
        *words.indented([*words.told(MARK, put), *lines]),
        "});",
    ]


def scanning(after: RegistryFilter, where: str) -> list[str]:
    """Return the construct of a registry's scanning rules, all of them."""
    rules, left = words.kept(after.rules, manual=False)
    return [
        *words.told(MARK, *words.whole_list(after, where), *left),
        "new ecr.CfnRegistryScanningConfiguration(this, 'RegistryScanning', {",
        f"  scanType: {_text(after.scan_type)},",
        "  rules: [",
        *(line for rule in rules for line in words.indented(_rule(rule), 4)),
        "  ],",
        "});",
    ]


def template(after: TemplateTags, set_to: Tags, where: str) -> list[str]:
    """Return the construct of a repository creation template, as far as its uses and its tags go."""
    lines = [
        *words.told(MARK, words.of_template(after, where)),
        f"new ecr.CfnRepositoryCreationTemplate(this, {_text(f'{words.pascal(after.prefix)}Template')}, {{",
        f"  prefix: {_text(after.prefix)},",
        f"  appliedFor: [{', '.join(map(_text, after.applied_for))}],",
        f"  imageTagMutability: {_text(set_to.mutability)},",
    ]
    if set_to.filters:
        lines += ["  imageTagMutabilityExclusionFilters: [", *map(_filter, set_to.filters), "  ],"]
    return [*lines, "});"]


def document(parts: Sequence[Sequence[str]]) -> list[str]:
    """Return constructs as a file has them."""
    return words.apart(parts)


def _rule(rule: ScanRule) -> list[str]:
    return [
        "{",
        f"  scanFrequency: {_text(rule.frequency)},",
        "  repositoryFilters: [",
        *(f"    {{ filter: {_text(one.text)}, filterType: {_text(words.WILDCARD)} }}," for one in rule.filters),
        "  ],",
        "},",
    ]


def _filter(text: str) -> str:
    kind, value = "imageTagMutabilityExclusionFilterType", "imageTagMutabilityExclusionFilterValue"
    return f"    {{ {kind}: {_text(words.WILDCARD)}, {value}: {_text(text)} }},"


def _text(text: str) -> str:
    """Return a text in single quotes, as the CDK's own examples have it."""
    inside = words.javascript(text)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inside}'"
