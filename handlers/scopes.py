"""The Slack scopes that the bot asks for, each with its reason: the manifest, the doctor and the docs follow it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope of the bot's token, what it is for, and what stops without it."""

    name: str
    reason: str
    without: str


SCOPES = (
    Scope("commands", "the slash command /ecr", "nobody can ask anything"),
    Scope(
        "users:read",
        "telling members of the workspace from guests, bots and people of other organisations",
        "every command and click is refused",
    ),
    Scope(
        "usergroups:read",
        "the user groups in slack.users, and later the approvers",
        "nobody is let in by way of a group; users named one by one still are",
    ),
    Scope(
        "chat:write",
        "posting what nobody asked for just now: digests and approval requests, which come with later releases",
        "today nothing: answers and Share go through the address that Slack sends along with each command",
    ),
)
