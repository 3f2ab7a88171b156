"""The AWS CLI, for a POSIX shell: the `aws ecr` command of each change. Pure.

Sources: the command reference (https://docs.aws.amazon.com/cli/latest/reference/ecr/). Lists are given as JSON, which
the CLI takes for every parameter; nothing but JSON and names goes in, and each is quoted.
"""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING, Any

from ecr.code import words
from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.changes import Change
    from ecr.code.words import Subject
    from ecr.model import ScanRule

MARK = "#"


def commands(subject: Subject, changes: Sequence[Change]) -> list[str]:
    """Return the commands that make some changes, with whose credentials they are to be called."""
    lines = words.told(MARK, f"{subject.name} in {subject.where}, with credentials of {subject.account}.")
    for change in changes:
        if isinstance(change.after, RegistryFilter):
            lines += words.told(MARK, *words.whole_list(change.after, subject.where))
        lines += _command(*_call(subject, change), f"--region {quote(subject.region)}")
    return lines


def _call(subject: Subject, change: Change) -> tuple[str, ...]:
    """Return the command and its options; the commands of a registry take no --registry-id."""
    of_repository = (f"--registry-id {quote(subject.account)}", f"--repository-name {quote(subject.name)}")
    match change.after:
        case Tags(mutability, filters):
            return ("put-image-tag-mutability", *of_repository, *_tags(mutability, filters))
        case Scanning(scan_on_push):
            flag = f"--image-scanning-configuration scanOnPush={str(scan_on_push).lower()}"
            return ("put-image-scanning-configuration", *of_repository, flag)
        case RegistryFilter() as after:
            rules = [{"scanFrequency": one.frequency, "repositoryFilters": _filters(one)} for one in after.rules]
            options = (f"--scan-type {quote(after.scan_type)}", f"--rules {_json(rules)}")
            return ("put-registry-scanning-configuration", *options)
        case TemplateTags() as after:
            return _template(after, exists=_exists(change))


def _template(after: TemplateTags, *, exists: bool) -> tuple[str, ...]:
    prefix = f"--prefix {quote(after.prefix)}"
    if after.mutability is None:
        return "delete-repository-creation-template", prefix
    verb = "update" if exists else "create"
    uses = f"--applied-for {' '.join(map(quote, after.applied_for))}"
    return (f"{verb}-repository-creation-template", prefix, uses, *_tags(after.mutability, after.filters))


def _exists(change: Change) -> bool:
    return isinstance(change.before, TemplateTags) and change.before.mutability is not None


def _tags(mutability: str, filters: Sequence[str]) -> tuple[str, ...]:
    told = (f"--image-tag-mutability {quote(mutability)}",)
    if not filters:
        return told
    listed = [{"filterType": words.WILDCARD, "filter": text} for text in filters]
    return (*told, f"--image-tag-mutability-exclusion-filters {_json(listed)}")


def _filters(rule: ScanRule) -> list[dict[str, str]]:
    return [{"filter": one.text, "filterType": words.WILDCARD} for one in rule.filters]


def _json(value: list[dict[str, Any]]) -> str:
    return quote(json.dumps(value, separators=(",", ":")))


def _command(name: str, *options: str) -> list[str]:
    lines = [f"aws ecr {name}", *(f"  {option}" for option in options)]
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]
