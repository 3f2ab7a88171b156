"""The digest in Slack: its words, its parts within Slack's limits, and what becomes of what has no room."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.text import render
from demo.workspace import Message
from demo.workspace.validation import message_problems
from ecr.digest import Digest, Resolved, Row
from ecr.facts import Ending, Point, Totals, UnknownRepository, UnreadRepositories
from ecr.model import Rule, Target
from handlers.blocks.digest import MOST_BLOCKS, parts, rendered, shares, with_warning, without_charts
from handlers.blocks.trend import chart, sparkline
from tests.digests import AT, DAY, PROD, arn, finding, occasion, quiet, rich, row, rows


def payloads(digest: Digest) -> tuple[dict[str, Any], ...]:
    """Return the parts as they are sent, once Slack's rules took every one of them."""
    found = tuple(json.loads(part) for part in rendered(digest))
    for payload in found:
        assert message_problems(payload) == ()
        assert message_problems(without_charts(payload)) == ()
        assert 0 < len(payload["blocks"]) <= MOST_BLOCKS
        assert payload["text"]
    return found


def shown(payload: dict[str, Any]) -> str:
    return render(Message("C0DIGEST", "1", "U0ECRBOT", payload["text"], tuple(payload["blocks"])), {"U0LEAD": "lea"})


def lines(payload: dict[str, Any], start: str) -> list[str]:
    return [line for line in shown(payload).splitlines() if re.search(start, line)]


RICH = """\
ECR digest · Wednesday 25 November · payments-*
===============================================
⚠️ The last sweep failed: AWS did not answer.
57 repositories: 37 compliant, 5 non-compliant, 14 unknown, 1 exempt
🔴 New · 1 repository
`payments-api` · prod (111111111111) in eu-west-1   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
The BASIC registry has no rule, and the flag scanOnPush is false.
🔴 Regressed · 1 repository, resolved before and failing again
`payments-web` · prod (111111111111) in eu-west-1   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
🟢 Resolved · 2 repositories
`payments-batch` · prod (111111111111) in eu-west-1 · remediated by @lea (tag-immutability), \
fixed outside (scan-on-push)
`payments-old` · staging (222222222222) in us-east-1 · deleted (tag-immutability and scan-on-push)
🔴 Still open · 3 repositories, oldest first
`payments-core` · prod (111111111111) in eu-west-1 · open for 12 days   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
`payments-data` · prod (111111111111) in eu-west-1 · open for 1 day   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
`payments-edge` · prod (111111111111) in eu-west-1 · since today   [Remediate]
Tag mutability is MUTABLE: every tag can be overwritten.
⚪ Unknown · 2 repositories
`payments-new` · prod (111111111111) in eu-west-1 · GetRegistryScanningConfiguration is not allowed.
`payments-odd` · prod (111111111111) in eu-west-1 · Tag mutability is 'FROZEN', a value this release does not know.
⚪ Could not be read · 2 accounts and regions, 12 repositories known there
staging (222222222222) in us-east-1
The role ecrbot-read cannot be assumed.
Last read 2026-11-23 08:00 UTC: 12 repositories known there, 4 of them non-compliant then: \
`payments-a`, `payments-b`, `payments-c` and 1 more
333333333333 in eu-west-1
AWS did not answer in time.
Never read, so nothing is known of it.
🔵 Exemptions ending within 7 days · 1 exemption
`payments-legacy` · prod (111111111111) in eu-west-1 · scan-on-push until 2026-11-28 08:00 UTC · \
Retired in December <soon>.
Non-compliant repositories, 30 days
▁█▃ Non-compliant: 4 → 5
ECR was swept 2026-11-25 07:46 UTC · changes since 2026-11-24 08:00 UTC"""


def test_a_digest_tells_every_section_with_names_and_evidence() -> None:
    (payload,) = payloads(rich())
    assert shown(payload) == RICH
    assert payload["text"] == (
        "ECR digest · Wednesday 25 November · payments-*: The last sweep failed: AWS did not answer. 1 new, "
        "1 regressed, 2 resolved, 3 still open, 2 unknown, 2 accounts and regions not read, "
        "1 exemption ending. New: payments-api"
    )


