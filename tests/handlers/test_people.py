"""Who may use the bot, and who somebody is that decides, asked of a real Web API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk import WebClient

from demo.workspace import Person, Workspace
from ecr.approval import Person as Decider
from ecr.errors import SlackError
from ecr.request import Actor
from handlers.people import Identity, NotAllowedError, People
from tests.handlers.gateways import GATEWAYS, answering

if TYPE_CHECKING:
    from collections.abc import Iterator

BOTS = "Bots cannot use ecrbot."
GUESTS = "Guests cannot use ecrbot."
STRANGERS = "People of other organisations cannot use ecrbot."
DEACTIVATED = "This account is deactivated, and cannot use ecrbot."
OURS = Identity("T0LOCAL", "U0ECRBOT", "B0ECRBOT")


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


class Seconds:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def people(slack: Workspace, *allowed: str, seconds: Seconds | None = None) -> People:
    client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    return People(client, OURS, allowed, seconds or Seconds())


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


def test_who_decides_is_told_by_name_with_those_of_the_groups_they_are_in(slack: Workspace) -> None:
    slack.set_group("S0LEADS", ("U0ENGINEER", "U0ONCALL"))
    slack.set_group("S0OTHERS", ("U0ONCALL",))
    some = people(slack)
    said = some.person("U0ONCALL", ("S0ONCALL", "S0LEADS"))
    assert said == Decider(Actor("U0ONCALL", "otto"), None, frozenset({"S0ONCALL", "S0LEADS"}))
    assert some.person("U0OUTSIDER", ("S0ONCALL", "S0LEADS")) == Decider(Actor("U0OUTSIDER", "olga"))
    assert some.person("U0ONCALL", ()) == Decider(Actor("U0ONCALL", "otto"))


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (Person("U0SHY", "", "Shira Shy"), "Shira Shy"),
        (Person("U0SHY", "", ""), "U0SHY"),
    ],
)
def test_who_has_no_display_name_is_told_by_their_real_one_or_else_by_their_id(
    slack: Workspace, person: Person, name: str
) -> None:
    slack.add_person(person)
    assert people(slack).person("U0SHY", ()) == Decider(Actor("U0SHY", name))


@pytest.mark.parametrize(
    ("user", "name", "refusal"),
    [
        ("U0GUEST", "gus", GUESTS),
        ("U0SINGLE", "sia", GUESTS),
        ("U0STRANGER", "stan", STRANGERS),
        ("U0ROBOT", "robbie", BOTS),
        ("U0GONE", "greta", DEACTIVATED),
    ],
)
def test_who_may_decide_nothing_is_refused_whatever_group_they_are_in(
    slack: Workspace, user: str, name: str, refusal: str
) -> None:
    slack.set_group("S0ONCALL", (user,))
    assert people(slack).person(user, ("S0ONCALL",)) == Decider(Actor(user, name), refusal, frozenset({"S0ONCALL"}))


def test_the_settings_say_who_may_ask_and_not_who_may_decide(slack: Workspace) -> None:
    assert people(slack, "U0ENGINEER").person("U0ONCALL", ()) == Decider(Actor("U0ONCALL", "otto"))


def test_what_slack_said_of_a_group_or_of_who_decides_holds_for_less_than_a_minute(slack: Workspace) -> None:
    seconds = Seconds()
    some = people(slack, seconds=seconds)
    before = some.person("U0ONCALL", ("S0ONCALL",))
    slack.set_group("S0ONCALL", ())
    slack.add_person(Person("U0ONCALL", "otto", "Otto Oncall", deleted=True))
    seconds.now += 59
    assert some.person("U0ONCALL", ("S0ONCALL",)) == before
    assert some.members(("S0ONCALL",)) == {"S0ONCALL": frozenset({"U0ONCALL"})}
    assert (asked(slack, "users.info"), asked(slack, "usergroups.users.list")) == (1, 1)
    seconds.now += 1
    assert some.person("U0ONCALL", ("S0ONCALL",)) == Decider(Actor("U0ONCALL", "otto"), DEACTIVATED)
    assert some.members(("S0ONCALL",)) == {"S0ONCALL": frozenset()}


def test_a_decision_uses_nobody_as_old_as_asking_may(slack: Workspace) -> None:
    seconds = Seconds()
    some = people(slack, seconds=seconds)
    some.require_member("U0ONCALL")
    slack.add_person(Person("U0ONCALL", "otto", "Otto Oncall", is_restricted=True))
    seconds.now += 60
    some.require_member("U0ONCALL")
    assert some.person("U0ONCALL", ()) == Decider(Actor("U0ONCALL", "otto"), GUESTS)
    with pytest.raises(NotAllowedError, match="Guests"):
        some.require_member("U0ONCALL")


def test_what_slack_said_of_who_asks_holds_for_less_than_five_minutes(slack: Workspace) -> None:
    seconds = Seconds()
    some = people(slack, seconds=seconds)
    some.require_member("U0ONCALL")
    slack.add_person(Person("U0ONCALL", "otto", "Otto Oncall", deleted=True))
    seconds.now += 299
    some.require_member("U0ONCALL")
    seconds.now += 1
    with pytest.raises(NotAllowedError, match="deactivated"):
        some.require_member("U0ONCALL")


def test_an_answer_is_as_old_as_its_question(slack: Workspace) -> None:
    seconds = Seconds()

    class Slow(WebClient):
        def api_call(self, *arguments: Any, **options: Any) -> Any:
            answer = super().api_call(*arguments, **options)
            seconds.now += 40
            return answer

    some = People(Slow(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[]), OURS, (), seconds)
    some.members(("S0ONCALL",))
    seconds.now += 20
    some.members(("S0ONCALL",))
    assert asked(slack, "usergroups.users.list") == 2


@pytest.mark.parametrize("error", [None, "no_such_subteam", "subteam_not_found"])
def test_nobody_is_in_a_group_that_does_not_exist(slack: Workspace, error: str | None) -> None:
    if error:
        slack.fail("usergroups.users.list", error=error)
    some = people(slack)
    assert some.members(("S0NOWHERE", "S0ONCALL")) == {"S0NOWHERE": frozenset(), "S0ONCALL": frozenset({"U0ONCALL"})}
    assert some.person("U0ONCALL", ("S0NOWHERE",)) == Decider(Actor("U0ONCALL", "otto"))


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"error": "internal_error"}, "Slack did not say who you are (internal_error), so nothing was done"),
        ({"status": 503}, "Slack did not say who you are, so nothing was done"),
        ({"status": 429, "retry_after": 1}, "Slack did not say who you are (ratelimited), so nothing was done"),
        ({"drop": True}, "Slack did not say who you are, so nothing was done"),
    ],
)
def test_nobody_decides_on_a_guess_and_a_failure_is_not_remembered(
    slack: Workspace, method: str, fault: dict[str, Any], said: str
) -> None:
    slack.fail(method, **fault)
    some = people(slack)
    with pytest.raises(SlackError) as refusal:
        some.person("U0ONCALL", ("S0ONCALL",))
    assert str(refusal.value).startswith(said)
    assert some.person("U0ONCALL", ("S0ONCALL",)).groups == {"S0ONCALL"}


@pytest.mark.parametrize(("status", "body", "length"), GATEWAYS)
def test_what_something_before_slack_says_is_no_answer_and_is_not_shown(
    status: int, body: bytes, length: int | None
) -> None:
    with answering(status, body, length) as url, pytest.raises(SlackError) as refusal:
        People(WebClient(token="xoxb-any", base_url=url, retry_handlers=[]), OURS).person("U0ONCALL", ())
    assert str(refusal.value) == "Slack did not say who you are, so nothing was done; try again in a moment."


def test_nobody_decides_on_what_was_said_before_where_slack_does_not_answer_any_more(slack: Workspace) -> None:
    seconds = Seconds()
    some = people(slack, seconds=seconds)
    some.person("U0ONCALL", ("S0ONCALL",))
    seconds.now += 60
    slack.fail("usergroups.users.list", error="internal_error", times=None)
    with pytest.raises(SlackError, match="internal_error"):
        some.person("U0ONCALL", ("S0ONCALL",))
    with pytest.raises(SlackError, match="internal_error"):
        some.members(("S0ONCALL",))


def test_groups_take_a_scope(slack: Workspace) -> None:
    slack.scopes = ("users:read",)
    with pytest.raises(SlackError, match="lacks the scope usergroups:read"):
        people(slack).person("U0ONCALL", ("S0ONCALL",))
    with pytest.raises(SlackError, match="lacks the scope usergroups:read"):
        people(slack).members(("S0ONCALL",))
