"""The approval race: two people, each before a page of their own, press Approve at the same moment."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.running import Demo
    from tests.browser.live.desk import Desk


def test_of_two_who_approve_at_once_one_does_and_the_other_is_told(demo: Demo, sit: Callable[..., Desk]) -> None:
    demo.slack.set_group("S0ONCALL", ("U0ONCALL", "U0OUTSIDER"))
    eva = sit()
    eva.asks_for("feature-flags", "The audit asks for it.")
    desks = [sit(user, "C0APPROVE") for user in ("U0ONCALL", "U0OUTSIDER")]
    buttons = [
        one.messages.filter(has_text="feature-flags").last.get_by_role("button", name="Approve") for one in desks
    ]
    for button in buttons:
        expect(button).to_be_enabled()
    at = time.time() * 1000 + 500
    for button in buttons:
        button.evaluate("(button, at) => setTimeout(() => button.click(), at - Date.now())", at)
    for one in desks:
        card = one.messages.filter(has_text="feature-flags").filter(has_text="Verified:")
        expect(card.first).to_be_visible()
        expect(card.first).to_contain_text(re.compile("Approved by @(otto|olga)"))
    demo.slack.wait_for(lambda: _told_first(demo), what="a word to whoever was second")
    second = _told_first(demo)
    refusal = next(one for one in desks if one.person == second).page.locator("#log .alone")
    expect(refusal.filter(has_text="has approved this request already")).to_have_count(1)


def _told_first(demo: Demo) -> str | None:
    """Who was told, alone, that the request was decided already."""
    told = [m.ephemeral_to for m in demo.slack._state.messages.values() if "already" in m.text]  # noqa: SLF001
    return told[0] if len(told) == 1 else None
