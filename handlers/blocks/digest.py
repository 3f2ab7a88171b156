"""The digest as Slack shows it: a message with something of every section, and the rest as replies in its thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import HeaderBlock

from ecr import digest_words as words
from handlers.blocks.digest_sections import more, sections
from handlers.blocks.text import Message, clipped, code, context, escaped, moment, section, verbatim
from handlers.blocks.trend import as_text, chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

    from ecr.digest import Digest, Row
    from handlers.blocks.digest_sections import Section

MOST_BLOCKS = 48
"""Blocks of a part: two fewer than Slack takes, so that a warning can be added."""

MOST_REPLIES = 4

LEAST = 3
"""Blocks that a section gets before one of more weight gets the rest."""

LONGEST_HEADER = 150
"""Characters in a header (Block Kit reference)."""

NAMES_SAID = 5


def parts(digest: Digest, *, replies: int = MOST_REPLIES, where: str = "in the thread") -> tuple[Message, ...]:
    """Return the message of a digest, and the replies with what it has no room for.

    Args:
        digest: what is told.
        replies: how many there may be; where there is none, what is left out is counted.
        where: where people see them.
    """
    if digest.is_quiet:
        blocks = (section(words.quiet(digest, code)), *([context(_head(digest))] if digest.head else ()))
        return (Message(escaped(words.quiet(digest)), blocks),)
    told = sections(digest)
    above, below = _above(digest), _below(digest)
    # A heading and a line of what is left out, for each section.
    shown = shares([len(one.pieces) for one in told], MOST_BLOCKS - len(above) - len(below) - 2 * len(told))
    rows = [
        block
        for one, share in zip(told, shown, strict=True)
        for block in _beginning(one, share, where if replies else None)
    ]
    return Message(_said(digest), (*above, *rows, *below)), *_replies(digest, told, shown, replies)


def rendered(digest: Digest) -> tuple[str, ...]:
    """Return the parts as they are written down: the JSON text of each one's payload."""
    return tuple(json.dumps(part.payload(), ensure_ascii=False) for part in parts(digest))


def with_warning(payload: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the payload of a part with a line of small print below.

    Args:
        payload: the part; it stays as it is.
        text: a sentence, which is escaped here.
    """
    return {**payload, "blocks": [*payload.get("blocks", []), context(f":warning: {verbatim(text)}").to_dict()]}


def without_charts(payload: dict[str, Any]) -> dict[str, Any]:
    """Return the payload of a message with a line of text for each chart, for a workspace that takes none."""
    return {**payload, "blocks": list(map(as_text, payload["blocks"]))} if "blocks" in payload else payload


def shares(sizes: Sequence[int], room: int) -> tuple[int, ...]:
    """Return how much of a room each gets: all of them something, then the first as much as they have.

    Args:
        sizes: how much each has; there are at most `room / LEAST` of them.
        room: what there is to share.
    """
    given = [min(size, LEAST) for size in sizes]
    for index, size in enumerate(sizes):
        given[index] += min(size - given[index], room - sum(given))
    return tuple(given)


def _above(digest: Digest) -> list[Block]:
    title = escaped(words.title(digest.occasion))
    blocks: list[Block] = [HeaderBlock(text=clipped(title, LONGEST_HEADER))]
    if len(title) > LONGEST_HEADER:
        blocks.append(context(f"Of {code(str(digest.occasion.filters))}"))
    if digest.trouble:
        blocks.append(section(f":warning: {verbatim(digest.trouble)}"))
    return [*blocks, section(words.totals(digest.totals))]


def _below(digest: Digest) -> list[Block | dict[str, Any]]:
    swept = f"ECR was swept {moment(digest.swept_at)}" if digest.swept_at else "ECR was not swept yet"
    head = f" · {_head(digest)}" if digest.head else ""
    small_print = context(f"{swept} · changes since {moment(digest.occasion.since)}{head}")
    return [chart(digest.trend), small_print] if digest.trend else [small_print]


def _head(digest: Digest) -> str:
    """Return the end of the audit's chain: what stands in a channel cannot be written anew with the chain."""
    return f"Audit head {code(digest.head or '')}"


def _beginning(told: Section, shown: int, where: str | None) -> list[Block]:
    """Return a section as the message shows it."""
    blocks = [told.heading(), *(piece.block for piece in told.pieces[:shown])]
    if left := told.left(shown):
        blocks.append(more(left, f" {where}" if where and shown < len(told.pieces) else told.beyond))
    return blocks


def _replies(digest: Digest, told: Sequence[Section], shown: Sequence[int], most: int) -> tuple[Message, ...]:
    """Return what the message has no room for, as far as so many replies reach."""
    cut = [(one, share) for one, share in zip(told, shown, strict=True) if share < len(one.pieces)]
    if not cut or not most:
        return ()
    # A heading and a line of what is left out for each section; where a reply ends, a heading again and one block lost.
    room = most * MOST_BLOCKS - 2 * len(cut) - 2 * (most - 1)
    further = shares([len(one.pieces) - share for one, share in cut], room)
    ends = [(one, start, start + share) for (one, start), share in zip(cut, further, strict=True)]
    replies = _filled([(one.heading(continued=True), _rest(one, start, end)) for one, start, end in ends])
    title = escaped(words.title(digest.occasion))
    return tuple(
        Message(f"{title}, continued ({number} of {len(replies)})", tuple(blocks))
        for number, blocks in enumerate(replies, start=1)
    )


def _rest(told: Section, start: int, end: int) -> list[Block]:
    blocks = [piece.block for piece in told.pieces[start:end]]
    if left := told.left(end):
        blocks.append(more(left, told.beyond))
    return blocks


def _filled(rest: Sequence[tuple[Block, list[Block]]]) -> list[list[Block]]:
    """Return the blocks of each reply: a heading above what follows, once more where a reply begins amidst it."""
    replies: list[list[Block]] = [[]]
    for heading, blocks in rest:
        missing = [heading]
        for block in blocks:
            if len(replies[-1]) + len(missing) + 1 > MOST_BLOCKS:
                replies.append([])
                missing = [heading]
            replies[-1] += [*missing, block]
            missing = []
    return replies


def _said(digest: Digest) -> str:
    """Return the digest in one line, for notifications and screen readers: counts, and names of what is new."""
    trouble = f"{digest.trouble} " if digest.trouble else ""
    counts = words.sections(digest) or words.totals(digest.totals)
    new = f". New: {_names(digest.new, digest.new_count)}" if digest.new else ""
    return escaped(f"{words.title(digest.occasion)}: {trouble}{counts}{new}")


def _names(rows: Sequence[Row], count: int) -> str:
    names = [row.name for row in rows[:NAMES_SAID]]
    if (left := count - len(names)) > 0:
        names.append(f"{left} more")
    return ", ".join(names)
