"""Modals from being opened to being closed, as the real slack_sdk and Bolt see them."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from demo.workspace import modals
from tests.demo.workspace.refused import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slack_bolt import Ack

    from demo.workspace import Workspace

EVA = "U0ENGINEER"


def words(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def field(name: str, **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": name}
    return {"type": "input", "block_id": name, "label": words(name), "element": element, **more}


def modal(*blocks: dict[str, Any], callback: str = "form", **more: Any) -> dict[str, Any]:
    shell = {"type": "modal", "title": words("Ask"), "submit": words("Go"), "callback_id": callback}
    return {**shell, "blocks": list(blocks), **more}


FORM = modal(field("reason"), field("tags", dispatch_action=True))
SECOND = modal(field("reason"), callback="second")
FILLED = {"reason": {"reason": {"type": "plain_text_input", "value": "because"}}}


class Bot:
    """Opens a form by a command, and acknowledges its submission as a test says."""

    def __init__(self, slack: Workspace) -> None:
        self.client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        self.received: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}
        self.form = FORM
        result = AuthorizeResult(enterprise_id=None, team_id="T0LOCAL", bot_token=slack.bot_token)
        app = App(
            client=WebClient(base_url=slack.api_url),
            authorize=lambda: result,
            process_before_response=True,
            signing_secret=slack.signing_secret,
        )

        @app.command("/ecr")
        def command(ack: Ack, body: dict[str, Any]) -> None:
            self.client.views_open(trigger_id=body["trigger_id"], view=self.form)
            ack()

        def take(ack: Ack, body: dict[str, Any]) -> None:
            self.received.append(body)
            ack(**self.answer)

        app.view("form")(take)
        app.view_closed("form")(take)
        app.action("tags")(take)
        self.app = app


@pytest.fixture
def bot(slack: Workspace) -> Iterator[Bot]:
    made = Bot(slack)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = made.app.dispatch(BoltRequest(body=body, headers=dict(self.headers)))
            self.send_response(answer.status)
            for name, value in answer.first_headers().items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        slack.post_to(f"http://127.0.0.1:{server.server_address[1]}/")
        yield made
        server.shutdown()


def opened(slack: Workspace) -> dict[str, Any]:
    slack.command("form").wait_ack()
    return slack.views(EVA)[-1]


def callbacks(slack: Workspace) -> list[str]:
    return [view["callback_id"] for view in slack.views(EVA)]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({}, []),
        ({"response_action": "clear"}, []),
        ({"response_action": "errors", "errors": {"reason": "Too short."}}, ["form"]),
        ({"response_action": "update", "view": SECOND}, ["second"]),
        ({"response_action": "push", "view": SECOND}, ["form", "second"]),
    ],
)
def test_a_form_becomes_what_the_acknowledgement_of_its_submission_says(
    slack: Workspace, bot: Bot, answer: dict[str, Any], left: list[str]
) -> None:
    bot.answer = answer
    told = slack.submit(opened(slack), FILLED).wait_ack().payload
    assert (told or {}, callbacks(slack), slack.refusals) == (answer, left, ())
    assert bot.received[0]["view"]["state"]["values"] == FILLED


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            {"response_action": "errors", "errors": {"else": "No."}},
            "[ERROR] no input block 'else' [json-pointer:/errors]",
        ),
        (
            {"response_action": "update", "view": {"type": "panel"}},
            "[ERROR] unsupported type: panel [json-pointer:/view/type]",
        ),
    ],
)
def test_an_acknowledgement_that_slack_cannot_make_sense_of_leaves_the_form_and_is_held_against_the_bot(
    slack: Workspace, bot: Bot, answer: dict[str, Any], problem: str
) -> None:
    bot.answer = answer
    slack.submit(opened(slack), FILLED).wait_ack()
    assert (callbacks(slack), slack.refusals) == (["form"], (("view_submission", (problem,)),))


def test_a_form_that_nobody_has_open_can_be_forged_and_closes_nothing(slack: Workspace, bot: Bot) -> None:
    view = opened(slack)
    slack.submit({**view, "id": "V0FORGED"}, FILLED).wait_ack()
    assert (callbacks(slack), len(bot.received)) == (["form"], 1)


def test_an_update_keeps_the_id_of_a_form_and_gives_it_a_hash_of_its_own(slack: Workspace, bot: Bot) -> None:
    view = opened(slack)
    new = bot.client.views_update(view_id=view["id"], view=SECOND, hash=view["hash"])["view"]
    assert slack.views(EVA) == (new,)
    assert (new["id"], new["callback_id"]) == (view["id"], "second")
    with refused("hash_conflict"):
        bot.client.views_update(view_id=view["id"], view=FORM, hash=view["hash"])
    slack.submit(new, FILLED)
    slack.close(new)
    with refused("not_found"):
        bot.client.views_update(view_id=view["id"], view=FORM)


@pytest.mark.parametrize(("change", "left"), [(modals.close, []), (modals.put_in_place, ["second"])])
def test_who_waits_is_woken_by_an_update_and_by_the_end_of_a_form(
    slack: Workspace, bot: Bot, change: Callable[..., object], left: list[str]
) -> None:
    del bot
    arguments = (slack._state, opened(slack), *([SECOND] if left else []))  # noqa: SLF001 - a call would wake too
    doing, began = threading.Thread(target=change, args=arguments), time.monotonic()

    def is_done() -> bool:
        if doing.ident is None:
            doing.start()
        return callbacks(slack) == left

    slack.wait_for(is_done, 20)
    assert time.monotonic() - began < 15
    doing.join()


def test_a_choice_in_a_form_comes_with_all_its_fields_and_without_a_channel(slack: Workspace, bot: Bot) -> None:
    view = opened(slack)
    values = {**FILLED, "tags": {"tags": {"type": "plain_text_input", "value": "latest"}}}
    slack.act(view, "tags", values).wait_ack()
    (body,) = bot.received
    assert (body["type"], body["user"]["id"], body["container"]) == (
        "block_actions",
        EVA,
        {"type": "view", "view_id": view["id"]},
    )
    assert (body["view"]["hash"], body["view"]["state"]["values"]) == (view["hash"], values)
    [action] = body["actions"]
    assert {key: action[key] for key in ("type", "block_id", "action_id", "value")} == {
        "type": "plain_text_input",
        "block_id": "tags",
        "action_id": "tags",
        "value": "latest",
    }
    assert not {"channel", "response_url", "message"} & set(body)
    with pytest.raises(LookupError, match="no field 'reason' that tells of a change among"):
        slack.act(view, "reason", values)


def test_a_form_that_is_closed_tells_of_it_only_where_it_says_so(slack: Workspace, bot: Bot) -> None:
    assert slack.close(opened(slack)) is None
    bot.form = modal(field("reason"), notify_on_close=True)
    told = slack.close(opened(slack))
    assert told is not None
    told.wait_ack()
    assert [(body["type"], body["is_cleared"]) for body in bot.received] == [("view_closed", False)]
    assert slack.views(EVA) == ()


def test_a_message_is_changed_by_its_channel_alone_and_a_direct_one_too(slack: Workspace, bot: Bot) -> None:
    posted = bot.client.chat_postMessage(channel=EVA, text="To you.")
    assert posted["channel"] == "D0ENGINEER"
    with refused("channel_not_found"):
        bot.client.chat_update(channel=EVA, ts=str(posted["ts"]), text="To you, anew.")
    with refused("channel_not_found"):
        bot.client.chat_postEphemeral(channel=EVA, user=EVA, text="x")
    bot.client.chat_update(channel="D0ENGINEER", ts=str(posted["ts"]), text="To you, anew.")
    assert [message.text for message in slack.everything(EVA)] == ["To you, anew."]
    assert slack.everything("U0ONCALL") == ()
