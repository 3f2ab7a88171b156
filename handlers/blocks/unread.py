"""Accounts and regions that could not be read, with the reason, once for each account and reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ecr.swept import together
from handlers.blocks.plan import sentence
from handlers.blocks.text import context, section, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slack_sdk.models.blocks import Block

    from ecr.model import Assessment, Target
    from ecr.swept import UnreadTarget

MOST = 10
"""Accounts and reasons that are shown; the targets of more are counted."""


def not_read(rows: Iterable[Assessment]) -> list[str]:
    """Return lines that say what of a plan could not be read: one for each account and reason, with all its regions."""
    groups: dict[tuple[str | None, str], list[Target]] = {}
    for row in rows:
        why = row.findings[0].evidence if row.findings else "nothing is known of why."
        groups.setdefault((row.target.account, why), []).append(row.target)
    return [_line(targets, why) for (_, why), targets in groups.items()]


def _line(targets: Sequence[Target], why: str) -> str:
    where = replace(targets[0], region=", ".join(dict.fromkeys(target.region for target in targets)))
    return f":white_circle: {sentence(str(where))} could not be read: {sentence(why)}"


def unread(targets: Sequence[UnreadTarget]) -> list[Block]:
    """Return a block for each account and reason, and a line that counts what is left out."""
    groups = together(targets)
    blocks: list[Block] = [
        section(f":white_circle: {verbatim(str(one.target))}\n{verbatim(one.error)}") for one, _ in groups[:MOST]
    ]
    left = sum(count for _, count in groups[MOST:])
    return [*blocks, context(f"And {left} more could not be read.")] if left else blocks
