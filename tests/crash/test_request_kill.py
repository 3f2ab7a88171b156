"""Kill -9 at every step of a request, then a start: AWS, the history, the audit and Slack come to say the same.

The bots are real processes (child.py, request_lanes.py). Their steps are found by watching one that is left alone
(steps.py), and which of them are died at is said in choosing.py: ECRBOT_EVERY_STEP=1 has every single one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.crash.choosing import chosen, fewer, where
from tests.crash.crashing import Zygote
from tests.crash.request_audit import SCAN, TAGS, is_sensible, story
from tests.crash.request_bots import AT_ONCE, TOO_LATE, RequestBots
from tests.crash.request_outcome import Put, RequestOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws
    from tests.crash.request_bots import Death

PUT_TAGS, PUT_SCAN = Put("web", "PutImageTagMutability"), Put("web", "PutImageScanningConfiguration")
RULES = {PUT_TAGS: TAGS, PUT_SCAN: SCAN}
BEFORE, AFTER = ("MUTABLE", False), ("IMMUTABLE", True)

APPROVING, OF_TWO = ("ask", "approve", "tick", "tick"), ("ask for two", "approve", "tick")
DENYING, UNDOING = ("ask", "deny", "tick"), ("undo", "tick")

WORKERS = 6
"""How many workers can share the kills of a test."""

ASKED = "INSERT INTO requests"
APPROVED, APPLIED = "UPDATE requests SET state = 'approved'", "UPDATE requests SET state = 'applied'"


@pytest.fixture(scope="module")
def bots(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestBots]:
    """Bots that found two failing repositories, in one account each."""
    zygote = Zygote.start()
    try:
        ready = RequestBots(zygote, local_aws, tmp_path_factory.mktemp("requests"))
        ready.prepare()
        yield ready
    finally:
        zygote.stop()
        local_aws.reset()


def test_a_request_that_is_left_alone_is_applied_and_told_of_once(bots: RequestBots) -> None:
    found = bots.expected(APPROVING)
    assert replace(found, requests=[], cards=[], lines=[], outcomes=[]) == RequestOutcome(
        requests=[],
        items=[("remediation", "web", "applied")],
        findings=[
            *[("web", rule, "remediated", "U0ENGINEER") for rule in (TAGS, SCAN)],
            *[("api", rule, None, None) for rule in (TAGS, SCAN)],
        ],
        settings={"web": AFTER, "api": BEFORE},
        puts=[PUT_SCAN, PUT_TAGS],
        cards=[],
        lines=[],
        outcomes=[],
        wrong=(),
        left={},
        refusals=(),
        audit=(),
    )
    assert [request[:2] for request in found.requests] == [("remediation", "applied")]
    assert [len(told) for told in (found.cards, found.lines, found.outcomes)] == [1, 1, 1]
    assert all(said in found.cards[0] for said in ("Applied", "`web`", "Verified: Tag mutability is IMMUTABLE"))
    assert "Verified: Tag mutability is IMMUTABLE" in found.outcomes[0]
    assert is_sensible(found, "remediation", "web")


def test_the_steps_that_are_died_at_are_those_of_the_database_of_aws_and_of_slack(bots: RequestBots) -> None:
    steps = bots.steps(APPROVING)
    died_at = [steps[number - 1] for number in chosen(steps, ASKED)]
    assert len(died_at) >= 90
    assert {one.split(maxsplit=1)[0] for one in died_at} >= {"COMMIT", "BEGIN", "SELECT", "send", "sent,", "answered"}
    sent = [one for one in died_at if one.startswith("send ")]
    for said in ('"imageTagMutability"', '"scanOnPush"', '"C0APPROVE"', '"U0ENGINEER"', '"C0DIGEST"', "chat.update"):
        assert any(said in one for one in sent), said


@pytest.mark.parametrize("part", range(WORKERS))
def test_a_request_that_was_killed_at_any_step_is_applied_and_told_of_once(bots: RequestBots, part: int) -> None:
    for step in chosen(bots.steps(APPROVING), ASKED)[part::WORKERS]:
        with bots.bot() as bot:
            death = bot.killed(step, APPROVING)
            _check(bot.restarted(APPROVING), bots.expected(APPROVING), death)


@pytest.mark.parametrize("part", range(3))
def test_a_request_whose_bot_is_killed_again_while_it_goes_on_is_applied_and_told_of_once(
    bots: RequestBots, part: int
) -> None:
    first = where(bots.steps(APPROVING), "sent, and no answer read", since=APPROVED)[part * 3 + 2]
    recovery = ("tick", *APPROVING)
    with bots.bot() as bot:
        bot.killed(first, APPROVING)
        bot.time.at += AT_ONCE
        steps = bot.left_alone(recovery)
    for step in fewer(chosen(steps, "UPDATE letters SET claimed_by"), 8):
        with bots.bot() as bot:
            death = bot.killed(first, APPROVING)
            bot.time.at += AT_ONCE
            again = bot.killed(step, recovery)
            _check(bot.restarted(APPROVING), bots.expected(APPROVING), death, again)


@pytest.mark.parametrize("part", range(2))
def test_a_request_of_two_accounts_that_was_killed_at_any_step_is_applied_and_told_of_once(
    bots: RequestBots, part: int
) -> None:
    expected = bots.expected(OF_TWO)
    assert expected.settings == {"web": AFTER, "api": AFTER}
    assert expected.requests == [("remediation", "applied", "2 of 2 applied and verified.")]
    for step in fewer(chosen(bots.steps(OF_TWO), APPROVED), 8)[part::2]:
        with bots.bot() as bot:
            death = bot.killed(step, OF_TWO)
            _check(bot.restarted(OF_TWO), expected, death)


@pytest.mark.parametrize("part", range(2))
def test_a_break_glass_undo_that_was_killed_at_any_step_restores_and_is_told_of_once(
    bots: RequestBots, part: int
) -> None:
    expected = bots.expected(UNDOING, APPROVING)
    assert [request[:2] for request in expected.requests] == [("remediation", "undone"), ("undo", "applied")]
    assert expected.settings == {"web": BEFORE, "api": BEFORE}
    for step in fewer(chosen(bots.steps(UNDOING, APPROVING), ASKED), 12)[part::2]:
        with bots.bot(*APPROVING) as bot:
            death = bot.killed(step, UNDOING)
            _check(bot.restarted(UNDOING), expected, death)


@pytest.mark.parametrize("part", range(2))
def test_a_request_whose_denial_was_killed_at_any_step_is_denied_and_never_applied(
    bots: RequestBots, part: int
) -> None:
    expected = bots.expected(DENYING)
    _require_untouched(expected, "denied")
    for step in fewer(chosen(bots.steps(DENYING), ASKED), 14)[part::2]:
        with bots.bot() as bot:
            death = bot.killed(step, DENYING)
            found = bot.restarted(DENYING)
            _check_same(found, expected, death)
            assert story(found, "remediation", "web") == "requested by U0ENGINEER\ndenied by U0ONCALL\n", death


def test_a_request_whose_expiry_was_killed_at_any_step_is_expired_and_never_applied(bots: RequestBots) -> None:
    hours = timedelta(hours=9)
    with bots.bot("ask") as bot:
        bot.time.at += hours
        steps = bot.left_alone(("tick",))
        expected = bot.restarted(("tick",))
    _require_untouched(expected, "expired")
    for step in fewer(chosen(steps, "UPDATE requests SET state = 'expired'"), 10):
        with bots.bot("ask") as bot:
            bot.time.at += hours
            death = bot.killed(step, ("tick",))
            found = bot.restarted(("tick",))
            _check_same(found, expected, death)
            assert story(found, "remediation", "web") == "requested by U0ENGINEER\nexpired by ecrbot\n", death


@pytest.mark.parametrize("part", range(2))
def test_an_approval_whose_bot_is_down_for_a_quarter_of_an_hour_changes_nothing_more(
    bots: RequestBots, part: int
) -> None:
    steps = bots.steps(APPROVING)
    approved, applied = where(steps, "COMMIT", since=APPROVED)[0], where(steps, APPLIED)[0]
    during = [one for one in chosen(steps, APPROVED) if approved < one <= applied]
    seen = set()
    for step in fewer(during, 20)[part::2]:
        with bots.bot() as bot:
            death = bot.killed(step, APPROVING)
            seen.add((death.states[0], _check_late(bot.restarted(("tick",), after=TOO_LATE), death)))
    # Which of these a part meets depends on its share of the steps; what else there is would be wrong.
    assert seen <= {("approved", "failed"), ("applying", "failed"), ("applying", "applied")}
    assert len(seen) >= 2


def _check(found: RequestOutcome, expected: RequestOutcome, *deaths: Death) -> None:
    """Check that all is as if nobody had been killed, and that the audit tells how that came."""
    _check_same(found, expected, *deaths)
    for kind, repository, _ in found.items:
        assert is_sensible(found, kind, repository), (deaths, story(found, kind, repository))


def _check_same(found: RequestOutcome, expected: RequestOutcome, *deaths: Death) -> None:
    """Check that all is as if nobody had been killed; who asked may have been told again where nobody could look."""
    assert len(found.outcomes) <= len(expected.outcomes) + sum(death.in_doubt for death in deaths), deaths
    once = sorted(set(found.outcomes))
    assert replace(found, outcomes=once) == replace(expected, outcomes=sorted(expected.outcomes)), deaths


def _check_late(found: RequestOutcome, death: Death) -> str:
    """Check what is there of an approval that was interrupted too long ago, and return what became of it."""
    [(_, state, sentence)] = found.requests
    became = str(state)
    made = {RULES[put] for put in death.puts}
    assert became == ("applied" if len(made) == len(RULES) else "failed"), death
    assert (found.puts, found.wrong, found.refusals) == (death.puts, (), ()), death
    assert found.left.keys() <= {"an unknown change"}, death
    assert found.settings["web"] == (AFTER[0] if TAGS in made else BEFORE[0], SCAN in made), death
    assert {event.rule for event in found.audit if event.event == "changed"} == made, death
    why = "Verified:" if became == "applied" else "makes no further change."
    why = "not applied" if death.states == ["approved"] else why
    assert why in sentence, death
    assert [why in told for told in (*found.cards, *found.outcomes)] == [True, True], death
    return became


def _require_untouched(found: RequestOutcome, state: str) -> None:
    assert found.requests == [("remediation", state, "")]
    assert (found.settings, found.puts) == ({"web": BEFORE, "api": BEFORE}, [])
    assert [len(told) for told in (found.cards, found.lines)] == [1, 0]
    assert state in found.cards[0].lower()
    assert (found.wrong, found.left, found.refusals) == ((), {}, ())
