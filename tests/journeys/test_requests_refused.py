"""Who may not decide, and what is not applied: each refused click is told why, to who clicked alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from demo.text import render
from tests.journeys.approvals import APPROVE, ENGINEER, ONCALL, OUTSIDER, SECOND, SETTINGS_OF_REQUESTS, lines, undated
from tests.journeys.conftest import START

if TYPE_CHECKING:
    from tests.journeys.approvals import Approvals, Timed

NOT_ONE = "You are not an approver for this request: the setting slack.approvers names them."
OWN = "This is your own request: somebody else has to approve it."
FORGED = "ecrbot knows no such request: this button is of another history. Ask anew with /ecr remediate."
EXPIRED = "This request has expired, so nothing was done: ask anew."


def test_nobody_approves_their_own_request_even_in_the_group(approvals: Approvals) -> None:
    name = approvals.create("own-api")
    approvals.ask(name, user=ONCALL)
    assert approvals.refused("Approve", ONCALL) == OWN
    assert approvals.settings(name) == ("MUTABLE", (), False)
    approvals.press("Approve", SECOND)
    assert "Approved by @U0SECOND" in render(approvals.card(saying="Verified"))


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (ENGINEER, NOT_ONE),
        (OUTSIDER, NOT_ONE),
        ("U0GUEST", "Guests cannot use ecrbot."),
        ("U0SINGLE", "Guests cannot use ecrbot."),
        ("U0GONE", "This account is deactivated, and cannot use ecrbot."),
        ("U0STRANGER", "People of other organisations cannot use ecrbot."),
        ("U0ROBOT", "Bots cannot use ecrbot."),
    ],
)
def test_who_is_no_approver_is_told_so_alone_and_nothing_happens(approvals: Approvals, user: str, said: str) -> None:
    name = approvals.create(f"refused-{user.lower()}")
    approvals.ask(name)
    before = undated(approvals.card())
    assert approvals.refused("Approve", user) == said
    assert approvals.refused("Deny", user) == said
    assert undated(approvals.card()) == before
    assert approvals.settings(name) == ("MUTABLE", (), False)


def test_a_guest_in_the_group_is_a_guest_still(alone: Approvals) -> None:
    alone.slack.set_group("S0ONCALL", (ONCALL, "U0GUEST", "U0GONE", "U0STRANGER", "U0ROBOT"))
    alone.bot.start()
    name = alone.create("guarded-api")
    alone.ask(name)
    for user in ("U0GUEST", "U0GONE", "U0STRANGER", "U0ROBOT"):
        assert "cannot use ecrbot" in alone.refused("Approve", user)
    assert alone.settings(name) == ("MUTABLE", (), False)


def test_where_slack_does_not_say_who_is_in_the_group_the_click_is_refused(alone: Approvals) -> None:
    alone.slack.fail("usergroups.users.list", error="internal_error", times=None)
    alone.bot.start()
    name = alone.create("unknown-group")
    alone.ask(name)
    assert alone.refused("Approve", ONCALL) == (
        "Slack did not say who you are (internal_error), so nothing was done; try again in a moment."
    )
    assert alone.settings(name) == ("MUTABLE", (), False)
    alone.slack.heal()
    alone.press("Approve")
    alone.card(saying="Verified")


def test_where_nobody_can_approve_there_are_no_buttons_and_it_says_why(alone: Approvals) -> None:
    alone.slack.set_group("S0ONCALL", ())
    alone.bot.start()
    told = alone.ask(alone.create("nobody-api"))
    why = (
        "⚠️ Nobody can approve this. Nobody is left of those whom slack.approvers names: its groups are empty, and its "
        "users are deactivated."
    )
    assert why in told
    card = undated(alone.card())
    assert card[-3:-1] == [why, "[Cancel]"]


def test_what_is_settled_says_who_was_first(approvals: Approvals) -> None:
    name = approvals.create("first-api")
    approvals.ask(name)
    waiting = approvals.card()
    approvals.press("Deny")
    denial = approvals.form(ONCALL)
    approvals.press("Approve", SECOND)
    approvals.card(saying="Verified")
    already = "sven has approved this request already. It is applied now."
    for button in ("Approve", "Deny"):
        assert approvals.refused(button, ONCALL, card=waiting) == already
    assert approvals.refused("Cancel", ENGINEER, card=waiting) == already
    assert approvals.send(denial, ONCALL, APPROVE, reason="too late") == already
    assert "Applied ·" in render(approvals.card())


def test_a_forged_value_decides_nothing(approvals: Approvals) -> None:
    approvals.ask(approvals.create("forged-api"))
    before = undated(approvals.card())
    for value in ("RDEADBEEF00", "{}", "🎉", "x" * 1900, "R'; DROP TABLE requests"):
        assert approvals.refused("Approve", ONCALL, value=value) == FORGED
    assert approvals.refused("Approve", ONCALL, value="") == (
        "This button says of no request what it is about: ask anew with /ecr remediate."
    )
    assert undated(approvals.card()) == before


def test_the_value_of_another_request_decides_about_none(approvals: Approvals) -> None:
    first, second = approvals.create("first-of-two"), approvals.create("second-of-two")
    approvals.ask(first)
    older = approvals.request
    approvals.ask(second)
    said = approvals.refused("Approve", ONCALL, value=older)
    assert said == "This button is not on the card of that request, so nothing was done."
    assert (approvals.settings(first)[0], approvals.settings(second)[0]) == ("MUTABLE", "MUTABLE")


def test_deny_takes_a_reason_that_the_card_and_the_asker_show(approvals: Approvals) -> None:
    name = approvals.create("denied-api")
    approvals.ask(name)
    approvals.press("Deny")
    view = approvals.form(ONCALL)
    empty = approvals.submit(view, ONCALL, reason=" ").wait_ack()
    assert empty.payload == {
        "response_action": "errors",
        "errors": {"reason": "A reason is needed: it is what the others go by."},
    }
    approvals.submit(view, ONCALL, reason="a release is under way")
    said = [
        "⛔ Denied · Remediate `denied-api` · prod (111111111111) in eu-west-1",
        "Denied by @U0ONCALL as a member of @S0ONCALL, …",
        ">a release is under way",
    ]
    card = undated(approvals.card(saying="Denied"))
    assert [card[0], *card[3:5]] == said
    assert not any("[" in line for line in card)
    assert lines(approvals.direct(saying="denied-api"))[:3] == said
    assert approvals.settings(name) == ("MUTABLE", (), False)


def test_who_asked_may_cancel_and_nobody_else(approvals: Approvals) -> None:
    name = approvals.create("cancelled-api")
    approvals.ask(name)
    assert approvals.refused("Cancel", ONCALL) == "Only who asked for it can cancel it; an approver can deny it."
    waiting = approvals.card()
    approvals.press("Cancel", ENGINEER)
    card = undated(approvals.card(saying="Cancelled"))
    assert [card[0], card[3]] == [
        "⚪ Cancelled · Remediate `cancelled-api` · prod (111111111111) in eu-west-1",
        "Cancelled by @U0ENGINEER, …",
    ]
    assert not any("[" in line for line in card)
    assert approvals.refused("Approve", ONCALL, card=waiting) == "eva has cancelled this request already."
    assert approvals.settings(name) == ("MUTABLE", (), False)


def test_an_identical_open_request_is_pointed_at_and_not_made_twice(approvals: Approvals) -> None:
    name = approvals.create("twice-api")
    approvals.ask(name)
    count = len(approvals.cards())
    assert approvals.ask(name, user=SECOND).startswith("This is asked for already: @U0ENGINEER did ")
    assert len(approvals.cards()) == count


def test_a_request_that_nobody_decides_about_expires_and_its_card_says_so(timed: Timed) -> None:
    timed.bot.start()
    name = timed.create("expired-api")
    timed.ask(name)
    waiting = timed.card()
    timed.bot.set_clock(START + timedelta(hours=8, seconds=1))
    card = undated(timed.card(saying="Expired"))
    assert card[:4] == [
        "⚪ Expired · Remediate `expired-api` · prod (111111111111) in eu-west-1",
        "Asked by @U0ENGINEER, …",
        ">the audit",
        "Nobody decided until …, so nothing was done. Ask anew.",
    ]
    assert not any("[" in line for line in card)
    assert timed.refused("Approve", ONCALL, card=waiting) == EXPIRED
    assert "Nobody decided until …, so nothing was done. Ask anew." in lines(timed.direct(saying="expired-api"))
    assert timed.settings(name) == ("MUTABLE", (), False)


def test_without_an_approvals_channel_it_says_how_to_set_one(alone: Approvals) -> None:
    alone.bot.settings = SETTINGS_OF_REQUESTS.replace(f'approvals_channel = "{APPROVE}"\n', "")
    alone.bot.start()
    said = alone.ecr(f"remediate {alone.create('nowhere')}")
    assert said == (
        "There is no channel to ask for approval in: set slack.approvals_channel in ecrbot.toml to its id, like "
        '"C0APPROVE", invite the bot there, and restart it.'
    )