def test_every_repository_that_fails_has_a_button_with_its_arn() -> None:
    (payload,) = payloads(rich())
    buttons = [block["accessory"] for block in payload["blocks"] if "accessory" in block]
    assert {button["action_id"] for button in buttons} == {"remediate"}
    assert [button["value"].partition("/")[2] for button in buttons] == [
        "payments-api",
        "payments-web",
        "payments-core",
        "payments-data",
        "payments-edge",
    ]
    assert buttons[0]["value"] == arn("payments-api")
    assert buttons[0]["accessibility_label"] == "Remediate payments-api"


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        (quiet(37, 0, "payments-*"), "Nothing to report for `payments-*`: all 37 repositories are compliant."),
        (quiet(), "Nothing to report: all 37 repositories are compliant."),
        (quiet(1), "Nothing to report: the one repository is compliant."),
        (quiet(35, 2), "Nothing to report: 35 repositories are compliant, 2 exempt."),
        (quiet(1, 2), "Nothing to report: 1 repository is compliant, 2 exempt."),
        (quiet(0, 3), "Nothing to report: all 3 repositories are exempt."),
        (quiet(0, 0, "core/*", "a-*"), "Nothing to report for `core/*, a-*`: there is no such repository."),
    ],
)
def test_a_day_with_nothing_to_tell_says_so_in_one_line(digest: Digest, said: str) -> None:
    (payload,) = payloads(replace(digest, trend=rich().trend))
    assert [block["text"]["text"] for block in payload["blocks"]] == [said]
    assert payload["text"] == said.replace("`", "")


def test_the_notification_names_five_of_what_is_new() -> None:
    new = rows("payments", 7)
    (payload,) = payloads(replace(quiet(), new=new, new_count=7))
    assert payload["text"].endswith(
        "7 new. New: payments-000, payments-001, payments-002, payments-003, payments-004, 2 more"
    )


def test_what_has_no_room_follows_in_the_thread() -> None:
    digest = replace(
        quiet(),
        new=rows("new", 10),
        new_count=10,
        still_open=rows("old", 60),
        still_open_count=60,
        unknown=tuple(UnknownRepository(f"odd-{number:02}", PROD, "Why.") for number in range(60)),
        unknown_count=60,
        trend=rich().trend,
    )
    main, reply = payloads(digest)
    assert len(main["blocks"]) == MOST_BLOCKS - 1  # what is new left nothing out, and room was kept to say so
    assert [len(lines(main, start)) for start in ("^`new-", "^`old-", "^`odd-")] == [10, 25, 24]
    assert lines(main, "more in the thread") == ["and 35 more in the thread", "and 36 more in the thread"]
    assert lines(reply, "continued") == ["🔴 Still open, continued", "⚪ Unknown, continued"]
    assert [len(lines(reply, start)) for start in ("^`new-", "^`old-", "^`odd-")] == [0, 35, 36]
    assert lines(reply, "more") == []
    assert reply["text"] == "ECR digest · Wednesday 25 November, continued (1 of 1)"


def test_a_section_that_fills_several_replies_has_its_heading_in_each() -> None:
    digest = replace(quiet(), still_open=rows("old", 120), still_open_count=120)
    main, *replies = payloads(digest)
    assert [lines(reply, "continued") for reply in replies] == [["🔴 Still open, continued"]] * 2
    told = [line for part in (main, *replies) for line in lines(part, "^`old-")]
    assert [line[1:8] for line in told] == [f"old-{number:03}" for number in range(120)]


def test_what_four_replies_do_not_hold_is_counted_and_listed_elsewhere() -> None:
    digest = replace(
        quiet(),
        new=rows("new", 250),
        new_count=400,
        still_open=rows("old", 250),
        still_open_count=900,
    )
    main, *replies = payloads(digest)
    assert len(replies) == 4
    told = {name: sum(len(lines(part, f"^`{name}-")) for part in (main, *replies)) for name in ("new", "old")}
    assert lines(main, "in the thread")[1] == "and 897 more in the thread"
    counted = [line for reply in replies for line in lines(reply, "/ecr list")]
    assert counted == [f"and {400 - told['new']} more: type /ecr list", f"and {900 - told['old']} more: type /ecr list"]
    assert told["old"] >= 6


@pytest.mark.parametrize("most", [1, 2, 3])
def test_where_fewer_replies_are_taken_more_is_counted(most: int) -> None:
    digest = replace(quiet(), new=rows("new", 250), new_count=250, still_open=rows("old", 9), still_open_count=9)
    found = [part.payload() for part in parts(digest, replies=most, where="below")]
    assert len(found) == most + 1
    assert all(message_problems(payload) == () and len(payload["blocks"]) <= MOST_BLOCKS for payload in found)
    told = sum(len(lines(payload, "^`new-")) for payload in found)
    assert lines(found[0], "below")[1] == "and 6 more below"
    assert f"and {250 - told} more: type /ecr list" in shown(found[-1])


def test_what_the_history_did_not_hand_over_is_counted_at_once() -> None:
    (payload,) = payloads(replace(quiet(), new=rows("new", 2), new_count=5, unknown_count=1))
    assert lines(payload, "^and") == ["and 3 more: type /ecr list", "and 1 more"]


