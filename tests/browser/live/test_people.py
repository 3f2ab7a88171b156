"""What people meet in the page: refusals, mistakes, races, reloads, a bot that is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from demo.workspace import Message, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.running import Demo
    from tests.browser.live.desk import Desk

HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script> *bold* <!channel> & <@U0ONCALL>"


def test_a_form_without_a_reason_is_kept_and_says_so_beside_the_field(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.types("/ecr remediate checkout-emails")
    desk.form.locator("textarea").wait_for()
    desk.form.locator("button[type=submit]").click()
    expect(desk.form.get_by_role("alert")).to_contain_text("complete this required field")
    expect(desk.form.locator("textarea")).to_be_focused()


def test_what_the_bot_says_beside_a_field_stands_there_and_what_was_typed_stays(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.types("/ecr remediate checkout-emails")
    reason = desk.form.locator("textarea")
    reason.fill("   ")
    desk.form.locator("button[type=submit]").click()
    expect(desk.form.get_by_role("alert")).to_have_text("A reason is needed: it is what the approvers go by.")
    expect(reason).to_have_value("   ")
    expect(reason).to_be_focused()
    desk.page.keyboard.press("Escape")
    expect(desk.form).to_be_hidden()


def test_a_refusal_is_seen_by_whoever_was_refused_alone(sit: Callable[..., Desk]) -> None:
    eva = sit()
    eva.asks_for("notebooks", "The audit asks for it.")
    olga = sit("U0OUTSIDER", "C0APPROVE")
    card = olga.messages.filter(has_text="notebooks").last
    card.get_by_role("button", name="Approve").click()
    refusal = olga.page.locator("#log .alone").last
    expect(refusal).to_contain_text("Only visible to you")
    expect(refusal).to_contain_text("approver")
    eva.enters("C0APPROVE")
    expect(eva.messages.filter(has_text="notebooks").first).to_be_visible()
    expect(eva.page.locator("#log .alone")).to_have_count(0)


def test_two_tabs_are_two_people(sit: Callable[..., Desk]) -> None:
    eva, otto = sit(), sit("U0ONCALL")
    eva.types("/ecr check identity")
    expect(eva.last).to_contain_text("Only visible to you")
    otto.types("good morning")
    expect(eva.messages.filter(has_text="good morning")).to_be_visible()
    expect(otto.messages.filter(has_text="Only visible to you")).to_have_count(0)


def test_a_reload_in_the_middle_of_a_form_keeps_the_form_and_what_was_typed(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.types("/ecr remediate checkout-emails")
    desk.form.locator("textarea").fill("Half a rea")
    desk.page.reload()
    desk.ready()
    expect(desk.form.locator("textarea")).to_have_value("Half a rea")
    desk.form.locator("textarea").fill("Half a reason is none.")
    desk.form.locator("button[type=submit]").click()
    expect(desk.form).to_be_hidden()
    expect(desk.last).to_contain_text("Asked.")


def test_text_that_looks_like_markup_is_text(demo: Demo, sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.asks_for("assets-web", HOSTILE)
    desk.enters("C0APPROVE")
    # The bot puts a word joiner, which nobody sees, ahead of the marks of somebody's words.
    shown = HOSTILE.replace("*bold*", "\u2060*bold*")
    expect(desk.messages.filter(has_text="assets-web").last).to_contain_text(shown)
    desk.enters("C0ENG")
    desk.types("<b>hi</b> & *stars* &lt;")
    expect(desk.last).to_contain_text("<b>hi</b> & stars &lt;")
    desk.types("/ecr check <img src=x>")
    expect(desk.last).to_contain_text("<img is not a repository name")
    desk.page.locator("#find").fill("<script>")
    expect(desk.page.locator("#rows tbody tr")).to_have_count(0)
    assert demo.slack.refusals == ()


def test_a_name_that_looks_like_markup_is_a_name(demo: Demo, sit: Callable[..., Desk]) -> None:
    demo.slack.add_person(Person("U0HOSTILE", "*h* <b>", "<script>alert(1)</script> *H*"))
    desk = sit()
    demo.slack.say("good evening", user="U0HOSTILE")
    expect(desk.last.locator(".head")).to_contain_text("<script>alert(1)</script> *H*")
    blocks = ({"type": "section", "text": {"type": "mrkdwn", "text": "Asked by <@U0HOSTILE>"}},)
    demo.slack.put(Message("C0ENG", f"{int(demo.clock.seconds()) + 1}.900001", "U0ECRBOT", "x", blocks))
    expect(desk.last.locator(".mention")).to_have_text("@*h* <b>")


def test_the_next_nine_o_clock_brings_a_digest(sit: Callable[..., Desk]) -> None:
    desk = sit(channel="C0DIGEST")
    digests = desk.messages.filter(has_text="Audit head")
    before = digests.count()
    desk.plays("tomorrow")
    expect(digests).to_have_count(before + 1, timeout=15_000)


def test_a_bot_that_is_down_is_said_and_the_page_recovers(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.plays("kill")
    expect(desk.page.locator("#trouble")).to_contain_text("ecrbot is down")
    desk.types("/ecr help")
    expect(desk.page.locator("#toasts .wrong")).to_contain_text("did not answer")
    expect(desk.composer).to_have_value("/ecr help")
    desk.plays("start")
    expect(desk.page.locator("#trouble")).to_be_hidden(timeout=10_000)
    desk.composer.press("Enter")
    expect(desk.last).to_contain_text("/ecr check")


def test_what_is_new_elsewhere_is_marked_unread_until_it_is_read(demo: Demo, sit: Callable[..., Desk]) -> None:
    desk = sit()
    demo.slack.say("over here", user="U0ONCALL", channel="C0SHARED")
    item = desk.page.locator("#channels [data-channel=C0SHARED]")
    expect(item.get_by_label("1 unread")).to_be_visible()
    desk.enters("C0SHARED")
    expect(item.get_by_label("unread")).to_have_count(0)


def test_a_thread_is_begun_read_and_answered_at_the_side(demo: Demo, sit: Callable[..., Desk]) -> None:
    demo.slack.say("a question", user="U0ONCALL")
    desk = sit()
    root = desk.messages.filter(has_text="a question")
    root.get_by_role("button", name="Reply").click()
    for said in ("thanks", "really"):
        desk.page.get_by_label("Reply", exact=True).fill(said)
        desk.page.get_by_label("Reply", exact=True).press("Enter")
        expect(desk.page.locator("#replies article").filter(has_text=said)).to_be_visible()
    expect(desk.page.locator("#replies article")).to_have_count(3)
    expect(desk.messages.filter(has_text="thanks")).to_have_count(0)
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("#thread")).to_be_hidden()
    expect(root.get_by_role("button", name="2 replies")).to_be_visible()


def test_the_way_back_leads_through_the_channels(sit: Callable[..., Desk]) -> None:
    desk = sit()
    desk.enters("C0DIGEST")
    desk.enters("home")
    desk.page.go_back()
    expect(desk.page.locator("#place")).to_have_text("# ecr-digest")
    desk.page.go_back()
    expect(desk.page.locator("#place")).to_have_text("# eng")
    desk.page.go_forward()
    expect(desk.page.locator("#place")).to_have_text("# ecr-digest")


def test_every_deed_of_the_outside_world_is_done_and_told(sit: Callable[..., Desk]) -> None:
    desk = sit()
    told = desk.page.locator("#toasts")
    desk.row("111111111111", "eu-west-1", "identity").get_by_role("button").click()
    desk.plays("loosen")
    expect(told).to_contain_text("identity in prod, eu-west-1 is MUTABLE now")
    expect(desk.row("111111111111", "eu-west-1", "identity")).to_contain_text("was IMMUTABLE")
    desk.plays("create")
    expect(told).to_contain_text("is new")
    desk.plays("delete")
    expect(told).to_contain_text("identity in prod, eu-west-1 is gone")
    expect(desk.page.locator("#rows .marked").filter(has_text="deleted")).to_contain_text("identity")
    for deed in ("throttle", "rate-limit", "heal"):
        before = told.locator("p").count()
        desk.plays(deed)
        expect(told.locator("p")).to_have_count(before + 1)
    expect(told.locator(".wrong")).to_have_count(0)


def test_a_block_that_nobody_knows_is_a_grey_box_and_takes_nothing_with_it(
    demo: Demo, sit: Callable[..., Desk]
) -> None:
    desk = sit()
    known = {"type": "section", "text": {"type": "mrkdwn", "text": "*known*"}}
    blocks = (known, {"type": "hologram", "depth": 3}, known)
    ts = f"{int(demo.clock.seconds())}.900000"
    demo.slack.put(Message("C0ENG", ts, "U0ECRBOT", "x", blocks))
    expect(desk.last.locator(".unknown")).to_contain_text("hologram")
    expect(desk.last.locator(".block b")).to_have_text(["known", "known"])
