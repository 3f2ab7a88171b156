"""Forms and what is decided: real Bolt, a real workspace, a real history and the real core; only ECR is made up."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot import http
from bot import slack as bot_slack
from bot.memory import Memory
from demo.workspace import Workspace
from ecr.approval import Approvers, Decision
from ecr.asking import Asking
from ecr.deciding import Deciding
from ecr.errors import AccessDeniedError, HistoryError
from ecr.guarding import Guarding
from ecr.model import Policy, Rule
from ecr.names import parse
from ecr.planning import Planned
from ecr.request import ECRBOT, Actor, Decided, Exempting, Item, Kind, Outcome, Request, State
from handlers import ids
from handlers.blocks.finding import STALE
from handlers.deps import Deps
from handlers.people import Identity, People
from handlers.register import register
from handlers.work import Work
from tests.ecr.plain_registry import PlainRegistry
from tests.handlers.blocks.examples import item, many, request
from tests.journeys.surroundings import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from demo.workspace import Delivery
    from ecr.changes import Choice
    from ecr.deadline import Deadline
    from ecr.errors import EcrbotError
    from ecr.names import Query

AT = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
EVA, OTTO, OLGA = "U0ENGINEER", "U0ONCALL", "U0OUTSIDER"
API = item()
POLICY = Policy(accepted_exclusions=frozenset({"latest"}))
OURS = Identity("T0LOCAL", "U0ECRBOT", "B0ECRBOT")
NOT_OF_FORMS = ("checker", "sweeper", "subscriptions", "postings", "postbox", "composer", "freshener", "troubles")
NO_REQUEST = "ecrbot knows no such request: this button is of another history. Ask anew with /ecr remediate."
SUBMITTED = "This form was submitted already, or is too old: close it, and open it anew."


@dataclass
class PlainPlanning:
    """What is in ECR: every plan is of these, as far as its rules are chosen."""

    planned: Planned = field(default_factory=lambda: Planned(items=(API,), found=1))
    refusal: EcrbotError | None = None
    asked: list[tuple[tuple[str, ...], Choice]] = field(default_factory=list)

    def plan(self, queries: Sequence[Query], choice: Choice, deadline: Deadline, shown: Sequence[Item] = ()) -> Planned:
        del deadline, shown
        self.asked.append((tuple(map(str, queries)), choice))
        if self.refusal is not None:
            raise self.refusal
        items = [replace(i, changes=tuple(c for c in i.changes if c.rule in choice.rules)) for i in self.planned.items]
        idle = tuple(one for one in items if not one.changes)
        return replace(self.planned, items=tuple(one for one in items if one.changes), idle=idle)

    def existing(self, queries: Sequence[Query], deadline: Deadline) -> frozenset[str]:
        del deadline
        return frozenset(map(str, queries)) | {one.arn for one in self.planned.items}


@dataclass
class PlainFulfilment:
    """What follows from a decision: noted alone, unless a test has something happen."""

    done: list[str] = field(default_factory=list)
    happens: Callable[[str], None] = lambda _: None

    def fulfil(self, request: str) -> None:
        self.done.append(request)
        self.happens(request)


class PlainMeter:
    def __init__(self) -> None:
        self.counted: list[tuple[str, str]] = []

    def answered(self, kind: str, outcome: str, seconds: float) -> None:
        del seconds
        self.counted.append((kind, outcome))


def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until something is true; the workspace tells of some changes, and of others nobody does."""
    give_up, waiting = time.monotonic() + seconds, threading.Event()
    while not true():
        assert time.monotonic() < give_up
        waiting.wait(0.005)


