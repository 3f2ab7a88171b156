"""Undo: what was changed is put back, filters included, after the same approval, or by an approver at once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.journeys.approvals import ENGINEER, ONCALL, SECOND, lines, undated
from tests.journeys.conftest import START
from tests.journeys.surroundings import PROD

if TYPE_CHECKING:
    from tests.journeys.approvals import Approvals, Timed

CHANGES = [
    "scan-on-push `scanOnPush true` → `scanOnPush false`",
    "tag-immutability `IMMUTABLE_WITH_EXCLUSION (latest)` → `IMMUTABLE_WITH_EXCLUSION (junk-*, latest)`",
]


def test_an_engineer_s_undo_asks_for_approval_and_puts_everything_back(approvals: Approvals) -> None:
    before = ("IMMUTABLE_WITH_EXCLUSION", ("junk-*", "latest"), False)
    name = approvals.create("undone-api", mutability=before[0], filters=before[1])
    done = approvals.approved(name, saying="Verified")
    original = approvals.request
    assert approvals.settings(name) == ("IMMUTABLE_WITH_EXCLUSION", ("latest",), True)

    approvals.press("Undo", ENGINEER, card=done)
    view = approvals.form(ENGINEER)
    assert "This asks for approval first, as the request itself did." in str(view)
    approvals.submit(view, ENGINEER, reason="a hotfix")
    assert undated(approvals.card(saying="Undo `undone-api`"))[:-1] == [
        "🟡 Requested · Undo `undone-api` · prod (111111111111) in eu-west-1",
        "Asked by @U0ENGINEER, …",
        ">a hotfix",
        f"It undoes request `{original}`.",
        *CHANGES,
        "@S0ONCALL: approve or deny it until …; then it expires.",
        "[Approve]  [Deny]  [Cancel]",
    ]
    assert approvals.refused("Approve", ENGINEER).startswith("You are not an approver")
    assert approvals.settings(name)[0] == "IMMUTABLE_WITH_EXCLUSION"
    approvals.press("Approve", SECOND)
    card = undated(approvals.card(saying="Applied ·"))
    verified = (
        "Applied …. Verified: it is as it was before, scanOnPush false, IMMUTABLE_WITH_EXCLUSION (junk-*, latest)."
    )
    assert card[4:-1] == ["Approved by @U0SECOND as a member of @S0ONCALL, …", verified, *CHANGES, "[Undo]"]
    assert approvals.settings(name) == before
    undone = undated(approvals.card(saying="Undone", number=-2))
    assert undone[0] == "↩️ Undone · Remediate `undone-api` · prod (111111111111) in eu-west-1"
    assert f"Ended …, and undone since by request `{approvals.request}`." in undone
    assert verified in lines(approvals.direct(saying="Undo `undone-api`"))


def test_an_approver_s_own_undo_runs_at_once_as_break_glass_and_is_told(approvals: Approvals) -> None:
    name = approvals.create("night-api", scan_on_push=True)
    done = approvals.approved(name, saying="Verified")
    original = approvals.request
    approvals.press("Undo", ONCALL, card=done)
    view = approvals.form(ONCALL)
    assert "*Break-glass*: you are an approver, so this runs at once" in str(view)
    empty = approvals.submit(view, ONCALL, reason="").wait_ack()
    assert "A reason is needed" in str(empty.payload)
    approvals.submit(view, ONCALL, reason="the hotfix of tonight")
    card = undated(approvals.card(saying="Applied · Undo `night-api`"))
    assert card[:-1] == [
        "🚨 Break-glass · ✅ Applied · Undo `night-api` · prod (111111111111) in eu-west-1",
        "Asked by @U0ONCALL, …",
        ">the hotfix of tonight",
        f"It undoes request `{original}`.",
        "Run at once by @U0ONCALL as a member of @S0ONCALL, …; nobody else approved it.",
        "Applied …. Verified: it is as it was before, MUTABLE.",
        "tag-immutability `IMMUTABLE` → `MUTABLE`",
        "[Undo]",
    ]
    assert approvals.settings(name) == ("MUTABLE", (), True)
    request = approvals.request
    events = json.loads(approvals.bot.command("audit", "--json").stdout)
    mine = [one for one in events if one["request"] == request]
    assert [(one["event"], one["actor_name"], one["actor_entry"], one["detail"]) for one in mine[:2]] == [
        ("requested", "otto", None, "the hotfix of tonight"),
        ("break-glass", "otto", "S0ONCALL", "the hotfix of tonight"),
    ]
    assert [one["event"] for one in mine[2:]] == ["applying", "changing", "changed", "verified", "applied"]


def test_who_asked_and_is_an_approver_may_undo_their_own_at_once(approvals: Approvals) -> None:
    name = approvals.create("own-night-api", scan_on_push=True)
    approvals.ask(name, user=ONCALL)
    approvals.press("Approve", SECOND)
    done = approvals.card(saying="Verified")
    approvals.press("Undo", ONCALL, card=done)
    approvals.submit(approvals.form(ONCALL), ONCALL, reason="mine")
    approvals.card(saying="Break-glass · ✅ Applied · Undo `own-night-api`")
    assert approvals.settings(name) == ("MUTABLE", (), True)


def test_what_is_undone_is_not_undone_twice(approvals: Approvals) -> None:
    name = approvals.create("once-api", scan_on_push=True)
    done = approvals.approved(name, saying="Verified")
    original = approvals.request
    for reason in ("first", "second"):
        approvals.press("Undo", ONCALL, card=done)
        if reason == "first":
            approvals.submit(approvals.form(ONCALL), ONCALL, reason=reason)
            approvals.card(saying="Undone", number=-2)
    assert approvals.refused("Undo", ONCALL, card=done) == f"Request {original} is undone already."


def test_a_half_applied_request_is_undone_as_far_as_it_got(approvals: Approvals) -> None:
    name = approvals.create("half-api")
    approvals.aws.fail("PutImageScanningConfiguration", error="AccessDeniedException", account=PROD)
    failed = approvals.approved(name, saying="Failed ·")
    assert approvals.settings(name) == ("IMMUTABLE", (), False)
    approvals.aws.clear()
    approvals.press("Undo", ONCALL, card=failed)
    approvals.submit(approvals.form(ONCALL), ONCALL, reason="half is none")
    approvals.card(saying="Applied · Undo `half-api`")
    assert approvals.settings(name) == ("MUTABLE", (), False)


def test_after_seven_days_the_button_goes_and_an_old_one_is_refused(timed: Timed) -> None:
    timed.bot.start()
    name = timed.create("week-api", scan_on_push=True)
    done = timed.approved(name, saying="Verified")
    request = timed.request
    assert "[Undo]" in undated(done)
    timed.bot.set_clock(START + timedelta(days=7, minutes=5))
    timed.bot.until(lambda: "[Undo]" not in undated(timed.card()), "the card without Undo")
    assert timed.refused("Undo", ONCALL, card=done) == (
        f"Request {request} ended more than 7 days ago, so its Undo is over: change it in your own code."
    )
    assert timed.settings(name) == ("IMMUTABLE", (), True)
