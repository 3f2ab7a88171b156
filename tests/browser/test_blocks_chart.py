"""Charts on the demo's page: every kind, however many points, however large; readable by eye, by keys and aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demo.workspace.validation import message_problems
from tests.browser.every_block import chart, pie

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.sheet import Sheet

TWO = {"Failing": [4.0, 7.0, 5.0], "Unknown": [0.0, 2.0, 14.0]}
LONG = [f"{day:02} of November 2026" for day in range(1, 21)]
SIX = {f"series number {at}": [float(at * point % 7) for point in range(20)] for at in range(1, 7)}

SHAPES = {
    "line": chart("line", TWO),
    "bar": chart("bar", TWO, x_label="Day", y_label="Repositories"),
    "area": chart("area", TWO),
    "one point": chart("line", {"Failing": [3]}),
    "one bar": chart("bar", {"Failing": [3]}),
    "twenty points": chart("line", SIX, LONG),
    "a hundred and twenty bars": chart("bar", SIX, LONG),
    "zeros": chart("area", {"Failing": [0, 0, 0]}),
    "negative": chart("bar", {"Change": [-3, 5, -12]}),
    "all negative": chart("line", {"Change": [-3, -5]}),
    "fractions": chart("line", {"Share": [0.001, 0.0025]}),
    "huge": chart("line", {"Bytes": [9e15, 1.5e300]}),
    "large": chart("bar", {"Bytes": [123456789, 987654321]}),
}


def numbers(svg: Locator) -> list[float]:
    """Return every number that places something in a chart."""
    found = svg.evaluate(
        "(svg) => [...svg.querySelectorAll('*')].flatMap((one) => [...one.attributes])"
        ".filter(({ name }) => /^([xyrd]|[xy][12]|c[xy]|width|height)$/.test(name))"
        ".flatMap(({ value }) => value.split(/[^-0-9.e]+/).filter(Boolean).map(Number))"
    )
    return list(found)


@pytest.mark.parametrize("name", SHAPES)
def test_every_chart_lies_within_its_room(sheet: Sheet, name: str) -> None:
    assert message_problems({"blocks": [SHAPES[name]]}) == ()
    svg = sheet.draw([SHAPES[name]]).get_by_role("img")
    expect(svg).to_be_visible()
    assert all(-1 <= one <= 642 for one in numbers(svg))


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("name", SHAPES)
def test_labels_never_touch_and_are_never_cut(sheet: Sheet, name: str, width: int) -> None:
    svg = sheet.draw([SHAPES[name]]).get_by_role("img")
    sheet.resize(width)
    boxes = svg.locator("text").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect())"
        ".map(({ left, right, top, bottom }) => [left, right, top + 2, bottom - 2])"
    )
    around = svg.bounding_box()
    assert around is not None
    assert boxes
    assert all(around["x"] - 1 <= left and right <= around["x"] + around["width"] + 1 for left, right, *_ in boxes)
    pairs = [(one, other) for at, one in enumerate(boxes) for other in boxes[at + 1 :]]
    touching = [(a, b) for a, b in pairs if a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]]
    assert touching == []
    assert svg.locator("text").first.evaluate("(one) => getComputedStyle(one).fontSize") == "12px"


def test_a_chart_says_its_data_in_words(sheet: Sheet) -> None:
    root = sheet.draw([chart("line", TWO)])
    said = (
        "Non-compliant, line chart. 1 Nov, Failing: 4, Unknown: 0; 2 Nov, Failing: 7, Unknown: 2; "
        "3 Nov, Failing: 5, Unknown: 14"
    )
    expect(root.get_by_role("img")).to_have_accessible_name(said)
    assert root.locator("figcaption").inner_text() == "Non-compliant"


def test_the_last_values_are_read_at_first_and_the_others_where_one_points(sheet: Sheet) -> None:
    root = sheet.draw([chart("bar", TWO)])
    expect(root.locator(".legend")).to_have_text("3 NovFailing: 5Unknown: 14")
    assert root.locator(".band title").first.text_content() == "1 Nov, Failing: 4, Unknown: 0"


def test_ticks_are_round_numbers_that_hold_all_values(sheet: Sheet) -> None:
    def ticks(block: dict[str, object]) -> list[str]:
        return sheet.draw([block]).locator("svg text[text-anchor=end]").all_text_contents()

    assert ticks(SHAPES["line"]) == ["0", "5", "10", "15"]
    assert ticks(SHAPES["one point"]) == ["0", "1", "2", "3"]
    assert ticks(SHAPES["zeros"]) == ["0", "1"]
    assert ticks(SHAPES["negative"]) == ["-15", "-10", "-5", "0", "5"]
    assert ticks(SHAPES["large"]) == ["0", "500M", "1B"]
    assert ticks(SHAPES["fractions"]) == ["0", "0.001", "0.002", "0.003"]
    assert ticks(SHAPES["huge"]) == ["0", "5E299", "1E300", "1.5E300"]


def test_bars_and_lines_are_as_high_as_their_values(sheet: Sheet) -> None:
    root = sheet.draw([chart("bar", {"Failing": [4, 8]})])
    first, second = (one.bounding_box() for one in root.locator("svg g rect").all())
    assert first is not None
    assert second is not None
    assert second["height"] == pytest.approx(2 * first["height"], abs=1)
    line = sheet.draw([chart("line", {"Failing": [0, 4, 8]})])
    heights = line.locator("circle").evaluate_all("(all) => all.map((one) => Number(one.getAttribute('cy')))")
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.01)


def test_a_pie_says_each_part_with_its_share(sheet: Sheet) -> None:
    root = sheet.draw([pie(pass_=37, fail=5, unknown=14)])
    assert root.locator(".legend span").all_inner_texts() == ["pass_: 37 (66 %)", "fail: 5 (9 %)", "unknown: 14 (25 %)"]
    expect(root.get_by_role("img")).to_have_accessible_name(
        "Verdicts, pie chart. pass_: 37 (66 %), fail: 5 (9 %), unknown: 14 (25 %)"
    )
    assert root.locator("path title").first.text_content() == "pass_: 37 (66 %)"
    areas = root.locator("path").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().width > 5)")
    assert areas == [True, True, True]


@pytest.mark.parametrize("parts", [{"all": 5.0}, {"none": 0.0}, {"a": 0.0, "b": 3.0}])
def test_a_pie_of_one_part_or_of_nothing_is_drawn(sheet: Sheet, parts: dict[str, float]) -> None:
    svg = sheet.draw([pie(**parts)]).get_by_role("img")
    assert "NaN" not in svg.inner_html()
    expect(svg.locator("path")).to_have_count(len(parts))


@pytest.mark.parametrize("value", [None, "7", True])
def test_a_chart_of_no_numbers_is_a_grey_box(sheet: Sheet, value: object) -> None:
    broken = chart("line", TWO)
    broken["chart"]["series"][0]["data"][1]["value"] = value
    assert sheet.draw([broken]).inner_text() == "Unknown: data_visualization"


def test_names_that_look_like_markup_are_text(sheet: Sheet) -> None:
    root = sheet.draw([chart("line", {"<b>x</b>": [1, 2]}, ["<i>", "&amp;"])])
    expect(root.locator(".legend")).to_have_text("&amp;<b>x</b>: 2")
    assert root.locator("svg text[text-anchor=middle]").all_text_contents() == ["<i>", "&amp;"]


def test_a_chart_follows_its_window(sheet: Sheet) -> None:
    svg = sheet.draw([SHAPES["twenty points"]]).get_by_role("img")
    wide = svg.locator("text[text-anchor=middle]").count()
    sheet.resize(330)
    narrow = svg.locator("text[text-anchor=middle]").count()
    assert 1 <= narrow < wide
