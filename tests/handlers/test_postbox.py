"""The postbox, in the real local workspace over HTTP with real clients: what each answer of Slack's means."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient

from demo.workspace import Workspace
from demo.workspace.people import Channel
from ecr.errors import CannotLookError, ChannelClosedError, NotPostedError, SlackError
from handlers.blocks.digest import rendered
from handlers.postbox import EVENT, MAY_REPEAT, SlackPostbox
from tests import digests
from tests.handlers.gateways import GATEWAYS, answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.workspace.state import Message

KEY = "abc123/2026-11-24/0"
PART = json.dumps({"text": "A digest.", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "One."}}]})
HOUR = timedelta(hours=1)
READING = ("channels:history", "groups:history")


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as running:
        running.scopes = (*running.scopes, *READING)
        yield running


@pytest.fixture
def postbox(workspace: Workspace) -> SlackPostbox:
    return at(workspace.api_url, workspace.bot_token)


def at(url: str, token: str = "xoxb-any", approvals: str | None = "C0APPROVE", timeout: int = 10) -> SlackPostbox:
    def client() -> WebClient:
        return WebClient(token=token, base_url=url, retry_handlers=[], timeout=timeout)

    return SlackPostbox(client(), client(), approvals)


def posted(workspace: Workspace, channel: str = "C0DIGEST") -> list[Message]:
    return list(workspace.messages(channel))


def begun(workspace: Workspace) -> int:
    return len([call for call in workspace.calls if call.method == "chat.postMessage"])


def now() -> datetime:
    return datetime.now(UTC)


def test_a_part_is_posted_with_what_it_is_found_by(workspace: Workspace, postbox: SlackPostbox) -> None:
    ts = postbox.post("C0DIGEST", PART, key=KEY, thread=None)
    (message,) = posted(workspace)
    assert (message.ts, message.text, message.thread_ts) == (ts, "A digest.", None)
    assert message.metadata == {
        "event_type": EVENT,
        "event_payload": {"key": KEY, "date": "2026-11-24", "subscription": "abc123", "part": 0},
    }
    assert EVENT == "ecr_digest"


def test_a_part_replies_to_the_first_one(workspace: Workspace, postbox: SlackPostbox) -> None:
    first = postbox.post("C0DIGEST", PART, key=KEY, thread=None)
    postbox.post("C0DIGEST", PART, key="abc123/2026-11-24/1", thread=first)
    assert [message.thread_ts for message in posted(workspace)] == [None, first]


def test_every_part_of_a_rich_digest_is_taken(workspace: Workspace, postbox: SlackPostbox) -> None:
    for number, part in enumerate(rendered(digests.rich())):
        postbox.post("C0DIGEST", part, key=f"abc123/2026-11-25/{number}", thread=None)
    assert workspace.refusals == ()
    assert any(block["type"] == "data_visualization" for block in posted(workspace)[0].blocks)


def test_where_a_workspace_takes_no_charts_a_line_stands_in_their_place_from_then_on(
    workspace: Workspace, postbox: SlackPostbox
) -> None:
    workspace.refuse_charts()
    part = rendered(digests.rich())[0]
    for number in range(2):
        postbox.post("C0DIGEST", part, key=f"abc123/2026-11-25/{number}", thread=None)
    assert len(posted(workspace)) == 2
    assert begun(workspace) == 3
    for message in posted(workspace):
        assert all(block["type"] != "data_visualization" for block in message.blocks)
    assert workspace.refusals == ()


def test_a_message_without_a_chart_that_is_refused_is_not_posted_again(
    workspace: Workspace, postbox: SlackPostbox
) -> None:
    workspace.fail("chat.postMessage", error="invalid_blocks")
    with pytest.raises(NotPostedError, match=r"Slack refused a message \(invalid_blocks\)") as refusal:
        postbox.post("C0DIGEST", PART, key=KEY, thread=None)
    assert not refusal.value.in_doubt
    assert begun(workspace) == 1


def test_what_may_repeat_says_so_below(workspace: Workspace, postbox: SlackPostbox) -> None:
    postbox.post("C0DIGEST", PART, key=KEY, thread=None, may_repeat=True)
    (message,) = posted(workspace)
    assert [block["type"] for block in message.blocks] == ["section", "context"]
    assert MAY_REPEAT in str(message.blocks[-1])
    assert "may repeat" in MAY_REPEAT


@pytest.mark.parametrize(
    ("fault", "said", "after", "in_doubt"),
    [
        ({"status": 429, "retry_after": 42}, r"no more messages at this moment \(429\)", 42.0, False),
        ({"error": "ratelimited"}, r"no more messages at this moment \(429\)", None, False),
        ({"status": 500}, r"Slack has trouble of its own \(500\)", None, True),
        ({"status": 503}, r"Slack has trouble of its own \(503\)", None, True),
        ({"error": "internal_error"}, r"Slack refused a message \(internal_error\)", None, True),
        ({"error": "fatal_error"}, r"Slack refused a message \(fatal_error\)", None, True),
        ({"error": "service_unavailable"}, r"Slack refused a message \(service_unavailable\)", None, True),
        ({"error": "request_timeout"}, r"Slack refused a message \(request_timeout\)", None, True),
        ({"error": "restricted_action"}, r"Slack refused a message \(restricted_action\)", None, False),
        ({"drop": True}, r"Slack cannot be reached \((RemoteDisconnected|ConnectionResetError)\)", None, True),
    ],
)
def test_what_slack_does_not_take_says_when_to_ask_again_and_whether_it_may_be_there(
    workspace: Workspace,
    postbox: SlackPostbox,
    fault: dict[str, Any],
    said: str,
    after: float | None,
    *,
    in_doubt: bool,
) -> None:
    workspace.fail("chat.postMessage", **fault)
    with pytest.raises(NotPostedError, match=said) as refusal:
        postbox.post("C0DIGEST", PART, key=KEY, thread=None)
    assert (refusal.value.after, refusal.value.in_doubt) == (after, in_doubt)
    assert begun(workspace) == 1
    assert posted(workspace) == []


@pytest.mark.parametrize("fault", [{}, {"status": 503}, {"error": "internal_error"}])
def test_what_is_there_although_its_answer_was_lost_is_in_doubt_and_found(
    workspace: Workspace, postbox: SlackPostbox, fault: dict[str, Any]
) -> None:
    workspace.fail("chat.postMessage", after=True, **fault)
    with pytest.raises(NotPostedError) as refusal:
        postbox.post("C0DIGEST", PART, key=KEY, thread=None)
    assert refusal.value.in_doubt
    assert postbox.find("C0DIGEST", KEY, thread=None, since=now() - HOUR) == posted(workspace)[0].ts


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        ("C0QUIET", "the bot is not in it (/invite @ecrbot)"),
        ("C0NOWHERE", "the bot is not in it (/invite @ecrbot), or it is gone"),
        ("C0ENG", "it is archived"),
    ],
)
def test_a_channel_that_takes_nothing_says_why(
    workspace: Workspace, postbox: SlackPostbox, channel: str, reason: str
) -> None:
    workspace.archive("C0ENG")
    with pytest.raises(ChannelClosedError) as closed:
        postbox.post(channel, PART, key=KEY, thread=None)
    assert str(closed.value) == reason


def test_what_never_reached_slack_is_not_in_doubt() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotPostedError, match=r"Slack cannot be reached \(ConnectionRefusedError\)") as refusal:
        at(f"http://127.0.0.1:{port}/api/").post("C0DIGEST", PART, key=KEY, thread=None)
    assert not refusal.value.in_doubt


def test_what_takes_longer_than_is_waited_is_in_doubt(workspace: Workspace) -> None:
    workspace.slow("chat.postMessage", 1.5, times=1)
    impatient = at(workspace.api_url, workspace.bot_token, timeout=1)
    with pytest.raises(NotPostedError) as refusal:
        impatient.post("C0DIGEST", PART, key=KEY, thread=None)
    assert refusal.value.in_doubt
    workspace.wait_for(lambda: posted(workspace))


@pytest.mark.parametrize(("status", "body", "length"), GATEWAYS)
def test_what_is_answered_by_something_before_slack_is_in_doubt(status: int, body: bytes, length: int | None) -> None:
    with answering(status, body, length) as url, pytest.raises(NotPostedError) as refusal:
        at(url).post("C0DIGEST", PART, key=KEY, thread=None)
    assert refusal.value.in_doubt


@pytest.mark.parametrize(("status", "body", "length"), GATEWAYS)
def test_what_something_before_slack_says_is_no_answer_to_a_question(
    status: int, body: bytes, length: int | None
) -> None:
    with answering(status, body, length) as url:
        postbox = at(url)
        for ask in (
            lambda: postbox.find("C0DIGEST", KEY, thread=None, since=now()),
            lambda: postbox.is_shared("C0DIGEST"),
            lambda: postbox.tell("C0DIGEST", "It is paused."),
        ):
            with pytest.raises(SlackError) as refusal:
                ask()
            assert not isinstance(refusal.value, ChannelClosedError | CannotLookError)


def test_a_part_is_found_by_its_key_alone(workspace: Workspace, postbox: SlackPostbox) -> None:
    first = postbox.post("C0DIGEST", PART, key=KEY, thread=None)
    second = postbox.post("C0DIGEST", PART, key="abc123/2026-11-25/0", thread=None)
    reply = postbox.post("C0DIGEST", PART, key="abc123/2026-11-24/1", thread=first)

    def found(key: str, thread: str | None = None, channel: str = "C0DIGEST") -> str | None:
        return postbox.find(channel, key, thread=thread, since=now() - HOUR)

    assert [found(KEY), found("abc123/2026-11-25/0")] == [first, second]
    assert [found("abc123/2026-11-24/1", first), found("abc123/2026-11-24/1")] == [reply, None]
    assert [found("abc123/2026-11-26/0"), found(KEY, channel="C0ENG")] == [None, None]
    assert workspace.refusals == ()


def test_what_is_older_than_it_can_be_is_not_looked_for(postbox: SlackPostbox) -> None:
    postbox.post("C0DIGEST", PART, key=KEY, thread=None)
    assert postbox.find("C0DIGEST", KEY, thread=None, since=now() + HOUR) is None


def test_a_message_that_only_looks_like_one_is_none(workspace: Workspace, postbox: SlackPostbox) -> None:
    client = WebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    client.chat_postMessage(channel="C0DIGEST", text=KEY)
    client.chat_postMessage(
        channel="C0DIGEST", text="x", metadata={"event_type": "other", "event_payload": {"key": KEY}}
    )
    assert postbox.find("C0DIGEST", KEY, thread=None, since=now() - HOUR) is None


def test_it_is_found_behind_many_other_messages(workspace: Workspace, postbox: SlackPostbox) -> None:
    first = postbox.post("C0DIGEST", PART, key=KEY, thread=None)
    state = workspace._state  # noqa: SLF001 - four hundred posts over HTTP would take seconds
    for number in range(450):
        state.put(type(posted(workspace)[0])("C0DIGEST", state.timestamp(), "U0ENGINEER", f"chatter {number}"))
    assert postbox.find("C0DIGEST", KEY, thread=None, since=now() - HOUR) == first
    assert len([call for call in workspace.calls if call.method == "conversations.history"]) == 3


def test_without_the_scope_nobody_can_look(workspace: Workspace, postbox: SlackPostbox) -> None:
    workspace.scopes = tuple(scope for scope in workspace.scopes if scope not in READING)
    for thread in (None, "1800000000.000001"):
        with pytest.raises(CannotLookError, match=r"its Slack app lacks the scope .*history.*; add it and reinstall"):
            postbox.find("C0DIGEST", KEY, thread=thread, since=now())


def test_a_private_channel_takes_a_scope_of_its_own(workspace: Workspace, postbox: SlackPostbox) -> None:
    workspace.add_channel(Channel("G0SECRET", "secret", is_private=True))
    workspace.scopes = tuple(scope for scope in workspace.scopes if scope != "groups:history")
    with pytest.raises(CannotLookError, match="groups:history"):
        postbox.find("G0SECRET", KEY, thread=None, since=now())


@pytest.mark.parametrize("channel", ["C0QUIET", "C0NOWHERE"])
def test_a_channel_that_the_bot_is_not_in_is_closed_to_looking_too(postbox: SlackPostbox, channel: str) -> None:
    with pytest.raises(ChannelClosedError, match="the bot is not in it"):
        postbox.find(channel, KEY, thread=None, since=now())


def test_what_slack_does_not_say_about_a_channel_is_an_error(workspace: Workspace, postbox: SlackPostbox) -> None:
    for fault in ({"error": "internal_error"}, {"status": 503}, {"drop": True}, {"status": 429, "retry_after": 1}):
        workspace.fail("conversations.history", **fault)
        with pytest.raises(SlackError, match="try again in a moment") as refusal:
            postbox.find("C0DIGEST", KEY, thread=None, since=now())
        assert type(refusal.value) is SlackError


def test_a_thread_whose_beginning_was_deleted_is_an_error(postbox: SlackPostbox) -> None:
    with pytest.raises(SlackError, match="thread_not_found"):
        postbox.find("C0DIGEST", KEY, thread="1800000000.000001", since=now())


@pytest.mark.parametrize(("channel", "shared"), [("C0ENG", False), ("C0SHARED", True)])
def test_a_channel_is_shared_or_not(postbox: SlackPostbox, channel: str, *, shared: bool) -> None:
    assert postbox.is_shared(channel) is shared


def test_whether_it_is_shared_is_not_told_of_a_channel_that_is_closed(
    workspace: Workspace, postbox: SlackPostbox
) -> None:
    workspace.archive("C0ENG")
    for channel, reason in (
        ("C0QUIET", "the bot is not in it"),
        ("C0NOWHERE", "the bot is not in it"),
        ("C0ENG", "it is archived"),
    ):
        with pytest.raises(ChannelClosedError, match=reason):
            postbox.is_shared(channel)


def test_whether_it_is_shared_takes_a_scope(workspace: Workspace, postbox: SlackPostbox) -> None:
    workspace.scopes = ("chat:write",)
    with pytest.raises(CannotLookError, match=r"lacks the scope .*channels:read"):
        postbox.is_shared("C0ENG")


def test_the_approvals_channel_is_told_escaped_and_of_which_channel(
    workspace: Workspace, postbox: SlackPostbox
) -> None:
    assert postbox.tell("C0DIGEST", "It is paused: <!channel> & co.")
    assert [message.text for message in posted(workspace, "C0APPROVE")] == [
        "<#C0DIGEST>: It is paused: &lt;!channel&gt; &amp; co."
    ]


def test_without_an_approvals_channel_nobody_is_told(workspace: Workspace) -> None:
    assert not at(workspace.api_url, workspace.bot_token, approvals=None).tell("C0DIGEST", "It is paused.")
    assert workspace.calls == ()


def test_an_approvals_channel_that_takes_nothing_says_why(workspace: Workspace, postbox: SlackPostbox) -> None:
    workspace.archive("C0APPROVE")
    with pytest.raises(ChannelClosedError, match="it is archived"):
        postbox.tell("C0DIGEST", "It is paused.")


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": True}, {"error": "internal_error"}])
def test_what_the_approvals_channel_does_not_take_is_an_error(
    workspace: Workspace, postbox: SlackPostbox, fault: dict[str, Any]
) -> None:
    workspace.fail("chat.postMessage", **fault)
    with pytest.raises(SlackError) as refusal:
        postbox.tell("C0DIGEST", "It is paused.")
    assert not isinstance(refusal.value, ChannelClosedError)
