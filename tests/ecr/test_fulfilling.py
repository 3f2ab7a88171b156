"""What is due, whatever became of whoever was to do it: expiry, what nobody works on, exemptions and undos that end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.approval import Decision
from ecr.audit import Step
from ecr.errors import AccessDeniedError, HistoryError, NotPostedError, SweepRunningError
from ecr.letter import Letter
from ecr.model import Rule
from ecr.request import ECRBOT, Actor, Kind, State
from tests.company import CHANNEL, ENGINEER, NOON, ONCALL, PROD, Company
from tests.ecr.plain_registry import repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ecr.changes import Change
    from ecr.fulfilling import Fulfilment
    from ecr.request import Request

FAILING = {"tag_mutability": "MUTABLE", "scan_on_push": False}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "ecrbot.db")


@dataclass
class Sweeps:
    """Sweeps that are counted; `fails` are what the next ones come to, in their order."""

    fails: list[Exception] = field(default_factory=list)
    done: int = 0

    def __call__(self) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.done += 1


def approved(company: Company, *names: str) -> Request:
    """Ask and approve; nobody does what follows."""
    request = company.ask(*names).request
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    return request


def applied(company: Company) -> Request:
    request = approved(company)
    company.fulfilment.fulfil(request.id)
    return company.now(request.id)


def exempt(company: Company, until: timedelta) -> Request:
    draft = replace(company.draft(), kind=Kind.EXEMPTION)
    rules, by = (Rule.TAG_IMMUTABILITY,), Actor(ENGINEER, "Eva")
    request = company.asking.exempt(draft, rules, company.clock() + until, "a base image", by).request
    company.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    company.fulfilment.fulfil(request.id)
    return company.now(request.id)


def steps(company: Company, request: Request) -> list[tuple[Step, str]]:
    return [(event.event, event.actor) for event in company.memory.audit.events() if event.request == request.id]


def sweeping(company: Company, sweeps: Callable[[], object]) -> Fulfilment:
    return replace(company.fulfilment, sweep=sweeps)


def test_a_request_expires_at_its_moment_and_its_card_says_so_once(company: Company) -> None:
    request = company.ask().request
    company.fulfilment.fulfil(request.id)
    company.clock.pass_(hours=8, microseconds=-1)
    company.fulfilment.tick()
    assert company.now(request.id).state is State.REQUESTED
    company.clock.pass_(microseconds=1)
    for _ in range(3):
        company.fulfilment.tick()
    assert company.board.cards[request.id] == [State.REQUESTED, State.EXPIRED]
    assert steps(company, request) == [(Step.REQUESTED, ENGINEER), (Step.EXPIRED, ECRBOT.id)]
    assert company.now(request.id).ended_at == NOON + timedelta(hours=8)


def test_what_was_decided_does_not_expire_while_it_is_applied(company: Company) -> None:
    request = approved(company)

    def meanwhile(name: str, change: Change) -> None:
        del name, change
        company.clock.pass_(hours=9)
        company.memory.requests.expire(company.clock())

    company.writer.before_put = meanwhile
    company.fulfilment.fulfil(request.id)
    assert company.now(request.id).state is State.APPLIED


def test_an_approval_that_nobody_works_on_is_applied_by_the_next_tick_and_told(company: Company) -> None:
    request = approved(company)
    company.fulfilment.tick()
    assert company.now(request.id).state is State.APPLIED
    assert company.board.cards[request.id][-1] == State.APPLIED
    assert [letter for letter, _, _ in company.board.posted].count(Letter.OUTCOME) == 1
    company.fulfilment.tick()
    assert len(company.writer.puts) == 2


def test_one_that_cannot_be_gone_on_with_keeps_no_other_one(company: Company) -> None:
    company.registry.holds[PROD] = tuple(repository(PROD, name, **FAILING) for name in ("team-a", "team-b"))
    first, second = approved(company, "team-a"), approved(company, "team-b")

    def unwritable(name: str, change: Change) -> None:
        del change
        if name == "team-a":
            raise HistoryError("The disk is full.")

    company.writer.before_put = unwritable
    expiring = company.ask("team-*").request
    company.clock.pass_(minutes=1)
    with pytest.raises(HistoryError, match="The disk is full"):
        company.fulfilment.tick()
    assert (company.now(first.id).state, company.now(second.id).state) == (State.APPLYING, State.APPLIED)
    assert company.board.cards[expiring.id] == [State.REQUESTED]

    company.writer.before_put = lambda _name, _change: None
    company.clock.pass_(minutes=6)
    company.fulfilment.tick()
    assert company.now(first.id).state is State.APPLIED


def test_a_request_that_nobody_knows_is_nothing_to_do(company: Company) -> None:
    company.fulfilment.fulfil("R0000000000")
    assert company.board.posted == []


def test_what_was_approved_while_slack_is_down_is_applied_all_the_same_and_told_when_it_is_back(
    company: Company,
) -> None:
    request = approved(company)
    company.board.refuse = {CHANNEL: NotPostedError("Slack is down."), ENGINEER: NotPostedError("Slack is down.")}
    company.fulfilment.fulfil(request.id)
    assert company.now(request.id).state is State.APPLIED
    assert company.board.posted == []
    company.board.refuse.clear()
    company.clock.pass_(minutes=5)
    company.fulfilment.tick()
    assert [(letter, state) for letter, _, state in company.board.posted] == [
        (Letter.CARD, State.APPLIED),
        (Letter.OUTCOME, State.APPLIED),
    ]


def test_the_card_is_rewritten_once_when_its_undo_is_over(company: Company) -> None:
    done = applied(company)
    fulfilment = company.fulfilment
    company.clock.pass_(days=7, minutes=-1)
    fulfilment.tick()
    drawn = len(company.board.cards[done.id])
    assert company.now(done.id).can_be_undone(company.clock())
    for hours in (0.5, 1, 1, 24):
        company.clock.pass_(hours=hours)
        fulfilment.tick()
    assert len(company.board.cards[done.id]) == drawn + 1
    assert not company.now(done.id).can_be_undone(company.clock())


def test_whose_undo_is_over_is_looked_for_once_an_hour(company: Company) -> None:
    done = applied(company)
    fulfilment = company.fulfilment
    company.clock.pass_(days=7, minutes=-1)
    fulfilment.tick()
    drawn = len(company.board.cards[done.id])
    company.clock.pass_(minutes=59)
    fulfilment.tick()
    assert len(company.board.cards[done.id]) == drawn
    company.clock.pass_(minutes=1)
    fulfilment.tick()
    assert len(company.board.cards[done.id]) == drawn + 1


@pytest.mark.parametrize(("days", "rewritten"), [(8, 1), (9, 0)])
def test_after_a_start_the_cards_of_the_last_two_days_are_seen_to_and_no_older_ones(
    company: Company, days: int, rewritten: int
) -> None:
    done = applied(company)
    drawn = len(company.board.cards[done.id])
    company.clock.pass_(days=days)
    company.fulfilment.tick()
    assert len(company.board.cards[done.id]) == drawn + rewritten


def test_a_clock_that_went_back_delays_no_look_by_more_than_that(company: Company) -> None:
    done = applied(company)
    fulfilment = company.fulfilment
    company.clock.pass_(days=30)
    fulfilment.tick()
    company.clock.pass_(days=-23)
    drawn = len(company.board.cards[done.id])
    fulfilment.tick()
    assert len(company.board.cards[done.id]) == drawn + 1


def test_an_exemption_ends_at_its_moment_and_what_it_covered_is_looked_for_once(company: Company) -> None:
    granted = exempt(company, timedelta(days=2))
    sweeps = Sweeps()
    fulfilment = sweeping(company, sweeps)
    company.clock.pass_(days=2, seconds=-1)
    fulfilment.tick()
    assert (len(company.memory.exemptions.current(company.clock())), sweeps.done) == (1, 0)
    company.clock.pass_(seconds=1)
    for _ in range(3):
        fulfilment.tick()
    assert (company.memory.exemptions.current(company.clock()), sweeps.done) == ((), 1)
    assert steps(company, granted)[-1] == (Step.EXEMPTION_ENDED, ECRBOT.id)
    assert [step for step, _ in steps(company, granted)].count(Step.EXEMPTION_ENDED) == 1


def test_a_sweep_that_is_under_way_is_followed_by_another_one(company: Company) -> None:
    exempt(company, timedelta(days=2))
    sweeps = Sweeps([SweepRunningError("A sweep is under way."), SweepRunningError("A sweep is under way.")])
    fulfilment = sweeping(company, sweeps)
    company.clock.pass_(days=2)
    for expected in (0, 0, 1, 1):
        fulfilment.tick()
        assert sweeps.done == expected


def test_a_sweep_that_fails_is_made_again_and_keeps_nothing_else(company: Company) -> None:
    exempt(company, timedelta(days=2))
    company.clock.pass_(days=2)
    request = approved(company)
    sweeps = Sweeps([AccessDeniedError("The role may not call ecr:DescribeRepositories: grant it.")])
    fulfilment = sweeping(company, sweeps)
    with pytest.raises(AccessDeniedError):
        fulfilment.tick()
    assert company.now(request.id).state is State.APPLIED
    assert company.board.cards[request.id][-1] == State.APPLIED
    fulfilment.tick()
    assert sweeps.done == 1


def test_without_an_end_there_is_no_sweep(company: Company) -> None:
    exempt(company, timedelta(days=2))
    sweeps = Sweeps()
    sweeping(company, sweeps).tick()
    assert sweeps.done == 0


def test_an_exemption_is_granted_by_its_approval_alone_and_changes_nothing_in_ecr(company: Company) -> None:
    granted = exempt(company, timedelta(days=30))
    assert (granted.state, granted.sentence) == (State.APPLIED, "Exempt from tag-immutability until 2026-12-25.")
    [one] = company.memory.exemptions.current(company.clock())
    assert (one.name, one.target, one.rule, one.reason, one.by, one.by_name, one.request) == (
        "payments-api",
        PROD,
        Rule.TAG_IMMUTABILITY,
        "a base image",
        ONCALL,
        "Oncall",
        granted.id,
    )
    assert (one.granted_at, one.ends_at) == (NOON, NOON + timedelta(days=30))
    assert company.writer.puts == []
