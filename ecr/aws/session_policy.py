"""The inline policies of the sessions that write: exactly what some plans change, in pieces that AWS takes. Pure.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ecr.changes import Action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.changes import Plan

MOST_CHARACTERS = 2048
"""Characters of an inline session policy at most (STS API reference, AssumeRole)."""


def session_policy(plans: Sequence[Plan]) -> str:
    """Return the policy that lets a session make the changes of some plans and call nothing else.

    It has one statement for each action, with the repositories that need it. ECR's names have no character that a
    policy would take for a wildcard, and `ecr.aws.writing` refuses any other.
    """
    statements = [
        {"Effect": "Allow", "Action": action.iam, "Resource": arns}
        for action in Action
        if (arns := [plan.arn for plan in plans if action in plan.actions])
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def chunks(plans: Sequence[Plan]) -> tuple[tuple[Plan, ...], ...]:
    """Return the plans in pieces, in their order, each as long as its policy may be.

    A single one always fits: an ARN has at most 330 characters.
    """
    pieces: list[tuple[Plan, ...]] = []
    for plan in plans:
        longer = (*pieces[-1], plan) if pieces else (plan,)
        if pieces and len(session_policy(longer)) <= MOST_CHARACTERS:
            pieces[-1] = longer
        else:
            pieces.append((plan,))
    return tuple(pieces)
