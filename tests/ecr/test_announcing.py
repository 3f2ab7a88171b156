"""Cards, outcomes and lines: each sent once, in their order, however Slack is; and the card is true in the end."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from ecr.announcing import UPDATE_SECONDS, Announcer
from ecr.approval import Decision
from ecr.errors import CannotLookError, ChannelClosedError, NotPostedError, SlackError
from ecr.letter import Letter
from ecr.request import ECRBOT, Decided, State
from tests.company import CHANNEL, ENGINEER, NOON, ONCALL, PROD, Company, PlainBoard
from tests.ecr.plain_registry import repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ecr.letter import Posted
    from ecr.request import Place, Request

CLOSED = ChannelClosedError("the channel is archived")
LATER = "Slack cannot be reached."


@dataclass
class Board(PlainBoard):
    """A board that notes every attempt and thread, and may lose the answers to what it has taken.

    `loses` are letters that are there although nobody is told; `cannot_find` is what looking for a message comes to.
    """

    attempts: list[tuple[Letter, str]] = field(default_factory=list)
    threads: dict[Letter, str | None] = field(default_factory=dict)
    loses: set[Letter] = field(default_factory=set)
    there: dict[str, str] = field(default_factory=dict)
    cannot_find: Exception | None = None
    while_posting: Callable[[Posted], object] = lambda _: None
    rewritten_at: list[float] = field(default_factory=list)

    def post(self, posted: Posted, request: Request, *, thread: str | None) -> str:
        self.attempts.append((posted.letter, posted.channel))
        self.while_posting(posted)
        ts = super().post(posted, request, thread=thread)
        self.threads[posted.letter] = thread
        self.there[posted.key] = ts
        if posted.letter in self.loses:
            raise NotPostedError(LATER, in_doubt=True)
        return ts

    def find(self, posted: Posted, *, thread: str | None) -> str | None:
        del thread
        if self.cannot_find is not None:
            raise self.cannot_find
        return self.there.get(posted.key)

    def rewrite(self, card: Place, request: Request, done: int | None = None) -> None:
        super().rewrite(card, request, done)
        self.rewritten_at.append(time.monotonic())


class Office(Company):
    """The company, with one announcer whose pauses are noted in place of being waited for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.board: Board = Board()
        self.pauses: list[float] = []
        self.changed: list[tuple[str, State]] = []
        self.announcer = Announcer(
            self.memory.requests,
            self.memory.outbox,
            self.board,
            self.clock,
            pause=self.pauses.append,
            changed=lambda request: self.changed.append((request, self.now(request).state)),
        )

    def letters(self) -> list[tuple[Letter, str]]:
        """Return what is in Slack, in its order."""
        return [(letter, channel) for letter, channel, _ in self.board.posted]

    def decided(self, decision: Decision = Decision.APPROVE) -> Request:
        """Ask, have the card posted, and decide; the card does not tell of that yet."""
        request = self.ask().request
        self.announcer.announce(request.id)
        self.deciding.decide(request.id, decision, ONCALL, "not now")
        return self.now(request.id)

    def holds(self, count: int) -> None:
        """Let there be so many repositories that fail."""
        names = [f"team-{number:02}" for number in range(count)]
        self.registry.holds[PROD] = tuple(repository(PROD, name, tag_mutability="MUTABLE") for name in names)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "ecrbot.db")


CARD, OUTCOME = (Letter.CARD, CHANNEL), (Letter.OUTCOME, ENGINEER)


def test_a_card_is_posted_once_whoever_tells_of_it_and_how_often(office: Office) -> None:
    request = office.ask().request
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(office.announcer.announce, [request.id] * 24))
    office.announcer.tick()
    assert office.letters() == [CARD]
    assert office.board.cards[request.id] == [State.REQUESTED]
    place = office.now(request.id).card
    assert place is not None
    assert (place.channel, place.ts) == (CHANNEL, "1.0")