def test_filters_too_long_for_a_header_are_told_below_it() -> None:
    names = tuple(f"a-rather-long-name-of-a-team-{number}-*" for number in range(10))
    (payload,) = payloads(replace(rich(), occasion=occasion(*names)))
    assert payload["blocks"][0]["text"]["text"].endswith("…")
    assert names[-1] in payload["blocks"][1]["elements"][0]["text"]


def test_the_chart_is_slacks_own() -> None:
    (payload,) = payloads(rich())
    labels = ["21 Nov", "23 Nov", "25 Nov"]
    values = zip(labels, (4, 7, 5), strict=True)
    assert [block for block in payload["blocks"] if block["type"] == "data_visualization"] == [
        {
            "type": "data_visualization",
            "title": "Non-compliant repositories, 30 days",
            "chart": {
                "type": "line",
                "series": [
                    {"name": "Non-compliant", "data": [{"label": label, "value": value} for label, value in values]}
                ],
                "axis_config": {"categories": labels},
            },
        }
    ]


def test_a_chart_has_what_was_unknown_where_anything_was() -> None:
    points = (Point(DAY - timedelta(days=2), 4), Point(DAY, 5, 3))
    assert [series["name"] for series in chart(points)["chart"]["series"]] == ["Non-compliant", "Unknown"]
    plain = without_charts({"text": "x", "blocks": [chart(points)]})
    assert plain["blocks"][0]["elements"][0]["text"] == (
        "Non-compliant repositories, 30 days: ▁█ 4 → 5 (lowest 4, highest 5)\nUnknown: ▁█ 0 → 3 (lowest 0, highest 3)"
    )


def test_without_charts_everything_else_stays() -> None:
    (payload,) = payloads(rich())
    before = json.dumps(payload)
    plain = without_charts(payload)
    assert json.dumps(payload) == before
    place = [block["type"] for block in payload["blocks"]].index("data_visualization")
    assert shown({**plain, "blocks": plain["blocks"][place : place + 1]}) == (
        "Non-compliant repositories, 30 days: ▁█▃ 4 → 5 (lowest 4, highest 7)"
    )
    del payload["blocks"][place], plain["blocks"][place]
    assert plain == payload


@pytest.mark.parametrize("payload", [{"text": "x"}, {"text": "x", "blocks": [{"type": "divider"}]}])
def test_what_has_no_chart_stays_as_it_is(payload: dict[str, Any]) -> None:
    assert without_charts(payload) == payload


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=16))
def test_a_sparkline_is_as_long_as_its_points_with_its_ends(values: list[int]) -> None:
    points = [Point(DAY + timedelta(days=index), value) for index, value in enumerate(values)]
    drawn, _, said = sparkline(points).partition(" ")
    assert len(drawn) == len(values)
    assert said == f"{values[0]} → {values[-1]} (lowest {min(values)}, highest {max(values)})"
    assert min(values) == max(values) or drawn[values.index(max(values))] == "█"
    assert drawn[values.index(min(values))] == "▁"


def test_a_warning_comes_last_and_fits_into_a_full_part() -> None:
    full = payloads(replace(quiet(), new=rows("new", 250), new_count=250))[0]
    before = json.dumps(full)
    warned = with_warning(full, "This digest may repeat one that is here already: <Slack> did not say.")
    assert message_problems(warned) == ()
    assert warned["blocks"][:-1] == full["blocks"]
    assert shown(warned).splitlines()[-1] == ("⚠️ This digest may repeat one that is here already: <Slack> did not say.")
    assert json.dumps(full) == before


def test_names_and_sentences_of_any_length_push_nothing_out() -> None:
    long = replace(finding("&" * 256), evidence="<" * 5000)
    digest = replace(
        quiet(0, 0, "*" * 400),
        new=(Row("&" * 256, Target("1" * 12, "eu-west-1", "<" * 100), arn("x"), (long,)),),
        new_count=1,
        unknown=(UnknownRepository("n" * 256, PROD, "<!here>" * 900),) * 9,
        unknown_count=9,
        unread=(UnreadRepositories(PROD, "<" * 9000, AT, 9, 9, ("&" * 256,) * 5),),
        ending=(Ending("n" * 256, PROD, Rule.SCAN_ON_PUSH, AT, ">" * 9000),) * 9,
        resolved=(Resolved("n" * 256, PROD, tuple(Rule), "exempted", "<!channel>"),),
        resolved_count=1,
        trouble="&" * 9000,
    )
    (payload,) = payloads(digest)
    assert str(payload).count("n" * 256) == 9 + 9 + 1
    assert "exempted by &lt;!channel&gt;" in str(payload)
    assert not re.search("<(?!!date)", str(payload))


