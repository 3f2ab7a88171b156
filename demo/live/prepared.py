"""Blocks as the page draws them: emoji in place, Markdown as mrkdwn, boxes of parts, charts to scale.

The page itself knows the common blocks and nothing more; what is malformed is left as it is, and shows itself there
as a grey box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo import emoji
from demo.live import charts
from demo.live.boxes import BOXED, boxed, buttons
from demo.live.markdown import as_mrkdwn

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMELESS = "~"
"""Begins the id that a block without one gets here: its place follows."""


def named(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return blocks that all have an id: Slack gives one to those that have none, and here their place is theirs."""
    return [{"block_id": f"{NAMELESS}{place}", **block} for place, block in enumerate(blocks)]


def in_colour(text: str) -> str:
    """Return a text whose white circle is an emoji too: by itself browsers draw it as a thin sign of a text's font."""
    return text.replace("⚪", "⚪\ufe0f")


def prepared(blocks: Sequence[Any]) -> list[Any]:
    """Return blocks as the page draws them."""
    return [_prepared(block) for block in blocks]


def _prepared(block: Any) -> Any:  # noqa: ANN401 - what was posted may be anything
    if not isinstance(block, dict):
        return block
    shown: dict[str, Any] = _with_emoji(block)
    try:
        if shown.get("type") == "markdown":
            return {**shown, "text": in_colour(emoji.drawn_outside_code(as_mrkdwn(shown["text"])))}
        if shown.get("type") == "data_visualization":
            return charts.prepared(shown)
        if shown.get("type") in {"actions", "context_actions"}:
            return buttons(shown)
        return boxed(shown) if shown.get("type") in BOXED else shown
    except (TypeError, LookupError, ValueError, AttributeError):
        return shown


def _with_emoji(value: Any) -> Any:  # noqa: ANN401 - a block, or any part of it
    if isinstance(value, list | tuple):
        return [_with_emoji(one) for one in value]
    if not isinstance(value, dict):
        return value
    text = value.get("text")
    match value.get("type"):
        case "mrkdwn" if isinstance(text, str):
            return {**value, "text": in_colour(emoji.drawn_outside_code(text))}
        case "plain_text" if isinstance(text, str) and value.get("emoji") is not False:
            return {**value, "text": in_colour(emoji.drawn(text))}
        case "emoji" if value.get("name") in emoji.EMOJI and "unicode" not in value:
            return {**value, "unicode": "-".join(f"{ord(sign):x}" for sign in emoji.EMOJI[value["name"]])}
    return {key: _with_emoji(one) for key, one in value.items()}
