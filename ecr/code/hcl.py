"""Terraform and OpenTofu: aws_ecr_repository and the registry's two resources. Pure.

Sources: the provider's reference of each resource
(https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ecr_repository).
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
    """Return what a repository's block needs for its scanOnPush flag."""
    return ["image_scanning_configuration {", f"  scan_on_push = {str(after.scan_on_push).lower()}", "}"]


def tags(after: Tags, gone: Sequence[str]) -> list[str]:
    """Return what a repository's block needs for its tags, and which of its blocks go: left in, they are refused."""
    taken = [f"Take out the image_tag_mutability_exclusion_filter of {text}." for text in gone]
    return [*words.told(MARK, *taken), *_tags(after)]


def repository(subject: Subject, lines: Sequence[str]) -> list[str]:
    """Return the block of a repository with these lines in it."""
    put = f"Put these lines into the resource whose name is {subject.name}, in place of those there are."
    return [
        *words.told(MARK, f"{subject.name} in {subject.where}"),
        f'resource "aws_ecr_repository" "{words.snake(subject.name)}" {{',
        *words.indented([*words.told(MARK, put), *lines]),
        "}",
    ]


def scanning(after: RegistryFilter, where: str) -> list[str]:
    """Return the resource of a registry's scanning rules, all of them."""
    rules, left = words.kept(after.rules, manual=True)
    return [
        *words.told(MARK, *words.whole_list(after, where), *left),
        'resource "aws_ecr_registry_scanning_configuration" "registry" {',
        f"  scan_type = {_text(after.scan_type)}",
        *(line for rule in rules for line in words.indented(_rule(rule))),
        "}",
    ]


def template(after: TemplateTags, set_to: Tags, where: str) -> list[str]:
    """Return the resource of a repository creation template, as far as its uses and its tags go."""
    uses = ", ".join(map(_text, after.applied_for))
    return [
        *words.told(MARK, words.of_template(after, where)),
        f'resource "aws_ecr_repository_creation_template" "{words.snake(after.prefix)}" {{',
        f"  prefix      = {_text(after.prefix)}",
        f"  applied_for = [{uses}]",
        "",
        *words.indented(_tags(set_to)),
        "}",
    ]


def document(parts: Sequence[Sequence[str]]) -> list[str]:
    """Return blocks as a file has them."""
    return words.apart(parts)


def _rule(rule: ScanRule) -> list[str]:
    lines = ["", "rule {", f"  scan_frequency = {_text(rule.frequency)}"]
    for one in rule.filters:
        lines += ["", "  repository_filter {", *words.indented(_filter(one.text), 4), "  }"]
    return [*lines, "}"]


def _tags(after: Tags) -> list[str]:
    lines = [f"image_tag_mutability = {_text(after.mutability)}"]
    for text in after.filters:
        lines += ["image_tag_mutability_exclusion_filter {", *words.indented(_filter(text)), "}"]
    return lines


def _filter(text: str) -> list[str]:
    return [f"filter      = {_text(text)}", f"filter_type = {_text(words.WILDCARD)}"]


def _text(text: str) -> str:
    """Return a text in quotes, in which nothing begins a template (`${` and `%{` are written with a mark more)."""
    return words.quoted(text).replace("${", "$${").replace("%{", "%%{")