@dataclass
class Bot:
    slack: Workspace
    memory: Memory
    deps: Deps
    planning: PlainPlanning
    fulfilment: PlainFulfilment
    meter: PlainMeter

    def form(self, callback: str, user: str = EVA) -> dict[str, Any]:
        """Wait for a form, and return it."""
        until(lambda: any(view.get("callback_id") == callback for view in self.slack.views(user)))
        return self.slack.views(user)[-1]

    def opened(self) -> dict[str, Any]:
        """Return the form for remediation of one repository."""
        self.slack.command("remediate payments-api").wait_ack()
        return self.form(ids.FORM_REMEDIATE)

    def answers(self, count: int = 1) -> list[tuple[str, str]]:
        """Wait for answers, and return by which way each came."""
        ways = ("response_url", "chat.postEphemeral", "chat.postMessage")

        def found() -> list[tuple[str, str]]:
            return [(one.method, one.arguments["text"]) for one in self.slack.calls if one.method in ways]

        until(lambda: len(found()) >= count)
        return found()

    def rest(self) -> None:
        """Wait until nothing is under way."""
        until(lambda: self.deps.work.jobs == 0)

    def request(self, *items: Item, **fields: Any) -> Request:
        """Have a request of eva's in the history, with a card in the approvals channel."""
        made = AT - timedelta(minutes=1)
        by = Actor(EVA, "eva")
        new = replace(request(*items), by=by, made_at=made, expires_at=made + timedelta(days=1), card=None, head=None)
        self.memory.requests.ask(replace(new, **fields), channel="C0APPROVE")
        self.post_card(new.id)
        return self.of(new.id)

    def post_card(self, request_id: str) -> None:
        posted = self.memory.outbox.claim(at=AT, request=request_id)
        assert posted is not None
        self.memory.outbox.begin(posted, at=AT)
        ts = self.client.chat_postMessage(channel="C0APPROVE", text="card", blocks=buttons(request_id))["ts"]
        self.memory.outbox.sent(posted, str(ts), revision=0, at=AT)

    def end(self, request_id: str, state: State) -> None:
        """Have a request approved, where it is not, and applied or failed."""
        requests = self.memory.requests
        if self.of(request_id).state is State.REQUESTED:
            requests.decide(request_id, Decision.APPROVE, Decided(Actor(OTTO, "otto"), OTTO, AT))
        assert requests.begin(request_id, at=AT) is not None
        for number, _ in enumerate(self.of(request_id).items[0].changes):
            requests.changing(request_id, 0, number, at=AT)
            requests.changed(request_id, 0, number, aws_request_id=None, at=AT)
        fails = state is State.FAILED
        outcome, said = (Outcome.FAILED, "AWS refused to put it back.") if fails else (Outcome.APPLIED, "Verified.")
        requests.settle(request_id, 0, outcome, said, seen=None, at=AT)
        requests.finish(request_id, state, said, lines=(), at=AT)

    def click(self, action: str, user: str = OTTO, value: str | None = None) -> Delivery:
        card = self.slack.messages("C0APPROVE")[0]
        return self.slack.click(card, action, user=user, value=value)

    def of(self, request_id: str) -> Request:
        found = self.memory.requests.get(request_id)
        assert found is not None
        return found

    @property
    def client(self) -> WebClient:
        return WebClient(token=self.slack.bot_token, base_url=self.slack.api_url, retry_handlers=[])

    def refusals(self) -> list[str]:
        """Return what was told to who clicked, after the card: in private, and with the card left as it was."""
        private = [one for one in self.slack.calls if one.method == "response_url"]
        assert all(one.arguments["response_type"] == "ephemeral" for one in private)
        assert not any(one.arguments["replace_original"] for one in private)
        return [one.arguments["text"] for one in private]


def buttons(value: str) -> list[dict[str, Any]]:
    """Return a card's buttons, and one that an older release had."""
    names = (ids.APPROVE, ids.DENY, ids.CANCEL, ids.UNDO, ids.REMEDIATE)
    return [
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": name, "value": value, "text": {"type": "plain_text", "text": name}}
                for name in names
            ],
        }
    ]


@pytest.fixture
def work() -> Work:
    return Work(workers=4)


@pytest.fixture
def channel() -> str | None:
    return "C0APPROVE"


@pytest.fixture
def patience() -> float:
    return 2.0


@pytest.fixture
def registry() -> PlainRegistry:
    return PlainRegistry({})


