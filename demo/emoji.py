"""Emoji by their short names: all that the bot uses, and some common ones."""

from __future__ import annotations

import re

EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "bell": "🔔",
    "bug": "🐛",
    "bulb": "💡",
    "calendar": "📅",
    "double_vertical_bar": "⏸️",
    "eyes": "👀",
    "fire": "🔥",
    "gear": "⚙️",
    "heart": "❤️",
    "heavy_check_mark": "✔️",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",  # noqa: RUF001 - the sign itself
    "key": "🔑",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "leftwards_arrow_with_hook": "↩️",
    "link": "🔗",
    "lock": "🔒",
    "mag": "🔍",
    "memo": "📝",
    "no_entry": "⛔",
    "package": "📦",
    "question": "❓",
    "red_circle": "🔴",
    "robot_face": "🤖",
    "rocket": "🚀",
    "rotating_light": "🚨",
    "shield": "🛡️",
    "smile": "😄",
    "sparkles": "✨",
    "star": "⭐",
    "tada": "🎉",
    "thumbsup": "👍",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "wrench": "🔧",
    "x": "❌",
    "zap": "⚡",
}

_NAME = re.compile(f":({'|'.join(map(re.escape, EMOJI))}):")
_CODE = re.compile(r"(```.+?```|`[^`\n]+`)", re.DOTALL)


def drawn(text: str) -> str:
    """Return a text with its emoji in place of their names; a name that is not known stays."""
    return _NAME.sub(lambda match: EMOJI[match[1]], text)


def drawn_outside_code(text: str) -> str:
    """Return mrkdwn with its emoji in place of their names; in backticks nothing means anything."""
    parts = _CODE.split(text)
    return "".join(part if place % 2 else drawn(part) for place, part in enumerate(parts))
