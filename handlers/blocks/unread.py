"""Accounts and regions that could not be read, with the reason, once for each account and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.swept import together
from handlers.blocks.text import context, escaped, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from ecr.swept import UnreadTarget

MOST = 10
"""Accounts and reasons that are shown; the targets of more are counted."""


def unread(targets: Sequence[UnreadTarget]) -> list[Block]:
    """Return a block for each account and reason, and a line that counts what is left out."""
    groups = together(targets)
    blocks: list[Block] = [
        section(f":white_circle: {escaped(str(one.target))}\n{escaped(one.error)}") for one, _ in groups[:MOST]
    ]
    left = sum(count for _, count in groups[MOST:])
    return [*blocks, context(f"And {left} more could not be read.")] if left else blocks
