"""Exemptions: asked for with a reason and an end, decided as a remediation is, shown wherever it counts, and ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from demo.text import render
from tests.journeys.approvals import APPROVE, DIGEST, ENGINEER, OUTSIDER, lines, undated
from tests.journeys.conftest import START

if TYPE_CHECKING:
    from tests.journeys.approvals import Approvals, Timed

TAGS = ["tag-immutability"]


def test_an_exempt_rule_counts_as_exempt_with_its_reason_and_date(approvals: Approvals) -> None:
    name = approvals.create("legacy-api", scan_on_push=True)
    until = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a day of the form
    approvals.ask(name, command="exempt", rules=TAGS, reason="its tags move until the rewrite", until=until)
    assert undated(approvals.card(saying="Exempt"))[:-1] == [
        "🟡 Requested · Exempt `legacy-api` · prod (111111111111) in eu-west-1",
        "Asked by @U0ENGINEER, …",
        ">its tags move until the rewrite",
        "Exempt from tag-immutability until …; then what fails is told of again.",
        "⚠️ tag-immutability fails: Tag mutability is MUTABLE: every tag can be overwritten.",
        "@S0ONCALL: approve or deny it until …; then it expires.",
        "[Approve]  [Deny]  [Cancel]",
    ]
    assert approvals.refused("Approve", OUTSIDER).startswith("You are not an approver")
    assert "🔴 Non-compliant" in approvals.ecr(f"check {name}")
    approvals.press("Approve")
    assert undated(approvals.card(saying="Applied ·"))[3:-1] == [
        "Exempt from tag-immutability until …; then what fails is told of again.",
        "Approved by @U0ONCALL as a member of @S0ONCALL, …",
        f"Applied …. Exempt from tag-immutability until {until}.",
        "⚠️ tag-immutability fails: Tag mutability is MUTABLE: every tag can be overwritten.",
        "[Undo]",
    ]
    assert approvals.settings(name) == ("MUTABLE", (), True)
    assert lines(approvals.ecr(f"check {name}"))[:3] == [
        "🔵 Exempt · `legacy-api` · prod (111111111111) in eu-west-1",
        (
            f"🔵 tag-immutability · exempt: Exempt until {until}, granted by otto: its tags move until the rewrite. "
            "Tag mutability is MUTABLE: every tag can be overwritten."
        ),
        "🟢 scan-on-push · pass: scanOnPush is true and the registry is BASIC without any scanning rule.",
    ]


def test_until_more_than_a_year_or_in_the_past_is_an_error_beside_the_day(approvals: Approvals) -> None:
    name = approvals.create("eternal-api", scan_on_push=True)
    view = approvals.open(f"exempt {name}")
    for days, said in (
        (366, "An exemption lasts 365 days at most; it can be asked for again then."),
        (-1, "That day is over: an exemption ends in the future."),
    ):
        until = (date.today() + timedelta(days=days)).isoformat()  # noqa: DTZ011 - a day of the form
        ack = approvals.submit(view, rules=TAGS, reason="ever", until=until).wait_ack()
        assert ack.payload == {"response_action": "errors", "errors": {"until": said}}
    none = approvals.submit(view, rules=[], reason="ever").wait_ack()
    assert "Choose at least one rule" in str(none.payload)


def test_what_complies_has_nothing_to_exempt(approvals: Approvals) -> None:
    name = approvals.create("good-api", mutability="IMMUTABLE", scan_on_push=True)
    view = approvals.open(f"exempt {name}")
    assert "*Nothing to exempt.* No rule fails here." in str(view)
    assert "submit" not in view


def test_the_button_under_a_finding_opens_the_same_form(approvals: Approvals) -> None:
    name = approvals.create("button-api", scan_on_push=True)
    [answer] = approvals.slack.command(f"check {name}").wait_answer()
    approvals.slack.click(answer, "Exempt").wait_ack()
    approvals.send(approvals.form(), reason="the button")
    assert "Requested · Exempt `button-api`" in render(approvals.card(saying=name))


def test_a_denied_exemption_exempts_nothing(approvals: Approvals) -> None:
    name = approvals.create("denied-exemption", scan_on_push=True)
    approvals.ask(name, command="exempt")
    approvals.press("Deny")
    approvals.submit(approvals.form("U0ONCALL"), "U0ONCALL", reason="no")
    approvals.card(saying="Denied")
    assert "🔴 Non-compliant" in approvals.ecr(f"check {name}")


def test_undoing_an_exemption_lets_the_rule_count_again(approvals: Approvals) -> None:
    name = approvals.create("counted-again", scan_on_push=True)
    approvals.ask(name, command="exempt")
    approvals.press("Approve")
    done = approvals.card(saying="Applied ·")
    approvals.press("Undo", ENGINEER, card=done)
    approvals.send(approvals.form(), channel=APPROVE, reason="it was mended")
    approvals.card(saying="Requested · Undo")
    approvals.press("Approve")
    approvals.card(saying="Applied · Undo")
    assert "🔴 Non-compliant" in approvals.ecr(f"check {name}")


def test_an_exemption_is_counted_by_list_and_digest_and_its_end_opens_the_finding_again(timed: Timed) -> None:
    name = timed.create("ending-api", scan_on_push=True)
    timed.bot.start()
    assert timed.ecr("subscribe at 09:30 UTC", channel=DIGEST).startswith("Subscribed.")
    until = (START + timedelta(days=2)).date().isoformat()
    timed.ask(name, command="exempt", reason="until Wednesday", until=until)
    timed.press("Approve")
    timed.card(saying="Applied ·")
    assert timed.ecr("list") == "Nothing is non-compliant by the last sweep, as far as these filters go."
    timed.bot.set_clock(START + timedelta(days=1, hours=2, minutes=31))
    timed.slack.wait_for(lambda: digests(timed), what="a digest")
    assert lines(digests(timed)[-1])[2:7] == [
        "1 repository: 1 exempt",
        "🟢 Resolved · 1 repository",
        "`ending-api` · prod (111111111111) in eu-west-1 · exempted by @U0ONCALL (tag-immutability)",
        "🔵 Exemptions ending within 7 days · 1 exemption",
        "`ending-api` · prod (111111111111) in eu-west-1 · tag-immutability until … · until Wednesday",
    ]
    timed.bot.set_clock(START + timedelta(days=3, hours=2, minutes=31))
    timed.bot.until(lambda: "ended" in digests(timed)[-1], "a digest that tells of the end")
    assert lines(digests(timed)[-1])[2:7] == [
        "1 repository: 1 non-compliant",
        "🔴 Regressed · 1 repository, resolved before and failing again",
        "`ending-api` · prod (111111111111) in eu-west-1   [Remediate]",
        "Its exemption ended.",
        "Tag mutability is MUTABLE: every tag can be overwritten.",
    ]
    assert "🔴 Non-compliant" in timed.ecr(f"check {name}")


def digests(timed: Timed) -> list[str]:
    """Return the digests of the channel, without the lines about requests."""
    return [said for one in timed.slack.messages(DIGEST) if "digest" in (said := render(one))]
