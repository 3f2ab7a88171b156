"""How the bot is doing, word for word, and as Slack takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from demo.workspace.validation import message_problems
from ecr.model import Target
from ecr.request import Actor
from ecr.subscription import Filters, Subscription
from ecr.swept import LastSweep, UnreadTarget
from ecr.trouble import Trouble
from handlers.blocks.status import NextDigest, State, status
from handlers.blocks.text import moment
from tests.handlers.blocks.examples import request

if TYPE_CHECKING:
    from handlers.blocks.text import Message

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
SWEPT = datetime(2026, 11, 25, 8, 18, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
LAST = LastSweep(SWEPT, targets=4, repositories=120, failing=3, unreadable=())
ONE = Subscription("C0DIGEST", time(9), "Europe/Bucharest", Filters(("payments-*",)), NOW, "U0ENGINEER")
PAUSED = replace(ONE, channel="C0QUIET", filters=Filters(), paused="ecrbot is not in the channel & cannot post.")
SWEPT_SHOWN = f"<!date^{int(SWEPT.timestamp())}^{{date_short}} {{time}}|2026-11-25 08:18 UTC>"
TOMORROW_SHOWN = f"<!date^{int(TOMORROW.timestamp())}^{{date_short}} {{time}}|2026-11-26 07:00 UTC>"
NO_DIGESTS = "*Next digests*: none. `/ecr subscribe` in a channel asks for one."


def texts(message: Message) -> list[str]:
    """Return the text of every block, once Slack would take the message."""
    payload = message.payload()
    assert message_problems(payload) == ()
    return [block["text"]["text"] if "text" in block else block["elements"][0]["text"] for block in payload["blocks"]]


def test_before_the_first_sweep_it_says_how_to_make_one() -> None:
    message = status(State(NOW, None))
    assert texts(message) == ["No sweep has ended yet: type /ecr sweep.", "Open requests: none.", NO_DIGESTS]
    assert message.text == "No sweep has ended yet: type /ecr sweep. Open requests: none."


def test_during_the_first_sweep_it_says_so() -> None:
    assert texts(status(State(NOW, None, sweeping=True)))[0] == "A sweep is running now.\nNo sweep has ended yet."


def test_the_last_sweep_is_told_with_its_age_and_its_counts() -> None:
    message = status(State(NOW, LAST, sweeping=True))
    assert texts(message) == [
        (
            f"*Last sweep* {SWEPT_SHOWN}, 12 minutes ago: 120 repositories in 4 accounts and regions, "
            "3 of them non-compliant.\nA sweep is running now."
        ),
        "Open requests: none.",
        NO_DIGESTS,
    ]
    assert message.text == (
        "Last sweep 12 minutes ago: 120 repositories in 4 accounts and regions, 3 of them non-compliant. "
        "A sweep is running now. Open requests: none."
    )


def test_what_could_not_be_read_is_told_with_why_and_the_rest_is_counted() -> None:
    unreadable = tuple(UnreadTarget(Target("222222222222", f"eu-west-{n}", "dev"), f"<No> {n}.") for n in range(1, 13))
    told = texts(status(State(NOW, replace(LAST, unreadable=unreadable))))
    assert told[0].endswith("non-compliant. 12 accounts and regions could not be read.")
    assert told[1] == ":white_circle: dev (222222222222) in eu-west-1\n&lt;No&gt; 1."
    assert told[10:12] == [
        ":white_circle: dev (222222222222) in eu-west-10\n&lt;No&gt; 10.",
        "And 2 more could not be read.",
    ]


def test_open_requests_are_told_with_where_they_wait_and_the_rest_is_counted() -> None:
    one = replace(request(), by=Actor("U0EVA", "eva"))
    message = status(State(NOW, LAST, requests=(one,)))
    assert texts(message)[1:3] == [
        "*Open requests*: 1",
        (
            ":large_yellow_circle: *Requested* · Remediate `payments-api` · prod (111111111111) in eu-west-1"
            f" · by <@U0EVA> in <#C0APPROVE>, until {moment(one.expires_at)}"
        ),
    ]
    assert "Open requests: 1." in message.text
    assert texts(status(State(NOW, LAST, requests=(one,) * 60)))[4] == "And 44 more."


def test_the_next_digests_are_told_and_paused_ones_with_why_and_how_to_resume_them() -> None:
    message = status(State(NOW, LAST, digests=(NextDigest(PAUSED, TOMORROW), NextDigest(ONE, TOMORROW))))
    assert texts(message)[2:] == [
        "*Next digests*",
        (
            ":double_vertical_bar: <#C0QUIET> · every repository · paused\n"
            "ecrbot is not in the channel &amp; cannot post.\n"
            "To resume it, invite the bot with `/invite @ecrbot` and type `/ecr subscribe` there."
        ),
        f"<#C0DIGEST> · `payments-*`\n{TOMORROW_SHOWN}: tomorrow, Thursday 26 November, at 09:00 Europe/Bucharest",
    ]
    assert message.text.endswith(
        "The next digest comes tomorrow, Thursday 26 November, at 09:00 Europe/Bucharest. 1 digest is paused."
    )


def test_recent_trouble_is_told_with_its_moment() -> None:
    message = status(State(NOW, LAST, troubles=(Trouble("The last sweep", "The history <x> stayed locked.", SWEPT),)))
    assert texts(message)[-2:] == [
        "*Recent trouble*",
        f":warning: The last sweep failed at {SWEPT_SHOWN}: The history &lt;x&gt; stayed locked.",
    ]
    assert message.text.endswith("The last sweep failed: The history &lt;x&gt; stayed locked.")


def test_slack_takes_it_however_much_it_is() -> None:
    long = Filters(tuple(f"{'&' * 250}{n}" for n in range(10)), ("<" * 3000,))
    digests = tuple(NextDigest(replace(ONE, filters=long, paused="&" * 4000), TOMORROW) for _ in range(60))
    unreadable = tuple(UnreadTarget(Target(None, f"eu-west-{n}", "&" * 3000), f"{n}{'>' * 5000}") for n in range(60))
    troubles = tuple(Trouble("The sweep", "&" * 4000, NOW - timedelta(minutes=n)) for n in range(60))
    told = texts(
        status(
            State(
                NOW,
                replace(LAST, unreadable=unreadable),
                digests=digests,
                troubles=troubles,
                requests=(request(),) * 60,
            )
        )
    )
    assert len(told) == 37
    assert told[-1] == "And 55 earlier."
    assert "And 48 more." in told
    assert all(
        text.endswith("type `/ecr subscribe` there.") for text in told if text.startswith(":double_vertical_bar:")
    )


def test_an_account_that_cannot_be_read_is_said_once_for_each_reason() -> None:
    unreadable = tuple(
        UnreadTarget(Target("333333333333", region, "sandbox"), error)
        for region, error in (("eu-west-1", "Refused."), ("us-east-1", "Refused."), ("us-west-2", "Disabled."))
    )
    last = LastSweep(NOW, 3, 0, 0, unreadable)
    assert texts(status(State(NOW, last)))[1:3] == [
        ":white_circle: sandbox (333333333333) in eu-west-1, us-east-1\nRefused.",
        ":white_circle: sandbox (333333333333) in us-west-2\nDisabled.",
    ]
