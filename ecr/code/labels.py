"""What tells the resources of several accounts and regions apart, so that all of them can stand in one file. Pure.

In the lines of one repository a resource has the shortest name that its language takes; twice in a file, that name is
refused: by Terraform as a duplicate resource, by the CDK as a construct that is there already, by Pulumi as a duplicate
URN (https://developer.hashicorp.com/terraform/language/resources/syntax,
https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html, https://www.pulumi.com/docs/iac/concepts/resources/names/).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ecr.code import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.code.words import Subject

LONGEST_LOGICAL_ID = 255
"""Characters of a logical id of CloudFormation."""


def apart(code: str, subject: Subject) -> str:
    """Return the lines of a repository with its account and region in the name of each resource.

    A logical id that a stack has given stays: under another one CloudFormation would make another repository. So do the
    commands of the AWS CLI, in which nothing has such a name.

    Args:
        code: what `ecr.infrastructure` has written for the subject.
        subject: the repository.
    """
    return _renamed(code, _HEADS, subject)


def spoken_apart(note: str, subject: Subject) -> str:
    """Return what a tool's plan will show, with the names that `apart` has given.

    Args:
        note: what `ecr.outlook` has said of the subject.
        subject: the repository.
    """
    return _renamed(note, _SPOKEN, subject)


def _snake(label: str, subject: Subject) -> str:
    return f"{label}_{subject.account}_{subject.region.replace('-', '_')}"


def _dashed(label: str, subject: Subject) -> str:
    return f"{label}-{subject.account}-{subject.region}"


def _pascal(label: str, subject: Subject) -> str:
    ending = words.pascal(f"{subject.account}-{subject.region}")
    return label[: LONGEST_LOGICAL_ID - len(ending)] + ending


def _logical_id(label: str, subject: Subject) -> str:
    return label if label == subject.logical_id else _pascal(label, subject)


_Naming = tuple[tuple[re.Pattern[str], "Callable[[str, Subject], str]"], ...]

# Where a resource begins: in a column in which neither a comment nor a text in quotes can stand.
_HEADS: _Naming = (
    (re.compile(r'(?m)^(?P<before>resource "\w+" ")(?P<label>\w+)(?=" \{$)'), _snake),
    (re.compile(r'(?m)^(?P<before>new aws\.ecr\.\w+\(")(?P<label>[^"]+)(?=", \{$)'), _dashed),
    (re.compile(r"(?m)^(?P<before>new ecr\.\w+\(this, ')(?P<label>\w+)(?=', \{$)"), _pascal),
    (re.compile(r"(?m)^(?P<before>  )(?P<label>[A-Za-z0-9]+)(?=:$)"), _logical_id),
)
# What the sentence on the registry's own resource calls it: Terraform's address, and Pulumi's type and name.
_SPOKEN: _Naming = (
    (re.compile(r"(?P<before>\baws_ecr_registry_scanning_configuration\.)(?P<label>registry)\b"), _snake),
    (re.compile(r"(?P<before>:RegistryScanningConfiguration )(?P<label>registry)\b"), _dashed),
)


def _renamed(text: str, naming: _Naming, subject: Subject) -> str:
    for pattern, name in naming:

        def told(found: re.Match[str], name: Callable[[str, Subject], str] = name) -> str:
            return found["before"] + name(found["label"], subject)

        text = pattern.sub(told, text)
    return text
