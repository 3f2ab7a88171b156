"""The workspace against the real slack_sdk: methods, faults, deliveries, response_urls."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from demo.workspace import Channel, Person
from tests.demo.workspace.refused import refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slack_bolt import Ack

    from demo.workspace import Workspace

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
MODAL: dict[str, Any] = {"type": "modal", "title": {"type": "plain_text", "text": "Ask"}, "blocks": [SECTION]}


class Echo:
    """A Bolt app that answers each command through its response_url."""

    def __init__(self, slack: Workspace) -> None:
        self.client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        self.received: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        result = AuthorizeResult(enterprise_id=None, team_id="T0LOCAL", bot_token=slack.bot_token)
        app = App(client=WebClient(base_url=slack.api_url), authorize=lambda: result, process_before_response=True)

        @app.command("/ecr")
        def command(ack: Ack, body: dict[str, Any], request: Any) -> None:
            self.received.append(body)
            self.headers.append(request.headers)
            ack("taken" if body["text"] == "ack" else "")
            threading.Thread(target=self.answer, args=(body,)).start()

        @app.action("go")
        def action(ack: Ack, body: dict[str, Any]) -> None:
            self.received.append(body)
            ack()

        self.handler = SocketModeHandler(app, slack.app_token, web_client=self.client)
        self.handler.connect()  # type: ignore[no-untyped-call]

    def answer(self, body: dict[str, Any]) -> None:
        if body["text"] != "ack":
            WebhookClient(body["response_url"]).send(text=f"echo {body['text']}", blocks=[SECTION])


@pytest.fixture
def echo(slack: Workspace) -> Iterator[Echo]:
    made = Echo(slack)
    slack.wait_for_socket()
    yield made
    made.handler.close()  # type: ignore[no-untyped-call]


def test_tokens_and_scopes_are_checked(slack: Workspace, client: WebClient) -> None:
    assert client.auth_test()["team_id"] == "T0LOCAL"
    with refused("invalid_auth"):
        WebClient(token="xoxb-wrong", base_url=slack.api_url).auth_test()
    assert client.conversations_info(channel="C0ENG")["channel"]["name"] == "eng"
    slack.scopes = ("commands",)
    with refused("missing_scope"):
        client.users_info(user="U0ENGINEER")


def test_messages_are_posted_changed_and_deleted(slack: Workspace, client: WebClient) -> None:
    ts = client.chat_postMessage(channel="C0ENG", text="one", blocks=[SECTION])["ts"]
    client.chat_update(channel="C0ENG", ts=ts, text="two", blocks=[SECTION])
    [message] = slack.messages("C0ENG")
    assert (message.text, message.edited) == ("two", True)
    client.chat_delete(channel="C0ENG", ts=ts)
    assert slack.messages("C0ENG") == ()
    with refused("message_not_found"):
        client.chat_update(channel="C0ENG", ts=ts, text="three")


def test_an_ephemeral_is_seen_by_one_person(slack: Workspace, client: WebClient) -> None:
    client.chat_postEphemeral(channel="C0ENG", user="U0ENGINEER", text="psst")
    assert [m.text for m in slack.messages("C0ENG", seen_by="U0ENGINEER")] == ["psst"]
    assert slack.messages("C0ENG", seen_by="U0ONCALL") == ()


def test_invalid_blocks_are_refused_and_remembered(slack: Workspace, client: WebClient) -> None:
    with refused("invalid_blocks"):
        client.chat_postMessage(channel="C0ENG", text="x", blocks=[{"type": "section"}])
    assert slack.refusals[0][0] == "chat.postMessage"
    assert slack.messages("C0ENG") == ()


@pytest.mark.parametrize(("channel", "error"), [("C0NONE", "channel_not_found"), ("C0QUIET", "not_in_channel")])
def test_where_the_bot_may_not_post(client: WebClient, channel: str, error: str) -> None:
    with refused(error):
        client.chat_postMessage(channel=channel, text="x")


def test_a_channel_can_be_archived_and_the_bot_removed(slack: Workspace, client: WebClient) -> None:
    slack.archive("C0ENG")
    slack.remove_bot("C0DIGEST")
    slack.add_channel(Channel("C0NEW", "new"))
    client.chat_postMessage(channel="C0NEW", text="x")
    with refused("is_archived"):
        client.chat_postMessage(channel="C0ENG", text="x")
    with refused("not_in_channel"):
        client.chat_postMessage(channel="C0DIGEST", text="x")


def test_people_and_groups_are_told(slack: Workspace, client: WebClient) -> None:
    slack.add_person(Person("U0NEW", "nina", "Nina New"))
    slack.set_group("S0NEW", ("U0NEW",))
    assert client.users_info(user="U0NEW")["user"]["real_name"] == "Nina New"
    assert client.usergroups_users_list(usergroup="S0NEW")["users"] == ["U0NEW"]
    with refused("user_not_found"):
        client.users_info(user="U0NOBODY")
    with refused("no_such_subteam"):
        client.usergroups_users_list(usergroup="S0NONE")


def test_faults_are_played_as_often_as_asked(slack: Workspace, client: WebClient) -> None:
    slack.fail("auth.test", status=429, retry_after=1)
    patient = WebClient(
        token=slack.bot_token, base_url=slack.api_url, retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=1)]
    )
    began = time.monotonic()
    assert patient.auth_test()["ok"]
    assert time.monotonic() - began >= 1
    slack.fail("auth.test", error="internal_error")
    with refused("internal_error"):
        client.auth_test()
    slack.fail("auth.test", drop=True)
    with pytest.raises(OSError, match=r"closed|reset"):
        client.auth_test()
    assert client.auth_test()["ok"]


def test_a_command_goes_over_the_socket_and_its_answer_comes_back(slack: Workspace, echo: Echo) -> None:
    delivery = slack.command("hello", user="U0ONCALL", channel="C0ENG")
    assert delivery.wait_ack().seconds < 3
    [answer] = delivery.wait_answer()
    assert (answer.text, answer.ephemeral_to, answer.channel) == ("echo hello", "U0ONCALL", "C0ENG")
    assert echo.received[0]["user_name"] == "otto"


def test_what_an_acknowledgement_carries_is_an_answer(slack: Workspace, echo: Echo) -> None:
    del echo
    [answer] = slack.command("ack").wait_answer()
    assert (answer.text, answer.ephemeral) == ("taken", True)


def test_a_repeat_is_the_same_delivery_marked_as_one(slack: Workspace, echo: Echo) -> None:
    delivery = slack.command("hello")
    delivery.wait_answer()
    slack.repeat(delivery)
    delivery.wait_answer(count=2)
    assert echo.received[0]["trigger_id"] == echo.received[1]["trigger_id"]
    assert echo.headers[1]["x-slack-retry-num"] == ["1"]


def test_without_a_connection_a_command_fails_at_once(slack: Workspace) -> None:
    with pytest.raises(ConnectionError, match="dispatch_failed"):
        slack.command("hello").wait_ack()


def test_a_click_carries_its_button_and_the_message_only_where_it_is_no_ephemeral(slack: Workspace, echo: Echo) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "v"}
    blocks = [{"type": "actions", "elements": [button]}]
    echo.client.chat_postMessage(channel="C0ENG", text="x", blocks=blocks)
    echo.client.chat_postEphemeral(channel="C0ENG", user="U0ENGINEER", text="x", blocks=blocks)
    public, private = slack.messages("C0ENG", seen_by="U0ENGINEER")
    slack.click(public, "Go").wait_ack()
    slack.click(private, "go", value="forged").wait_ack()
    assert [body["actions"][0]["value"] for body in echo.received] == ["v", "forged"]
    assert ["message" in body for body in echo.received] == [True, False]
    with pytest.raises(LookupError, match="no button 'Stop'"):
        slack.click(public, "Stop")


def test_a_response_url_takes_five_messages(slack: Workspace, echo: Echo) -> None:
    slack.command("hello").wait_answer()
    url = echo.received[0]["response_url"]
    webhook = WebhookClient(url)
    statuses = [webhook.send(text=f"more {number}", response_type="in_channel").status_code for number in range(5)]
    assert statuses == [200, 200, 200, 200, 404]
    assert webhook.send_dict({"text": "x"}).body == "used_url"


def test_a_response_url_refuses_invalid_blocks_and_replaces_the_original(slack: Workspace, echo: Echo) -> None:
    delivery = slack.command("hello")
    delivery.wait_answer()
    webhook = WebhookClient(echo.received[0]["response_url"])
    assert webhook.send_dict({"text": "x", "blocks": [{"type": "section"}]}).status_code == 400
    webhook.send_dict({"text": "in its place", "replace_original": True})
    assert [message.text for message in delivery.messages()] == ["in its place"]


def test_modals_open_by_a_fresh_trigger_once(slack: Workspace, echo: Echo) -> None:
    slack.command("hello").wait_ack()
    trigger = echo.received[0]["trigger_id"]
    view = echo.client.views_open(trigger_id=trigger, view=MODAL)["view"]
    echo.client.views_update(view_id=view["id"], view={**MODAL, "callback_id": "second"})
    assert [open_view["callback_id"] for open_view in slack.views("U0ENGINEER")] == ["second"]
    with refused("exchanged_trigger_id"):
        echo.client.views_open(trigger_id=trigger, view=MODAL)
    with refused("invalid_trigger_id"):
        echo.client.views_open(trigger_id="made-up", view=MODAL)
    echo.client.views_publish(user_id="U0ENGINEER", view={"type": "home", "blocks": [SECTION]})
    home = slack.home("U0ENGINEER")
    assert home is not None
    assert json.dumps(home["blocks"]) == json.dumps([SECTION])


def test_cut_and_refreshed_connections_are_made_anew(slack: Workspace, echo: Echo) -> None:
    del echo
    slack.ask_to_reconnect()
    slack.wait_for(lambda: slack.connections == 1, 15, "the new connection")
    slack.drop_sockets()
    slack.wait_for(lambda: slack.connections == 0, 5, "the cut")
