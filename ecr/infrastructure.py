"""Whose code made a repository, told by its resource tags, and the lines that this code needs instead. Pure.

A tool that made a repository sets it back at its next run, unless its code says what ecrbot has set. What the lines are
in each language is in `ecr.code`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from ecr.code import cdk, cli, cloudformation, hcl, pulumi, words
from ecr.setting import RegistryFilter, Scanning, Tags, TemplateTags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ecr.changes import Change
    from ecr.code.words import Subject

_STACK = "aws:cloudformation:stack-name"
_STACK_ID = "aws:cloudformation:stack-id"
_RESOURCE = "aws:cloudformation:logical-id"
_FALSE = frozenset({"false", "no", "0", "none", "off"})
_ANYWHERE = "its account and region"


class Tool(StrEnum):
    """The tools that are told apart, as people call them; no tag tells of the AWS CLI."""

    CLOUDFORMATION = "CloudFormation"
    CDK = "CDK"
    TERRAFORM = "Terraform"
    OPENTOFU = "OpenTofu"
    PULUMI = "Pulumi"
    CLI = "AWS CLI"

    @property
    def word(self) -> str:
        """What is typed for it: `terraform`, `cli`."""
        return self.name.lower()

    @property
    def spoken(self) -> str:
        """What it is called in a sentence."""
        return f"the {self}" if self in (Tool.CDK, Tool.CLI) else str(self)

    @property
    def mark(self) -> str:
        """What begins a comment in its language."""
        return cli.MARK if self is Tool.CLI else _LANGUAGES[self].MARK


# In the key or value of a tag, in any case; `tf`, `tofu` and `cdk` only as words of their own.
_NAMED = (
    (Tool.CDK, re.compile(r"aws-cdk[:/]|(?<![a-z0-9])cdk(?![a-z0-9])")),
    (Tool.OPENTOFU, re.compile(r"opentofu|(?<![a-z0-9])tofu(?![a-z0-9])")),
    (Tool.PULUMI, re.compile(r"pulumi")),
    (Tool.TERRAFORM, re.compile(r"terraform|terragrunt|^tf[-_:/]|(?<![a-z0-9])tf(?![a-z0-9])")),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """The tool whose code made a repository, what tells of it, and when that code reverts what others set.

    `stack` and `logical_id` are what CloudFormation calls the stack and the repository in it.
    """

    tool: Tool
    told_by: str
    next_run: str
    stack: str | None = None
    logical_id: str | None = None

    @property
    def sentence(self) -> str:
        """What tells of the tool, and what it will do to a change that its code does not have."""
        return f"{self.told_by}: its next {self.next_run} will revert this."


class _Language(Protocol):
    """What a module of `ecr.code` writes, but for the AWS CLI's."""

    MARK: str

    def flag(self, after: Scanning) -> list[str]: ...
    def tags(self, after: Tags, gone: Sequence[str]) -> list[str]: ...
    def repository(self, subject: Subject, lines: Sequence[str]) -> list[str]: ...
    def scanning(self, after: RegistryFilter, where: str) -> list[str]: ...
    def template(self, after: TemplateTags, set_to: Tags, where: str) -> list[str]: ...
    def document(self, parts: Sequence[Sequence[str]]) -> list[str]: ...


_LANGUAGES: Mapping[Tool, _Language] = {
    Tool.CLOUDFORMATION: cloudformation,
    Tool.CDK: cdk,
    Tool.TERRAFORM: hcl,
    Tool.OPENTOFU: hcl,
    Tool.PULUMI: pulumi,
}


def origin(tags: Mapping[str, str]) -> Origin | None:
    """Return whose code made a repository; `None` where its tags do not tell.

    CloudFormation's own tags cannot be forged and count first; of any others the first that names a tool does.
    """
    named = _named(tags)
    if _STACK in tags or _STACK_ID in tags:
        return _stacked(tags, Tool.CDK if named is not None and named.tool is Tool.CDK else Tool.CLOUDFORMATION)
    return named


def lines(tool: Tool, changes: Sequence[Change]) -> str:
    """Return what to put into a tool's code so that it agrees with some changes, and no more than that.

    Of a repository these are the bare lines of its resource; what is of a registry is a resource of its own.

    Args:
        tool: whose code it is; the AWS CLI has no such lines, for each of its commands names what it is about.
        changes: what is changed.
    """
    language = _LANGUAGES[tool]
    return "\n".join(line for change in changes for line in _lines(language, change, _ANYWHERE))


def code(tool: Tool, subject: Subject, changes: Sequence[Change]) -> str:
    """Return the same to be put into a file: each line in its resource, with a comment that says which one that is.

    Args:
        tool: whose code it is, or the AWS CLI.
        subject: the repository.
        changes: what is changed; none of them, and there is no code.
    """
    if not changes:
        return ""
    if tool is Tool.CLI:
        return "\n".join(cli.commands(subject, changes))
    language = _LANGUAGES[tool]
    mine = [change for change in changes if not change.action.is_of_registry]
    parts = [_lines(language, change, subject.where) for change in changes if change.action.is_of_registry]
    if mine:
        bare = [line for change in mine for line in _lines(language, change, subject.where)]
        parts.insert(0, language.repository(subject, bare))
    return "\n".join(language.document(parts))


def joined(tool: Tool, codes: Sequence[str]) -> str:
    """Return several pieces of code as one file: templates as documents of their own, anything else line after line."""
    return ("\n---\n" if tool is Tool.CLOUDFORMATION else "\n\n").join(codes)


def _lines(language: _Language, change: Change, where: str) -> list[str]:
    match change.after:
        case Scanning() as after:
            return language.flag(after)
        case Tags() as after:
            before = change.before.filters if isinstance(change.before, Tags) else ()
            return language.tags(after, tuple(text for text in before if text not in after.filters))
        case RegistryFilter() as after:
            return language.scanning(after, where)
        case TemplateTags(prefix, None):
            return words.told(language.MARK, f"Take out the repository creation template {prefix} of {where}.")
        case TemplateTags(_, mutability, filters) as after:
            return language.template(after, Tags(mutability or "", filters), where)


def _stacked(tags: Mapping[str, str], tool: Tool) -> Origin:
    # arn:aws:cloudformation:eu-west-1:111111111111:stack/NAME/ID
    parts = tags.get(_STACK_ID, "").split("/")
    stack = tags.get(_STACK) or (parts[1] if len(parts) > 1 else None)
    logical_id = tags.get(_RESOURCE) or None
    resource = f" (resource {logical_id})" if logical_id else ""
    by = "made this repository from the CDK's code" if tool is Tool.CDK else "made this repository"
    told_by = f"CloudFormation stack {stack or 'of a name that is not known'}{resource} {by}"
    return Origin(tool, told_by, "update", stack, logical_id)


def _named(tags: Mapping[str, str]) -> Origin | None:
    for tool, pattern in _NAMED:
        for key, value in sorted(tags.items()):
            if key.startswith("aws:") or value.strip().lower() in _FALSE:
                continue
            if pattern.search(key.lower()) or pattern.search(value.lower()):
                said = f"{key}={value}" if value else key
                return Origin(tool, f"The tag {said} names {tool}", "apply")
    return None
