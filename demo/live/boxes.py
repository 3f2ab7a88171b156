"""Blocks that are but parts, as a box of blocks that the page knows: alerts, cards, containers, tasks, films, files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Block = dict[str, Any]

BOXED = frozenset({"alert", "card", "carousel", "container", "task_card", "plan", "video", "file", "call"})

_PARTS = (
    *("icon", "rich_text_title", "title", "subtitle", "status", "level", "text", "body", "description", "details"),
    *("output", "tasks", "external_id", "call_id", "elements", "actions", "child_blocks", "hero_image"),
)
_RARE_BUTTONS = frozenset({"workflow_button", "icon_button"})
_TEXTS = frozenset({"mrkdwn", "plain_text"})


def boxed(block: Block) -> Block:
    """Return a block with `inside`: what it is made of, one below the other, as blocks of the common kinds.

    Raises:
        TypeError: it has no parts at all.
    """
    inside = [part for key in _PARTS if block.get(key) for part in _drawn(block, block[key])]
    if not inside:
        raise TypeError("There is nothing in it.")
    return {**block, "inside": inside}


def buttons(block: Block) -> Block:
    """Return a block whose buttons of rarer kinds are common ones: each still is the action that it was.

    Raises:
        TypeError: it has no list of elements.
    """
    if not isinstance(block.get("elements"), list):
        raise TypeError("There are no elements.")
    elements = [button for one in block["elements"] for button in _buttons(one)]
    return {**block, "elements": elements}


def _buttons(one: Any) -> Iterator[Any]:  # noqa: ANN401 - what was posted may be anything
    kind = one.get("type") if isinstance(one, dict) else None
    if kind == "feedback_buttons":
        yield from ({**one, "type": "button", **one[key]} for key in ("positive_button", "negative_button"))
    else:
        yield {**one, "type": "button"} if kind in _RARE_BUTTONS else one


def _drawn(block: Block, value: Any) -> Iterator[Block]:  # noqa: ANN401 - a part, or several
    parts = value if isinstance(value, list) else [value]
    pressed = [part for part in parts if isinstance(part, dict) and "action_id" in part]
    if pressed:
        yield buttons({"type": "actions", "block_id": block.get("block_id"), "elements": pressed})
    for part in parts:
        if isinstance(part, str):
            yield {"type": "section", "text": {"type": "plain_text", "text": part}}
        elif part.get("type") in _TEXTS:
            yield {"type": "section", "text": part}
        elif part.get("type") in BOXED:
            yield boxed(part)
        elif "action_id" not in part:
            yield part
