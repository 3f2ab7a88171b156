"""The list as Slack takes it: what is not known is said, on whatever page, and never as compliance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from demo.workspace.validation import message_problems
from ecr.model import Target
from ecr.swept import Standing, Standings, UnreadTarget
from handlers.blocks.standing import PAGE_ROWS, ListView, listed, unmatched
from tests.store.world import AT, FAIL, seen

if TYPE_CHECKING:
    from handlers.blocks.text import Message

SWEPT = datetime(2026, 11, 25, 8, 18, tzinfo=UTC)
SHOWN = f"<!date^{int(SWEPT.timestamp())}^{{date_short}} {{time}}|2026-11-25 08:18 UTC>"
UNREAD = tuple(UnreadTarget(Target(f"{account}", "eu-west-1"), f"Refused <{account}>.") for account in range(40))
ROWS = tuple(Standing(seen(f"api-{number}", FAIL), AT) for number in range(PAGE_ROWS))
VIEW = ListView("")


def texts(message: Message) -> list[str]:
    """Return the text of every block, once Slack would take the message."""
    payload = message.payload()
    assert message_problems(payload) == ()
    assert len(message.blocks) == len(payload["blocks"])
    shown = [block.get("text") or block["elements"][0]["text"] for block in payload["blocks"]]
    return [one if isinstance(one, str) else one["text"] for one in shown]


def test_nothing_is_green_where_all_is_known() -> None:
    assert texts(listed(Standings((), 0, 0), VIEW, SWEPT)) == [
        "Nothing is non-compliant by the last sweep, as far as these filters go."
    ]


def test_nothing_listed_is_not_green_where_something_could_not_be_read() -> None:
    message = listed(Standings((), 0, 0, UNREAD[:1]), VIEW, SWEPT)
    assert message.text == (
        "Nothing that could be read is non-compliant by the last sweep, but 1 account and region could not be read."
    )
    assert texts(message) == [
        message.text,
        ":white_circle: 0 in eu-west-1\nRefused &lt;0&gt;.",
        f"Swept {SHOWN}",
    ]


def test_nothing_listed_is_not_green_where_something_is_unknown() -> None:
    one = listed(Standings((), 0, 0, unknown_count=1), VIEW, SWEPT)
    more = listed(Standings((), 0, 0, UNREAD[:2], 5), VIEW, SWEPT)
    assert one.text.endswith("by the last sweep, but 1 repository is unknown.")
    assert more.text.endswith("but 5 repositories are unknown and 2 accounts and regions could not be read.")


def test_the_first_page_says_what_is_unknown_and_unread_and_fits() -> None:
    said = texts(listed(Standings(ROWS, 40, 0, UNREAD, 7), VIEW, SWEPT))
    assert said[PAGE_ROWS + 2] == "7 more are unknown."
    assert said[PAGE_ROWS + 3] == ":white_circle: 0 in eu-west-1\nRefused &lt;0&gt;."
    assert said[-2:] == ["And 30 more could not be read.", f"Page 1 of 3 · swept {SHOWN}"]


def test_a_later_page_counts_the_unknown_alone() -> None:
    said = texts(listed(Standings(ROWS, 40, 0, UNREAD, 1), ListView("", 1), SWEPT))
    assert said[-2:] == ["1 more is unknown.", f"Page 2 of 3 · swept {SHOWN}"]
    assert not [one for one in said if "could not be read" in one or "Refused" in one]


def test_a_glob_that_matches_nothing_is_said() -> None:
    assert unmatched("payments-*").text == "No repository matches payments-*."
