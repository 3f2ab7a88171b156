"""Slack's charts as the page draws them: heights between nought and one, ticks, a legend, and all of it in words.

See https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Chart = dict[str, Any]

_TICKS = 4
_SCIENTIFIC = 1e15
_SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def prepared(block: dict[str, Any]) -> dict[str, Any]:
    """Return a chart's block with `drawn`: what there is to draw.

    Raises:
        TypeError: it holds what is no number.
        LookupError: a part is missing.
    """
    title, chart = str(block["title"]), block["chart"]
    drawn = _pie(title, chart["segments"]) if chart["type"] == "pie" else _plot(title, chart)
    return {**block, "title": title, "drawn": drawn}


def _pie(title: str, segments: Sequence[Chart]) -> Chart:
    values = [_number(one["value"]) for one in segments]
    total = sum(values) or 1
    parts = [value / total for value in values]
    words = [
        f"{one['label']}: {said(value)} ({math.floor(part * 100 + 0.5)} %)"
        for one, value, part in zip(segments, values, parts, strict=True)
    ]
    return {"segments": [*zip(parts, words, strict=True)], "label": f"{title}, pie chart. {', '.join(words)}"}


def _plot(title: str, chart: Chart) -> Chart:
    categories, series = [str(one) for one in chart["axis_config"]["categories"]], chart["series"]
    rows = [_values(one["data"], categories) for one in series]
    names = [str(one["name"]) for one in series]
    told = [
        [f"{name}: {said(row[at])}" for name, row in zip(names, rows, strict=True)] for at in range(len(categories))
    ]
    words = [f"{category}, {', '.join(values)}" for category, values in zip(categories, told, strict=True)]
    step, first, count = _scale([value for row in rows for value in row])
    return {
        "type": str(chart["type"]),
        "label": f"{title}, {chart['type']} chart. {'; '.join(words)}",
        "categories": categories,
        "rows": [[(value / step - first) / count for value in row] for row in rows],
        "zero": -first / count,
        "ticks": [[at / count, compact((first + at) * step)] for at in range(count + 1)],
        "words": words,
        "legend": told[-1],
        "below": chart["axis_config"].get("x_label"),
        "above": chart["axis_config"].get("y_label"),
    }


def _values(data: Sequence[Chart], categories: Sequence[str]) -> list[float]:
    found = {str(point["label"]): _number(point["value"]) for point in data}
    return [found[category] for category in categories]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no number.")
    return value


def _scale(values: Sequence[float]) -> tuple[float, int, int]:
    """Return the step of the ticks, the first of them in steps, and how many steps hold nought and all values."""
    least, most = min(0, *values), max(0, *values)
    rough = (most - least or 1) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(one for one in (1, 2, 5, 10) if one * power >= rough * 0.999)
    if all(float(value).is_integer() for value in values):
        step = max(1.0, step)
    first = math.floor(least / step)
    return step, first, max(1, math.ceil(most / step) - first)


def compact(value: float) -> str:
    """Return a number as a tick shows it, with four digits that count: `1.5K`, `500M`, `0.001`, `5E299`."""
    if abs(value) >= _SCIENTIFIC:
        return _scientific(value, 4)
    for limit, suffix in _SUFFIXES:
        if abs(value) >= limit:
            return f"{_plain(value / limit, 4)}{suffix}"
    return _plain(value, 4)


def said(value: float) -> str:
    """Return a number in words' company, whole: `1,234.5`."""
    return _scientific(value, 15) if abs(value) >= _SCIENTIFIC else _plain(value, 15)


def _plain(value: float, digits: int) -> str:
    rounded = float(f"{value:.{digits}g}")
    text = f"{rounded:,.15f}".rstrip("0").rstrip(".") if abs(rounded) < 1 else f"{rounded:,.15g}"
    return text if text not in {"-0", ""} else "0"


def _scientific(value: float, digits: int) -> str:
    mantissa, _, exponent = f"{value:.{digits - 1}E}".partition("E")
    return f"{mantissa.rstrip('0').rstrip('.')}E{int(exponent)}"
