"""Calls that are performed although their answer is lost."""

from __future__ import annotations

from http.client import RemoteDisconnected
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from tests.demo.workspace.refused import refused

if TYPE_CHECKING:
    from demo.workspace import Workspace


def texts(slack: Workspace) -> list[str]:
    return [message.text for message in slack.messages("C0ENG")]


def methods(slack: Workspace) -> list[str]:
    return [call.method for call in slack.calls]


def test_a_call_whose_answer_is_lost_was_performed_and_recorded(slack: Workspace, client: WebClient) -> None:
    slack.fail("chat.postMessage", after=True)

    with pytest.raises((RemoteDisconnected, ConnectionError)):
        client.chat_postMessage(channel="C0ENG", text="posted or not?")

    assert texts(slack) == ["posted or not?"]
    assert methods(slack) == ["chat.postMessage"]


def test_a_call_that_fails_before_it_is_performed_leaves_nothing(slack: Workspace, client: WebClient) -> None:
    slack.fail("chat.postMessage", drop=True)

    with pytest.raises((RemoteDisconnected, ConnectionError)):
        client.chat_postMessage(channel="C0ENG", text="posted or not?")

    assert texts(slack) == []
    assert methods(slack) == ["chat.postMessage"]


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ({"status": 503}, 503, None),
        ({"status": 429, "retry_after": 7}, 429, "ratelimited"),
        ({"error": "internal_error"}, 200, "internal_error"),
    ],
)
def test_an_answer_can_be_lost_to_a_status_or_an_error(
    slack: Workspace, client: WebClient, fault: dict[str, Any], status: int, error: str | None
) -> None:
    slack.fail("chat.postMessage", after=True, **fault)

    with pytest.raises(SlackApiError) as failed:
        client.chat_postMessage(channel="C0ENG", text="posted")

    assert failed.value.response.status_code == status
    assert error is None or failed.value.response["error"] == error
    assert texts(slack) == ["posted"]


def test_a_client_that_repeats_what_was_lost_posts_twice(slack: Workspace) -> None:
    slack.fail("chat.postMessage", after=True)

    WebClient(token=slack.bot_token, base_url=slack.api_url).chat_postMessage(channel="C0ENG", text="twice")

    assert texts(slack) == ["twice", "twice"]


def test_a_fault_after_the_call_is_played_as_often_as_asked(slack: Workspace, client: WebClient) -> None:
    slack.fail("chat.postMessage", error="internal_error", after=True, times=2)

    for _ in range(2):
        with refused("internal_error"):
            client.chat_postMessage(channel="C0ENG", text="lost")
    client.chat_postMessage(channel="C0ENG", text="told")

    assert texts(slack) == ["lost", "lost", "told"]


def test_the_answer_of_a_response_url_can_be_lost_too(slack: Workspace) -> None:
    delivery = slack.command("hello")
    slack.fail("response_url", status=500, after=True)

    answer = WebhookClient(delivery.payload["response_url"]).send(text="heard", response_type="in_channel")

    assert answer.status_code == 500
    assert texts(slack) == ["heard"]


def test_a_workspace_without_charts_refuses_them_in_an_answer_too(slack: Workspace) -> None:
    delivery = slack.command("hello")
    slack.refuse_charts()
    chart = {"type": "line", "series": [{"name": "a", "data": [{"label": "Mon", "value": 3}]}]}
    block = {"type": "data_visualization", "title": "Trend", "chart": {**chart, "axis_config": {"categories": ["Mon"]}}}

    answer = WebhookClient(delivery.payload["response_url"]).send(text="a chart", blocks=[block])

    assert (answer.status_code, answer.body) == (400, "invalid_blocks")
    assert slack.refusals == ()
