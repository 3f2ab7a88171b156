"""Who and what is in the workspace at its start: people of every kind, channels, groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TEAM, OTHER_TEAM = "T0LOCAL", "T0OTHER"
BOT_USER, BOT_ID, APP_ID = "U0ECRBOT", "B0ECRBOT", "A0ECRBOT"
GROUP_NAMES = {"S0ONCALL": "oncall"}


@dataclass(frozen=True, slots=True)
class Person:
    """A user, as users.info tells of them (https://docs.slack.dev/reference/objects/user-object)."""

    id: str
    name: str
    real_name: str
    team: str = TEAM
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    tz: str = "Europe/Bucharest"
    tz_offset: int = 7200

    def payload(self) -> dict[str, Any]:
        """Return the user object."""
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "is_app_user": False,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": self.tz_offset,
            "profile": {"real_name": self.real_name, "display_name": self.name},
        }


@dataclass(slots=True)
class Channel:
    """A conversation."""

    id: str
    name: str
    has_bot: bool = True
    is_archived: bool = False
    is_shared: bool = False
    is_im: bool = False
    is_private: bool = False

    @property
    def kind(self) -> str:
        """What Slack's scopes call its kind, as in `groups:read`."""
        if self.is_im:
            return "im"
        return "groups" if self.is_private else "channels"

    @property
    def is_visible(self) -> bool:
        """Whether the bot is told of it: a private channel is there for its members alone."""
        return self.has_bot or not self.is_private

    def payload(self) -> dict[str, Any]:
        """Return the conversation object."""
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.is_im,
            "is_im": self.is_im,
            "is_member": self.has_bot,
            "is_archived": self.is_archived,
            "is_shared": self.is_shared,
            "is_ext_shared": self.is_shared,
            "is_private": self.is_private,
        }


def people() -> dict[str, Person]:
    """Return everybody who is there at the start, by id."""
    everybody = (
        Person("U0ENGINEER", "eva", "Eva Engineer"),
        Person("U0ONCALL", "otto", "Otto Oncall"),
        Person("U0OUTSIDER", "olga", "Olga Outsider"),
        Person("U0GUEST", "gus", "Gus Guest", is_restricted=True),
        Person("U0SINGLE", "sia", "Sia Single", is_restricted=True, is_ultra_restricted=True),
        Person("U0STRANGER", "stan", "Stan Stranger", team=OTHER_TEAM, is_stranger=True),
        Person("U0GONE", "greta", "Greta Gone", deleted=True),
        Person("U0ROBOT", "robbie", "Robbie Robot", is_bot=True),
        Person(BOT_USER, "ecrbot", "ecrbot", is_bot=True),
    )
    return {person.id: person for person in everybody}


def channels() -> dict[str, Channel]:
    """Return the channels that are there at the start, by id."""
    all_channels = (
        Channel("C0ENG", "eng"),
        Channel("C0APPROVE", "ecr-approvals"),
        Channel("C0DIGEST", "ecr-digest"),
        Channel("C0SHARED", "with-partners", is_shared=True),
        Channel("C0QUIET", "quiet", has_bot=False),
    )
    return {channel.id: channel for channel in all_channels}