def test_what_slack_does_not_take_is_told_as_soon_as_it_may_be_asked_again_and_no_sooner(office: Office) -> None:
    request = office.ask().request
    office.board.refuse[CHANNEL] = NotPostedError(LATER, after=30)
    office.announcer.announce(request.id)
    office.announcer.announce(request.id)
    office.clock.pass_(seconds=29)
    office.announcer.tick()
    assert office.board.attempts == [CARD]
    del office.board.refuse[CHANNEL]
    office.clock.pass_(seconds=1)
    office.announcer.tick()
    assert (office.board.attempts, office.letters()) == ([CARD, CARD], [CARD])


def test_the_pause_grows_from_one_attempt_to_the_next(office: Office) -> None:
    request = office.ask().request
    office.board.refuse[CHANNEL] = NotPostedError(LATER)
    office.announcer.announce(request.id)
    for pause, attempts in ((4, 1), (1, 2), (9, 2), (1, 3)):
        office.clock.pass_(seconds=pause)
        office.announcer.announce(request.id)
        assert len(office.board.attempts) == attempts


def test_a_tick_says_that_slack_did_not_take_something_once_the_others_are_told(office: Office) -> None:
    office.board.refuse[ENGINEER] = NotPostedError(LATER)
    office.decided(Decision.DENY)
    second = office.ask().request
    with pytest.raises(NotPostedError, match=LATER):
        office.announcer.tick()
    assert office.letters() == [CARD, CARD]
    assert office.board.cards[second.id] == [State.REQUESTED]


def test_a_message_whose_answer_was_lost_is_looked_for_and_not_sent_again(office: Office) -> None:
    request = office.ask().request
    office.board.loses = {Letter.CARD}
    office.announcer.announce(request.id)
    assert office.now(request.id).card is None
    office.board.loses = set()
    office.clock.pass_(seconds=5)
    office.announcer.tick()
    assert office.board.attempts == [CARD]
    place = office.now(request.id).card
    assert place is not None
    assert place.ts == "1.0"


@pytest.mark.parametrize("cannot_find", [None, CannotLookError("The scope channels:history is missing.")])
def test_a_message_that_is_not_found_or_cannot_be_looked_for_is_sent(
    office: Office, cannot_find: Exception | None
) -> None:
    request = office.ask().request
    office.board.refuse[CHANNEL] = NotPostedError(LATER, in_doubt=True)
    office.announcer.announce(request.id)
    del office.board.refuse[CHANNEL]
    office.board.cannot_find = cannot_find
    office.clock.pass_(seconds=5)
    office.announcer.announce(request.id)
    assert office.letters() == [CARD]


def test_while_slack_does_not_say_whether_a_message_is_there_it_is_not_sent(office: Office) -> None:
    request = office.ask().request
    office.board.loses, office.board.cannot_find = {Letter.CARD}, SlackError("Slack did not answer.")
    for _ in range(3):
        office.announcer.announce(request.id)
        office.clock.pass_(minutes=5)
    assert office.board.attempts == [CARD]
    office.board.cannot_find = None
    office.announcer.announce(request.id)
    assert (office.board.attempts, office.now(request.id).card is not None) == ([CARD], True)


def test_a_card_that_nobody_could_see_withdraws_the_request_and_whoever_asked_is_told(office: Office) -> None:
    request = office.ask().request
    office.board.refuse[CHANNEL] = CLOSED
    office.announcer.announce(request.id)
    now = office.now(request.id)
    assert (now.state, now.decided) == (
        State.CANCELLED,
        Decided(ECRBOT, ECRBOT.id, NOON, "The approvals channel takes no message: the channel is archived."),
    )
    assert office.board.posted == [(*OUTCOME, State.CANCELLED)]
    office.announcer.tick()
    assert (office.board.attempts, office.letters()) == ([CARD, OUTCOME], [OUTCOME])


def test_what_was_approved_already_is_not_withdrawn_with_its_card(office: Office) -> None:
    done = office.decided()
    office.fulfilment.fulfil(done.id)
    office.board.refuse[CHANNEL] = CLOSED
    undo = office.asking.undo(done.id, "hotfix", ONCALL).request
    office.announcer.announce(undo.id)
    assert office.now(undo.id).state is State.APPROVED
    office.fulfilment.fulfil(undo.id)
    assert office.now(undo.id).state is State.APPLIED


