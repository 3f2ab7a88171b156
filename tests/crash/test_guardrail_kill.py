"""Kill -9 amidst the applying of guardrails, then a start: the registry, the audit and Slack come to say the same.

The bots are real processes, killed as in test_request_kill.py. Another team's rule and template are in the registry.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.guardrails import REGISTRY
from store.turns import LEASE, SqliteTurns
from tests.crash.choosing import chosen, fewer, where
from tests.crash.crashing import Zygote
from tests.crash.guard_bots import (
    CACHE,
    CREATE,
    DELETE,
    PUT_RULES,
    THEIRS,
    GuardBot,
    GuardBots,
    is_sensible,
    story,
)
from tests.crash.outcome import DATABASE
from tests.crash.request_bots import PROD, REGION, TOO_LATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws
    from ecr.audit import AuditEvent
    from tests.crash.request_bots import Death, RequestBot
    from tests.crash.request_outcome import RequestOutcome

GUARDING, UNDOING = ("ask to guard", "approve", "tick", "tick"), ("undo", "tick")
APPROVED, APPLIED = "UPDATE requests SET state = 'approved'", "UPDATE requests SET state = 'applied'"
ASKED, TAKEN, GIVEN_BACK = "INSERT INTO requests", "INSERT INTO registry_turns", "DELETE FROM registry_turns"

BARE = {"rules": ("BASIC", ("SCAN_ON_PUSH", THEIRS)), "templates": (CACHE,)}
GUARDED = {
    "rules": ("BASIC", ("SCAN_ON_PUSH", THEIRS, "*")),
    "templates": (("ROOT", "IMMUTABLE", ("CREATE_ON_PUSH", "REPLICATION")), CACHE),
}

WORKERS = 4
"""How many workers can share the kills of a test."""

LONGEST_RUN = timedelta(seconds=30)


@pytest.fixture(scope="module")
def bots(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardBots]:
    """Bots before a registry that does not guard."""
    zygote = Zygote.start()
    try:
        ready = GuardBots(zygote, local_aws, tmp_path_factory.mktemp("guardrails"), GuardBot)
        ready.prepare()
        yield ready
    finally:
        zygote.stop()
        local_aws.reset()


def test_guardrails_that_are_left_alone_are_applied_and_told_of_once(bots: GuardBots) -> None:
    found = bots.expected(GUARDING)
    assert (found.items, found.settings, found.puts) == (
        [("guardrail", REGISTRY, "applied")],
        GUARDED,
        [CREATE, PUT_RULES],
    )
    assert (found.wrong, found.left, found.refusals) == ((), {}, ())
    assert [len(told) for told in (found.cards, found.outcomes)] == [1, 1]
    assert is_sensible(found, "guardrail"), story(found, "guardrail")


@pytest.mark.parametrize("part", range(WORKERS))
def test_guardrails_whose_bot_was_killed_at_any_step_are_applied_and_told_of_once(bots: GuardBots, part: int) -> None:
    for step in fewer(during(bots, GUARDING), 24)[part::WORKERS]:
        with bots.bot() as bot:
            death = bot.killed(step, GUARDING)
            require_same(bot.restarted(GUARDING), bots.expected(GUARDING), "guardrail", death)


@pytest.mark.parametrize("part", range(2))
def test_an_undo_of_guardrails_that_was_killed_at_any_step_leaves_what_was_before(bots: GuardBots, part: int) -> None:
    expected = bots.expected(UNDOING, GUARDING)
    assert [request[:2] for request in expected.requests] == [("guardrail", "undone"), ("undo", "applied")]
    assert (expected.settings, expected.puts) == (BARE, sorted((CREATE, DELETE, PUT_RULES, PUT_RULES)))
    for step in fewer(during(bots, UNDOING, GUARDING), 12)[part::2]:
        with bots.bot(*GUARDING) as bot:
            death = bot.killed(step, UNDOING)
            require_same(bot.restarted(UNDOING), expected, "undo", death)


def test_the_turn_of_a_dead_bot_ends_with_its_lease_and_a_bot_that_starts_takes_it_at_once(bots: GuardBots) -> None:
    steps = bots.steps(GUARDING)
    taken, given_back = where(steps, TAKEN)[0] + 1, where(steps, GIVEN_BACK)[-1]
    within = [one for one in chosen(steps, TAKEN) if taken < one < given_back]
    assert len(within) > 2
    for step in fewer(within, 4):
        with bots.bot() as bot:
            death = bot.killed(step, GUARDING)
            assert not may_write(bot, LEASE - timedelta(seconds=1)), death
            found = bot.restarted(GUARDING)  # five seconds later
            assert found.settings == GUARDED, death
            assert may_write(bot, timedelta()), death
    with bots.bot() as bot:
        death = bot.killed(within[0], GUARDING)
        assert may_write(bot, LEASE + LONGEST_RUN), death


def test_guardrails_whose_bot_is_down_for_a_quarter_of_an_hour_are_what_they_say_they_are(bots: GuardBots) -> None:
    steps = bots.steps(GUARDING)
    approved, given_back = where(steps, "COMMIT", since=APPROVED)[0], where(steps, GIVEN_BACK)[-1]
    during_turn = [one for one in chosen(steps, TAKEN) if one < given_back]
    # Whoever dies after AWS answered, and before that is written down, has the most to find out.
    for step in {*fewer([one for one in during(bots, GUARDING) if one > approved], 6), *fewer(during_turn, 8)}:
        with bots.bot() as bot:
            death = bot.killed(step, GUARDING)
            found = bot.restarted(("tick",), after=TOO_LATE)
            made = sorted({CREATE if one.rule == "tag-immutability" else PUT_RULES for one in changed(found)})
            assert (found.puts, found.wrong) == (made, ()), death
            [(_, state, _)] = found.requests
            assert state == ("applied" if len(made) == 2 else "failed"), death
            # Whatever was made of it can be undone, which leaves what was there before.
            if made:
                again = bot.restarted(UNDOING)
                assert again.settings == BARE, death


def during(bots: GuardBots, lanes: tuple[str, ...], before: tuple[str, ...] = ()) -> list[int]:
    """Return the steps to die at, from the asking on until it is applied."""
    steps = bots.steps(lanes, before)
    applied = where(steps, APPLIED)[-1] + 3
    return [one for one in chosen(steps, ASKED) if one <= applied]


def changed(found: RequestOutcome) -> list[AuditEvent]:
    return [event for event in found.audit if event.event == "changed"]


def may_write(bot: RequestBot, after: timedelta) -> bool:
    """Tell whether another request has the turn to write the registry so long after this moment; it gives it back."""
    turns = SqliteTurns(bot.folder / DATABASE)
    has_it = turns.take(PROD, REGION, "R0OTHER", at=bot.time.at + after)
    if has_it:
        turns.give_back(PROD, REGION, "R0OTHER")
    return has_it


def require_same(found: RequestOutcome, expected: RequestOutcome, kind: str, death: Death) -> None:
    """Require that all is as if nobody had been killed; what the sweep finds afterwards is another lane's."""
    assert len(found.outcomes) <= len(expected.outcomes) + death.in_doubt, death
    once = sorted(set(found.outcomes))
    now = replace(found, outcomes=once, findings=[])
    assert now == replace(expected, outcomes=sorted(expected.outcomes), findings=[]), death
    assert is_sensible(found, kind), (death, story(found, kind))
