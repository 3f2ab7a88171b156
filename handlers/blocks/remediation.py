"""The buttons beside a repository that does not comply: to mend it, and to have it not count for a while."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement

from ecr.errors import UsageError
from ecr.names import parse
from handlers import ids
from handlers.blocks.text import Message, escaped, section

LONGEST_LABEL = 75
"""Characters on a button, and in what a screen reader says of it (Block Kit reference)."""


def button(name: str, arn: str) -> ButtonElement:
    """Return the button that opens the form for remediation."""
    return _button("Remediate", ids.REMEDIATE, name, arn)


def exempt_button(name: str, arn: str) -> ButtonElement:
    """Return the button that opens the form for an exemption."""
    return _button("Exempt", ids.EXEMPT, name, arn)


def _button(text: str, action: str, name: str, arn: str) -> ButtonElement:
    label = f"{text} {name}"[:LONGEST_LABEL]
    return ButtonElement(text=text, action_id=action, value=arn, accessibility_label=label)


def by_hand(arn: str) -> Message:
    """Return the two commands of the AWS CLI that make a repository compliant.

    Args:
        arn: the repository's ARN, as the button carries it.

    Raises:
        UsageError: the value is no such ARN.
    """
    query = parse(arn)
    if query.account is None:
        raise UsageError("This button does not say which repository it is for: type /ecr check with its name.")
    where = f"--repository-name {query.pattern} --registry-id {query.account} --region {query.region}"
    said = f"ecrbot cannot remediate {query.pattern} yet: applying a change after approval comes with a later release."
    commands = (
        f"aws ecr put-image-tag-mutability {where} --image-tag-mutability IMMUTABLE\n"
        f"aws ecr put-image-scanning-configuration {where} --image-scanning-configuration scanOnPush=true"
    )
    note = "By hand it is these two; under ENHANCED scanning a rule of the registry is needed instead of the second."
    return Message(f"{said} {note}", (section(escaped(said)), section(f"{note}\n```{escaped(commands)}```")))
