"""What a person is told in their Home tab: what waits for them by the rules of approval, and who is part of what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ecr.approval import Approvers, Person
from ecr.digest import Occasion
from ecr.facts import Facts, OpenFinding, Point, Totals
from ecr.home import Home, Known, composed, part_of
from ecr.model import Rule, Target
from ecr.request import Actor, Decided, Item, Kind, Request, State
from ecr.subscription import Filters

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOW = Occasion(Filters(), date(2026, 11, 25), "UTC", AT, AT)
EVA, OTTO = Actor("U0EVA", "eva"), Actor("U0OTTO", "otto")
ONCALL = "S0ONCALL"
APPROVERS = Approvers((ONCALL,), {"222222222222": ("U0LEAD", "S0STAGING")})
OTTO_NOW = Person(OTTO, groups=frozenset({ONCALL}))


def item(account: str = "111111111111") -> Item:
    target = Target(account, "eu-west-1")
    return Item("api", target, f"arn:aws:ecr:eu-west-1:{account}:repository/api")


WAITING = Request(
    id="R1",
    kind=Kind.REMEDIATION,
    state=State.REQUESTED,
    by=EVA,
    asked_in="",
    reason="the audit",
    made_at=AT - timedelta(minutes=5),
    expires_at=AT + timedelta(hours=1),
    items=(item(),),
)


def test_an_approver_is_told_what_waits_and_everybody_what_is_known() -> None:
    finding = OpenFinding("api", Target("1", "eu-west-1"), "arn:1", Rule.SCAN_ON_PUSH, "No.", AT - timedelta(days=3))
    facts = Facts(
        older=(finding,),
        older_count=1,
        totals=Totals(2, 1),
        days=(Point(date(2026, 11, 1), 4), Point(date(2026, 11, 25), 1)),
        swept_at=AT,
    )
    told = composed(Known(facts, (WAITING,), (WAITING,), 1), OTTO_NOW, APPROVERS, NOW)
    assert told == Home(told.digest, waiting=(WAITING,), asked=(WAITING,), asked_count=1)
    assert (told.digest.totals, told.digest.still_open_count, told.digest.swept_at) == (Totals(2, 1), 1, AT)
    assert [(row.name, NOW.days_since(row.opened_at)) for row in told.digest.still_open] == [("api", 3)]
    assert (told.digest.trend[0], told.digest.trend[-1]) == (
        Point(date(2026, 11, 1), 4),
        Point(date(2026, 11, 25), 1),
    )
    assert (told.digest.new, told.digest.resolved, told.digest.trouble) == ((), (), None)


@pytest.mark.parametrize(
    ("request_", "person"),
    [
        pytest.param(WAITING, Person(OTTO), id="no approver"),
        pytest.param(WAITING, Person(OTTO, "Guests cannot.", frozenset({ONCALL})), id="who may decide nothing"),
        pytest.param(replace(WAITING, by=OTTO), OTTO_NOW, id="their own"),
        pytest.param(replace(WAITING, expires_at=AT), OTTO_NOW, id="over, though nobody has said so yet"),
        pytest.param(replace(WAITING, items=(item(), item("222222222222"))), OTTO_NOW, id="of one account alone"),
        pytest.param(replace(WAITING, no_approver="Nobody."), OTTO_NOW, id="its card has no button"),
        pytest.param(WAITING, None, id="nobody knows who it is"),
    ],
)
def test_what_somebody_could_not_approve_does_not_wait_for_them(request_: Request, person: Person | None) -> None:
    assert composed(Known(Facts(), (request_,)), person, APPROVERS, NOW).waiting == ()


def test_ones_own_request_waits_where_the_settings_let_it_be_approved() -> None:
    mine = replace(WAITING, by=OTTO)
    told = composed(Known(Facts(), (mine,)), OTTO_NOW, replace(APPROVERS, self_approval=True), NOW)
    assert told.waiting == (mine,)


def test_what_is_not_known_is_said_where_there_is_something_to_decide_about() -> None:
    why = "Slack did not say."
    unsure = composed(Known(Facts(), (WAITING,)), None, APPROVERS, NOW, why)
    nothing = composed(Known(Facts()), None, APPROVERS, NOW, why)
    assert (unsure.undecided, nothing.undecided) == (why, "")


def test_part_of_a_request_are_who_asked_who_decided_and_who_may() -> None:
    decided = replace(WAITING, items=(item("222222222222"),), decided=Decided(OTTO, "U0OTTO", AT))
    members = {"S0STAGING": frozenset({"U0SVEN"}), ONCALL: frozenset({"U0OLGA"})}
    assert part_of(decided, APPROVERS, members) == {"U0EVA", "U0OTTO", "U0LEAD", "U0SVEN"}
    assert part_of(WAITING, APPROVERS, {}) == {"U0EVA"}
