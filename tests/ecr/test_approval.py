"""Who may decide about a request: each refusal, and what no sequence of events can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ecr.approval import Approvers, Decision, NotDecidedError, Person, nobody, require, require_undo, settled
from ecr.changes import Action, Change
from ecr.model import Rule
from ecr.request import ECRBOT, Actor, Decided, Item, Kind, Outcome, Request, State
from ecr.setting import Scanning
from tests.company import ENGINEER, NOON, ONCALL, ONCALL_GROUP, PROD, SECOND, STAGING

FLAG = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_IMAGE_SCANNING_CONFIGURATION,
    Scanning(scan_on_push=False),
    Scanning(scan_on_push=True),
)
APPROVERS = Approvers((ONCALL_GROUP,))
ON_CALL = Person(Actor(ONCALL, "Oncall"), groups=frozenset({ONCALL_GROUP}))
REQUESTER = Person(Actor(ENGINEER, "Engineer"))


def request(*targets: object, **values: object) -> Request:
    items = tuple(
        Item("payments-api", target, f"arn:{target}", (FLAG,))  # type: ignore[arg-type]
        for target in targets or (PROD,)
    )
    given = {"state": State.REQUESTED, "by": Actor(ENGINEER, "Engineer"), **values}
    return Request(
        id="R1",
        kind=Kind.REMEDIATION,
        asked_in="C0ENG",
        reason="the audit",
        made_at=NOON,
        expires_at=NOON + timedelta(hours=8),
        items=items,
        **given,  # type: ignore[arg-type]
    )


def refusal(decision: Decision, one: Request, person: Person, approvers: Approvers = APPROVERS, hours: int = 0) -> str:
    with pytest.raises(NotDecidedError) as refused:
        require(decision, one, person, approvers, NOON + timedelta(hours=hours))
    return str(refused.value)


def test_a_member_of_a_group_of_approvers_may_approve_and_deny_as_that() -> None:
    assert require(Decision.APPROVE, request(), ON_CALL, APPROVERS, NOON) == ONCALL_GROUP
    assert require(Decision.DENY, request(), ON_CALL, APPROVERS, NOON) == ONCALL_GROUP


def test_a_user_whom_the_settings_name_may_approve() -> None:
    lead = Person(Actor("U0LEAD", "Lead"))
    assert require(Decision.APPROVE, request(), lead, Approvers(("S0OTHER", "U0LEAD")), NOON) == "U0LEAD"


def test_who_is_no_approver_may_neither_approve_nor_deny() -> None:
    other = Person(Actor(SECOND, "Second"))
    said = "You are not an approver for this request: the setting slack.approvers names them."
    assert refusal(Decision.APPROVE, request(), other) == said
    assert refusal(Decision.DENY, request(), other) == said


def test_a_requester_cannot_approve_their_own_request_though_they_are_an_approver() -> None:
    own = request(by=ON_CALL.actor)
    assert refusal(Decision.APPROVE, own, ON_CALL) == "This is your own request: somebody else has to approve it."
    assert require(Decision.APPROVE, own, ON_CALL, replace(APPROVERS, self_approval=True), NOON) == ONCALL_GROUP


def test_only_the_requester_cancels() -> None:
    assert require(Decision.CANCEL, request(), REQUESTER, APPROVERS, NOON) == "requester"
    assert refusal(Decision.CANCEL, request(), ON_CALL) == (
        "Only who asked for it can cancel it; an approver can deny it."
    )


@pytest.mark.parametrize("decision", list(Decision))
def test_who_may_decide_nothing_is_told_why(decision: Decision) -> None:
    gone = replace(ON_CALL, refusal="This account is deactivated, and cannot use ecrbot.")
    assert refusal(decision, request(), gone) == gone.refusal


def test_a_request_that_has_expired_is_not_decided_any_more() -> None:
    assert "expired" in refusal(Decision.APPROVE, request(), ON_CALL, hours=8)
    assert require(Decision.APPROVE, request(), ON_CALL, APPROVERS, NOON + timedelta(hours=7, minutes=59))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.APPROVED, "Oncall has approved this request already."),
        (State.APPLYING, "Oncall has approved this request already. It is applying now."),
        (State.DENIED, "Oncall has denied this request already."),
        (State.CANCELLED, "Oncall has cancelled this request already."),
        (State.EXPIRED, "This request has expired, so nothing was done: ask anew."),
    ],
)
def test_who_comes_late_is_told_who_was_first(state: State, said: str) -> None:
    by = ECRBOT if state is State.EXPIRED else ON_CALL.actor
    late = request(state=state, decided=Decided(by, ONCALL_GROUP, NOON))
    assert refusal(Decision.DENY, late, ON_CALL) == said
    assert settled(late) == said


def test_an_account_that_names_its_own_approvers_is_theirs_alone() -> None:
    approvers = Approvers((ONCALL_GROUP,), {PROD.account or "": ("S0PROD",)})
    assert refusal(Decision.APPROVE, request(PROD), ON_CALL, approvers).startswith("You are not an approver")
    assert require(Decision.APPROVE, request(STAGING), ON_CALL, approvers, NOON) == ONCALL_GROUP


def test_a_request_over_several_accounts_needs_an_approver_of_each_of_them() -> None:
    approvers = Approvers((ONCALL_GROUP,), {PROD.account or "": ("S0PROD",)})
    both = request(PROD, STAGING)
    assert refusal(Decision.APPROVE, both, ON_CALL, approvers).startswith("You are not an approver")
    of_both = replace(ON_CALL, groups=frozenset({ONCALL_GROUP, "S0PROD"}))
    assert require(Decision.APPROVE, both, of_both, approvers, NOON) == f"S0PROD, {ONCALL_GROUP}"


def test_nobody_can_approve_where_the_only_approver_asked_and_that_is_said() -> None:
    alone = {ONCALL_GROUP: frozenset({ENGINEER})}
    assert nobody(request(), alone, APPROVERS) == (
        "Only who asked is an approver, and nobody approves their own request: slack.approvers names nobody else."
    )
    assert nobody(request(), alone, replace(APPROVERS, self_approval=True)) is None
    assert nobody(request(), {ONCALL_GROUP: frozenset({ENGINEER, ONCALL})}, APPROVERS) is None


def test_nobody_can_approve_where_nobody_is_named_or_a_group_is_empty() -> None:
    assert nobody(request(), {}, Approvers()) == (
        "Nobody is named who may approve for account 111111111111: set slack.approvers."
    )
    assert nobody(request(), {ONCALL_GROUP: frozenset()}, APPROVERS) == (
        "Nobody is left of those whom slack.approvers names: its groups are empty, and its users are deactivated."
    )


def test_nobody_can_approve_for_two_accounts_whose_approvers_are_different_people() -> None:
    approvers = Approvers((ONCALL,), {PROD.account or "": (SECOND,)})
    assert nobody(request(PROD, STAGING), {}, approvers) == (
        "Nobody is an approver for all of its accounts: ask for each account by itself."
    )


def test_what_changed_nothing_or_is_undone_or_too_long_ago_is_not_undone() -> None:
    def undo(one: Request, days: float = 0) -> str:
        with pytest.raises(NotDecidedError) as refused:
            require_undo(one, REQUESTER, NOON + timedelta(days=days))
        return str(refused.value)

    made = tuple(replace(item, made=(0,), outcome=Outcome.APPLIED) for item in request().items)
    applied = replace(request(), state=State.APPLIED, ended_at=NOON, items=made)
    require_undo(applied, REQUESTER, NOON + timedelta(days=6.9))
    assert "more than 7 days ago" in undo(applied, days=7)
    assert "undone already" in undo(replace(applied, state=State.UNDONE))
    assert "changed nothing" in undo(request(state=State.FAILED, ended_at=NOON))
    assert "is denied: there is nothing to undo" in undo(request(state=State.DENIED))


def test_what_failed_half_way_can_be_undone() -> None:
    half = tuple(replace(item, made=(0,), outcome=Outcome.FAILED) for item in request().items)
    failed = replace(request(), state=State.FAILED, ended_at=NOON, items=half)
    require_undo(failed, REQUESTER, NOON)
