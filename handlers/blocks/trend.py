"""The trend of a digest: Slack's own chart, and a line of text where Slack does not take one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecr.digest_words import TREND
from handlers.blocks.text import context, escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.facts import Point

CHART = "data_visualization"
"""The type of the chart's block (https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block)."""

_SPARKS = "▁▂▃▄▅▆▇█"


def chart(points: Sequence[Point]) -> dict[str, Any]:
    """Return the chart of a trend: what did not comply, and what was unknown where anything ever was."""
    labels = [f"{point.day.day} {point.day:%b}" for point in points]
    series = [_series("Non-compliant", labels, [point.failing for point in points])]
    if any(point.unknown for point in points):
        series.append(_series("Unknown", labels, [point.unknown for point in points]))
    return {
        "type": CHART,
        "title": TREND,
        "chart": {"type": "line", "series": series, "axis_config": {"categories": labels}},
    }


def sparkline(points: Sequence[Point]) -> str:
    """Return what did not comply as a line of text: `▁▄█▆ 3 → 7 (lowest 3, highest 9)`."""
    return _drawn([point.failing for point in points])


def as_text(block: dict[str, Any]) -> dict[str, Any]:
    """Return the block of text that says what a chart shows; another block stays as it is."""
    if block.get("type") != CHART:
        return block
    first, *others = block["chart"]["series"]
    lines = [f"{block['title']}: {_drawn(_values(first))}"]
    lines += [f"{series['name']}: {_drawn(_values(series))}" for series in others]
    drawn: dict[str, Any] = context("\n".join(map(escaped, lines))).to_dict()
    return drawn


def _series(name: str, labels: list[str], values: list[int]) -> dict[str, Any]:
    return {
        "name": name,
        "data": [{"label": label, "value": value} for label, value in zip(labels, values, strict=True)],
    }


def _values(series: dict[str, Any]) -> list[int]:
    return [point["value"] for point in series["data"]]


def _drawn(values: list[int]) -> str:
    low, high = min(values), max(values)
    top = len(_SPARKS) - 1
    line = "".join(_SPARKS[(value - low) * top // ((high - low) or 1)] for value in values)
    return f"{line} {values[0]} → {values[-1]} (lowest {low}, highest {high})"
