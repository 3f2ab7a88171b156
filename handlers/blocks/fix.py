"""Fix in code: the lines for a repository's own code, for which tool and why, and what its plan will show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, DividerBlock

from ecr.errors import UsageError
from ecr.infrastructure import Tool
from handlers import ids
from handlers.blocks.finding import STALE
from handlers.blocks.plan import fenced, sentence
from handlers.blocks.text import LONGEST_TEXT, Message, code, context, escaped, section, verbatim
from handlers.blocks.unread import not_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slack_sdk.models.blocks import Block

    from ecr.checked import QueryResult
    from ecr.fixing import Fix, Fixed

IN_FULL = 5
"""Repositories that are shown with their lines; more are counted."""

MOST_PIECES = 4
"""Sections that the lines of one repository take at most; what is left is named."""

_ROOM = LONGEST_TEXT - 10  # the fences around a piece, and their line ends
_LONGEST_NOTE = 1500
_TOOLS = {tool.word: tool for tool in Tool}


@dataclass(frozen=True, slots=True)
class FixView:
    """What a button shows: the lines of one repository for one tool; alone in its message, they replace it."""

    arn: str
    tool: Tool
    alone: bool

    @property
    def value(self) -> str:
        """The value of the button."""
        return json.dumps({"arn": self.arn, "tool": self.tool.word, "alone": self.alone}, separators=(",", ":"))

    @classmethod
    def of(cls, value: str) -> FixView:
        """Return what a button's value names.

        Raises:
            UsageError: it is not one of ours.
        """
        try:
            content = json.loads(value)
            arn, tool, alone = content["arn"], _TOOLS[content["tool"]], content["alone"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise UsageError(STALE) from error
        if not (isinstance(arn, str) and isinstance(alone, bool)):
            raise UsageError(STALE)
        return cls(arn, tool, alone)


def fixed(found: Fixed) -> Message:
    """Return the lines of each account and region that has the repository, or why there are none."""
    shown, left = found.fixes[:IN_FULL], found.fixes[IN_FULL:]
    blocks: list[Block] = []
    for fix in shown:
        blocks += [*([DividerBlock()] if blocks else []), *_one(fix, alone=len(found.fixes) == 1)]
    if left:
        blocks.append(context(f"And {len(left)} more: name one of them by its URI or ARN."))
    if not found.fixes:
        blocks.append(section(verbatim(_nothing(found.result))))
    blocks += [section(line) for line in not_read(found.result.unread)[:IN_FULL]]
    return Message(_said(found), tuple(blocks))


def _one(fix: Fix, *, alone: bool) -> list[Block]:
    title = f"*Fix in code* · {code(fix.name)} · {escaped(str(fix.target))}"
    blocks: list[Block] = [section("\n".join([title, *map(sentence, fix.sentences)]))]
    blocks += [section(piece) for piece in _pieces(fix)]
    told = [sentence(fix.note, _LONGEST_NOTE)] if fix.note else []
    told += [f":warning: {sentence(one)}" for one in fix.advice]
    if told:
        blocks.append(section("\n".join(told)))
    return [*blocks, *([_others(fix, alone=alone)] if fix.code else [])]


def _pieces(fix: Fix) -> list[str]:
    """Return the lines as blocks of code, each within a section; of what does not fit it is said where all of it is."""
    pieces: list[list[str]] = []
    for line in fix.code.splitlines():
        if not pieces or len(escaped("\n".join((*pieces[-1], line)))) > _ROOM:
            pieces.append([])
        pieces[-1].append(line)
    shown = [fenced("\n".join(lines)) for lines in pieces[:MOST_PIECES]]
    if len(pieces) > MOST_PIECES or any(len(escaped(line)) > _ROOM for line in fix.code.splitlines()):
        whole = code(f"python -m bot fix {fix.arn} --as {fix.tool.word}")
        shown.append(f":warning: These lines are cut: {whole} prints all of them.")
    return shown


def _others(fix: Fix, *, alone: bool) -> Block:
    """Return a button for each other tool."""
    return ActionsBlock(
        elements=[
            ButtonElement(
                text=str(tool),
                action_id=f"{ids.FIX_AS}:{tool.word}",
                value=FixView(fix.arn, tool, alone).value,
                accessibility_label=f"The lines for {tool.spoken}",
            )
            for tool in Tool
            if tool is not fix.tool
        ]
    )


def _nothing(result: QueryResult) -> str:
    where = "what could be read" if result.unread else "any configured account and region"
    near = f" Did you mean {', '.join(result.suggestions)}?" if result.suggestions else ""
    return f"No repository is named {result.query} in {where}.{near}"


def _said(found: Fixed) -> str:
    """Return the answer in one line, for notifications and screen readers."""
    return "; ".join(_in_a_line(found)) or _nothing(found.result)


def _in_a_line(found: Fixed) -> Iterator[str]:
    for fix in found.fixes[:IN_FULL]:
        what = f"{len(fix.code.splitlines())} lines for {fix.tool.spoken}" if fix.code else " ".join(fix.sentences)
        yield f"{fix.name} ({fix.target}): {what}"
