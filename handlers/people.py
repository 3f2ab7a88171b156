"""Who may use the bot at all: members of this workspace, and where the settings say so, only some of them."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, TypeVar

from slack_sdk.errors import SlackApiError, SlackClientError

from ecr import timezones
from ecr.approval import Person
from ecr.errors import EcrbotError, SlackError
from ecr.request import Actor
from handlers.refusals import code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slack_sdk import WebClient

Value = TypeVar("Value")

_PERSON_SECONDS = 300.0
DECIDING_SECONDS = 60.0
"""How old what Slack said of a group, or of somebody who decides, may be."""

_MOST_KEPT = 5000

# What usergroups.users.list says of a group that is not there, or was disabled.
_NO_GROUP = frozenset({"no_such_subteam", "subteam_not_found"})


class NotAllowedError(EcrbotError):
    """Somebody asked who may not use the bot; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is: what auth.test said of its token."""

    team: str
    user: str
    bot: str
    enterprise: str | None = None


class People:
    """The members of the workspace, looked up when they ask and remembered for a short while."""

    def __init__(
        self,
        client: WebClient,
        identity: Identity,
        allowed: tuple[str, ...] = (),
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look people up with this client.

        Args:
            client: a client with the bot's token.
            identity: the bot's own team.
            allowed: user groups (S…) and users (U…, W…) that may use the bot; none: every member.
            seconds: the time that tells how old an answer is; tests alone hand in their own.
        """
        self._client = client
        self._identity = identity
        self._allowed = allowed
        self._seconds = seconds
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def require_member(self, user: str) -> None:
        """Refuse who may not use the bot.

        Args:
            user: a Slack user id.

        Raises:
            NotAllowedError: a guest, a bot, a deactivated user, somebody of another organisation, or somebody whom
                the settings do not name.
            SlackError: Slack did not say who this is; nobody is let in on a guess.
        """
        person = self._lookup(user, _PERSON_SECONDS, partial(self._person, user))
        if reason := self._refusal(person):
            raise NotAllowedError(reason)
        if self._allowed and user not in self._allowed and not self._in_a_group(user):
            raise NotAllowedError(
                "You are not among those who may use ecrbot here: the setting slack.users names them."
            )

    def timezone(self, user: str) -> str:
        """Return the time zone that a user has set in Slack; UTC where there is none, or none that is known.

        Args:
            user: a Slack user id.

        Raises:
            SlackError: Slack did not say who this is.
        """
        said = self._lookup(user, _PERSON_SECONDS, partial(self._person, user)).get("tz")
        return timezones.known(said) or "UTC" if isinstance(said, str) else "UTC"

    def person(self, user: str, groups: Sequence[str]) -> Person:
        """Return who somebody is, and which of some groups they are in; of at most a minute ago: they are to decide.

        Args:
            user: a Slack user id.
            groups: user groups (S…).

        Raises:
            SlackError: Slack did not say; nobody decides on a guess.
        """
        told = self._lookup(user, DECIDING_SECONDS, partial(self._person, user))
        mine = frozenset(group for group in groups if user in self._members_of(group))
        return Person(Actor(user, _name(told) or user), self._refusal(told), mine)

    def members(self, groups: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return who is in each of some groups; nobody is in one that does not exist.

        Raises:
            SlackError: Slack did not say.
        """
        return {group: self._members_of(group) for group in groups}

    def _members_of(self, group: str) -> frozenset[str]:
        return self._lookup(group, DECIDING_SECONDS, partial(self._members, group))

    def _refusal(self, person: dict[str, Any]) -> str | None:
        if person.get("is_bot") or person.get("id") == "USLACKBOT":
            return "Bots cannot use ecrbot."
        if person.get("deleted"):
            return "This account is deactivated, and cannot use ecrbot."
        if person.get("is_stranger") or not self._is_ours(person):
            return "People of other organisations cannot use ecrbot."
        if person.get("is_restricted") or person.get("is_ultra_restricted"):
            return "Guests cannot use ecrbot."
        return None

    def _is_ours(self, person: dict[str, Any]) -> bool:
        if person.get("team_id") == self._identity.team:
            return True
        enterprise = (person.get("enterprise_user") or {}).get("enterprise_id")
        return self._identity.enterprise is not None and enterprise == self._identity.enterprise

    def _in_a_group(self, user: str) -> bool:
        return any(user in self._members_of(entry) for entry in self._allowed if entry.startswith("S"))

    def _person(self, user: str) -> dict[str, Any]:
        return dict(self._client.users_info(user=user).get("user") or {})

    def _members(self, group: str) -> frozenset[str]:
        try:
            return frozenset(self._client.usergroups_users_list(usergroup=group).get("users") or ())
        except SlackApiError as error:
            if code_of(error) in _NO_GROUP:
                return frozenset()
            raise

    def _lookup(self, key: str, seconds: float, ask: Callable[[], Value]) -> Value:
        kept, now = self._kept.get(key), self._seconds()
        if kept is not None and now - kept[0] < seconds:
            return kept[1]  # type: ignore[no-any-return]  # kept under the key of its own kind
        try:
            value = ask()
        except SlackApiError as error:
            raise SlackError(_unknown(code_of(error), str(error.response.get("needed")))) from error
        except (SlackClientError, HTTPException, OSError) as error:
            raise SlackError(_unknown()) from error
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (now, value)  # as old as the question: the answer may have taken a while
        return value


def _name(person: Mapping[str, Any]) -> str:
    """Return what people are called in Slack."""
    profile = person.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), person.get("real_name"), person.get("name"))
    return next((str(name) for name in names if name), "")


def _unknown(code: str = "", needed: str = "") -> str:
    if code == "missing_scope":
        return f"ecrbot cannot see who you are, because its Slack app lacks the scope {needed}: add it and reinstall."
    # What answers in Slack's place has no code: slack_sdk puts all of its page there.
    why = f" ({code})" if re.fullmatch("[a-z0-9_]+", code) else ""
    return f"Slack did not say who you are{why}, so nothing was done; try again in a moment."
