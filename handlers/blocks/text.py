"""Text for Slack: escaped, cut to its limits, and the message value that everything else is put into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import ContextBlock, MarkdownTextObject, SectionBlock

if TYPE_CHECKING:
    from datetime import datetime

    from slack_sdk.models.blocks import Block, BlockElement

LONGEST_TEXT = 3000
"""Characters in the text of a section, escaped (Block Kit reference)."""

MOST_BLOCKS = 50
"""Blocks in a message (Block Kit reference)."""

_JOINER = "\u2060"
_MARK = re.compile(rf"(?<![\w{_JOINER}])([*_~`])(?=\S)")
_CUT_ENTITY = re.compile(r"&[a-z]{0,3}$")
_CODE = re.compile(rf"(?<![\w{_JOINER}])`[^`\n]+`")
_OPEN_CODE = re.compile(rf"(?<![\w{_JOINER}])`[^`\n]*$")


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its blocks, and the text that notifications and screen readers get.

    A block that slack_sdk has no class for is a dict: its models would make nothing of it.
    """

    text: str
    blocks: tuple[Block | dict[str, Any], ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the message as Slack's API takes it.

        Raises:
            SlackObjectFormationError: a block passes one of Block Kit's limits.
        """
        blocks = [block if isinstance(block, dict) else block.to_dict() for block in self.blocks[:MOST_BLOCKS]]
        return {"text": clipped(self.text), "blocks": blocks}


def escaped(text: str) -> str:
    """Return a text with the three characters escaped that mean something in mrkdwn.

    See https://docs.slack.dev/messaging/formatting-message-text#escaping.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def verbatim(text: str) -> str:
    """Return a sentence as mrkdwn that shows it as it is: the asterisk of a filter in it is an asterisk.

    Slack has no escape for its marks. They count at the beginning of a word alone, and a word joiner (U+2060), which
    nobody sees, ahead of one makes it stand inside of one
    (https://docs.slack.dev/messaging/formatting-message-text).

    A mark that stands in it once is none: nothing closes it. So what most people copy has no joiner in it.
    """
    return escaped(_MARK.sub(lambda found: f"{_JOINER if text.count(found[1]) > 1 else ''}{found[1]}", text))


def code(text: str) -> str:
    """Return a text as inline code; a backtick, which would end it, becomes an apostrophe."""
    return f"`{escaped(text.replace('`', chr(39)))}`"


def clipped(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return an escaped text cut to a length, never through the middle of an escape; code that is cut is closed."""
    if len(text) <= longest:
        return text
    if not _ends_in_code(text[: longest - 1]):
        return f"{_CUT_ENTITY.sub('', text[: longest - 1])}…"
    inside = _CUT_ENTITY.sub("", text[: longest - 2])
    return f"{inside}…`" if _ends_in_code(inside) else f"{inside}…"


def moment(at: datetime) -> str:
    """Return a moment as Slack shows it in the reader's own time zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short}} {{time}}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"


def section(text: str, accessory: BlockElement | None = None) -> SectionBlock:
    """Return a section of mrkdwn that was escaped where it had to be."""
    return SectionBlock(text=MarkdownTextObject(text=clipped(text)), accessory=accessory)


def context(text: str) -> ContextBlock:
    """Return a line of small print."""
    return ContextBlock(elements=[MarkdownTextObject(text=clipped(text))])


def plain(text: str) -> Message:
    """Return a message of one sentence or paragraph, which is escaped here."""
    said = verbatim(text)
    return Message(said, (section(said),))


def _ends_in_code(text: str) -> bool:
    return _OPEN_CODE.search(_CODE.sub(" ", text.rpartition("\n")[2])) is not None
