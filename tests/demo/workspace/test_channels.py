"""Which channels the bot is told of, and which scope each kind takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.workspace import Channel
from tests.demo.workspace.refused import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from demo.workspace import Workspace

PRIVATE = Channel("C0SECRET", "secret", is_private=True)
HIDDEN = Channel("C0HIDDEN", "hidden", is_private=True, has_bot=False)

ANY_CALL: dict[str, Callable[[WebClient], object]] = {
    "info": lambda client: client.conversations_info(channel="C0HIDDEN"),
    "members": lambda client: client.conversations_members(channel="C0HIDDEN"),
    "history": lambda client: client.conversations_history(channel="C0HIDDEN"),
    "replies": lambda client: client.conversations_replies(channel="C0HIDDEN", ts="1.000001"),
    "post": lambda client: client.chat_postMessage(channel="C0HIDDEN", text="x"),
    "ephemeral": lambda client: client.chat_postEphemeral(channel="C0HIDDEN", user="U0ENGINEER", text="x"),
    "update": lambda client: client.chat_update(channel="C0HIDDEN", ts="1.000001", text="x"),
    "delete": lambda client: client.chat_delete(channel="C0HIDDEN", ts="1.000001"),
    "permalink": lambda client: client.chat_getPermalink(channel="C0HIDDEN", message_ts="1.000001"),
}


@pytest.mark.parametrize("call", ANY_CALL.values(), ids=ANY_CALL)
def test_a_private_channel_without_the_bot_is_not_found(
    slack: Workspace, client: WebClient, call: Callable[[WebClient], object]
) -> None:
    slack.scopes = (*slack.scopes, "channels:history", "groups:history")
    slack.add_channel(HIDDEN)

    with refused("channel_not_found"):
        call(client)


def test_a_public_channel_is_described_to_a_bot_that_is_not_in_it(client: WebClient) -> None:
    channel = client.conversations_info(channel="C0QUIET")["channel"]

    assert (channel["is_member"], channel["is_private"]) == (False, False)


@pytest.mark.parametrize(("channel", "kind"), [("C0ENG", "channels"), ("C0SECRET", "groups"), ("D0ENGINEER", "im")])
def test_each_kind_of_channel_takes_scopes_of_its_own(
    slack: Workspace, client: WebClient, channel: str, kind: str
) -> None:
    slack.add_channel(PRIVATE)
    client.chat_postMessage(channel="U0ENGINEER", text="x")
    every = {f"{each}:{what}" for each in ("channels", "groups", "im") for what in ("read", "history")}

    slack.scopes = tuple(every - {f"{kind}:read", f"{kind}:history"})
    with refused("missing_scope") as info:
        client.conversations_info(channel=channel)
    with refused("missing_scope") as said:
        client.conversations_history(channel=channel)
    slack.scopes = (f"{kind}:read", f"{kind}:history")

    assert (info.value.response["needed"], said.value.response["needed"]) == (f"{kind}:read", f"{kind}:history")
    assert client.conversations_info(channel=channel)["channel"]["id"] == channel
    assert client.conversations_history(channel=channel)["ok"]


def test_without_any_scope_to_read_nothing_is_said_of_any_channel(slack: Workspace, client: WebClient) -> None:
    with refused("missing_scope") as history:
        client.conversations_history(channel="C0NONE")
    slack.scopes = ()
    with refused("missing_scope") as info:
        client.conversations_info(channel="C0NONE")

    assert history.value.response["needed"] == "channels:history,groups:history,mpim:history,im:history"
    assert info.value.response["needed"] == "channels:read,groups:read,mpim:read,im:read"


def test_a_list_has_the_kinds_that_were_asked_for_and_may_be_told(slack: Workspace, client: WebClient) -> None:
    slack.add_channel(PRIVATE)
    slack.add_channel(HIDDEN)

    usual = {channel["id"] for channel in client.conversations_list()["channels"]}
    private = [channel["id"] for channel in client.conversations_list(types="private_channel")["channels"]]

    assert "C0QUIET" in usual
    assert "C0SECRET" not in usual
    assert private == ["C0SECRET"]
    with refused("missing_scope"):
        client.conversations_list(types="public_channel, im")
    with refused("invalid_types"):
        client.conversations_list(types="channels")


def test_nobody_posts_where_the_bot_is_not_or_what_is_archived(slack: Workspace, client: WebClient) -> None:
    slack.add_channel(PRIVATE)
    client.chat_postMessage(channel="C0SECRET", text="x")
    slack.archive("C0SECRET")

    with refused("is_archived"):
        client.chat_postMessage(channel="C0SECRET", text="x")
    with refused("not_in_channel"):
        client.chat_postMessage(channel="C0QUIET", text="x")
