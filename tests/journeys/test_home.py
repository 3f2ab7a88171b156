"""The Home tab, through the real process: opened, kept up to date by what others do, clicked in, and refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from demo.text import render, show
from handlers import ids
from handlers.blocks.finding import STALE
from tests.journeys.approvals import APPROVE, ENGINEER, ONCALL, OUTSIDER, SECOND, Approvals
from tests.journeys.conftest import START

if TYPE_CHECKING:
    from demo.workspace import Delivery
    from tests.journeys.approvals import Timed

NOTHING = "Nothing waits for your decision."
NOT_ASKED = "Nothing is open, and nothing ended within the last seven days."
GUESTS = "Guests cannot use ecrbot."


def text(approvals: Approvals, user: str) -> str:
    """Return somebody's Home tab as it is, as text."""
    view = approvals.slack.home(user) or {"blocks": []}
    return "\n".join(show(block, {}) for block in view["blocks"])


def shows(approvals: Approvals, user: str, *said: str, without: str = "") -> str:
    """Wait until somebody's Home tab says all of this and not that, without their opening it, and return it as text."""

    def does() -> bool:
        shown = text(approvals, user)
        return all(one in shown for one in said) and not (without and without in shown)

    try:
        approvals.slack.wait_for(does, timeout=15, what=f"a Home tab of {user} that says {said}")
    except TimeoutError as error:
        raise AssertionError(
            f"{said} not in, or {without} in {text(approvals, user)}; the log: {approvals.bot.log}"
        ) from error
    return text(approvals, user)


def opened(approvals: Approvals, user: str) -> str:
    """Open somebody's Home tab, and return it as text once the bot has done what is to be done about that."""
    delivery = approvals.slack.open_home(user)
    ack = delivery.wait_ack()
    assert (ack.seconds < 3, ack.payload) == (True, None)
    worked_on = "SELECT 1 FROM deliveries WHERE key = ? AND finished_at IS NOT NULL"
    key = str(delivery.payload["event_id"])
    approvals.bot.until(lambda: approvals.bot.rows(worked_on, key), f"the Home tab of {user}")
    return text(approvals, user)


def published(approvals: Approvals, user: str) -> int:
    """Return how often Slack was asked to publish somebody's Home tab."""
    calls = approvals.slack.calls
    return sum(call.method == "views.publish" and call.arguments["user_id"] == user for call in calls)


def button(approvals: Approvals, user: str, label: str, *, about: str = "") -> dict[str, Any]:
    """Return a button of somebody's Home tab, as it is pressed."""
    view = approvals.slack.home(user)
    assert view is not None
    found = [(n, b) for n, b in enumerate(view["blocks"]) if about in str(b) and "accessory" in b]
    return next({**b["accessory"], "block_id": f"b{n}"} for n, b in found if b["accessory"]["text"]["text"] == label)


def pressed(approvals: Approvals, action: dict[str, Any], user: str = ENGINEER) -> Delivery:
    view = approvals.slack.home(user)
    assert view is not None
    delivery = approvals.slack.press(view, action, user=user)
    assert delivery.wait_ack().seconds < 3
    return delivery


def test_it_is_published_when_it_is_opened(approvals: Approvals) -> None:
    name = approvals.create("home-api")
    approvals.bot.command("sweep")
    home = opened(approvals, ENGINEER)
    assert "comply\n" in home or "complies\n" in home
    assert f"🔴 `{name}` · prod (111111111111) in eu-west-1 · since today   [Remediate]" in home
    assert (NOTHING in home, NOT_ASKED in home, "`/ecr check <repo>`" in home) == (True, True, True)


def test_the_messages_tab_is_acknowledged_and_nothing_is_published(approvals: Approvals) -> None:
    before = published(approvals, OUTSIDER)
    event = {"type": "app_home_opened", "user": OUTSIDER, "channel": "D0OUTSIDER", "tab": "messages"}
    assert approvals.slack.event(event).wait_ack().payload is None
    opened(approvals, SECOND)
    assert published(approvals, OUTSIDER) == before