@pytest.fixture
def bot(tmp_path: Path, work: Work, channel: str | None, registry: PlainRegistry, patience: float) -> Iterator[Bot]:
    with Workspace() as slack:
        memory = Memory.prepare(tmp_path / "history.db", bot=True)
        planning, fulfilment, meter = PlainPlanning(), PlainFulfilment(), PlainMeter()
        client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        people, approvers = People(client, OURS), Approvers((OTTO,))
        guarding = Guarding(registry, POLICY, lambda: AT, memory.registries)
        made = Deps(
            **dict.fromkeys(
                ("checker", "sweeper", "subscriptions", "postings", "postbox", "composer"), cast("Any", None)
            ),
            **dict.fromkeys(("freshener", "troubles", "fixing"), cast("Any", None)),
            history=memory.history,
            people=people,
            work=work,
            client=client,
            post=bot_slack.post,
            clock=lambda: AT,
            meter=meter,
            asking=Asking(
                cast("Any", planning),
                guarding,
                memory.requests,
                people,
                approvers,
                lambda: AT,
                channel,
                timedelta(days=1),
            ),
            guarding=guarding,
            deciding=Deciding(memory.requests, people, approvers, lambda: AT),
            fulfilment=cast("Any", fulfilment),
            drafts=memory.drafts,
            requests=memory.requests,
            policy=POLICY,
            home_tabs=cast("Any", None),
            patience_seconds=patience,
        )
        result = AuthorizeResult(enterprise_id=None, team_id="T0LOCAL", bot_token=slack.bot_token)
        app = App(
            client=client, authorize=lambda: result, process_before_response=True, request_verification_enabled=False
        )
        register(app, made)
        events = http.Events()
        events.serve(app)
        server = http.Server(http.application({}, http.signed(events, slack.signing_secret)), port := free_port())
        slack.post_to(f"http://127.0.0.1:{port}{http.EVENTS_PATH}")
        try:
            yield Bot(slack, memory, made, planning, fulfilment, meter)
        finally:
            work.drain(5)
            server.close()


def boxes(*values: str) -> dict[str, Any]:
    return {"type": "checkboxes", "selected_options": [{"value": value} for value in values]}


def typed(value: str | None) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": value}


def filled(reason: str | None = "Audit", exclusions: str = "", rules: Sequence[str] = tuple(Rule)) -> dict[str, Any]:
    return {
        ids.RULES: {ids.RULES: boxes(*rules)},
        ids.EXCLUSIONS: {ids.EXCLUSIONS: typed(exclusions)},
        ids.REASON: {ids.REASON: typed(reason)},
    }


def exempting(until: str = "2026-12-25", rules: Sequence[str] = ("scan-on-push",)) -> dict[str, Any]:
    return {
        ids.RULES: {ids.RULES: boxes(*rules)},
        ids.UNTIL: {ids.UNTIL: {"type": "datepicker", "selected_date": until}},
        ids.REASON: {ids.REASON: typed("Legacy")},
    }


def because(reason: str | None) -> dict[str, Any]:
    return {ids.REASON: {ids.REASON: typed(reason)}}


def changed(view: dict[str, Any], values: dict[str, Any], user: str = EVA) -> dict[str, Any]:
    """Return what Slack delivers when something is chosen in an open form."""
    return {
        "type": "block_actions",
        "user": {"id": user, "team_id": "T0LOCAL"},
        "team": {"id": "T0LOCAL"},
        "trigger_id": "1.changed",
        "view": {**view, "state": {"values": values}},
        "actions": [{"type": "checkboxes", "action_id": ids.RULES, "block_id": ids.RULES, "action_ts": "1.0"}],
    }


def test_what_the_form_showed_is_asked_for_and_who_asked_is_told_where(bot: Bot) -> None:
    bot.fulfilment.happens = bot.post_card
    view = bot.opened()
    assert bot.slack.submit(view, filled("Audit of Q4")).wait_ack().payload is None
    bot.rest()
    (made,) = bot.memory.requests.all()
    assert (made.kind, made.state, made.by, made.asked_in, made.reason) == (
        Kind.REMEDIATION,
        State.REQUESTED,
        Actor(EVA, "eva"),
        "C0ENG",
        "Audit of Q4",
    )
    assert [(one.arn, one.changes) for one in made.items] == [(API.arn, API.changes)]
    assert bot.fulfilment.done == [made.id]
    (said,) = bot.refusals()
    assert said.startswith("*Asked.* It waits for an approver in <#C0APPROVE>")
    assert made.card is not None
    assert f"https://local.slack.example/C0APPROVE/p{made.card.ts.replace('.', '')}|See it." in said
    assert bot.slack.refusals == ()


