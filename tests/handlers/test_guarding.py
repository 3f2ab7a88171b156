"""Guardrails in Slack: real Bolt, a real workspace, a real history and the real core; only ECR is made up."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecr.errors import AccessDeniedError
from ecr.guardrails import NOT_GUARDED
from ecr.model import RegistryScanning, RegistryState, Rule, ScanFilter, ScanRule, Target
from ecr.request import Kind, State
from handlers import ids
from handlers.blocks.finding import STALE
from handlers.blocks.guardrails import GuardrailsView
from tests.ecr.plain_registry import PlainRegistry, holding
from tests.handlers.test_forms import AT, EVA, SUBMITTED, Bot, bot, boxes, changed, filled, patience, typed, until, work
from tests.store.world import seen, sweep_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace.state import Message
    from ecr.deadline import Deadline
    from ecr.model import CreationTemplate

__all__ = ["bot", "patience", "work"]

PROD, STAGING = Target("111111111111", "eu-west-1", "prod"), Target("222222222222", "us-east-1", "staging")
HELD = {PROD: ("api", "web"), STAGING: ("search",)}
DENIED = "Role r of staging may not call ecr:GetRegistryScanningConfiguration."
EVERYTHING = RegistryScanning("BASIC", (ScanRule("SCAN_ON_PUSH", (ScanFilter("*"),)),))
BARE = RegistryState("111111111111", RegistryScanning("BASIC"), ())


@pytest.fixture
def channel() -> str | None:
    return "C0APPROVE"


@pytest.fixture
def registry() -> PlainRegistry:
    return RuiningRegistry(holding(HELD).holds)


@dataclass
class RuiningRegistry(PlainRegistry):
    """While its templates are read, the history is lost."""

    ruin: Callable[[], object] = lambda: None

    def templates(self, target: Target, deadline: Deadline) -> tuple[CreationTemplate, ...]:
        self.ruin()
        return super().templates(target, deadline)


def sweep(bot: Bot) -> None:
    """Have a sweep in the history that ended three hours ago: it knows of every target, and of what they hold."""
    at = AT - timedelta(hours=3)
    for target, names in HELD.items():
        judged = [seen(name, target=target) for name in names]
        bot.memory.history.record_target(target, judged, began_at=at, at=at, scanning=RegistryScanning("BASIC"))
    bot.memory.history.record_sweep(sweep_report(at, targets=len(HELD)), tuple(HELD))


def said(bot: Bot) -> list[dict[str, Any]]:
    """Return every answer that was posted, in order."""
    return [one.arguments for one in bot.slack.calls if one.method == "response_url"]


def ask(bot: Bot, text: str = "guardrails") -> Message:
    """Type the command, and return the one message that there is once all is said."""
    bot.slack.command(text).wait_ack()
    bot.rest()
    return bot.slack.messages("C0ENG", seen_by=EVA)[-1]


def summaries(bot: Bot) -> list[str]:
    return [one["text"] for one in said(bot)]


def form(bot: Bot, button: str = "Guard") -> dict[str, Any]:
    """Press a button of the answer, and return the form that it opens."""
    bot.slack.click(ask(bot), button).wait_ack()
    return bot.form(ids.FORM_GUARD)


def test_where_nothing_is_known_it_asks_first_and_the_answer_takes_that_place(bot: Bot) -> None:
    message = ask(bot)
    assert summaries(bot) == ["Asking AWS…", "0 of 2 accounts and regions are guarded."]
    assert [one["replace_original"] for one in said(bot)] == [False, True]
    assert all(one["response_type"] == "ephemeral" for one in said(bot))
    assert len(bot.slack.messages("C0ENG", seen_by=EVA)) == 1
    assert NOT_GUARDED in str(message.blocks)
    assert bot.meter.counted == [("command:guardrails", "done")]
    assert bot.slack.refusals == ()


@pytest.mark.parametrize("patience", [0.0])
def test_nothing_else_is_said_in_between_for_it_tells_by_itself_how_far_it_is(
    bot: Bot, registry: PlainRegistry
) -> None:
    registry.gates[PROD] = threading.Event()
    bot.slack.command("guardrails").wait_ack()
    until(lambda: bool(said(bot)) and not any(isinstance(one, threading.Timer) for one in threading.enumerate()))
    registry.gates[PROD].set()
    bot.rest()
    assert summaries(bot) == ["Asking AWS…", "0 of 2 accounts and regions are guarded."]


def test_what_is_known_is_told_before_aws_has_answered_and_gives_way_to_what_is_now(
    bot: Bot, registry: PlainRegistry
) -> None:
    sweep(bot)
    ask(bot)
    registry.configuration[PROD] = EVERYTHING
    ask(bot, "guardrails prod eu-west-1")
    first, second = (str(one["blocks"]) for one in said(bot)[2:])
    assert "Asking AWS…" not in summaries(bot)
    assert ("As read less than a minute ago. Asking AWS…" in first, "By what AWS answers now." in second) == (
        True,
        True,
    )
    assert ("the BASIC registry has no scanning rule" in first, "with the filter * scans every" in second) == (
        True,
        True,
    )
    assert [one["replace_original"] for one in said(bot)[2:]] == [False, True]
    assert "staging" not in first + second


def test_a_scope_that_covers_nothing_is_refused_in_the_place_of_asking(bot: Bot) -> None:
    message = ask(bot, "guardrails prd")
    assert message.text == (
        "prd is no account and region of the settings: they have prod, staging, and eu-west-1, us-east-1. "
        "Did you mean prod?"
    )
    assert summaries(bot) == ["Asking AWS…", message.text]
    assert len(bot.slack.messages("C0ENG", seen_by=EVA)) == 1


def test_what_cannot_be_read_is_told_as_unknown_with_the_missing_action(bot: Bot, registry: PlainRegistry) -> None:
    registry.refused[STAGING] = AccessDeniedError(DENIED)
    message = ask(bot)
    assert message.text == "0 of 2 accounts and regions are guarded; 1 is unknown."
    assert str(message.blocks).count(DENIED) == 1
    assert f":white_circle: *Scanning and creation templates* {DENIED}" in str(message.blocks)


def test_a_history_that_is_lost_meanwhile_leaves_what_is_known(bot: Bot, registry: PlainRegistry) -> None:
    sweep(bot)
    assert isinstance(registry, RuiningRegistry)
    registry.ruin = lambda: bot.memory.history.path.write_bytes(b"no history" * 1000)
    message = ask(bot)
    assert message.text == "0 of 2 accounts and regions are guarded."
    # What SQLite says of such a file depends on how much of it a connection had read before.
    said = message.blocks[1]["text"]["text"]
    assert re.match(r":warning: .*history\.db (is not an SQLite database|cannot be used)", said)
    assert "As read last, the oldest of it 3 hours ago." in str(message.blocks)


def test_pages_take_the_place_of_the_page_that_was_clicked_on(bot: Bot, registry: PlainRegistry) -> None:
    registry.holds = {Target(f"{n:012}", "eu-west-1"): () for n in range(25)}
    message = ask(bot)
    for button, page in (("Next", "Page 2 of 3"), ("Next", "Page 3 of 3"), ("Previous", "Page 2 of 3")):
        bot.slack.click(message, button).wait_ack()
        bot.rest()
        [message] = bot.slack.messages("C0ENG", seen_by=EVA)
        assert page in str(message.blocks)
    assert all(one["replace_original"] for one in said(bot)[1:])
    assert bot.meter.counted[-1] == ("action:guardrails", "done")


def test_guard_opens_the_form_of_one_account_and_region(bot: Bot) -> None:
    view = form(bot)
    assert "prod (111111111111) in eu-west-1" in view["blocks"][0]["text"]["text"]
    assert "staging" not in str(view["blocks"])
    draft = bot.memory.drafts.get(view["private_metadata"])
    assert draft is not None
    assert (draft.kind, draft.asked, len(draft.items)) == (Kind.GUARDRAIL, ("111111111111 eu-west-1",), 1)


def test_guard_all_opens_the_form_of_every_one_on_the_page_that_lacks_something(bot: Bot) -> None:
    view = form(bot, "Guard all of these")
    draft = bot.memory.drafts.get(view["private_metadata"])
    assert draft is not None
    assert draft.asked == ("111111111111 eu-west-1", "222222222222 us-east-1")
    assert [one.target for one in draft.items] == [PROD, STAGING]


def test_what_the_form_showed_is_asked_for(bot: Bot) -> None:
    bot.fulfilment.happens = bot.post_card
    view = form(bot, "Guard all of these")
    assert bot.slack.submit(view, filled("Audit of Q4")).wait_ack().payload is None
    bot.rest()
    (made,) = bot.memory.requests.all()
    assert (made.kind, made.state, made.by.id, made.reason) == (Kind.GUARDRAIL, State.REQUESTED, EVA, "Audit of Q4")
    assert [one.target for one in made.items] == [PROD, STAGING]
    assert [sorted(change.rule for change in one.changes) for one in made.items] == [sorted(Rule)] * 2
    assert said(bot)[-1]["text"].startswith("*Asked.* It waits for an approver in <#C0APPROVE>")
    assert bot.memory.drafts.get(view["private_metadata"]) is None
    assert bot.slack.refusals == ()


def test_a_guardrail_that_is_taken_out_leaves_the_plan_and_is_not_asked_for_and_can_be_put_back(bot: Bot) -> None:
    view = form(bot)
    bot.slack.interact(changed(view, filled(None, rules=["scan-on-push"]))).wait_ack()
    until(lambda: bot.slack.views(EVA)[-1]["hash"] != view["hash"])
    now = bot.slack.views(EVA)[-1]
    assert [("template ROOT" in str(one["blocks"]), "SCAN_ON_PUSH" in str(one["blocks"])) for one in (view, now)] == [
        (True, True),
        (False, True),
    ]
    draft = bot.memory.drafts.get(view["private_metadata"])
    assert draft is not None
    assert sorted(one.rule for one in draft.items[0].changes) == sorted(Rule)
    bot.slack.submit(now, filled(rules=["scan-on-push"])).wait_ack()
    bot.rest()
    (made,) = bot.memory.requests.all()
    assert [change.rule for change in made.items[0].changes] == [Rule.SCAN_ON_PUSH]


def test_an_exclusion_that_the_policy_accepts_is_planned_and_another_is_refused_beside_its_field(bot: Bot) -> None:
    view = form(bot)
    bot.slack.interact(changed(view, filled(None, "latest"))).wait_ack()
    until(lambda: "IMMUTABLE_WITH_EXCLUSION (latest)" in str(bot.slack.views(EVA)[-1]["blocks"]))
    told = bot.slack.submit(bot.slack.views(EVA)[-1], filled(exclusions="dev-*")).wait_ack().payload
    assert told == {
        "response_action": "errors",
        "errors": {ids.EXCLUSIONS: "policy.accepted_exclusions does not have dev-*; it has latest."},
    }


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        (filled(rules=()), {ids.RULES: "Choose at least one guardrail."}),
        (filled(" "), {ids.REASON: "A reason is needed: it is what the approvers go by."}),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(
    bot: Bot, values: dict[str, Any], errors: dict[str, str]
) -> None:
    view = form(bot)
    assert bot.slack.submit(view, values).wait_ack().payload == {"response_action": "errors", "errors": errors}
    assert bot.memory.requests.all() == ()
    assert bot.memory.drafts.get(view["private_metadata"]) is not None


def test_a_form_without_exclusions_can_be_submitted(bot: Bot) -> None:
    view = form(bot)
    values = {ids.RULES: {ids.RULES: boxes(*Rule)}, ids.REASON: {ids.REASON: typed("Audit")}}
    assert bot.slack.submit(view, values).wait_ack().payload is None
    bot.rest()
    assert [one.kind for one in bot.memory.requests.all()] == [Kind.GUARDRAIL]


def test_a_form_of_another_kind_is_not_taken_for_it(bot: Bot) -> None:
    view = {**form(bot), "callback_id": ids.FORM_REMEDIATE}
    told = bot.slack.submit(view, filled()).wait_ack().payload
    assert told == {"response_action": "errors", "errors": {ids.REASON: SUBMITTED}}


def test_what_changed_meanwhile_is_told_and_nothing_is_asked_for(bot: Bot, registry: PlainRegistry) -> None:
    view = form(bot)
    registry.configuration[PROD] = RegistryScanning("BASIC", (ScanRule("SCAN_ON_PUSH", (ScanFilter("theirs"),)),))
    bot.slack.submit(view, filled()).wait_ack()
    bot.rest()
    assert said(bot)[-1]["text"].startswith(
        "The registry of prod (111111111111) in eu-west-1 has changed since the form was opened"
    )
    assert bot.memory.requests.all() == ()


def test_where_all_is_there_by_now_the_form_says_so(bot: Bot, registry: PlainRegistry) -> None:
    message = ask(bot)
    registry.refused["templates", PROD] = AccessDeniedError("The role may not call DescribeX.")
    registry.configuration[PROD] = EVERYTHING
    bot.slack.click(message, "Guard").wait_ack()
    bot.rest()
    [view] = bot.slack.views(EVA)
    assert "submit" not in view
    assert "*Nothing to do.*" in view["blocks"][0]["text"]["text"]
    assert "The role may not call DescribeX." in view["blocks"][1]["text"]["text"]


def test_what_is_not_configured_any_more_is_said_in_the_form(bot: Bot, registry: PlainRegistry) -> None:
    message = ask(bot)
    registry.holds = {STAGING: ()}
    bot.slack.click(message, "Guard").wait_ack()
    bot.rest()
    [view] = bot.slack.views(EVA)
    assert view["blocks"][0]["text"]["text"] == (
        "111111111111 eu-west-1 is no account and region of the settings: they have staging, and us-east-1. "
        "Did you mean us-east-1?"
    )


@pytest.mark.parametrize("channel", [None])
def test_without_a_channel_to_ask_in_guard_says_how_to_set_it(bot: Bot) -> None:
    (answer,) = bot.slack.click(ask(bot), "Guard").wait_answer()
    assert answer.text.startswith("There is no channel to ask for approval in: set slack.approvals_channel")
    assert bot.slack.views(EVA) == ()


@pytest.mark.parametrize(("button", "value"), [("Guard", "payments-api"), ("Guard", ""), ("Guard all of these", "x")])
def test_a_stale_or_forged_guard_button_is_answered(bot: Bot, button: str, value: str) -> None:
    (answer,) = bot.slack.click(ask(bot), button, value=value).wait_answer()
    assert (answer.text, answer.ephemeral_to) == (STALE, EVA)
    assert bot.slack.views(EVA) == ()


def test_a_stale_page_button_is_answered(bot: Bot, registry: PlainRegistry) -> None:
    registry.holds = {Target(f"{n:012}", "eu-west-1"): () for n in range(25)}
    (answer,) = bot.slack.click(ask(bot), "Next", value='{"list":"","page":1}').wait_answer()
    assert answer.text == STALE
    message = ask(bot)
    bot.slack.click(message, "Next", value=GuardrailsView(page=7).value(7)).wait_ack()
    bot.rest()
    assert "Page 3 of 3" in str(said(bot)[-1]["blocks"])


def test_whoever_may_not_use_the_bot_is_told_nothing(bot: Bot) -> None:
    (answer,) = bot.slack.command("guardrails", user="U0GUEST").wait_answer()
    assert answer.text == "Guests cannot use ecrbot."


def test_help_control_tells_the_control_in_words(bot: Bot) -> None:
    (answer,) = bot.slack.command("help control").wait_answer()
    assert answer.text.endswith(tuple(".!"))
    assert "tag-immutability" in str(answer.blocks)


def test_what_is_remembered_is_of_the_moment_when_it_was_read(bot: Bot) -> None:
    sweep(bot)
    ask(bot)
    [known] = [one for one in bot.memory.registries.known() if one.target.account == PROD.account]
    assert (known.state, known.read_at) == (BARE, AT)
