"""Kill -9 at every step of a sweep and of a digest, then a start: nothing is lost, and nothing is there twice.

The bots are real processes with real settings, a real database, boto3 and the Slack SDK (child.py); their steps are
found by watching one that is left alone (steps.py); what they have to remember follows from the world (world.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecr.subscription import Filters, subscription_id
from tests.crash import outcome, world
from tests.crash.choosing import spread, where
from tests.crash.crashing import ANOTHER, DAY, DAY_BEFORE, LANES
from tests.crash.outcome import CHANNEL, Outcome, Post

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.crash.crashing import Crashing

HISTORY = "channels:history"

IN_TURN = tuple(reversed(LANES))
"""The digest's lane comes first, and so sweeps by itself, for the digest."""

SWEEP_KILLS = 40
"""How many steps before the digest are died at: an even spread of them. Of the digest itself it is every one."""

WORKERS = 6
"""How many workers can share the kills of a test."""

TITLE = "ECR digest · Tuesday 10 March"
KEY = f"{subscription_id(CHANNEL, Filters())}/{DAY.date()}"
DIGEST = [
    Post(
        f"{KEY}/0",
        f"{TITLE}: 4 new, 1 regressed, 5 resolved, 112 still open, 1 account and region not read. "
        "New: broken, made-again, new-and-failing, otherwise-broken",
    ),
    Post(f"{KEY}/1", f"{TITLE}, continued (1 of 2)", thread=1),
    Post(f"{KEY}/2", f"{TITLE}, continued (2 of 2)", thread=1),
]
EXPECTED = Outcome(
    posts=[ANOTHER, *DIGEST],
    digests=[(str(day.date()), "sent", 3, 0, None, None, 0) for day in (DAY_BEFORE, DAY)],
    findings=world.findings(),
    settings=world.settings(),
    # The account that nobody could read is as it was the day before: one repository passing, one failing.
    days=[
        (str(DAY_BEFORE.date()), *world.totals(1)),
        (str(DAY.date()), world.totals(2)[0] + 1, world.totals(2)[1] + 1, 0),
    ],
    targets=[(world.PROD, 0, 1), (world.STAGING, 0, 1), (world.SANDBOX, 0, 1), (world.LOST, 1, 1)],
    sweeps=3,
    broken={},
    is_sweeping=False,
    notices=[],
    refusals=(),
)

NEW = replace(
    EXPECTED,
    posts=[ANOTHER],
    digests=[],
    findings=world.findings(first=2),
    settings=world.settings(first=2),
    days=[(str(DAY.date()), *world.totals(2)[:2], 0)],
    sweeps=1,
)
"""What a bot remembers whose first day it is: the digest's time was over when it began."""


@pytest.mark.parametrize("lanes", [LANES, IN_TURN])
def test_a_bot_that_is_left_alone_remembers_the_world_and_posts_one_digest(
    crashing: Crashing, lanes: tuple[str, ...]
) -> None:
    with crashing.bot(HISTORY) as bot:
        assert bot.live(lanes) == EXPECTED


def test_every_step_of_the_digest_is_died_at_and_many_of_the_sweep(crashing: Crashing) -> None:
    steps = crashing.steps(LANES)
    chosen = _chosen(steps)
    assert len(chosen) >= 50
    assert [len(where(steps, one)) for one in ("send b'POST /api/chat.postMessage", "INSERT INTO sweeps")] == [3, 1]
    assert {steps[number - 1].split(maxsplit=1)[0] for number in chosen} >= {"INSERT", "COMMIT", "send", "answered"}


@pytest.mark.parametrize("part", range(WORKERS))
def test_a_bot_that_was_killed_at_any_step_loses_nothing_and_repeats_nothing(crashing: Crashing, part: int) -> None:
    steps = crashing.steps(LANES)
    for step in _chosen(steps)[part::WORKERS]:
        with crashing.bot(HISTORY) as bot:
            bot.die(step, hasty=step % 2 == 0)
            assert bot.live() == EXPECTED, f"killed at step {step}: {steps[step - 1]}"


