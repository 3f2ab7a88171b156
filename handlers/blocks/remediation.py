"""The buttons beside a repository that does not comply: to mend it, here or in its code, and to have it not count."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement

from handlers import ids

LONGEST_LABEL = 75
"""Characters on a button, and in what a screen reader says of it (Block Kit reference)."""


def button(name: str, arn: str) -> ButtonElement:
    """Return the button that opens the form for remediation."""
    return _button("Remediate", ids.REMEDIATE, name, arn)


def fix_button(name: str, arn: str) -> ButtonElement:
    """Return the button that shows the lines for the repository's own code."""
    return _button("Fix in code", ids.FIX, name, arn)


def exempt_button(name: str, arn: str) -> ButtonElement:
    """Return the button that opens the form for an exemption."""
    return _button("Exempt", ids.EXEMPT, name, arn)


def _button(text: str, action: str, name: str, arn: str) -> ButtonElement:
    label = f"{text} {name}"[:LONGEST_LABEL]
    return ButtonElement(text=text, action_id=action, value=arn, accessibility_label=label)
