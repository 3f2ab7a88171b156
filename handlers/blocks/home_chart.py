"""The trend on the Home tab: bars of text, since Slack's own chart is for messages alone, and the same in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ecr.facts import Point

ROWS = 5
"""How many lines of text the highest bar has."""

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_FULL = len(_EIGHTHS) - 1
_WIDTH = 2
"""Characters of a bar: as wide as the two days that it stands for."""


def chart(points: Sequence[Point]) -> dict[str, Any] | None:
    """Return the chart of a trend, from zero up; `None` where there is nothing to be drawn: one day, or no failure.

    It is preformatted text (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block).
    """
    high = max((point.failing for point in points), default=0)
    if len(points) < 2 or not high:  # noqa: PLR2004 - a line has two ends
        return None
    text = {"type": "text", "text": "\n".join(_drawn(points, high))}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [text]}]}


def in_words(points: Sequence[Point]) -> str:
    """Return what the chart shows as a sentence, for whoever does not see it, or it is not there."""
    if len(points) < 2:  # noqa: PLR2004 - as above
        return "There is no trend to show yet: it takes the sweeps of two days."
    first, last = points[0], points[-1]
    low, high = min(points, key=_failing), max(points, key=_failing)
    if not high.failing:
        return f"Nothing was non-compliant since {_day(first)}."
    if low.failing == high.failing:
        return f"{last.failing} since {_day(first)}, no more and no fewer on any day."
    return (
        f"{last.failing} on {_day(last)}, {_direction(last.failing - first.failing)} on {_day(first)}; "
        f"lowest {low.failing} on {_day(low)}, highest {high.failing} on {_day(high)}."
    )


def _drawn(points: Sequence[Point], high: int) -> list[str]:
    """Return the lines: the bars between their highest value and zero, and the first and the last day below."""
    # What is not zero is to be seen.
    heights = [-(-point.failing * ROWS * _FULL // high) for point in points]
    margin, width = len(str(high)), _WIDTH * len(points)
    bars = [
        "".join(_EIGHTHS[min(max(height - _FULL * below, 0), _FULL)] * _WIDTH for height in heights)
        for below in reversed(range(ROWS))
    ]
    labels = [str(high).rjust(margin), *[" " * margin] * (ROWS - 1)]
    first, last = _day(points[0]), _day(points[-1])
    days = f"{first}{last.rjust(max(width - len(first), len(last) + 1))}"
    return [
        *(f"{label} │{bar}".rstrip() for label, bar in zip(labels, bars, strict=True)),
        f"{'0'.rjust(margin)} └{'─' * width}",
        f"{' ' * margin}  {days}",
    ]


def _direction(change: int) -> str:
    if not change:
        return "as many as"
    return f"{abs(change)} {'more' if change > 0 else 'fewer'} than"


def _failing(point: Point) -> int:
    return point.failing


def _day(point: Point) -> str:
    return f"{point.day.day} {point.day:%b}"
