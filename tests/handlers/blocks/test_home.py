"""The Home tab, word for word, and as Slack takes it whatever is in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.text import show
from demo.workspace.validation import view_problems
from ecr.digest import Digest, Occasion, Row
from ecr.facts import OpenFinding, Point, Totals, UnreadRepositories
from ecr.home import Home
from ecr.model import Rule, Target
from ecr.request import ECRBOT, Actor, Decided, Exempting, Item, Kind, Outcome, Place, Request, State
from ecr.subscription import Filters
from handlers.blocks.home import MOST_BLOCKS, closed, home
from handlers.blocks.text import plain
from tests.handlers.blocks.examples import (
    AT,
    CARD,
    EVA,
    LEAD,
    PROD,
    STAGING,
    applied,
    ended,
    failed,
    item,
    many,
    request,
)

OCCASION = Occasion(Filters(), date(2026, 11, 25), "UTC", AT, AT)
SWEPT = AT - timedelta(minutes=12)
LINK = "https://team.slack.example/archives/C0APPROVE/p1"
UNKNOWN_NOW = "Slack did not say who you are (ratelimited), so nothing was done; try again in a moment."


AS_READ_LAST = "What could not be read counts there as it was read last."


def row(name: str = "payments-api", days: int = 12, *rules: Rule, target: Target = PROD, **more: Any) -> Row:
    arn = f"arn:aws:ecr:{target.region}:{target.account}:repository/{name}"
    opened = AT - timedelta(days=days)
    said = {Rule.TAG_IMMUTABILITY: "Every tag can be overwritten.", Rule.SCAN_ON_PUSH: "scanOnPush is <false>."}
    found = tuple(OpenFinding(name, target, arn, rule, said[rule], opened, **more) for rule in rules or tuple(Rule))
    return Row(name, target, arn, found)


DIGEST = Digest(
    OCCASION,
    Totals(passing=56, failing=4, exempt=1, unknown=3),
    still_open=(row(), row("web", 0, Rule.SCAN_ON_PUSH, target=STAGING, was_exempt=True)),
    still_open_count=4,
    unread=(
        UnreadRepositories(STAGING, "Access denied to <ecrbot>.", AT - timedelta(days=3), known=3, failing=1),
        UnreadRepositories(Target("333333333333", "eu-west-1"), "No credentials.", None, known=0),
    ),
    trend=(Point(date(2026, 11, 23), 6), Point(date(2026, 11, 25), 4)),
    swept_at=SWEPT,
)
WAITING = replace(request(), id="R1", by=EVA)
MINE = replace(ended(), id="R2")
TOLD = Home(DIGEST, waiting=(WAITING,), asked=(MINE,), asked_count=1)
TYPED = "What you can type"


def shown(view: dict[str, Any]) -> list[str]:
    """Return a Home tab as text, a line each, once Slack would take it; without what can be typed, which comes last."""
    assert view_problems(view) == ()
    lines = "\n".join(show(block, {}) for block in view["blocks"]).split("\n")
    return lines[: lines.index(TYPED)] if TYPED in lines else lines


def buttons(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [block["accessory"] for block in view["blocks"] if "accessory" in block]


def test_everything_there_is_to_tell() -> None:
    view = home(TOLD, {"R1": LINK})
    assert (view["type"], view["callback_id"]) == ("home", "home")
    assert shown(view) == [
        "87 % of 64 repositories comply",
        "==============================",
        "🟢 Compliant",
        "56",
        "🔴 Non-compliant",
        "4",
        "🔵 Exempt",
        "1",
        "⚪ Unknown",
        "3",
        "ECR was swept 2026-11-25 02:18 UTC",
        "⚠️ 2 accounts and regions could not be read. 3 repositories known there count as unknown.",
        "⚪ staging (222222222222) in us-east-1",
        "Access denied to <ecrbot>.",
        "Last read 2026-11-22 02:30 UTC: 3 repositories known there, 1 of them non-compliant then",
        "⚪ 333333333333 in eu-west-1",
        "No credentials.",
        "Never read, so nothing is known of it.",
        "Non-compliant repositories, 30 days",
        "6 │██",
        "  │██▃▃",
        "  │████",
        "  │████",
        "  │████",
        "0 └────",
        "   23 Nov 25 Nov",
        f"4 on 25 Nov, 2 fewer than on 23 Nov; lowest 4 on 25 Nov, highest 6 on 23 Nov. {AS_READ_LAST}",
        "────────────────────────────────────────",
        "Waits for your decision · 1",
        "🟡 Requested · Remediate `payments-api` · prod (111111111111) in eu-west-1   [Open the card]",
        "Asked by @U0EVA, 2026-11-25 02:28 UTC; it waits until 2026-11-26 02:28 UTC",
        ">Audit of <Q4> & more",
        "────────────────────────────────────────",
        "You asked for · 1",
        "✅ Applied · Remediate `payments-api` · prod (111111111111) in eu-west-1",
        "Applied 2026-11-25 02:29 UTC: Verified: the tags are immutable, and images are scanned on push.",
        "Its card is in #C0APPROVE.",
        "────────────────────────────────────────",
        "Oldest findings · 4 repositories non-compliant, oldest first",
        "🔴 `payments-api` · prod (111111111111) in eu-west-1 · open for 12 days   [Remediate]",
        "tag-immutability Every tag can be overwritten.",
        "scan-on-push scanOnPush is <false>.",
        "🔴 `web` · staging (222222222222) in us-east-1 · since today   [Remediate]",
        "Its exemption ended.",
        "scan-on-push scanOnPush is <false>.",
        "and 2 more: type /ecr list",
        "────────────────────────────────────────",
    ]
    assert buttons(view) == [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": "Open the card", "emoji": True},
            "action_id": "card",
            "url": LINK,
            "accessibility_label": "Open the card of the request for payments-api",
        },
        remediate("payments-api", PROD),
        remediate("web", STAGING),
    ]


def remediate(name: str, target: Target) -> dict[str, Any]:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": "Remediate", "emoji": True},
        "action_id": "remediate",
        "value": f"arn:aws:ecr:{target.region}:{target.account}:repository/{name}",
        "accessibility_label": f"Remediate {name}",
    }


def test_before_the_first_sweep_nothing_is_known_and_said_so() -> None:
    told = shown(home(Home(Digest(OCCASION, Totals(passing=2), trouble="There was no sweep yet.")), {}))
    assert told == [
        "ecrbot",
        "======",
        (
            "Nothing has been swept yet, so nothing is known: the bot sweeps by itself soon after it starts, and "
            "whoever does not want to wait types `/ecr sweep`."
        ),
        "────────────────────────────────────────",
        "Waits for your decision",
        "Nothing waits for your decision.",
        "────────────────────────────────────────",
        "You asked for",
        "Nothing is open, and nothing ended within the last seven days.",
        "────────────────────────────────────────",
    ]


def oldest(digest: Digest) -> list[str]:
    told = shown(home(Home(digest), {}))
    return told[told.index("Oldest findings") :][1:-1]


def test_nothing_is_called_compliant_that_could_not_be_read() -> None:
    well = Digest(OCCASION, Totals(passing=3), swept_at=SWEPT)
    assert oldest(well) == ["Nothing is non-compliant."]
    unsure = ["Nothing that could be read is non-compliant."]
    assert oldest(replace(well, totals=Totals(passing=3, unknown=1))) == unsure
    assert oldest(replace(well, unread=(UnreadRepositories(STAGING, "No.", None, 0),))) == unsure


@pytest.mark.parametrize(
    ("totals", "header"),
    [
        (Totals(), "No repository is known yet"),
        (Totals(passing=1), "100 % of 1 repository complies"),
        (Totals(passing=999, failing=1), "99 % of 1000 repositories comply"),
        (Totals(passing=3, failing=997), "Less than 1 % of 1000 repositories comply"),
        (Totals(failing=2), "0 % of 2 repositories comply"),
        (Totals(passing=1, unknown=1, exempt=2), "25 % of 4 repositories comply"),
    ],
)
def test_the_share_is_of_all_repositories_and_never_rounded_up(totals: Totals, header: str) -> None:
    assert shown(home(Home(Digest(OCCASION, totals, swept_at=SWEPT)), {}))[0] == header


def test_an_old_sweep_is_told_with_its_age_and_one_that_read_nothing_as_such() -> None:
    digest = Digest(
        OCCASION,
        Totals(unknown=2),
        swept_at=AT - timedelta(days=3),
        trouble="The last sweep could read none of the configured accounts and regions.",
    )
    told = shown(home(Home(digest), {}))
    assert "⚠️ The last sweep could read none of the configured accounts and regions." in told
    assert "ECR was swept 2026-11-22 02:30 UTC, 3 days ago" in told


def test_where_it_is_not_known_what_waits_for_them_why_is_said() -> None:
    told = shown(home(Home(DIGEST, undecided=UNKNOWN_NOW), {}))
    assert f"⚠️ It is not known what does: {UNKNOWN_NOW}" in told
    assert "Nothing waits for your decision." not in told


MOMENT = "2026-11-25 02:29 UTC"
DENIED = Decided(LEAD, "S0ONCALL", AT - timedelta(minutes=1), "Not before <Monday>.")
BY_ECRBOT = Decided(ECRBOT, ECRBOT.id, AT - timedelta(minutes=1), "The approvals channel takes no message.")


@pytest.mark.parametrize(
    ("mine", "said"),
    [
        (request(), "It waits for an approver until 2026-11-26 02:28 UTC."),
        (request(no_approver="Nobody is named."), "⚠️ Nobody can approve this. Nobody is named."),
        (request(state=State.APPROVED), "Approved: it is applied next."),
        (request(state=State.APPLYING), "Being applied …"),
        (request(state=State.DENIED, decided=DENIED), f"Denied by @U0LEAD, {MOMENT}: Not before <Monday>."),
        (
            request(state=State.CANCELLED, decided=replace(DENIED, by=EVA, reason=None)),
            f"Cancelled by @U0EVA, {MOMENT}.",
        ),
        (
            request(state=State.CANCELLED, decided=BY_ECRBOT),
            f"Cancelled, {MOMENT}: The approvals channel takes no message.",
        ),
        (
            request(state=State.EXPIRED),
            "Nobody decided until 2026-11-26 02:28 UTC, so nothing was done. Ask anew.",
        ),
        (
            ended(failed(item()), state=State.FAILED),
            f"Failed {MOMENT}: AWS refused PutImageScanningConfiguration: <denied>.",
        ),
        (ended(*many(40, 3), state=State.FAILED), f"Failed {MOMENT}: 37 of 40 applied, 3 failed."),
        (ended(*map(applied, many(12))), f"Applied {MOMENT}: 12 of 12 applied."),
        (ended(state=State.UNDONE, undone_by="R9"), f"Ended {MOMENT}, and undone since by request `R9`."),
    ],
)
def test_what_somebody_asked_for_is_told_with_how_far_it_is(mine: Request, said: str) -> None:
    told = shown(home(Home(DIGEST, asked=(replace(mine, card=None),), asked_count=1), {}))
    assert told[told.index("You asked for · 1") + 2] == said


def test_an_exemption_says_which_rules_until_when() -> None:
    until = datetime(2027, 1, 31, tzinfo=UTC)
    one = replace(WAITING, kind=Kind.EXEMPTION, exempts=Exempting((Rule.SCAN_ON_PUSH,), until))
    told = shown(home(Home(DIGEST, waiting=(one,)), {}))
    assert "Exempt from scan-on-push until 2027-01-31 00:00 UTC; then what fails is told of again." in told


def test_ten_are_shown_of_each_and_the_rest_is_counted() -> None:
    some = tuple(replace(WAITING, id=f"R{number}") for number in range(12))
    digest = replace(DIGEST, still_open=tuple(row(f"web-{n}", n) for n in range(13)), still_open_count=40)
    told = shown(home(Home(digest, waiting=some, asked=some[:10], asked_count=15), {}))
    assert [line for line in told if line.startswith("and ")] == [
        "and 2 more",
        "and 5 more",
        "and 30 more: type /ecr list",
    ]
    assert sum(line.startswith("🟡") for line in told) == 20
    assert sum(line.startswith("🔴 `web-") for line in told) == 10


def test_accounts_that_cannot_be_read_are_told_together_and_the_rest_is_counted() -> None:
    unread = tuple(UnreadRepositories(Target(f"{n:012}", "eu-west-1"), "No.", None, 0) for n in range(14))
    told = shown(home(Home(replace(DIGEST, unread=unread)), {}))
    assert "⚠️ 14 accounts and regions could not be read." in told
    assert "and 4 more could not be read" in told


def test_who_may_not_use_the_bot_is_told_why_and_nothing_else() -> None:
    view = closed(plain("Guests cannot use ecrbot & see nothing.").payload()["blocks"])
    assert shown(view) == ["Guests cannot use ecrbot & see nothing."]
    assert len(view["blocks"]) == 1


EVIL = "<!channel> & `*x*` <https://evil.example|click>\n>```"


def test_nothing_that_somebody_wrote_means_anything_to_slack() -> None:
    target = replace(PROD, name=EVIL)
    one = replace(
        request(replace(item(EVIL, target=target), sentence=EVIL, outcome=Outcome.FAILED)),
        by=Actor("nobody", EVIL),
        reason=EVIL,
    )
    finding = OpenFinding(EVIL, target, "arn:1", Rule.SCAN_ON_PUSH, EVIL, AT)
    digest = replace(
        DIGEST,
        still_open=(Row(EVIL, target, "arn:1", (finding,)),),
        unread=(UnreadRepositories(target, EVIL, AT, 1),),
        trouble=EVIL,
    )
    settled = [
        replace(one, state=state, no_approver=EVIL, sentence=EVIL, decided=Decided(Actor("x", EVIL), "x", AT, EVIL))
        for state in State
    ]
    view = home(Home(digest, waiting=(one,), asked=tuple(settled), asked_count=9), {})
    assert view_problems(view) == ()
    mrkdwn = [text["text"] for block in view["blocks"] for text in _texts(block)]
    assert not any("<!channel>" in text or "<https:" in text or "```" in text for text in mrkdwn)
    assert sum("&lt;!channel&gt;" in text for text in mrkdwn) >= 10


def _texts(block: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
    return [text for text in inner if isinstance(text, dict) and text.get("type") == "mrkdwn"]


def test_the_worst_there_can_be_is_taken_by_slack() -> None:
    name, long = "a" * 256, "&<>" * 4000
    target = Target("9" * 12, "eu-west-1", "&" * 200)
    worst = Request(
        id="R" * 11,
        kind=Kind.EXEMPTION,
        state=State.REQUESTED,
        by=Actor("x", long),
        asked_in="",
        reason=long,
        made_at=AT,
        expires_at=AT,
        items=(Item(name, target, "arn", sentence=long, outcome=Outcome.FAILED),),
        undone_by=long,
        exempts=Exempting(tuple(Rule), AT),
        no_approver=long,
        decided=Decided(Actor("x", long), "x", AT, long),
        ended_at=AT,
        sentence=long,
        card=Place("C0APPROVE", "1.0"),
    )
    states = [State.REQUESTED, State.DENIED, State.FAILED, State.UNDONE, State.APPLIED] * 2
    rows = tuple(
        Row(name, target, f"arn{n}", tuple(OpenFinding(name, target, "arn", rule, long, AT) for rule in Rule))
        for n in range(10)
    )
    digest = Digest(
        OCCASION,
        Totals(10**6, 10**6, 10**6, 10**6),
        still_open=rows,
        still_open_count=10**6,
        unread=tuple(UnreadRepositories(replace(target, account=str(n)), long, AT, 10**6, 10**6) for n in range(50)),
        trend=tuple(Point(date(2026, 10, 26) + timedelta(days=2 * n), 10**6 * n) for n in range(16)),
        swept_at=AT - timedelta(days=400),
        trouble=long,
    )
    told = Home(digest, (worst,) * 50, asked=tuple(replace(worst, state=one) for one in states), asked_count=10**6)
    view = home(told, {worst.id: f"https://team.slack.example/{'x' * 2000}"})
    assert view_problems(view) == ()
    assert len(view["blocks"]) < MOST_BLOCKS
    assert TYPED in show(view["blocks"][-1], {})
    assert len(json.dumps(view)) < 250_000


@given(st.text(max_size=300), st.text(max_size=3000), st.sampled_from(list(State)))
def test_any_text_is_taken_by_slack(name: str, said: str, state: State) -> None:
    target = Target("111111111111", "eu-west-1", name)
    one = Item(name or "a", target, "arn", sentence=said)
    decided = Decided(Actor(name, said), name, AT, said)
    some = replace(
        request(one), by=Actor(name, said), reason=said, state=state, decided=decided, card=CARD, sentence=said
    )
    finding = OpenFinding(name or "a", target, "arn", Rule.SCAN_ON_PUSH, said, AT)
    digest = replace(DIGEST, still_open=(Row(name or "a", target, "arn", (finding,)),), trouble=said)
    assert view_problems(home(Home(digest, (some,), asked=(some,), asked_count=1), {})) == ()