@pytest.mark.parametrize(
    ("callback", "values", "errors"),
    [
        (
            ids.FORM_REMEDIATE,
            filled(exclusions="dev-*"),
            {ids.EXCLUSIONS: "policy.accepted_exclusions does not have dev-*; it has latest."},
        ),
        (ids.FORM_REMEDIATE, filled(" "), {ids.REASON: "A reason is needed: it is what the approvers go by."}),
        (ids.FORM_REMEDIATE, filled(rules=()), {ids.RULES: "Choose at least one rule to mend."}),
        (ids.FORM_EXEMPT, exempting(rules=()), {ids.RULES: "Choose at least one rule that is not to count."}),
        (
            ids.FORM_EXEMPT,
            exempting("2026-11-24"),
            {ids.UNTIL: "That day is over: an exemption ends in the future."},
        ),
        (
            ids.FORM_EXEMPT,
            exempting("9999-12-31"),
            {ids.UNTIL: "An exemption lasts 365 days at most; it can be asked for again then."},
        ),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field_and_nothing_typed_is_lost(
    bot: Bot, callback: str, values: dict[str, Any], errors: dict[str, str]
) -> None:
    bot.slack.command("remediate payments-api" if callback == ids.FORM_REMEDIATE else "exempt payments-api").wait_ack()
    view = bot.form(callback)
    told = bot.slack.submit(view, values).wait_ack().payload
    assert told == {"response_action": "errors", "errors": errors}
    assert bot.memory.requests.all() == ()
    assert bot.memory.drafts.get(view["private_metadata"]) is not None


@pytest.mark.parametrize(
    ("user", "change", "said"),
    [
        (OLGA, {}, "This form is somebody else's: close it, and open your own."),
        (EVA, {"private_metadata": "0123456789abcdef"}, SUBMITTED),
        (EVA, {"callback_id": ids.FORM_EXEMPT}, SUBMITTED),
    ],
)
def test_a_form_of_somebody_else_or_of_no_draft_asks_for_nothing(
    bot: Bot, user: str, change: dict[str, str], said: str
) -> None:
    view = {**bot.opened(), **change}
    told = bot.slack.submit(view, filled() | exempting(), user=user).wait_ack().payload
    assert told == {"response_action": "errors", "errors": {ids.REASON: said}}
    assert bot.memory.requests.all() == ()


def test_a_form_that_was_submitted_cannot_be_again(bot: Bot) -> None:
    view = bot.opened()
    bot.slack.submit(view, filled()).wait_ack()
    bot.answers()
    told = bot.slack.submit(view, filled()).wait_ack().payload
    assert told == {"response_action": "errors", "errors": {ids.REASON: SUBMITTED}}
    assert len(bot.memory.requests.all()) == 1


def test_a_form_of_another_release_says_so_in_its_place(bot: Bot) -> None:
    told = bot.slack.submit({**bot.opened(), "callback_id": "form-of-2031"}, filled()).wait_ack().payload
    assert told is not None
    assert (told["response_action"], told["view"]["blocks"][0]["text"]["text"]) == (
        "update",
        "This form is of another release of ecrbot: close it, and open it anew.",
    )


def test_fields_that_are_no_fields_of_ours_are_told_in_place_of_the_form(bot: Bot) -> None:
    told = bot.slack.submit(bot.opened(), {"else": {}}).wait_ack().payload
    assert told is not None
    assert told["view"]["blocks"][0]["text"]["text"].startswith("This form is not one that ecrbot can read")
    assert bot.memory.requests.all() == ()


def test_a_bot_that_is_too_busy_keeps_the_form_and_what_was_typed(bot: Bot, work: Work) -> None:
    view = bot.opened()
    bot.rest()
    work.drain(1)
    told = bot.slack.submit(view, filled()).wait_ack().payload
    assert told == {
        "response_action": "errors",
        "errors": {ids.REASON: "ecrbot is restarting; try again in a moment."},
    }
    assert bot.memory.drafts.get(view["private_metadata"]) is not None


@pytest.mark.parametrize(
    ("closed", "ways"),
    [
        ((), ["response_url"]),
        (("response_url",), ["response_url", "chat.postEphemeral"]),
        (("response_url", "chat.postEphemeral"), ["response_url", "chat.postEphemeral", "chat.postMessage"]),
    ],
)
def test_a_refusal_by_the_core_reaches_who_asked_by_the_next_way_that_is_open(
    bot: Bot, closed: tuple[str, ...], ways: list[str]
) -> None:
    view = bot.opened()
    if "response_url" in closed:
        draft = bot.memory.drafts.get(view["private_metadata"])
        assert draft is not None
        bot.memory.drafts.save(replace(draft, response_url=f"{bot.slack.url}response/gone"))
    if "chat.postEphemeral" in closed:
        bot.slack.fail("chat.postEphemeral", error="user_not_in_channel")
    bot.planning.planned = Planned()
    bot.slack.submit(view, filled()).wait_ack()
    gone = "payments-api is not there any more in prod (111111111111) eu-west-1, so nothing was asked for."
    assert [way for way, _ in bot.answers(len(ways))] == ways
    assert bot.answers()[-1][1] == gone.replace("prod (111111111111) eu-west-1", str(API.target))
    assert bot.memory.requests.all() == ()
    bot.rest()
    assert bot.meter.counted[-1] == ("form:form-remediate", "refused")


def test_a_channel_that_takes_no_card_is_told_to_who_asked(bot: Bot) -> None:
    why = "The approvals channel takes no message: it is archived."

    def withdrawn(request_id: str) -> None:
        bot.memory.requests.decide(request_id, Decision.CANCEL, Decided(ECRBOT, ECRBOT.id, AT, why))

    bot.fulfilment.happens = withdrawn
    bot.slack.submit(bot.opened(), filled()).wait_ack()
    assert bot.answers() == [("response_url", f"Nothing was asked for. {why}")]


@pytest.mark.parametrize("channel", [None])
def test_without_a_channel_to_ask_in_the_answer_says_how_to_set_it(bot: Bot) -> None:
    (answer,) = bot.slack.command("remediate payments-api").wait_answer()
    assert answer.text.startswith("There is no channel to ask for approval in: set slack.approvals_channel")
    assert bot.slack.views(EVA) == ()


def test_a_trigger_that_is_over_is_answered_and_opens_nothing(bot: Bot) -> None:
    bot.slack.fail("views.open", error="expired_trigger_id")
    (answer,) = bot.slack.command("remediate payments-api").wait_answer()
    assert answer.text == "That took longer than Slack waits for a form, so nothing was opened: try again."
    assert bot.planning.asked == []


@pytest.mark.parametrize("word", ["remediate", "exempt"])
def test_what_cannot_be_read_is_said_in_the_form_that_was_opened(bot: Bot, word: str) -> None:
    bot.planning.refusal = AccessDeniedError("The role may not call DescribeRepositories.")
    bot.slack.command(f"{word} payments-api").wait_ack()
    bot.rest()
    (view,) = bot.slack.views(EVA)
    assert view["blocks"][0]["text"]["text"] == "The role may not call DescribeRepositories."
    assert "submit" not in view


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ("invalid_arguments", "Slack did not take what was read, so nothing can be asked for here: close this"),
        ("hash_conflict", ":hourglass_flowing_sand: Reading … from ECR"),
    ],
)
def test_a_form_that_slack_does_not_take_does_not_read_for_ever_and_one_that_was_changed_is_left_alone(
    bot: Bot, refusal: str, said: str
) -> None:
    bot.slack.fail("views.update", error=refusal)
    bot.slack.command("remediate payments-api").wait_ack()
    bot.rest()
    (view,) = bot.slack.views(EVA)
    assert view["blocks"][0]["text"]["text"].startswith(said)