def test_one_message_that_cannot_be_posted_keeps_no_other_one(office: Office) -> None:
    request = office.decided(Decision.DENY)
    office.memory.outbox.add(request.id, Letter.LINE, "C0DIGEST", at=NOON)
    office.board.refuse[ENGINEER] = CLOSED
    office.announcer.announce(request.id)
    office.announcer.tick()
    assert office.letters() == [CARD, (Letter.LINE, "C0DIGEST")]
    assert office.board.attempts.count(OUTCOME) == 1


def test_details_follow_the_card_in_its_thread(office: Office) -> None:
    office.holds(11)
    request = office.ask("team-*").request
    office.board.refuse[CHANNEL] = NotPostedError(LATER)
    office.announcer.announce(request.id)
    assert office.board.attempts == [CARD]
    del office.board.refuse[CHANNEL]
    office.clock.pass_(seconds=5)
    office.announcer.announce(request.id)
    assert office.letters() == [CARD, (Letter.DETAILS, CHANNEL)]
    assert office.board.threads == {Letter.CARD: None, Letter.DETAILS: "1.0"}
    office.announcer.announce(request.id)
    assert len(office.board.posted) == 2


def test_what_the_card_holds_needs_no_details(office: Office) -> None:
    office.holds(10)
    office.announcer.announce(office.ask("team-*").request.id)
    assert office.letters() == [CARD]


def test_the_card_tells_of_the_end_before_anybody_else_is_told(office: Office) -> None:
    request = office.decided(Decision.DENY)
    on_the_card: list[list[str]] = []
    office.board.while_posting = lambda _: on_the_card.append([*office.board.cards[request.id]])
    office.announcer.announce(request.id)
    assert office.letters() == [CARD, OUTCOME]
    assert on_the_card == [[State.REQUESTED, State.DENIED]]


def test_what_is_decided_while_the_card_is_posted_is_on_it_in_the_end(office: Office) -> None:
    request = office.ask().request

    def meanwhile(posted: Posted) -> None:
        if posted.letter is Letter.CARD:
            office.deciding.decide(request.id, Decision.DENY, ONCALL, "not now")

    office.board.while_posting = meanwhile
    office.announcer.announce(request.id)
    assert office.board.cards[request.id] == [State.REQUESTED, State.DENIED]


def test_the_card_is_rewritten_once_when_slack_is_back(office: Office) -> None:
    request = office.decided()
    office.board.refuse[CHANNEL] = NotPostedError(LATER)
    office.fulfilment.fulfil(request.id)
    assert office.now(request.id).state is State.APPLIED
    with pytest.raises(NotPostedError, match=LATER):
        office.announcer.tick()
    assert office.board.cards[request.id] == [State.REQUESTED]
    office.clock.pass_(days=3)
    del office.board.refuse[CHANNEL]
    office.announcer.tick()
    office.announcer.tick()
    assert office.board.cards[request.id] == [State.REQUESTED, State.APPLIED]
    assert office.letters() == [CARD, OUTCOME]


def test_a_card_that_is_gone_is_not_rewritten_for_ever(office: Office) -> None:
    request = office.decided(Decision.DENY)
    office.board.refuse[CHANNEL] = ChannelClosedError("the message is not there any more")
    office.announcer.tick()
    del office.board.refuse[CHANNEL]
    office.announcer.tick()
    assert office.board.cards[request.id] == [State.REQUESTED]
    assert office.letters() == [CARD, OUTCOME]


def test_an_outcome_is_given_up_after_a_day_and_a_card_never(office: Office) -> None:
    office.board.refuse = {ENGINEER: NotPostedError(LATER), CHANNEL: NotPostedError(LATER)}
    waiting = office.ask().request
    office.announcer.announce(waiting.id)
    office.deciding.decide(waiting.id, Decision.DENY, ONCALL, "not now")
    for _ in range(2):
        office.clock.pass_(hours=13)
        with pytest.raises(NotPostedError):
            office.announcer.tick()
    office.board.refuse.clear()
    office.clock.pass_(hours=1)
    office.announcer.tick()
    assert office.letters() == [CARD]
    assert office.board.cards[waiting.id] == [State.DENIED]