def test_whoever_may_approve_sees_what_waits_and_both_see_what_came_of_it(approvals: Approvals) -> None:
    name = approvals.create("asked-api")
    approvals.bot.command("sweep")
    opened(approvals, ENGINEER)
    opened(approvals, OUTSIDER)
    opened(approvals, ONCALL)
    outsider = published(approvals, OUTSIDER)

    approvals.ask(name)
    waiting = f"🟡 Requested · Remediate `{name}` · prod (111111111111) in eu-west-1   [Open the card]"
    shows(approvals, ONCALL, "Waits for your decision · 1", waiting, "Asked by @U0ENGINEER", ">the audit")
    mine = shows(approvals, ENGINEER, "You asked for · 1", waiting, "It waits for an approver until")
    assert NOTHING in mine
    card = approvals.card(saying=name)
    link = f"https://local.slack.example/{APPROVE}/p{card.ts.replace('.', '')}"
    assert button(approvals, ONCALL, "Open the card")["url"] == link

    approvals.press("Approve")
    done = shows(approvals, ENGINEER, f"✅ Applied · Remediate `{name}`", ": Verified: ")
    assert f"🔴 `{name}`" not in done
    shows(approvals, ONCALL, NOTHING, without=f"🔴 `{name}`")
    assert published(approvals, OUTSIDER) == outsider


def test_a_denial_and_an_undo_are_seen_by_whoever_asked(approvals: Approvals) -> None:
    opened(approvals, ENGINEER)
    approvals.ask(approvals.create("denied-api"))
    approvals.press("Deny")
    approvals.submit(approvals.form(ONCALL), ONCALL, reason="Not <now>.")
    shows(approvals, ENGINEER, "⛔ Denied · Remediate `denied-api`", "Denied by @U0ONCALL", "Not <now>.")

    card = approvals.approved(approvals.create("undone-api"), saying="Verified")
    approvals.press("Undo", card=card)
    approvals.submit(approvals.form(ONCALL), ONCALL, reason="a hotfix")
    shows(approvals, ENGINEER, "Undone · Remediate `undone-api`", "and undone since by request")


def test_remediate_works_from_the_tab_to_the_card(approvals: Approvals) -> None:
    name = approvals.create("pressed-api")
    approvals.bot.command("sweep")
    opened(approvals, ENGINEER)
    before = len(approvals.slack.messages("D0ENGINEER"))
    pressed(approvals, button(approvals, ENGINEER, "Remediate", about=f"`{name}`"))
    ack = approvals.submit(approvals.form(), reason="from Home").wait_ack()
    assert ack.payload is None
    approvals.slack.wait_for(lambda: len(approvals.slack.messages("D0ENGINEER")) > before, what="an answer to eva")
    answer = render(approvals.slack.messages("D0ENGINEER")[-1])
    assert answer.startswith("Asked. It waits for an approver in #C0APPROVE until")
    assert ">from Home" in render(approvals.card(saying=name))
    shows(approvals, ENGINEER, f"🟡 Requested · Remediate `{name}`")
    assert approvals.private(ENGINEER, APPROVE) == []


def test_the_link_to_a_card_is_acknowledged_and_answered_by_nothing(approvals: Approvals) -> None:
    approvals.ask(approvals.create("linked-api"))
    opened(approvals, ONCALL)
    before, forms = approvals.slack.messages("D0ONCALL"), approvals.slack.views(ONCALL)
    pressed(approvals, button(approvals, ONCALL, "Open the card", about="linked-api"), ONCALL)
    opened(approvals, ONCALL)
    assert (approvals.slack.messages("D0ONCALL"), approvals.slack.views(ONCALL)) == (before, forms)


def modal(approvals: Approvals, user: str) -> str:
    view = approvals.form(user)
    return "\n".join(show(block, {}) for block in view["blocks"])


@pytest.mark.parametrize(
    "forged",
    [
        {"type": "button", "action_id": "of-a-later-release", "block_id": "b"},
        {"type": "button", "action_id": ids.REMEDIATE, "block_id": "b", "value": "no-arn"},
        {"type": "button", "action_id": ids.LIST, "block_id": "b", "value": '{"list":"","page":0}'},
    ],
)
def test_a_button_that_means_nothing_there_is_answered_in_a_modal(approvals: Approvals, forged: dict[str, Any]) -> None:
    opened(approvals, ENGINEER)
    pressed(approvals, forged)
    assert modal(approvals, ENGINEER) == STALE


def test_nothing_can_be_decided_from_the_tab(approvals: Approvals) -> None:
    approvals.ask(approvals.create("kept-api"))
    opened(approvals, ONCALL)
    for action in (ids.APPROVE, ids.DENY, ids.UNDO, ids.CANCEL):
        pressed(approvals, {"type": "button", "action_id": action, "block_id": "b", "value": approvals.request}, ONCALL)
        assert modal(approvals, ONCALL) == STALE
    assert "Requested" in render(approvals.card(saying="kept-api"))