def test_a_rule_that_is_taken_out_leaves_the_plan_and_can_be_put_back(bot: Bot) -> None:
    view = bot.opened()
    bot.slack.interact(changed(view, filled(None, rules=["scan-on-push"]))).wait_ack()
    until(lambda: bot.slack.views(EVA)[-1]["hash"] != view["hash"])
    now = bot.slack.views(EVA)[-1]
    assert [("MUTABLE" in str(one["blocks"]), "scanOnPush" in str(one["blocks"])) for one in (view, now)] == [
        (True, True),
        (False, True),
    ]
    draft = bot.memory.drafts.get(view["private_metadata"])
    assert draft is not None
    assert sorted(one.rule for one in draft.items[0].changes) == sorted(Rule)


def test_a_plan_that_cannot_be_made_anew_stays_and_says_why(bot: Bot) -> None:
    view = bot.opened()
    bot.planning.refusal = AccessDeniedError("The role may not call DescribeRepositories.")
    bot.slack.interact(changed(view, filled(None))).wait_ack()
    until(lambda: bot.slack.views(EVA)[-1]["hash"] != view["hash"])
    now = bot.slack.views(EVA)[-1]
    assert now["blocks"][0]["text"]["text"] == ":warning: The role may not call DescribeRepositories."
    assert now["blocks"][1:] == view["blocks"]


