"""Messages as plain text, for a terminal: every block the bot uses, and the rest of the common ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from demo import emoji

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace import Message

_SPARKS = "▁▂▃▄▅▆▇█"
_LINK = re.compile(r"<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
_CODE = re.compile(r"```.+?```|`[^`\n]+`", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\w\u2060])[*_~](\S(?:[^\n]*?\S)??)[*_~](?!\w)")
_ASIDE = "\0"  # stands where code stood: no text of Slack's has it


def render(message: Message, names: dict[str, str] | None = None) -> str:
    """Return a message as text; one without blocks is its text.

    Args:
        message: what to show.
        names: what to call users and channels, by id.
    """
    shown = [show(block, names or {}) for block in message.blocks]
    return "\n".join(line for line in shown if line) if message.blocks else plain(message.text, names or {})


def plain(text: str, names: dict[str, str] | None = None) -> str:
    """Return mrkdwn as plain text: links by their labels, mentions by their names, dates as dates, escapes undone.

    What stands in backticks is code, and keeps its asterisks.
    """
    text = _LINK.sub(lambda match: _linked(match["target"], match["label"], names or {}), text.replace(_ASIDE, ""))
    codes = iter(_CODE.findall(text))
    text = emoji.drawn(_EMPHASIS.sub(r"\1", _CODE.sub(_ASIDE, text)))
    return _unescaped(re.sub(_ASIDE, lambda _: next(codes), text))


def show(block: dict[str, Any], names: dict[str, str]) -> str:
    """Return a block as text.

    Args:
        block: what to show.
        names: what to call users and channels, by id.
    """
    renderer = _RENDERERS.get(str(block.get("type")))
    return renderer(block, names) if renderer else f"[unknown block: {block.get('type')}]"


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _text(text: dict[str, Any], names: dict[str, str]) -> str:
    """Return a text object as plain text; in one that is plain_text only emoji and escapes mean anything."""
    content = str(text.get("text"))
    return plain(content, names) if text.get("type") == "mrkdwn" else _unescaped(emoji.drawn(content))


def _linked(target: str, label: str | None, names: dict[str, str]) -> str:
    if target.startswith("@"):
        return f"@{names.get(target[1:], target[1:])}"
    if target.startswith("#"):
        return f"#{label or names.get(target[1:], target[1:])}"
    if target.startswith("!date^"):
        return _date(target, label)
    if target.startswith("!"):
        return f"@{label or target.removeprefix('!subteam^').removeprefix('!')}"
    return f"{label} ({target})" if label else target


def _date(target: str, label: str | None) -> str:
    parts = target.split("^")
    try:
        at = datetime.fromtimestamp(int(parts[1]), UTC)
    except (ValueError, IndexError, OverflowError):
        return label or target
    form = parts[2] if len(parts) > 2 else "{date_short_pretty}"  # noqa: PLR2004 - !date, the moment, the form
    form = re.sub(r"\{date[a-z_]*\}", at.strftime("%Y-%m-%d"), form)
    return form.replace("{time_secs}", at.strftime("%H:%M:%S")).replace("{time}", at.strftime("%H:%M")) + " UTC"


def _section(block: dict[str, Any], names: dict[str, str]) -> str:
    texts = [block["text"]] if "text" in block else []
    lines = [_text(text, names) for text in (*texts, *block.get("fields", ()))]
    if "accessory" in block:
        first, _, rest = lines[0].partition("\n")
        lines[0] = f"{first}   {_element(block['accessory'], names)}" + (f"\n{rest}" if rest else "")
    return "\n".join(lines)


def _header(block: dict[str, Any], names: dict[str, str]) -> str:
    text = _text(block["text"], names)
    return f"{text}\n{'=' * len(text)}"


def _elements(block: dict[str, Any], names: dict[str, str]) -> str:
    return "  ".join(_element(element, names) for element in block.get("elements", ()))


def _element(element: dict[str, Any], names: dict[str, str]) -> str:
    kind, text = element.get("type"), element.get("text")
    if kind in ("mrkdwn", "plain_text"):
        return _text(element, names)
    if kind == "image":
        return f"[{element.get('alt_text', 'image')}]"
    label = text.get("text") if isinstance(text, dict) else (element.get("placeholder") or {}).get("text")
    return f"[{label or kind}]"


def _rich_text(block: dict[str, Any], names: dict[str, str]) -> str:
    def told(element: dict[str, Any]) -> str:
        if "elements" in element:
            joint = "\n" if element.get("type") == "rich_text_list" else ""
            return joint.join(told(inner) for inner in element["elements"])
        who = element.get("user_id") or element.get("channel_id")
        return str(element.get("text") or element.get("url") or (names.get(str(who), str(who)) if who else ""))

    return "\n".join(told(element) for element in block.get("elements", ()))


def _table(block: dict[str, Any], names: dict[str, str]) -> str:
    def cell(value: dict[str, Any]) -> str:
        return (
            _rich_text(value, names)
            if value.get("type") == "rich_text"
            else str(value.get("text", value.get("value", "")))
        )

    return "\n".join(" | ".join(cell(value) for value in row) for row in block.get("rows", ()))


def _chart(block: dict[str, Any], names: dict[str, str]) -> str:
    del names
    lines = [str(block.get("title", ""))]
    for series in block.get("chart", {}).get("series", ()):
        values = [float(point["value"]) for point in series["data"]]
        lines.append(f"{_sparkline(values)} {series['name']}: {values[0]:g} → {values[-1]:g}")
    segments = block.get("chart", {}).get("segments", ())
    lines.extend(f"{segment.get('label')}: {segment.get('value')}" for segment in segments)
    return "\n".join(lines)


def _sparkline(values: list[float]) -> str:
    low, span = min(values), (max(values) - min(values)) or 1
    return "".join(_SPARKS[round((value - low) / span * (len(_SPARKS) - 1))] for value in values)


def _input(block: dict[str, Any], names: dict[str, str]) -> str:
    return f"{_text(block['label'], names)}: {_element(block['element'], names)}"


_RENDERERS: dict[str, Callable[[dict[str, Any], dict[str, str]], str]] = {
    "section": _section,
    "header": _header,
    "context": _elements,
    "actions": _elements,
    "divider": lambda _block, _names: "─" * 40,
    "image": lambda block, _names: f"[{block.get('alt_text', 'image')}]",
    "markdown": lambda block, _names: str(block.get("text", "")),
    "rich_text": _rich_text,
    "table": _table,
    "data_visualization": _chart,
    "input": _input,
}