@pytest.mark.parametrize("part", range(2))
def test_a_new_bot_that_was_killed_at_its_first_start_loses_nothing_and_repeats_nothing(
    crashing: Crashing, part: int
) -> None:
    with crashing.bot(new=True) as bot:
        assert bot.run() == 0
        steps = bot.steps
    for step in spread(range(1, len(steps) + 1), 16)[part::2]:
        with crashing.bot(new=True) as bot:
            bot.die(step, hasty=step % 2 == 0)
            assert bot.live() == NEW, f"killed at step {step}: {steps[step - 1]}"


@pytest.mark.parametrize("part", range(2))
def test_a_bot_that_was_killed_in_a_sweep_for_a_digest_loses_nothing_and_repeats_nothing(
    crashing: Crashing, part: int
) -> None:
    steps = crashing.steps(IN_TURN)
    for step in spread(range(1, len(steps) + 1), SWEEP_KILLS // 2)[part::2]:
        with crashing.bot(HISTORY) as bot:
            bot.die(step, IN_TURN)
            assert bot.live(IN_TURN) == EXPECTED, f"killed at step {step}: {steps[step - 1]}"


@pytest.mark.parametrize("part", range(3))
def test_a_bot_that_is_killed_again_while_it_goes_on_loses_nothing_and_repeats_nothing(
    crashing: Crashing, part: int
) -> None:
    first = _posted(crashing.steps(LANES))[part]
    with crashing.bot(HISTORY) as bot:
        bot.die(first)
        assert bot.live() == EXPECTED
        count = len(bot.steps)
    for step in spread(range(1, count + 1), 8):
        with crashing.bot(HISTORY) as bot:
            bot.die(first)
            bot.die(step)
            assert bot.live() == EXPECTED, f"killed at step {first} and then at step {step}"


@pytest.mark.parametrize("part", range(3))
def test_a_digest_that_nobody_can_look_for_comes_at_most_twice_and_says_so(crashing: Crashing, part: int) -> None:
    steps = crashing.steps(LANES)
    repeated = set()
    for step in _doubtful(steps)[part]:
        with crashing.bot() as bot:
            bot.die(step)
            doubtful = outcome.in_doubt(bot.folder)
            found = bot.live()
            allowed = [replace(EXPECTED, posts=[ANOTHER, *posts]) for posts in _with_doubt(doubtful)]
            assert found in allowed, f"killed at step {step}: {steps[step - 1]}; {found.posts}"
            repeated.add(len(found.posts) > len(EXPECTED.posts))
    assert repeated == {False, True}


def _chosen(steps: Sequence[str]) -> list[int]:
    """Return the steps to die at: every one from the claim of the digest on, and some of those before."""
    claim = where(steps, "INSERT INTO digests")[0]
    return [*spread(range(1, claim), SWEEP_KILLS), *range(claim, len(steps) + 1)]


def _doubtful(steps: Sequence[str]) -> list[range]:
    """Return for each part of the digest the steps from before it is begun to after it is done."""
    begun, done = where(steps, "UPDATE digests SET in_doubt"), where(steps, "UPDATE digests SET parts_sent")
    return [range(one - 1, other + 3) for one, other in zip(begun, done, strict=True)]


def _posted(steps: Sequence[str]) -> list[int]:
    """Return the steps at which a part of the digest is there, and its sender does not know of it yet."""
    return [step + 3 for step in where(steps, "send b'POST /api/chat.postMessage")]


def _with_doubt(part: int | None) -> list[list[Post]]:
    """Return what may be in a channel that nobody may look into, where a bot died while this part was in doubt."""
    if part is None:
        return [DIGEST]
    warned = replace(DIGEST[part], warned=True)
    once = [*DIGEST[:part], warned, *DIGEST[part + 1 :]]
    twice = [*DIGEST[: part + 1], warned, *DIGEST[part + 1 :]]
    if part == 0:
        twice[2:] = [replace(reply, thread=2) for reply in twice[2:]]
    return [once, twice]