@given(st.lists(st.integers(0, 300), max_size=7), st.integers(21, 200))
def test_a_room_is_shared_so_that_everyone_gets_something_and_nothing_is_wasted(sizes: list[int], room: int) -> None:
    given_ = shares(sizes, room)
    assert sum(given_) == min(sum(sizes), room)
    assert all(min(size, 3) <= share <= size for size, share in zip(sizes, given_, strict=True))


SIZES = st.one_of(st.integers(0, 4), st.integers(0, 250))
BEYOND = st.one_of(st.just(0), st.integers(0, 1000))


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    sizes = {name: draw(SIZES) for name in ("new", "again", "gone", "old", "odd", "dark", "ends")}
    made = {
        name: tuple(
            row(f"{name}-{number:03}", *draw(st.sampled_from((tuple(Rule), (), (Rule.SCAN_ON_PUSH,)))))
            for number in range(size)
        )
        for name, size in sizes.items()
        if name in ("new", "again", "old")
    }
    names = {name: [f"{name}-{number:03}" for number in range(size)] for name, size in sizes.items()}
    return Digest(
        occasion(*draw(st.lists(st.text("ab*/<&", min_size=1), max_size=9))),
        Totals(draw(SIZES), draw(SIZES), draw(SIZES), draw(SIZES)),
        made["new"],
        sizes["new"] + draw(BEYOND),
        made["again"],
        sizes["again"] + draw(BEYOND),
        tuple(Resolved(name, PROD, (Rule.SCAN_ON_PUSH,), "deleted") for name in names["gone"]),
        sizes["gone"] + draw(BEYOND),
        made["old"],
        sizes["old"] + draw(BEYOND),
        tuple(UnknownRepository(name, PROD, draw(st.text(max_size=5))) for name in names["odd"]),
        sizes["odd"] + draw(BEYOND),
        tuple(UnreadRepositories(Target(None, name), "Why.", None, 3) for name in names["dark"]),
        tuple(Ending(name, PROD, Rule.SCAN_ON_PUSH, AT, "Why.") for name in names["ends"]),
        draw(st.sampled_from(((), rich().trend))),
        draw(st.sampled_from((None, AT))),
        draw(st.sampled_from((None, "The last sweep failed."))),
    )


SECTIONS = {
    "new": "New",
    "again": "Regressed",
    "gone": "Resolved",
    "old": "Still open",
    "odd": "Unknown",
    "dark": "Could not be read",
    "ends": "Exemptions ending",
}


def counts(digest: Digest) -> dict[str, int]:
    found = (
        digest.new_count,
        digest.regressed_count,
        digest.resolved_count,
        digest.still_open_count,
        digest.unknown_count,
        len(digest.unread),
        len(digest.ending),
    )
    return {name: count for name, count in zip(SECTIONS, found, strict=True) if count}


def tallied(payload: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return how many each section of a part shows, and how many it says are left."""
    tallies: dict[str, tuple[int, int]] = {}
    current = ""
    for line in shown(payload).splitlines():
        current = next((name for name, title in SECTIONS.items() if line[2:].startswith(title)), current)
        told, left = tallies.get(current, (0, 0))
        more = re.match("and ([0-9]+) more", line)
        rows_told = len(re.findall(rf"(?:^`|in |, ){current}-[0-9]{{3}}", line))
        tallies[current] = (told + rows_told, int(more[1]) if more else left)
    return tallies


@settings(max_examples=25)
@given(digests())
def test_whatever_there_is_to_tell_fits_and_is_shown_or_counted(digest: Digest) -> None:
    found = payloads(digest)
    assert len(found) == len(parts(digest)) <= 5
    tallies = [tallied(payload) for payload in found]
    for name, count in counts(digest).items():
        told = [tally[name] for tally in tallies if name in tally]
        assert sum(told[0]) == count
        assert sum(rows_told for rows_told, _ in told) + told[-1][1] == count
        assert told[0][0] >= min(count - told[0][1], 3)
        # Only where the history handed nothing over is nothing shown.
        assert told[0][0] or f"{name}-000" not in str(digest)


def test_without_replies_what_has_no_room_is_counted() -> None:
    digest = replace(quiet(), still_open=rows("svc", 90), still_open_count=120, totals=Totals(failing=120))
    [only] = parts(digest, replies=0)
    [left] = [line for line in shown(only.payload()).splitlines() if line.startswith("and ")]
    assert re.fullmatch("and [0-9]+ more: type /ecr list", left)
