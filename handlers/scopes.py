"""The Slack scopes that the bot asks for, each with its reason: the manifest, the doctor and the docs follow it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope of the bot's token, what it is for, and what stops without it; `vital` where that is nearly all."""

    name: str
    reason: str
    without: str
    vital: bool = True


SCOPES = (
    Scope("commands", "the slash command /ecr", "nobody can ask anything"),
    Scope(
        "users:read",
        "telling members of the workspace from guests, bots and people of other organisations",
        "every command and click is refused",
    ),
    Scope(
        "usergroups:read",
        "the user groups in slack.users, and those of the approvers, looked up at each decision",
        "nobody is let in or decides by way of a group; users named one by one still may",
    ),
    Scope(
        "chat:write",
        "daily digests, the message that tells how far a sweep is, requests and notes to slack.approvals_channel, and "
        "what came of a request to whoever asked",
        "no digest and no request is posted; answers still come, through the address that Slack sends along with each "
        "command",
    ),
    Scope(
        "channels:read",
        "telling whether a channel is shared with another organisation, and whether the bot is in it",
        "nobody can subscribe a public channel",
        vital=False,
    ),
    Scope(
        "groups:read",
        "the same for private channels",
        "nobody can subscribe a private channel",
        vital=False,
    ),
)

OPTIONAL_SCOPES = (
    Scope(
        "channels:history",
        "looking, after a crash in the middle of posting a digest or a request, whether it is in the channel already",
        "a digest that was interrupted is posted with a line that it may repeat one, and a card may be there twice",
        vital=False,
    ),
    Scope("groups:history", "the same for private channels", "the same in private channels", vital=False),
)
"""What Slack asks for as optional: the bot does without, as said."""