def test_which_of_several_is_meant_is_chosen_and_those_alone_are_planned(bot: Bot) -> None:
    there, here = item("payments-api", target=replace(API.target, region="us-east-1")), API
    bot.planning.planned = Planned(choices=(replace(there, changes=()), replace(here, changes=())), found=2)
    bot.slack.command("remediate payments-api").wait_ack()
    view = bot.form(ids.FORM_CHOOSE)
    for nothing in ((), ("7",)):
        told = bot.slack.submit(view, {ids.WHICH: {ids.WHICH: boxes(*nothing)}}).wait_ack().payload
        assert told == {"response_action": "errors", "errors": {ids.WHICH: "Choose at least one of them."}}
    bot.planning.planned = Planned(items=(here,), found=1)
    told = bot.slack.submit(view, {ids.WHICH: {ids.WHICH: boxes("1")}}).wait_ack().payload
    assert told is not None
    assert told["response_action"] == "update"
    bot.form(ids.FORM_REMEDIATE)
    assert [names for names, _ in bot.planning.asked] == [("payments-api",), (str(parse(here.arn)),)]


@pytest.mark.parametrize(("word", "title"), [("remediate", "Remediate"), ("exempt", "Exempt")])
def test_what_follows_a_choice_is_called_what_was_asked_for_while_it_is_read(bot: Bot, word: str, title: str) -> None:
    bot.planning.planned = Planned(choices=(API, item("payments-api", target=replace(API.target, region="eu-west-2"))))
    bot.slack.command(f"{word} payments-api").wait_ack()
    told = bot.slack.submit(bot.form(ids.FORM_CHOOSE), {ids.WHICH: {ids.WHICH: boxes("0")}}).wait_ack().payload
    assert told is not None
    assert (told["response_action"], told["view"]["title"]["text"]) == ("update", title)


def test_an_exemption_counts_until_the_end_of_its_day(bot: Bot) -> None:
    bot.slack.command("exempt payments-api").wait_ack()
    bot.slack.submit(bot.form(ids.FORM_EXEMPT), exempting("2026-12-25")).wait_ack()
    bot.answers()
    (made,) = bot.memory.requests.all()
    assert (made.kind, made.exempts) == (
        Kind.EXEMPTION,
        Exempting((Rule.SCAN_ON_PUSH,), datetime(2026, 12, 25, 23, 59, 59, tzinfo=UTC)),
    )


def test_an_approval_of_one_needs_one_click_and_the_card_alone_tells_of_it(bot: Bot) -> None:
    asked = bot.request()
    bot.click(ids.APPROVE).wait_ack()
    bot.rest()
    assert (bot.of(asked.id).state, bot.fulfilment.done) == (State.APPROVED, [asked.id])
    assert (bot.refusals(), bot.slack.views(OTTO)) == ([], ())


def test_an_approval_of_more_than_ten_is_confirmed_first(bot: Bot) -> None:
    asked = bot.request(*many(11))
    bot.click(ids.APPROVE).wait_ack()
    view = bot.form(ids.FORM_CONFIRM, OTTO)
    assert bot.of(asked.id).state is State.REQUESTED
    bot.slack.submit(view, {}, user=OTTO).wait_ack()
    bot.rest()
    assert (bot.of(asked.id).state, bot.fulfilment.done) == (State.APPROVED, [asked.id])


def test_a_denial_takes_its_reason_from_a_form(bot: Bot) -> None:
    asked = bot.request()
    bot.click(ids.DENY).wait_ack()
    view = bot.form(ids.FORM_DENY, OTTO)
    assert "errors" in (bot.slack.submit(view, because(" "), user=OTTO).wait_ack().payload or {})
    bot.slack.submit(view, because("Not tonight"), user=OTTO).wait_ack()
    bot.rest()
    decided = bot.of(asked.id)
    assert (decided.state, decided.decided and decided.decided.reason) == (State.DENIED, "Not tonight")


@pytest.mark.parametrize(
    ("action", "user", "said"),
    [
        (ids.APPROVE, EVA, "You are not an approver for this request: the setting slack.approvers names them."),
        (ids.DENY, EVA, "You are not an approver for this request: the setting slack.approvers names them."),
        (ids.CANCEL, OTTO, "Only who asked for it can cancel it; an approver can deny it."),
        (ids.UNDO, OTTO, "Request R0123456789 is requested: there is nothing to undo."),
        (ids.APPROVE, "U0GUEST", "Guests cannot use ecrbot."),
    ],
)
def test_a_click_that_is_refused_is_answered_to_who_clicked_alone(bot: Bot, action: str, user: str, said: str) -> None:
    asked = bot.request()
    (answer,) = bot.click(action, user).wait_answer()
    assert (answer.text, answer.ephemeral_to, bot.refusals()) == (said, user, [said])
    assert (bot.of(asked.id), bot.fulfilment.done, bot.slack.views(user)) == (asked, [], ())


