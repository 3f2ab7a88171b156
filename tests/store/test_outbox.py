"""What Slack is still to be told: each message claimed by one, sent once, and never forgotten midway."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.errors import LostClaimError
from ecr.letter import Letter, Posted
from ecr.posting import LEASE
from ecr.request import Place
from store.outbox import SqliteOutbox
from store.requests import SqliteRequests
from tests.store.asked import CARDS, EVA, carried_out, item, minutes, remediation
from tests.store.world import AT, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.history import SqliteHistory

SECOND = timedelta(seconds=1)
CARD = Posted("R1", Letter.CARD, CARDS, AT)


@pytest.fixture
def requests(path: Path, history: SqliteHistory) -> SqliteRequests:
    """With a request whose card is to be posted."""
    assert history.path == path
    requests = SqliteRequests(path)
    requests.ask(remediation("R1"), channel=CARDS)
    return requests


@pytest.fixture
def outbox(path: Path, requests: SqliteRequests) -> SqliteOutbox:
    assert requests.get("R1") is not None
    return SqliteOutbox(path)


@pytest.fixture
def other(path: Path) -> SqliteOutbox:
    """Another process's."""
    return SqliteOutbox(path)


def claimed(outbox: SqliteOutbox) -> Posted:
    posted = outbox.claim(at=AT)
    assert posted is not None
    return posted


def posted(outbox: SqliteOutbox, *, revision: int = 1) -> None:
    """Have the card posted."""
    card = claimed(outbox)
    outbox.begin(card, at=AT)
    outbox.sent(card, "1.0", revision=revision, at=AT)


def test_a_card_is_claimed_once(outbox: SqliteOutbox, other: SqliteOutbox) -> None:
    assert outbox.claim(at=AT) == CARD
    assert [own.claim(at=AT + SECOND) for own in (outbox, other)] == [None, None]


def test_a_request_without_a_card_has_none(requests: SqliteRequests, outbox: SqliteOutbox) -> None:
    posted(outbox)
    requests.ask(remediation("R2", item("web")), channel=None)
    assert outbox.claim(at=AT) is None


def test_of_many_threads_and_processes_one_claims_each_message(
    path: Path, requests: SqliteRequests, outbox: SqliteOutbox
) -> None:
    keys = [f"R{number}" for number in range(1, 21)]
    for key in keys[1:]:
        requests.ask(remediation(key, item(key.lower())), channel=CARDS)
    processes = [outbox, *(SqliteOutbox(path) for _ in range(3))]

    def claim_all(number: int) -> list[str]:
        # No two of them ask the clock at the same moment.
        at = AT + timedelta(microseconds=number)
        return [one.request for _ in keys if (one := processes[number % 4].claim(at=at)) is not None]

    with ThreadPoolExecutor(16) as threads:
        won = Counter(key for some in threads.map(claim_all, range(16)) for key in some)
    assert won == dict.fromkeys(keys, 1)


def test_messages_come_oldest_first_or_of_one_request_alone(
    requests: SqliteRequests, outbox: SqliteOutbox, other: SqliteOutbox
) -> None:
    requests.ask(remediation("R2", item("web"), at=minutes(1)), channel=CARDS)
    outbox.add("R1", Letter.OUTCOME, EVA.id, at=minutes(2))
    found = [other.claim(at=minutes(3), request="R2"), other.claim(at=minutes(3), request="R2")]
    found += [outbox.claim(at=minutes(3)) for _ in range(3)]
    assert found == [
        Posted("R2", Letter.CARD, CARDS, minutes(1)),
        None,
        CARD,
        Posted("R1", Letter.OUTCOME, EVA.id, minutes(2)),
        None,
    ]


def test_what_somebody_has_is_taken_over_when_the_lease_ended_and_not_before(
    outbox: SqliteOutbox, other: SqliteOutbox
) -> None:
    card = claimed(outbox)
    late = AT + LEASE - SECOND
    outbox.begin(card, at=late)
    early = other.claim(at=late + LEASE - SECOND)
    assert early is None
    assert other.claim(at=late + LEASE) == replace(card, in_doubt=True)


def test_a_clock_that_went_back_far_frees_a_claim_and_one_that_is_a_little_behind_does_not(
    outbox: SqliteOutbox, other: SqliteOutbox
) -> None:
    claimed(outbox)
    assert other.claim(at=AT - SECOND) is None
    assert other.claim(at=AT - LEASE - SECOND) == CARD


def test_a_clock_that_went_back_ends_a_pause(outbox: SqliteOutbox, other: SqliteOutbox) -> None:
    outbox.postpone(claimed(outbox), until=minutes(5), in_doubt=False)
    assert other.claim(at=AT - timedelta(hours=1)) is not None


def test_what_is_there_is_not_sent_again_and_the_request_knows_its_card(
    requests: SqliteRequests, outbox: SqliteOutbox, other: SqliteOutbox, path: Path
) -> None:
    posted(outbox)
    assert [own.claim(at=AT + 9 * LEASE) for own in (outbox, other)] == [None, None]
    found = requests.get("R1")
    assert found is not None
    assert found.card == Place(CARDS, "1.0")
    assert read(path, "SELECT state, ts, in_doubt FROM letters") == [("sent", "1.0", 0)]


