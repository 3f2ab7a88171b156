"""conversations.history and conversations.replies: what is found, in which order and portions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.demo.workspace.refused import refused

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from demo.workspace import Workspace

DIGEST = {"event_type": "ecr_digest", "event_payload": {"day": "2026-11-24"}}


@pytest.fixture
def client(slack: Workspace, client: WebClient) -> WebClient:
    """The client of a bot that may read what is said."""
    slack.scopes = (*slack.scopes, "channels:history")
    return client


def posted(client: WebClient, *texts: str, **more: Any) -> list[str]:
    return [client.chat_postMessage(channel="C0ENG", text=text, **more)["ts"] for text in texts]


def history(client: WebClient, **more: Any) -> list[str]:
    return [message["text"] for message in client.conversations_history(channel="C0ENG", **more)["messages"]]


def replies(client: WebClient, ts: str, **more: Any) -> list[str]:
    return [message["text"] for message in client.conversations_replies(channel="C0ENG", ts=ts, **more)["messages"]]


def test_history_is_newest_first_without_replies_and_what_one_person_sees(client: WebClient) -> None:
    first, _ = posted(client, "first", "second")
    posted(client, "reply", thread_ts=first)
    client.chat_postEphemeral(channel="C0ENG", user="U0ENGINEER", text="psst")
    client.chat_postMessage(channel="C0DIGEST", text="elsewhere")

    assert history(client) == ["second", "first"]


def test_replies_are_oldest_first_after_what_they_reply_to(client: WebClient) -> None:
    first, second = posted(client, "first", "second")
    reply, _ = posted(client, "one", "two", thread_ts=first)

    assert replies(client, first) == ["first", "one", "two"]
    assert replies(client, reply) == ["first", "one", "two"]
    assert replies(client, second) == ["second"]
    with refused("thread_not_found"):
        replies(client, "1.000001")


@pytest.mark.parametrize("asked", [True, "true", "1"])
def test_metadata_are_shown_to_who_asks_for_them(client: WebClient, asked: Any) -> None:
    [ts] = posted(client, "digest", metadata=DIGEST)

    [found] = client.conversations_history(channel="C0ENG", include_all_metadata=asked)["messages"]
    [reply] = client.conversations_replies(channel="C0ENG", ts=ts, include_all_metadata=asked)["messages"]

    assert (found["metadata"], reply["metadata"]) == (DIGEST, DIGEST)


@pytest.mark.parametrize("asked", [None, False, "false", "0"])
def test_metadata_are_not_shown_to_who_does_not_ask(client: WebClient, asked: Any) -> None:
    [ts] = posted(client, "digest", metadata=DIGEST)

    [found] = client.conversations_history(channel="C0ENG", include_all_metadata=asked)["messages"]
    [reply] = client.conversations_replies(channel="C0ENG", ts=ts, include_all_metadata=asked)["messages"]

    assert ("metadata" in found, "metadata" in reply) == (False, False)


def test_oldest_and_latest_are_no_part_of_what_is_between_them_unless_they_are_to_be(client: WebClient) -> None:
    a, _, c, _ = posted(client, "a", "b", "c", "d")

    assert history(client, oldest=a, latest=c) == ["b"]
    assert history(client, oldest=a, latest=c, inclusive=True) == ["c", "b", "a"]
    assert history(client, oldest=c) == ["d"]
    assert history(client, latest=a, inclusive=True) == ["a"]
    assert history(client, oldest="0") == ["d", "c", "b", "a"]


def test_a_moment_is_compared_by_its_number(client: WebClient) -> None:
    posted(client, "a")

    assert history(client, oldest="999999999.000001") == ["a"]
    with refused("invalid_ts_oldest"):
        history(client, oldest="yesterday")
    with refused("invalid_ts_latest"):
        history(client, latest="NaN")


def test_history_comes_in_pages_that_nothing_new_moves(client: WebClient) -> None:
    posted(client, "a", "b", "c")
    first = client.conversations_history(channel="C0ENG", limit=2)
    posted(client, "d")
    second = client.conversations_history(channel="C0ENG", limit=2, cursor=first["response_metadata"]["next_cursor"])

    assert [message["text"] for message in first["messages"]] == ["c", "b"]
    assert [message["text"] for message in second["messages"]] == ["a"]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert "response_metadata" not in second


def test_a_page_begins_although_its_first_message_is_gone(client: WebClient) -> None:
    _, b, _ = posted(client, "a", "b", "c")
    cursor = client.conversations_history(channel="C0ENG", limit=1)["response_metadata"]["next_cursor"]
    client.chat_delete(channel="C0ENG", ts=b)

    assert history(client, cursor=cursor) == ["a"]


def test_a_thread_comes_in_pages_too(client: WebClient) -> None:
    [first] = posted(client, "first")
    posted(client, "one", "two", thread_ts=first)

    page = client.conversations_replies(channel="C0ENG", ts=first, limit=2)

    assert [message["text"] for message in page["messages"]] == ["first", "one"]
    assert replies(client, first, cursor=page["response_metadata"]["next_cursor"]) == ["two"]


def test_a_page_has_a_hundred_messages_and_999_at_most(client: WebClient) -> None:
    posted(client, *(str(number) for number in range(101)))

    assert len(history(client)) == 100
    assert len(history(client, limit=999)) == 101
    for limit in (1000, -1, "many"):
        with refused("invalid_limit"):
            client.conversations_history(channel="C0ENG", limit=limit)  # type: ignore[arg-type]


@pytest.mark.parametrize("cursor", ["next_ts:1.2", "bmV4dF90czpub3c=", "dXNlcjoxLjI=", "bmV4dF90czpOYU4="])
def test_a_cursor_that_was_never_given_is_refused(client: WebClient, cursor: str) -> None:
    with refused("invalid_cursor"):
        history(client, cursor=cursor)


def test_only_members_are_told_what_was_said(slack: Workspace, client: WebClient) -> None:
    [ts] = posted(client, "first")
    slack.remove_bot("C0ENG")

    with refused("not_in_channel"):
        history(client)
    with refused("not_in_channel"):
        replies(client, ts)
