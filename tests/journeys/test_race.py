"""A hundred clicks at once on one card, fifty times: one of them decides, it is done once, and each is answered."""

from __future__ import annotations

import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from demo.aws import LocalAws
from demo.text import render
from demo.workspace import Workspace
from demo.workspace.people import Person
from handlers import ids
from tests.journeys.approvals import APPROVE, REGION, SETTINGS_OF_REQUESTS, Approvals
from tests.journeys.surroundings import PROD, Bot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from demo.workspace import Delivery
    from demo.workspace.state import Message

MEMBERS = {f"U0MEMBER{number}": f"member-{number}" for number in range(5)}
CLICKS = 100
ROUNDS, PARTS = 50, 5
DECISIONS = ("approved", "denied")
PUTS = ("PutImageTagMutability", "PutImageScanningConfiguration")
BUSY = "ecrbot is busy; try again in a moment."


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Approvals]:
    """A bot with five on call, and a repository for each round."""
    with LocalAws() as aws, Workspace() as slack:
        aws.reset()
        for number in range(ROUNDS):
            aws.create(PROD, REGION, f"round-{number:02}")
        for user, name in MEMBERS.items():
            slack.add_person(Person(user, name, name.title()))
        slack.set_group("S0ONCALL", tuple(MEMBERS))
        bot = Bot(slack, aws, tmp_path_factory.mktemp("bot"), "socket", SETTINGS_OF_REQUESTS)
        try:
            bot.start()
            yield Approvals(bot)
        finally:
            bot.kill()


@dataclass(frozen=True)
class Click:
    """Who clicked, whether on Approve, and what came of it."""

    user: str
    approves: bool
    delivery: Delivery


@pytest.mark.parametrize("part", range(PARTS))
def test_of_a_hundred_approvals_and_denials_at_once_one_decides_and_each_is_answered(
    besieged: Approvals, part: int
) -> None:
    for number in range(part * ROUNDS // PARTS, (part + 1) * ROUNDS // PARTS):
        _round(besieged, number)
    verified = besieged.bot.command("audit", "--verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert besieged.slack.refusals == ()


def _round(journey: Approvals, number: int) -> None:
    name = f"round-{number:02}"
    journey.ask(name)
    card = journey.card(saying=name)
    request = journey.request
    told_before = _told(journey)
    puts_before = _puts(journey)

    clicks = _siege(journey, card, request, random.Random(number))  # noqa: S311 - an order, no secret

    assert max(click.delivery.wait_ack().seconds for click in clicks) < 3
    assert [click.delivery.ack.payload for click in clicks if click.delivery.ack and click.delivery.ack.payload] == []
    events = _ended(journey, request)
    [(decision, winner)] = [event for event in events if event[0] in DECISIONS]
    is_approved = decision == "approved"
    assert journey.settings(name) == (("IMMUTABLE", (), True) if is_approved else ("MUTABLE", (), False))
    assert _puts(journey) - puts_before == Counter(PUTS if is_approved else ())
    assert [event for event, _ in events] == _steps(decision)
    _require_answers(journey, clicks, told_before, decision, winner)
    final = journey.card(saying="Applied" if is_approved else "Denied")
    assert final.ts == card.ts
    assert not re.findall(r"\[(Approve|Deny|Cancel)\]", render(final))


def _siege(journey: Approvals, card: Message, request: str, order: random.Random) -> list[Click]:
    """Let each member click twenty times, all at once, half of them on Approve and half sending a Deny form off."""
    wanted = [(user, turn % 2 == 0) for user in MEMBERS for turn in range(CLICKS // len(MEMBERS))]
    order.shuffle(wanted)

    def click(one: tuple[str, bool]) -> Click:
        user, approves = one
        if approves:
            return Click(user, approves, journey.slack.click(card, ids.APPROVE, user=user))
        return Click(user, approves, journey.slack.submit(_form(request), _reason(user), user=user))

    with ThreadPoolExecutor(len(MEMBERS)) as members:
        return list(members.map(click, wanted))


def _form(request: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "id": "V0DENIAL",
        "hash": "1",
        "callback_id": ids.FORM_DENY,
        "private_metadata": request,
        "blocks": [],
    }


def _reason(user: str) -> dict[str, Any]:
    return {ids.REASON: {ids.REASON: {"type": "plain_text_input", "value": f"not now, says {user}"}}}


def _ended(journey: Approvals, request: str) -> list[tuple[str, str]]:
    """Wait until a request has ended, and return its events, each with who caused it."""
    ended = "SELECT count(*) FROM requests WHERE id = ? AND state IN ('applied', 'denied', 'failed')"
    journey.bot.until(lambda: journey.bot.rows(ended, request) == [(1,)], f"the end of {request}")
    events = journey.bot.rows("SELECT event, actor FROM audit WHERE request = ? ORDER BY number", request)
    return [(str(event), str(actor)) for event, actor in events]


def _steps(decision: str) -> list[str]:
    if decision == "denied":
        return ["requested", "denied"]
    made = ["changing", "changed"] * len(PUTS)
    return ["requested", "approved", "applying", *made, "verified", "applied"]


def _require_answers(
    journey: Approvals, clicks: Sequence[Click], before: Counter[tuple[str, str]], decision: str, winner: str
) -> None:
    """Every click but the one that won is answered, to the clicker alone, by who was first: nobody is told twice."""
    expected = Counter(click.user for click in clicks) - Counter([winner])
    journey.slack.wait_for(
        lambda: _by_user(_told(journey) - before) == expected, timeout=20, what=f"{expected.total()} answers"
    )
    first = f"{MEMBERS[winner]} has {decision} this request already."
    sentences = {text for _, text in _told(journey) - before}
    assert {text for text in sentences if not text.startswith(first) and text != BUSY} == set()
    silent = [click for click in clicks if click.approves and not click.delivery.messages()]
    assert [click.user for click in silent] == ([winner] if decision == "approved" else [])


def _told(journey: Approvals) -> Counter[tuple[str, str]]:
    """Return what each member alone was told so far beside the cards, and how often."""
    return Counter(
        (user, str(message.text)) for user in MEMBERS for message in journey.private(user, APPROVE) if message.text
    )


def _by_user(told: Counter[tuple[str, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (user, _), count in told.items():
        found[user] += count
    return found


def _puts(journey: Approvals) -> Counter[str]:
    return Counter({name: journey.aws.calls[name, PROD, REGION] for name in PUTS})
