"""Markdown as mrkdwn, which is what Slack makes of it: https://docs.slack.dev/reference/block-kit/blocks/markdown-block."""

from __future__ import annotations

import re

_MARKS = {"**": "*", "__": "*", "~~": "~", "*": "_", "_": "_"}
_MARKDOWN = re.compile(
    r"(?P<code>```[\s\S]*?```|`[^`\n]+`)"
    r"|^(?P<indent> *)[-*+] +"
    r"|^\#{1,6} +(?P<head>.+)"
    r"|!?\[(?P<label>[^\]\n]+)\]\((?P<url>[^)\s]+)\)"
    r"|(?<![\w*])(?P<mark>\*\*|__|~~|\*|_)(?!\s|(?P=mark))(?P<inside>.+?)(?<!\s)(?P=mark)(?![^\W_])",
    re.MULTILINE,
)
_LANGUAGE = re.compile(r"^```\w+")
_EMPHASIS = re.compile(r"[*_]")


def as_mrkdwn(source: str) -> str:
    """Return Markdown as mrkdwn: headings bold, lists with bullets, links and emphasis in Slack's own marks."""
    return _MARKDOWN.sub(_translated, source)


def _translated(match: re.Match[str]) -> str:
    if match["code"]:
        return _LANGUAGE.sub("```", match["code"])
    if match["head"]:
        return f"*{_EMPHASIS.sub('', match['head'])}*"
    if match["url"]:
        return f"<{match['url']}|{match['label']}>"
    if mark := match["mark"]:
        return f"{_MARKS[mark]}{as_mrkdwn(match['inside'])}{_MARKS[mark]}"
    return f"{match['indent']}• "
