"""What a message is stamped with, carries and replies to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.demo.workspace.refused import refused

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from demo.workspace import Workspace
    from tests.demo.workspace.conftest import Clock

DIGEST = {"event_type": "ecr_digest", "event_payload": {"subscription": "s1", "part": 2, "last": True}}
CHART = {
    "type": "data_visualization",
    "title": "Trend",
    "chart": {
        "type": "line",
        "series": [{"name": "failing", "data": [{"label": "Mon", "value": 3}]}],
        "axis_config": {"categories": ["Mon"]},
    },
}


def post(client: WebClient, text: str = "x", **more: Any) -> str:
    ts: str = client.chat_postMessage(channel="C0ENG", text=text, **more)["ts"]
    return ts


def test_a_message_is_stamped_by_the_clock_that_was_given(client: WebClient, clock: Clock) -> None:
    assert post(client).startswith("1800000000.")
    clock.now = 60.0
    assert post(client).startswith("60.")


def test_stamps_grow_although_the_clock_stands_still(slack: Workspace, client: WebClient) -> None:
    stamps = [post(client, text=str(number)) for number in range(12)]

    assert stamps == sorted(set(stamps), key=float)
    assert [message.ts for message in slack.messages("C0ENG")] == stamps


def test_the_messages_of_a_channel_are_there_with_its_replies_in_the_order_of_posting(
    slack: Workspace, client: WebClient
) -> None:
    first = post(client, "first")
    post(client, "second")
    post(client, "reply", thread_ts=first)
    post(client, "third")
    client.chat_update(channel="C0ENG", ts=first, text="first, changed")

    there = [(message.text, message.thread_ts) for message in slack.messages("C0ENG")]

    assert there == [("first, changed", None), ("second", None), ("reply", first), ("third", None)]


def test_a_reply_needs_a_message_of_its_channel_that_is_no_reply(client: WebClient) -> None:
    first = post(client)
    reply = post(client, thread_ts=first)

    with refused("thread_not_found"):
        post(client, thread_ts="1.000001")
    with refused("thread_not_found"):
        client.chat_postMessage(channel="C0DIGEST", text="x", thread_ts=first)
    with refused("cannot_reply_to_message"):
        post(client, thread_ts=reply)


def test_metadata_of_slacks_form_are_kept(slack: Workspace, client: WebClient) -> None:
    post(client, metadata=DIGEST)

    assert slack.messages("C0ENG")[0].metadata == DIGEST


@pytest.mark.parametrize(
    "metadata",
    [
        {"event_type": "ecr_digest"},
        {"event_type": "", "event_payload": {}},
        {"event_type": "ecr.digest", "event_payload": {}},
        {"event_type": 7, "event_payload": {}},
        {"event_type": "ecr_digest", "event_payload": []},
        {"event_type": "ecr_digest", "event_payload": {"day": {"of": "week"}}},
        {"event_type": "ecr_digest", "event_payload": {"parts": [1, 2]}},
        {"event_type": "ecr_digest", "event_payload": {"day": None}},
        {"event_type": "ecr_digest", "event_payload": {}, "day": "Monday"},
        "ecr_digest",
        ["ecr_digest"],
    ],
)
def test_metadata_of_another_form_are_refused(slack: Workspace, client: WebClient, metadata: Any) -> None:
    with refused("invalid_metadata_format"):
        post(client, metadata=metadata)
    assert slack.messages("C0ENG") == ()


def test_an_update_keeps_the_metadata_replaces_them_or_takes_them_away(slack: Workspace, client: WebClient) -> None:
    ts = post(client, metadata=DIGEST)
    changes: list[dict[str, Any]] = [{}, {"metadata": {**DIGEST, "event_payload": {}}}, {"metadata": {}}]
    seen = []
    for change in changes:
        client.chat_update(channel="C0ENG", ts=ts, text="y", **change)
        seen.append(slack.messages("C0ENG")[0].metadata)

    assert seen == [DIGEST, {**DIGEST, "event_payload": {}}, None]
    with refused("invalid_metadata_format"):
        client.chat_update(channel="C0ENG", ts=ts, text="y", metadata={"event_type": "ecr_digest"})


def test_a_workspace_without_charts_refuses_a_message_that_has_one_and_holds_it_against_nobody(
    slack: Workspace, client: WebClient
) -> None:
    ts = post(client, "no chart")
    slack.refuse_charts()
    with refused("invalid_blocks"):
        post(client, blocks=[CHART])
    with refused("invalid_blocks"):
        client.chat_update(channel="C0ENG", ts=ts, text="x", blocks=[CHART])
    post(client, "still no chart")
    slack.refuse_charts(refuse=False)
    post(client, "a chart", blocks=[CHART])

    assert [message.text for message in slack.messages("C0ENG")] == ["no chart", "still no chart", "a chart"]
    assert slack.refusals == ()


def test_what_is_wrong_besides_the_chart_is_held_against_the_bot(slack: Workspace, client: WebClient) -> None:
    slack.refuse_charts()
    with refused("invalid_blocks"):
        post(client, blocks=[CHART, {"type": "section"}])
    assert [method for method, _ in slack.refusals] == ["chat.postMessage"]
