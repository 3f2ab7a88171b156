"""From a form to a request: asked once, as it was shown, by whom it may be, and from a card to what undoes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.approval import Approvers, Decision, NotDecidedError
from ecr.changes import Action, Choice
from ecr.deadline import Deadline
from ecr.errors import AccessDeniedError, AwsError, SlackError, UsageError
from ecr.letter import Letter
from ecr.model import Rule
from ecr.request import Actor, Exempting, Item, Kind, Outcome, State
from ecr.setting import Scanning, Tags
from tests.company import (
    ALL_RULES,
    CHANNEL,
    ENGINEER,
    NOON,
    ONCALL,
    ONCALL_GROUP,
    PROD,
    SECOND,
    STAGING,
    Company,
)
from tests.ecr.plain_registry import repository
from tests.plain_writer import set_to

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ecr.asking import Asked
    from ecr.draft import Draft
    from ecr.request import Request

FAILING = {"tag_mutability": "MUTABLE", "scan_on_push": False}
EVA = Actor(ENGINEER, "Engineer")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "ecrbot.db")


def ask(company: Company, draft: Draft, *, rules: frozenset[Rule] = ALL_RULES, reason: str = "the audit") -> Asked:
    return company.asking.ask(draft, Choice(rules), reason, EVA, Deadline.after(10))


def refusal(company: Company, draft: Draft, **options: str) -> str:
    """Submit a form that is refused, and return why; nothing was asked for."""
    with pytest.raises(UsageError) as refused:
        ask(company, draft, **options)  # type: ignore[arg-type]
    assert company.memory.requests.all() == ()
    return str(refused.value)


def exempt(company: Company, until: datetime, *, rules: tuple[Rule, ...] = (Rule.TAG_IMMUTABILITY,)) -> Asked:
    draft = replace(company.draft(), kind=Kind.EXEMPTION)
    return company.asking.exempt(draft, rules, until, "a base image", EVA)


def approved(company: Company, request: Request, by: str = ONCALL) -> Request:
    company.deciding.decide(request.id, Decision.APPROVE, by)
    company.fulfilment.fulfil(request.id)
    return company.now(request.id)


def test_a_request_is_what_the_form_showed_and_waits_for_the_time_that_is_set(company: Company) -> None:
    asked = ask(company, company.draft(), reason="  the \n audit ")
    request = asked.request
    assert asked.is_new
    assert (request.kind, request.state, request.by, request.reason) == (
        Kind.REMEDIATION,
        State.REQUESTED,
        EVA,
        "the audit",
    )
    assert (request.asked_in, request.made_at, request.expires_at) == ("C0ENG", NOON, NOON + timedelta(hours=8))
    assert [(item.name, [str(change) for change in item.changes]) for item in request.items] == [
        ("payments-api", ["MUTABLE → IMMUTABLE", "scanOnPush false → scanOnPush true"])
    ]
    assert company.now(request.id) == request


def test_an_identical_open_request_is_not_made_twice_whoever_asks(company: Company) -> None:
    first = company.ask().request
    again = company.ask(by=SECOND, reason="another one")
    assert (again.is_new, again.request) == (False, first)
    assert len(company.memory.requests.all()) == 1


def test_one_that_would_do_something_else_is_another_request(company: Company) -> None:
    first = company.ask()
    other = company.ask(rules=frozenset({Rule.TAG_IMMUTABILITY}))
    assert (first.is_new, other.is_new) == (True, True)


def test_what_was_settled_can_be_asked_anew(company: Company) -> None:
    first = company.ask().request
    company.deciding.decide(first.id, Decision.DENY, ONCALL, "not now")
    again = company.ask()
    assert (again.is_new, again.request.id == first.id) == (True, False)


@pytest.mark.parametrize(
    ("approvers", "members", "why"),
    [
        (Approvers(()), {}, f"Nobody is named who may approve for account {PROD.account}: set slack.approvers."),
        (
            Approvers((ONCALL_GROUP,)),
            {ONCALL_GROUP: frozenset[str]()},
            "Nobody is left of those whom slack.approvers names: its groups are empty, and its users are deactivated.",
        ),
        (
            Approvers((ENGINEER,)),
            {},
            "Only who asked is an approver, and nobody approves their own request: slack.approvers names nobody else.",
        ),
        (Approvers((ENGINEER,), self_approval=True), {}, None),
        (Approvers((ENGINEER, ONCALL)), {}, None),
    ],
)
def test_a_request_says_why_nobody_can_approve_it(
    company: Company, approvers: Approvers, members: dict[str, frozenset[str]], why: str | None
) -> None:
    company.approvers, company.directory.groups = approvers, members
    asked = company.ask()
    assert (asked.request.state, asked.request.no_approver) == (State.REQUESTED, why)


def test_where_slack_does_not_say_who_is_in_a_group_it_is_asked_again_at_the_click(company: Company) -> None:
    company.directory.silent = True
    request = company.ask().request
    assert request.no_approver is None
    with pytest.raises(SlackError, match="Slack did not say who you are"):
        company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    assert company.now(request.id).state is State.REQUESTED


def test_accounts_of_different_approvers_need_one_of_all(tmp_path: Path) -> None:
    company = Company(tmp_path / "ecrbot.db")
    company.registry.holds = {target: (repository(target, "api", **FAILING),) for target in (PROD, STAGING)}
    company.approvers = Approvers((ONCALL,), {"222222222222": (SECOND,)})
    asked = company.ask("a*")
    assert asked.request.no_approver == "Nobody is an approver for all of its accounts: ask for each account by itself."


def test_without_a_channel_for_approvals_the_setting_is_named(company: Company) -> None:
    asking = replace(company.asking, channel=None)
    with pytest.raises(UsageError) as refused:
        asking.ask(company.draft(), Choice(), "the audit", EVA, Deadline.after(10))
    assert str(refused.value) == (
        "There is no channel to ask for approval in: set slack.approvals_channel in ecrbot.toml to its id, "
        'like "C0APPROVE", invite the bot there, and restart it.'
    )


def test_a_reason_is_needed_and_a_very_long_one_is_cut(company: Company) -> None:
    assert refusal(company, company.draft(), reason=" \n ") == ("A reason is needed: it is what the approvers go by.")
    assert len(ask(company, company.draft(), reason="x" * 5000).request.reason) == 1000


def test_what_changed_since_it_was_shown_is_not_asked_for(company: Company) -> None:
    draft = company.draft()
    set_to(company.registry, PROD, "payments-api", Tags("MUTABLE_WITH_EXCLUSION", ("v*",)))
    assert refusal(company, draft) == (
        "payments-api has changed since the form was opened: tag-immutability is MUTABLE_WITH_EXCLUSION (v*) now. "
        "Nothing was asked for; ask anew."
    )


def test_a_rule_that_failed_only_since_was_never_shown_and_is_not_asked_for(company: Company) -> None:
    set_to(company.registry, PROD, "payments-api", Scanning(scan_on_push=True))
    draft = company.draft()
    set_to(company.registry, PROD, "payments-api", Scanning(scan_on_push=False))
    assert refusal(company, draft) == (
        "payments-api has changed since the form was opened: scan-on-push is scanOnPush false now. "
        "Nothing was asked for; ask anew."
    )


def test_what_somebody_mended_since_is_asked_for_no_more_and_the_rest_is(company: Company) -> None:
    draft = company.draft()
    set_to(company.registry, PROD, "payments-api", Tags("IMMUTABLE"))
    [item] = ask(company, draft).request.items
    assert [change.rule for change in item.changes] == [Rule.SCAN_ON_PUSH]


def test_what_was_mended_altogether_since_needs_no_request(company: Company) -> None:
    draft = company.draft()
    for setting in (Tags("IMMUTABLE"), Scanning(scan_on_push=True)):
        set_to(company.registry, PROD, "payments-api", setting)
    assert refusal(company, draft) == "Nothing would be changed by the chosen rules, so nothing was asked for."


def test_a_repository_that_vanished_since_is_told(company: Company) -> None:
    draft = company.draft()
    company.registry.holds[PROD] = ()
    assert refusal(company, draft) == (f"payments-api is not there any more in {PROD}, so nothing was asked for.")


def test_what_cannot_be_read_again_is_not_asked_for(company: Company) -> None:
    draft = company.draft()
    company.registry.refused[PROD] = AccessDeniedError("The role may not call ecr:DescribeRepositories: grant it.")
    said = refusal(company, draft)
    assert said.startswith("payments-api could not be read again, so nothing was asked for: ")
    assert "The role may not call ecr:DescribeRepositories: grant it." in said


def test_an_exemption_asks_for_rules_until_a_day_and_tells_what_fails(company: Company) -> None:
    until = NOON + timedelta(days=365)
    asked = exempt(company, until)
    assert asked.request.exempts == Exempting((Rule.TAG_IMMUTABILITY,), until)
    assert asked.request.kind is Kind.EXEMPTION
    [item] = asked.request.items
    told = "tag-immutability fails: Tag mutability is MUTABLE: every tag can be overwritten."
    assert (item.changes, item.advice) == ((), (told,))


@pytest.mark.parametrize(
    ("rules", "until", "why"),
    [
        ((), NOON + timedelta(days=1), "Choose at least one rule that is not to count."),
        ((Rule.SCAN_ON_PUSH,), NOON, "That day is over: an exemption ends in the future."),
        (
            (Rule.SCAN_ON_PUSH,),
            NOON + timedelta(days=365, seconds=1),
            "An exemption lasts 365 days at most; it can be asked for again then.",
        ),
    ],
)
def test_an_exemption_of_no_rule_of_the_past_or_of_too_long_is_refused(
    company: Company, rules: tuple[Rule, ...], until: datetime, why: str
) -> None:
    with pytest.raises(UsageError) as refused:
        exempt(company, until, rules=rules)
    assert str(refused.value) == why
    assert company.memory.requests.all() == ()


def test_an_exemption_of_what_is_gone_or_cannot_be_read_is_refused(company: Company) -> None:
    draft = replace(company.draft(), kind=Kind.EXEMPTION)
    until = NOON + timedelta(days=30)
    company.registry.holds[PROD] = ()
    with pytest.raises(UsageError, match="payments-api is not there any more in"):
        company.asking.exempt(draft, (Rule.TAG_IMMUTABILITY,), until, "a base image", EVA)
    company.registry.refused[PROD] = AccessDeniedError("The role may not call ecr:DescribeRepositories: grant it.")
    with pytest.raises(AwsError, match="may not call"):
        company.asking.exempt(draft, (Rule.TAG_IMMUTABILITY,), until, "a base image", EVA)


def test_an_identical_exemption_is_not_asked_for_twice_and_one_of_another_day_is(company: Company) -> None:
    first = exempt(company, NOON + timedelta(days=30))
    same, other = exempt(company, NOON + timedelta(days=30)), exempt(company, NOON + timedelta(days=31))
    assert (same.is_new, same.request, other.is_new) == (False, first.request, True)


def test_an_undo_by_who_is_no_approver_waits_for_one_and_restores_in_the_other_order(company: Company) -> None:
    done = approved(company, company.ask().request)
    assert company.asking.may_undo(done.id, ENGINEER) == (done, False)
    undo = company.asking.undo(done.id, "never mind", ENGINEER).request
    assert (undo.kind, undo.state, undo.undoes, undo.break_glass) == (Kind.UNDO, State.REQUESTED, done.id, False)
    assert [str(change) for change in undo.items[0].changes] == [
        "scanOnPush true → scanOnPush false",
        "IMMUTABLE → MUTABLE",
    ]
    again = company.asking.undo(done.id, "please", ENGINEER)
    assert (again.is_new, again.request.id) == (False, undo.id)


def test_an_approver_s_own_undo_is_approved_with_it(company: Company) -> None:
    done = approved(company, company.ask().request)
    assert company.asking.may_undo(done.id, SECOND) == (done, True)
    undo = company.asking.undo(done.id, "hotfix", SECOND).request
    assert (undo.state, undo.break_glass) == (State.APPROVED, True)
    assert undo.decided is not None
    assert (undo.decided.by.id, undo.decided.entry, undo.decided.reason) == (SECOND, ONCALL_GROUP, "hotfix")


def test_an_undo_that_runs_at_once_while_another_one_waits_is_not_swallowed_by_it(company: Company) -> None:
    done = approved(company, company.ask().request)
    waiting = company.asking.undo(done.id, "never mind", ENGINEER).request
    at_once = company.asking.undo(done.id, "hotfix", ONCALL).request
    company.fulfilment.fulfil(at_once.id)
    assert company.now(done.id).state is State.UNDONE
    assert company.repository().tag_mutability == "MUTABLE"
    undo = company.now(waiting.id)
    assert (undo.id, undo.state, undo.break_glass) == (at_once.id, State.APPLIED, False)
    assert undo.decided is not None
    assert (undo.decided.by.id, undo.decided.reason) == (ONCALL, "hotfix")


def test_an_exemption_is_undone_by_an_undo_that_changes_nothing_in_ecr(company: Company) -> None:
    granted = approved(company, exempt(company, NOON + timedelta(days=30)).request)
    assert granted.state is State.APPLIED
    undo = company.asking.undo(granted.id, "it is mended", ENGINEER).request
    assert (undo.kind, undo.exempts, [(item.name, item.changes) for item in undo.items]) == (
        Kind.UNDO,
        granted.exempts,
        [("payments-api", ())],
    )
    ended = approved(company, undo)
    assert (ended.state, ended.sentence) == (State.APPLIED, "tag-immutability counts again.")
    assert company.memory.exemptions.current(company.clock()) == ()
    assert company.now(granted.id).state is State.UNDONE
    assert company.writer.puts == []


def test_of_many_only_what_was_changed_and_not_put_back_is_undone(company: Company) -> None:
    company.registry.holds[PROD] = tuple(repository(PROD, name, **FAILING) for name in ("team-a", "team-b"))
    request = company.ask("team-*").request
    company.registry.holds[PROD] = tuple(one for one in company.registry.holds[PROD] if one.name == "team-a")
    done = approved(company, request)
    assert [item.outcome for item in done.items] == [Outcome.APPLIED, Outcome.FAILED]
    undo = company.asking.undo(done.id, "never mind", ENGINEER).request
    assert [item.name for item in undo.items] == ["team-a"]


def test_what_an_undo_that_failed_put_back_is_not_in_the_next_one(company: Company) -> None:
    done = approved(company, company.ask().request)
    refused = AccessDeniedError("The role may not call ecr:PutImageTagMutability: grant it.")
    company.writer.refuse["payments-api", Action.PUT_IMAGE_TAG_MUTABILITY] = refused
    half = approved(company, company.asking.undo(done.id, "never mind", ENGINEER).request)
    assert (half.state, half.items[0].made, company.now(done.id).state) == (State.FAILED, (0,), State.APPLIED)
    company.writer.refuse.clear()
    rest = company.asking.undo(done.id, "never mind", ENGINEER).request
    assert [str(change) for change in rest.items[0].changes] == ["IMMUTABLE → MUTABLE"]
    assert approved(company, rest).state is State.APPLIED
    assert company.now(done.id).state is State.UNDONE


@pytest.mark.parametrize(("days", "offered"), [(6.99, True), (7, False)])
def test_an_undo_is_offered_for_seven_days(company: Company, days: float, *, offered: bool) -> None:
    done = approved(company, company.ask().request)
    company.clock.pass_(days=days)
    if offered:
        assert company.asking.undo(done.id, "never mind", ENGINEER).is_new
        return
    with pytest.raises(NotDecidedError) as refused:
        company.asking.undo(done.id, "never mind", ENGINEER)
    assert str(refused.value) == (
        f"Request {done.id} ended more than 7 days ago, so its Undo is over: change it in your own code."
    )


def test_what_waits_was_denied_or_never_was_cannot_be_undone(company: Company) -> None:
    request = company.ask().request
    with pytest.raises(NotDecidedError, match=f"Request {request.id} is requested: there is nothing to undo"):
        company.asking.undo(request.id, "never mind", ENGINEER)
    company.deciding.decide(request.id, Decision.DENY, ONCALL, "not now")
    with pytest.raises(NotDecidedError, match=f"Request {request.id} is denied: there is nothing to undo"):
        company.asking.may_undo(request.id, ONCALL)
    with pytest.raises(NotDecidedError, match="ecrbot knows no such request"):
        company.asking.undo("R0000000000", "never mind", ENGINEER)


def test_who_may_decide_nothing_may_undo_nothing(company: Company) -> None:
    done = approved(company, company.ask().request)
    company.directory.refusals[ENGINEER] = "Guests cannot use ecrbot."
    with pytest.raises(NotDecidedError, match="Guests cannot use ecrbot"):
        company.asking.undo(done.id, "never mind", ENGINEER)
    company.directory.silent = True
    with pytest.raises(SlackError):
        company.asking.undo(done.id, "never mind", ONCALL)
    assert [one.kind for one in company.memory.requests.all()] == [Kind.REMEDIATION]


def test_the_card_of_an_undo_goes_to_the_channel_of_approvals(company: Company) -> None:
    done = approved(company, company.ask().request)
    undo = company.asking.undo(done.id, "hotfix", ONCALL).request
    company.fulfilment.fulfil(undo.id)
    assert [channel for letter, channel, _ in company.board.posted if letter is Letter.CARD] == [CHANNEL, CHANNEL]


def test_an_item_that_was_not_shown_is_not_asked_for(company: Company) -> None:
    company.registry.holds[PROD] += (repository(PROD, "other", **FAILING),)
    draft = company.draft()
    shown = replace(
        draft, items=(*draft.items, Item("ghost", PROD, draft.items[0].arn.replace("payments-api", "ghost")))
    )
    assert refusal(company, shown) == f"ghost is not there any more in {PROD}, so nothing was asked for."
    assert [item.name for item in ask(company, draft).request.items] == ["payments-api"]
