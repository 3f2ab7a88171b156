"""Who may use the bot, asked of a real Web API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slack_sdk import WebClient

from demo.workspace import Person, Workspace
from ecr.errors import SlackError
from handlers.people import Identity, NotAllowedError, People

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = Identity("T0LOCAL", "U0ECRBOT", "B0ECRBOT")


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


def people(slack: Workspace, *allowed: str) -> People:
    return People(WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[]), OURS, allowed)


def asked(slack: Workspace, method: str) -> int:
    return sum(call.method == method for call in slack.calls)


def test_members_may_and_are_looked_up_once(slack: Workspace) -> None:
    some = people(slack)
    some.require_member("U0ENGINEER")
    some.require_member("U0ENGINEER")
    assert asked(slack, "users.info") == 1


@pytest.mark.parametrize("user", ["U0GUEST", "U0SINGLE", "U0STRANGER", "U0ROBOT", "U0GONE"])
def test_others_may_not(slack: Workspace, user: str) -> None:
    with pytest.raises(NotAllowedError):
        people(slack).require_member(user)


def test_somebody_of_another_team_may_not_even_where_slack_does_not_call_them_a_stranger(slack: Workspace) -> None:
    slack.add_person(Person("U0ELSE", "else", "Else Where", team="T0ELSE"))
    with pytest.raises(NotAllowedError, match="other organisations"):
        people(slack).require_member("U0ELSE")


def test_a_stranger_may_not_whatever_team_slack_gives(slack: Workspace) -> None:
    slack.add_person(Person("U0ODD", "odd", "Odd One", is_stranger=True))
    with pytest.raises(NotAllowedError, match="other organisations"):
        people(slack).require_member("U0ODD")


def test_only_those_whom_the_settings_name_may_by_group_or_by_id(slack: Workspace) -> None:
    some = people(slack, "S0ONCALL", "U0ENGINEER")
    some.require_member("U0ENGINEER")
    some.require_member("U0ONCALL")
    some.require_member("U0ONCALL")
    with pytest.raises(NotAllowedError, match=r"slack\.users names them"):
        some.require_member("U0OUTSIDER")
    assert asked(slack, "usergroups.users.list") == 1


def test_a_named_guest_still_may_not(slack: Workspace) -> None:
    with pytest.raises(NotAllowedError, match="Guests"):
        people(slack, "U0GUEST").require_member("U0GUEST")


def test_nobody_is_let_in_on_a_guess(slack: Workspace) -> None:
    slack.fail("usergroups.users.list", error="internal_error")
    with pytest.raises(SlackError, match="internal_error"):
        people(slack, "S0ONCALL").require_member("U0ONCALL")
    slack.fail("users.info", drop=True)
    with pytest.raises(SlackError, match="try again in a moment"):
        people(slack).require_member("U0ENGINEER")


def test_a_missing_scope_is_named(slack: Workspace) -> None:
    slack.scopes = ("commands",)
    with pytest.raises(SlackError, match="lacks the scope users:read"):
        people(slack).require_member("U0ENGINEER")


def test_the_time_zone_of_a_user_is_the_one_of_slack_and_is_not_asked_for_twice(slack: Workspace) -> None:
    slack.add_person(Person("U0ROME", "rina", "Rina Rome", tz="Europe/Rome"))
    some = people(slack)
    some.require_member("U0ROME")
    assert some.timezone("U0ROME") == "Europe/Rome"
    assert asked(slack, "users.info") == 1


@pytest.mark.parametrize("tz", ["", "Middle-earth/Shire"])
def test_a_time_zone_that_is_not_known_is_utc(slack: Workspace, tz: str) -> None:
    slack.add_person(Person("U0FAR", "frodo", "Frodo Far", tz=tz))
    assert people(slack).timezone("U0FAR") == "UTC"


def test_a_time_zone_that_slack_does_not_tell_is_no_guess(slack: Workspace) -> None:
    slack.fail("users.info", error="internal_error")
    with pytest.raises(SlackError, match="internal_error"):
        people(slack).timezone("U0ENGINEER")
