"""From an approval to what was verified: what is applied, what stops, what is said, and what a dead process leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecr.approval import Decision, NotDecidedError
from ecr.audit import verify
from ecr.changes import Action
from ecr.errors import AccessDeniedError, LostClaimError, UnreachableError
from ecr.letter import Letter
from ecr.model import RegistryScanning, Rule, ScanFilter, ScanRule
from ecr.request import Kind, Outcome, State
from ecr.setting import Scanning, Tags
from tests.company import CHANNEL, ENGINEER, ONCALL, OUTSIDER, PROD, SECOND, STAGING, Company
from tests.ecr.plain_registry import repository
from tests.plain_writer import set_to

if TYPE_CHECKING:
    from pathlib import Path

    from ecr.changes import Change
    from ecr.request import Request

MUTABLE, IMMUTABLE = Tags("MUTABLE"), Tags("IMMUTABLE")
FAILING = {"tag_mutability": "MUTABLE", "scan_on_push": False}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "ecrbot.db")


def approved(company: Company, *names: str, **options: object) -> Request:
    """Ask for names, approve, and do what follows."""
    request = company.ask(*names, **options).request  # type: ignore[arg-type]
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    company.fulfilment.fulfil(request.id)
    return company.now(request.id)


def many(company: Company, count: int) -> None:
    company.registry.holds[PROD] = tuple(repository(PROD, f"team-{number:02}", **FAILING) for number in range(count))


def test_what_is_approved_is_applied_and_verified_and_only_then_said(company: Company) -> None:
    done = approved(company)
    assert done.state is State.APPLIED
    assert done.sentence == (
        "Verified: Tag mutability is IMMUTABLE: no tag can be overwritten. "
        "scanOnPush is true and the registry is BASIC without any scanning rule."
    )
    assert company.repository().tag_mutability == "IMMUTABLE"
    assert company.repository().scan_on_push is True
    assert [(letter, state) for letter, _, state in company.board.posted if letter is Letter.OUTCOME] == [
        (Letter.OUTCOME, State.APPLIED)
    ]
    assert company.board.cards[done.id][-1] == State.APPLIED


def test_nothing_is_put_before_somebody_else_approved(company: Company) -> None:
    request = company.ask().request
    for user in (ENGINEER, OUTSIDER):
        with pytest.raises(NotDecidedError):
            company.deciding.decide(request.id, Decision.APPROVE, user)
        company.fulfilment.fulfil(request.id)
    company.fulfilment.tick()
    assert company.writer.puts == []
    assert company.now(request.id).state is State.REQUESTED


def test_a_second_approval_applies_nothing_again(company: Company) -> None:
    done = approved(company)
    with pytest.raises(NotDecidedError, match="Oncall has approved this request already"):
        company.deciding.decide(done.id, Decision.APPROVE, SECOND)
    company.fulfilment.fulfil(done.id)
    assert len(company.writer.puts) == 2


def test_what_was_denied_cancelled_or_has_expired_is_not_applied(company: Company) -> None:
    denied = company.ask().request
    company.deciding.decide(denied.id, Decision.DENY, ONCALL, "not now")
    cancelled = company.ask().request
    company.deciding.decide(cancelled.id, Decision.CANCEL, ENGINEER)
    expired = company.ask().request
    company.clock.pass_(hours=8)
    with pytest.raises(NotDecidedError, match="expired"):
        company.deciding.decide(expired.id, Decision.APPROVE, ONCALL)
    company.fulfilment.tick()
    states = [company.now(one.id).state for one in (denied, cancelled, expired)]
    assert states == [State.DENIED, State.CANCELLED, State.EXPIRED]
    assert company.writer.puts == []
    assert company.board.cards[expired.id][-1] == State.EXPIRED


def test_a_repository_that_changed_since_is_left_alone(company: Company) -> None:
    request = company.ask().request
    set_to(company.registry, PROD, "payments-api", Tags("MUTABLE_WITH_EXCLUSION", ("v*",)))
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    company.fulfilment.fulfil(request.id)
    failed = company.now(request.id)
    assert failed.state is State.FAILED
    assert failed.sentence == (
        "Nothing was changed. Changed since: tag-immutability was MUTABLE and is MUTABLE_WITH_EXCLUSION (v*). "
        "Ask anew to have it planned again."
    )
    assert company.writer.puts == []
    assert not failed.can_be_undone(company.clock())


def test_a_repository_that_vanished_since_fails(company: Company) -> None:
    request = company.ask().request
    company.registry.holds[PROD] = ()
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    company.fulfilment.fulfil(request.id)
    assert company.now(request.id).sentence == "It is not there any more."


def test_the_second_change_refused_is_failed_with_the_first_one_told_and_undo_offered(company: Company) -> None:
    denied = AccessDeniedError("The role may not call ecr:PutImageScanningConfiguration: grant it.")
    company.writer.refuse["payments-api", Action.PUT_IMAGE_SCANNING_CONFIGURATION] = denied
    failed = approved(company)
    assert failed.state is State.FAILED
    assert failed.sentence == (
        "tag-immutability is done: MUTABLE → IMMUTABLE. scan-on-push failed: The role may not call "
        "ecr:PutImageScanningConfiguration: grant it. Ask anew to try again."
    )
    assert failed.items[0].made == (0,)
    assert failed.can_be_undone(company.clock())


def test_a_change_that_aws_did_not_answer_and_that_is_there_counts_as_made(company: Company) -> None:
    def silent(name: str, change: Change) -> None:
        set_to(company.registry, PROD, name, change.after)
        raise UnreachableError("AWS cannot be reached.")

    company.writer.before_put = silent
    done = approved(company, rules=frozenset({Rule.TAG_IMMUTABILITY}))
    assert done.state is State.APPLIED
    assert done.items[0].made == (0,)


def test_what_cannot_be_seen_is_applied_and_not_verified(company: Company) -> None:
    company.writer.loses = True
    failed = approved(company)
    assert failed.state is State.FAILED
    assert failed.sentence == "Applied, not verified: tag-immutability is not IMMUTABLE: it is MUTABLE."
    assert failed.can_be_undone(company.clock())


def test_what_the_registry_s_rules_decide_by_now_is_not_called_done(company: Company) -> None:
    request = company.ask().request
    rules = (ScanRule("SCAN_ON_PUSH", (ScanFilter("other-*"),)),)
    company.registry.configuration[PROD] = RegistryScanning("ENHANCED", rules)
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    company.fulfilment.fulfil(request.id)
    assert company.now(request.id).sentence.startswith("Applied, not verified: scan-on-push is fail.")


def test_one_of_many_that_fails_does_not_stop_the_others(company: Company) -> None:
    many(company, 40)
    refused = AccessDeniedError("No.")
    for name in ("team-03", "team-17", "team-39"):
        company.writer.refuse[name, Action.PUT_IMAGE_TAG_MUTABILITY] = refused
    done = approved(company, "team-*")
    assert done.state is State.FAILED
    assert len(done.applied) == 37
    assert done.sentence.startswith("37 of 40 applied, 3 failed: team-03 (Nothing was changed. tag-immutability failed")
    assert len(done.changed) == 37


def test_an_approval_that_nobody_began_to_apply_within_15_minutes_is_not_applied(company: Company) -> None:
    request = company.ask().request
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    company.clock.pass_(minutes=15.1)
    company.fulfilment.tick()
    failed = company.now(request.id)
    assert failed.state is State.FAILED
    assert failed.sentence == (
        "It was approved at 2026-11-25 12:00 UTC and not applied within 15 minutes: nothing was changed. Ask anew."
    )
    assert company.writer.puts == []


class _DeadError(Exception):
    """The process is killed."""


@pytest.mark.parametrize("minutes", [1, 20])
def test_what_a_dead_process_left_is_finished_by_what_is_true(company: Company, tmp_path: Path, minutes: int) -> None:
    def die(name: str, change: Change) -> None:
        if change.action is Action.PUT_IMAGE_SCANNING_CONFIGURATION:
            raise _DeadError(name)

    company.writer.before_put = die
    request = company.ask().request
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    with pytest.raises(_DeadError):
        company.fulfilment.fulfil(request.id)
    assert company.now(request.id).state is State.APPLYING

    heir = Company(tmp_path / "ecrbot.db")
    heir.registry, heir.clock = company.registry, company.clock
    heir.writer.registry = company.registry
    heir.clock.pass_(minutes=minutes)
    heir.memory.requests.take_over()
    heir.fulfilment.tick()
    ended = heir.now(request.id)
    if minutes < 15:
        assert ended.state is State.APPLIED
        assert [name for _, name, _ in heir.writer.puts] == ["payments-api"]
    else:
        assert ended.state is State.FAILED
        assert "ecrbot was interrupted" in ended.sentence
        assert ended.sentence.startswith("tag-immutability is done: MUTABLE → IMMUTABLE.")
        assert heir.writer.puts == []


def test_whoever_lost_its_claim_changes_nothing_more(company: Company, tmp_path: Path) -> None:
    heir = Company(tmp_path / "ecrbot.db")
    heir.registry, heir.clock, heir.writer.registry = company.registry, company.clock, company.registry

    def overtaken(name: str, change: Change) -> None:
        if change.action is Action.PUT_IMAGE_TAG_MUTABILITY:
            company.clock.pass_(minutes=10)
            heir.fulfilment.fulfil(request.id)
        del name

    company.writer.before_put = overtaken
    request = company.ask().request
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    with pytest.raises(LostClaimError):
        company.fulfilment.fulfil(request.id)
    assert heir.now(request.id).state is State.APPLIED


def test_undo_restores_exactly_what_was_filters_included_after_the_same_approval(company: Company) -> None:
    company.registry.holds[PROD] = (
        repository(PROD, "payments-api", tag_mutability="IMMUTABLE", exclusions=(), scan_on_push=True),
    )
    before = Tags("IMMUTABLE_WITH_EXCLUSION", ("v*", "latest"))
    set_to(company.registry, PROD, "payments-api", before)
    done = approved(company, exclusions=("latest",))
    assert company.repository().tag_mutability == "IMMUTABLE_WITH_EXCLUSION"
    assert done.items[0].changes[0].after == Tags("IMMUTABLE_WITH_EXCLUSION", ("latest",))

    asked = company.asking.undo(done.id, "a hotfix", ENGINEER)
    assert (asked.request.kind, asked.request.state, asked.request.break_glass) == (Kind.UNDO, State.REQUESTED, False)
    company.deciding.decide(asked.request.id, Decision.APPROVE, ONCALL)
    company.fulfilment.fulfil(asked.request.id)
    assert company.now(asked.request.id).state is State.APPLIED
    assert [one.text for one in company.repository().exclusions or ()] == ["v*", "latest"]
    undone = company.now(done.id)
    assert (undone.state, undone.undone_by) == (State.UNDONE, asked.request.id)
    with pytest.raises(NotDecidedError, match="undone already"):
        company.asking.undo(done.id, "again", ENGINEER)


def test_an_approver_s_own_undo_runs_at_once_and_is_marked(company: Company) -> None:
    done = approved(company)
    asked = company.asking.undo(done.id, "hotfix at night", ONCALL)
    company.fulfilment.fulfil(asked.request.id)
    undo = company.now(asked.request.id)
    assert (undo.break_glass, undo.state) == (True, State.APPLIED)
    assert company.repository().tag_mutability == "MUTABLE"
    steps = [event.event for event in company.memory.audit.events() if event.request == undo.id]
    assert steps[:3] == ["requested", "break-glass", "applying"]
    assert [(letter, channel) for letter, channel, _ in company.board.posted].count((Letter.CARD, CHANNEL)) == 2


def test_undo_of_a_half_applied_request_puts_back_what_it_changed_alone(company: Company) -> None:
    company.writer.refuse["payments-api", Action.PUT_IMAGE_SCANNING_CONFIGURATION] = AccessDeniedError("No.")
    failed = approved(company)
    asked = company.asking.undo(failed.id, "never mind", ONCALL)
    company.fulfilment.fulfil(asked.request.id)
    assert company.repository().tag_mutability == "MUTABLE"
    assert [str(change) for change in asked.request.items[0].changes] == ["IMMUTABLE → MUTABLE"]
    assert company.now(failed.id).state is State.UNDONE


def test_repositories_of_several_accounts_are_applied_in_each(tmp_path: Path) -> None:
    company = Company(
        tmp_path / "ecrbot.db",
        {PROD: (repository(PROD, "a-api", **FAILING),), STAGING: (repository(STAGING, "b-api", **FAILING),)},
    )
    done = approved(company, "*-api")
    assert done.state is State.APPLIED
    assert {item.outcome for item in done.items} == {Outcome.APPLIED}
    assert done.accounts == (PROD.account, STAGING.account)


def test_the_chain_is_whole_after_all_of_it(company: Company) -> None:
    done = approved(company)
    asked = company.asking.undo(done.id, "hotfix", ONCALL)
    company.fulfilment.fulfil(asked.request.id)
    told = verify(company.memory.audit.events())
    assert told.problems == ()
    head = company.memory.audit.head()
    assert head is not None
    assert (told.events, told.head) == (head.number, head.hash)


def test_a_scanning_flag_alone_is_set_where_that_rule_alone_was_chosen(company: Company) -> None:
    done = approved(company, rules=frozenset({Rule.SCAN_ON_PUSH}))
    assert done.state is State.APPLIED
    assert company.repository().tag_mutability == "MUTABLE"
    assert company.writer.puts == [(done.id, "payments-api", str(replace(done.items[0].changes[0])))]
    assert done.items[0].changes[0].after == Scanning(scan_on_push=True)


def test_an_undo_that_failed_half_way_is_gone_on_with_by_another_one(company: Company) -> None:
    done = approved(company)
    company.writer.refuse["payments-api", Action.PUT_IMAGE_TAG_MUTABILITY] = AccessDeniedError("No.")
    first = company.asking.undo(done.id, "hotfix", ONCALL).request
    company.fulfilment.fulfil(first.id)
    assert company.now(first.id).state is State.FAILED
    assert company.repository().scan_on_push is False
    assert company.now(done.id).can_be_undone(company.clock())

    company.writer.refuse.clear()
    second = company.asking.undo(done.id, "hotfix", ONCALL).request
    assert [str(change) for change in second.items[0].changes] == ["IMMUTABLE → MUTABLE"]
    company.fulfilment.fulfil(second.id)
    assert company.repository().tag_mutability == "MUTABLE"
    assert company.now(done.id).state is State.UNDONE