def test_progress_is_shown_at_most_once_a_second_and_the_latest_of_it(office: Office) -> None:
    office.holds(20)
    request = office.ask("team-*").request
    office.announcer.announce(request.id)
    office.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    began, done = time.monotonic(), 0
    while time.monotonic() - began < 2.5 * UPDATE_SECONDS:
        office.announcer.progress(office.now(request.id), done := done + 1)
    _until_shown()
    assert len(office.board.progress) == 2
    assert office.board.progress == sorted(office.board.progress)
    first, second = office.board.rewritten_at
    assert second - first >= UPDATE_SECONDS


def test_the_end_of_many_waits_until_the_last_progress_stood_for_a_second(office: Office) -> None:
    office.holds(2)
    request = office.ask("team-*").request
    office.announcer.announce(request.id)
    office.deciding.decide(request.id, Decision.APPROVE, ONCALL)
    office.fulfilment.fulfil(request.id)
    office.pauses.clear()
    office.memory.requests.show(request.id)
    office.announcer.announce(request.id)
    [pause] = office.pauses
    assert 0 < pause <= UPDATE_SECONDS


def test_the_end_of_one_repository_waits_for_nothing(office: Office) -> None:
    request = office.decided()
    office.fulfilment.fulfil(request.id)
    office.memory.requests.show(request.id)
    office.announcer.announce(request.id)
    assert office.board.cards[request.id][-2:] == [State.APPLIED, State.APPLIED]
    assert office.pauses == []


def test_progress_of_what_has_ended_or_has_no_card_is_not_shown(office: Office) -> None:
    unseen = office.ask().request
    office.announcer.progress(unseen, 1)
    office.announcer.announce(unseen.id)
    office.deciding.decide(unseen.id, Decision.DENY, ONCALL, "not now")
    Announcer(office.memory.requests, office.memory.outbox, office.board, office.clock).progress(
        office.now(unseen.id), 1
    )
    _until_shown()
    assert office.board.progress == []


def test_a_progress_that_slack_does_not_take_stops_nothing(office: Office) -> None:
    request = office.decided()
    office.board.refuse[CHANNEL] = NotPostedError(LATER)
    other = Announcer(office.memory.requests, office.memory.outbox, office.board, office.clock)
    other.progress(office.now(request.id), 1)
    _until_shown()
    del office.board.refuse[CHANNEL]
    other.progress(office.now(request.id), 2)
    _until_shown()
    assert office.board.progress == [2]


def _until_shown() -> None:
    """Wait for whoever shows progress."""
    for thread in threading.enumerate():
        if thread.name == "progress":
            thread.join(10)


def test_whoever_shows_requests_elsewhere_is_told_of_each_change_once_it_is_true(office: Office) -> None:
    request = office.decided()
    office.announcer.announce(request.id)
    assert office.changed == [(request.id, State.REQUESTED), (request.id, State.APPROVED)]


def test_they_are_told_also_where_slack_takes_nothing(office: Office) -> None:
    request = office.ask().request
    office.board.refuse[CHANNEL] = NotPostedError(LATER)
    office.announcer.announce(request.id)
    assert office.changed == [(request.id, State.REQUESTED)]


def test_they_are_told_of_what_is_told_later_and_of_what_nobody_decided(office: Office) -> None:
    request = office.ask().request
    office.announcer.tick()
    asked = list(office.changed)
    office.clock.pass_(hours=9)
    office.memory.requests.expire(office.clock())
    office.announcer.tick()
    assert asked == [(request.id, State.REQUESTED)]
    assert set(office.changed[len(asked) :]) == {(request.id, State.EXPIRED)}


def test_they_are_told_of_a_request_that_is_withdrawn_since_its_channel_is_closed(office: Office) -> None:
    request = office.ask().request
    office.board.refuse[CHANNEL] = ChannelClosedError("it is archived")
    office.announcer.tick()
    assert office.changed[-1] == (request.id, State.CANCELLED)