@pytest.mark.parametrize("action", [ids.APPROVE, ids.DENY, ids.CANCEL, ids.UNDO])
@pytest.mark.parametrize("value", ["R9999999999", '{"id": 1}', "payments-*"])
def test_a_forged_or_stale_value_is_answered_and_nothing_is_done(bot: Bot, action: str, value: str) -> None:
    asked = bot.request()
    (answer,) = bot.click(action, value=value).wait_answer()
    assert answer.text == NO_REQUEST
    assert (bot.of(asked.id), bot.fulfilment.done, bot.slack.views(OTTO)) == (asked, [], ())


@pytest.mark.parametrize("value", ["payments-api", "payments-*", "arn:aws:ecr:eu-west-1:111111111111:repository/*", ""])
def test_a_button_for_remediation_without_an_arn_is_stale(bot: Bot, value: str) -> None:
    bot.request()
    (answer,) = bot.click(ids.REMEDIATE, value=value).wait_answer()
    assert answer.text == STALE
    assert (bot.slack.views(OTTO), bot.planning.asked) == ((), [])


def test_a_value_that_is_no_string_is_answered(bot: Bot) -> None:
    asked = bot.request()
    (answer,) = bot.click(ids.APPROVE, value=cast("Any", {"id": asked.id})).wait_answer()
    assert answer.text == "This button says of no request what it is about: ask anew with /ecr remediate."
    assert bot.of(asked.id) == asked


def test_a_form_that_comes_too_late_is_refused_beside_the_card_to_its_sender_alone(bot: Bot) -> None:
    asked = bot.request()
    bot.click(ids.DENY).wait_ack()
    view = bot.form(ids.FORM_DENY, OTTO)
    bot.memory.requests.decide(asked.id, Decision.CANCEL, Decided(Actor(EVA, "eva"), "requester", AT))
    bot.slack.submit(view, because("No"), user=OTTO).wait_ack()
    until(lambda: any(one.ephemeral_to for one in bot.slack.messages("C0APPROVE", seen_by=OTTO)))
    (said,) = [one for one in bot.slack.messages("C0APPROVE", seen_by=OTTO) if one.ephemeral_to]
    assert (said.text, said.ephemeral_to) == ("eva has cancelled this request already.", OTTO)
    assert bot.of(asked.id).state is State.CANCELLED


def test_what_fails_after_a_decision_is_no_refusal_of_it(bot: Bot) -> None:
    asked = bot.request()

    def broken(request_id: str) -> None:
        raise HistoryError(f"The history cannot be written for {request_id}.")

    bot.fulfilment.happens = broken
    bot.click(ids.APPROVE).wait_ack()
    bot.rest()
    assert (bot.of(asked.id).state, bot.refusals()) == (State.APPROVED, [])


@pytest.mark.parametrize(
    ("user", "ends", "said"),
    [
        (OTTO, State.APPLIED, ":rotating_light: *Break-glass*: it is undone and verified, which is told in"),
        (OTTO, State.FAILED, "AWS refused to put it back."),
        (EVA, None, "*Asked.* It waits for an approver"),
    ],
)
def test_an_undo_is_asked_for_or_runs_at_once_and_one_that_fails_is_not_told_as_done(
    bot: Bot, user: str, ends: State | None, said: str
) -> None:
    original = bot.request()
    bot.end(original.id, State.APPLIED)
    bot.click(ids.UNDO, user).wait_ack()

    def happens(undo: str) -> None:
        if ends is not None:
            bot.end(undo, ends)

    bot.fulfilment.happens = happens
    bot.slack.submit(bot.form(ids.FORM_UNDO, user), because("Hotfix"), user=user).wait_ack()
    bot.rest()
    (undo,) = [one for one in bot.memory.requests.all() if one.undoes == original.id]
    assert (undo.kind, undo.by.id, undo.reason, undo.break_glass) == (Kind.UNDO, user, "Hotfix", user == OTTO)
    (answer,) = [one for one in bot.slack.messages("C0APPROVE", seen_by=user) if one.ephemeral_to == user]
    assert said in answer.text
    assert ("undone and verified" in answer.text) == (ends is State.APPLIED)