def test_any_other_message_is_not_the_card(requests: SqliteRequests, outbox: SqliteOutbox) -> None:
    posted(outbox)
    outbox.add("R1", Letter.DETAILS, CARDS, at=AT)
    details = claimed(outbox)
    outbox.sent(details, "2.0", revision=9, at=AT)
    found = requests.get("R1")
    assert found is not None
    assert found.card == Place(CARDS, "1.0")
    assert outbox.outdated() == ()


def test_one_more_message_is_sent_once_whoever_asks_for_it_again(outbox: SqliteOutbox) -> None:
    posted(outbox)
    for _ in range(2):
        outbox.add("R1", Letter.DETAILS, CARDS, at=AT)
    details = claimed(outbox)
    outbox.sent(details, "2.0", revision=1, at=AT)
    outbox.add("R1", Letter.DETAILS, CARDS, at=AT)
    assert outbox.claim(at=AT) is None


def test_whose_message_was_taken_over_can_change_nothing_of_it(outbox: SqliteOutbox, other: SqliteOutbox) -> None:
    card = claimed(outbox)
    taken = other.claim(at=AT + LEASE)
    changes: tuple[Callable[[], None], ...] = (
        lambda: outbox.begin(card, at=AT + LEASE),
        lambda: outbox.sent(card, "1.0", revision=1, at=AT + LEASE),
        lambda: outbox.postpone(card, until=AT, in_doubt=True),
        lambda: outbox.give_up(card, "It is archived.", at=AT),
    )
    for change in changes:
        with pytest.raises(LostClaimError, match="The card of request R1 is in other hands by now"):
            change()
    assert taken == card
    other.sent(card, "1.0", revision=1, at=AT + LEASE)
    with pytest.raises(LostClaimError):
        other.begin(card, at=AT + LEASE)


def test_what_is_put_off_is_nobodys_until_then(outbox: SqliteOutbox, other: SqliteOutbox) -> None:
    card = claimed(outbox)
    outbox.begin(card, at=AT)
    outbox.postpone(card, until=minutes(5), in_doubt=True)
    early = [own.claim(at=minutes(5) - SECOND) for own in (outbox, other)]
    again = other.claim(at=minutes(5))
    assert early == [None, None]
    assert again == replace(card, in_doubt=True, attempts=1)
    other.postpone(again, until=minutes(6), in_doubt=False)
    assert outbox.claim(at=minutes(6)) == replace(card, attempts=2)


def test_what_is_given_up_is_kept_with_why_and_never_sent(
    outbox: SqliteOutbox, other: SqliteOutbox, path: Path
) -> None:
    outbox.give_up(claimed(outbox), "The channel is archived.", at=minutes(1))
    assert other.claim(at=AT + 9 * LEASE) is None
    assert read(path, "SELECT state, said, ended_at FROM letters") == [
        ("given up", "The channel is archived.", "2026-11-01T09:01:00.000000Z")
    ]


def test_a_card_is_out_of_date_until_it_shows_the_latest_revision(
    requests: SqliteRequests, outbox: SqliteOutbox
) -> None:
    assert outbox.outdated() == ()
    posted(outbox)
    shown = [outbox.outdated()]
    requests.show("R1")
    requests.show("R1")
    shown.append(outbox.outdated())
    outbox.rewritten("R1", 2)
    shown.append(outbox.outdated())
    outbox.rewritten("R1", 3)
    outbox.rewritten("R1", 2)
    shown.append(outbox.outdated())
    place = ("R1", Place(CARDS, "1.0"))
    assert shown == [(), (place,), (place,), ()]


def test_a_card_that_was_drawn_before_a_decision_and_posted_after_it_is_out_of_date(
    requests: SqliteRequests, outbox: SqliteOutbox
) -> None:
    card = claimed(outbox)
    requests.show("R1")
    outbox.sent(card, "1.0", revision=1, at=AT)
    assert outbox.outdated() == (("R1", Place(CARDS, "1.0")),)


def test_a_bot_that_starts_goes_on_at_once_with_what_a_dead_one_had(
    requests: SqliteRequests, outbox: SqliteOutbox, other: SqliteOutbox
) -> None:
    card = claimed(outbox)
    outbox.begin(card, at=AT)
    requests.take_over()
    assert other.claim(at=AT + SECOND) == replace(card, in_doubt=True)


def test_at_its_end_the_outcome_and_the_lines_are_on_their_way(requests: SqliteRequests, outbox: SqliteOutbox) -> None:
    posted(outbox)
    carried_out(requests, remediation("R2", item("web")), at=minutes(1))
    found = []
    while (letter := outbox.claim(at=minutes(2))) is not None:
        found.append(letter.key)
    assert found == [f"R2/card/{CARDS}", f"R2/outcome/{EVA.id}", "R2/line/C0DIGEST"]