def test_where_no_modal_can_be_opened_the_answer_is_a_direct_message(approvals: Approvals) -> None:
    opened(approvals, ENGINEER)
    approvals.slack.fail("views.open", error="internal_error")
    pressed(approvals, {"type": "button", "action_id": "of-a-later-release", "block_id": "b"})
    assert approvals.direct(saying="older message") == STALE


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0GUEST", GUESTS),
        ("U0STRANGER", "People of other organisations cannot use ecrbot."),
    ],
)
def test_who_may_not_use_the_bot_is_told_why_and_nothing_else(approvals: Approvals, user: str, why: str) -> None:
    assert opened(approvals, user) == why
    assert approvals.bot.rows("SELECT count(*) FROM homes WHERE user = ?", user) == [(0,)]


def test_where_slack_does_not_say_who_somebody_is_that_is_told(approvals: Approvals) -> None:
    approvals.slack.fail("users.info", error="internal_error", times=None)
    shown = opened(approvals, "U0SINGLE")
    assert shown == "Slack did not say who you are (internal_error), so nothing was done; try again in a moment."
    approvals.slack.heal()
    assert opened(approvals, "U0SINGLE") == GUESTS


def test_where_slack_takes_no_home_tab_everything_else_goes_on_and_the_next_opening_mends_it(
    approvals: Approvals,
) -> None:
    name = approvals.create("refused-api")
    opened(approvals, ENGINEER)
    before = text(approvals, ENGINEER)
    approvals.slack.fail("views.publish", error="not_enabled", times=None)
    approvals.approved(name, saying="Verified")
    approvals.direct(saying=name)
    assert text(approvals, ENGINEER) == before
    approvals.slack.heal()
    assert f"✅ Applied · Remediate `{name}`" in opened(approvals, ENGINEER)


@pytest.fixture
def restarted(alone: Approvals) -> Approvals:
    """A bot that was killed, and started anew, since eva and otto opened their Home tabs."""
    alone.create("late-api")
    alone.bot.start()
    opened(alone, ENGINEER)
    opened(alone, ONCALL)
    kill(alone)
    alone.bot.start()
    return alone


def kill(alone: Approvals) -> None:
    """Let the bot die, and wait until Slack has noticed."""
    alone.bot.kill()
    alone.bot.until(lambda: alone.slack.connections == 0, "the end of its connection")


def test_after_a_restart_what_was_opened_before_is_still_kept_up_to_date(restarted: Approvals) -> None:
    restarted.ask("late-api")
    shows(restarted, ONCALL, "Waits for your decision · 1", "`late-api`")
    shows(restarted, ENGINEER, "You asked for · 1", "`late-api`")


def test_before_the_first_sweep_nothing_is_said_to_be_known(alone: Approvals) -> None:
    alone.aws.hang()
    alone.bot.start(swept=False)
    assert "Nothing has been swept yet, so nothing is known" in opened(alone, ENGINEER)


def test_what_nobody_decided_is_gone_from_the_approvers_tab_when_it_expires(timed: Timed) -> None:
    timed.create("slow-api")
    timed.bot.start()
    opened(timed, ENGINEER)
    opened(timed, ONCALL)
    timed.ask("slow-api")
    shows(timed, ONCALL, "Waits for your decision · 1", "`slow-api`")
    timed.bot.set_clock(START + timedelta(hours=9))
    shows(timed, ONCALL, NOTHING)
    shows(timed, ENGINEER, "⚪ Expired · Remediate `slow-api`", "Nobody decided until")


def test_somebody_who_became_a_guest_is_told_so_by_the_next_change(alone: Approvals) -> None:
    """Who somebody is is believed for five minutes, so that a new process asks anew."""
    alone.create("former-api")
    alone.bot.start()
    opened(alone, ENGINEER)
    alone.ask("former-api")
    kill(alone)
    guest = next(one for one in alone.slack.people if one.id == "U0GUEST")
    alone.slack.add_person(type(guest)(ENGINEER, "eva", "Eva Engineer", is_restricted=True))
    alone.bot.start()
    alone.press("Approve")
    shows(alone, ENGINEER, GUESTS)
    alone.bot.until(lambda: alone.bot.rows("SELECT count(*) FROM homes") == [(0,)], "that eva is forgotten")
    assert text(alone, ENGINEER) == GUESTS
