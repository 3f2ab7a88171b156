"""The button that opens the form for guardrails, and the accounts and regions that it carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ButtonElement

from ecr.errors import UsageError
from ecr.model import Target
from handlers import ids
from handlers.blocks.finding import STALE
from handlers.blocks.remediation import LONGEST_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_TARGETS = 10
"""Accounts and regions of one button, and so of one form, at most."""

_PLACE = re.compile(r"([0-9]{12}) ([a-z]+(?:-[a-z0-9]+){1,5})")


def guard_button(target: Target) -> ButtonElement:
    """Return the button for the guardrails of one account and region."""
    label = f"Guard {target}"[:LONGEST_LABEL]
    return ButtonElement(text="Guard", action_id=ids.GUARD, value=places([target]), accessibility_label=label)


def guard_all_button(targets: Sequence[Target]) -> ButtonElement:
    """Return the button for those of several at once."""
    return ButtonElement(text="Guard all of these", action_id=f"{ids.GUARD}:all", value=places(targets))


def is_placed(target: Target) -> bool:
    """Tell whether a button can carry an account and region: whether both of them are known."""
    return _PLACE.fullmatch(places([target])) is not None


def places(targets: Iterable[Target]) -> str:
    """Return accounts and regions as a button carries them."""
    return ",".join(f"{one.account} {one.region}" for one in targets)


def targets_of(value: str) -> tuple[Target, ...]:
    """Return the accounts and regions that a button carries.

    Raises:
        UsageError: it is not one of ours.
    """
    found = [_PLACE.fullmatch(part) for part in value.split(",")]
    targets = tuple(Target(one[1], one[2]) for one in found if one)
    if len(targets) < len(found) or len(targets) > MOST_TARGETS:
        raise UsageError(STALE)
    return tuple(dict.fromkeys(targets))
