"""Kill -9 at every step of a request, then a start: AWS, the history, the audit and Slack come to say the same.

The bots are real processes (child.py, request_lanes.py), their steps are found by watching one that is left alone
(steps.py). Each death is one of two kinds. Most steps change nothing outside of the process: whoever dies at one leaves
what the step before left. The others are `telling`, and of those every one is died at, and an even spread of the rest;
with ECRBOT_EVERY_STEP set, it is every single one.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.crash.crashing import Zygote
from tests.crash.request_bots import AT_ONCE, RequestBot, RequestBots, TOO_LATE
from tests.crash.request_outcome import Put, RequestOutcome, in_doubt, states

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from demo.aws import LocalAws

EVERY = bool(os.environ.get("ECRBOT_EVERY_STEP"))
TAGS, SCAN = "PutImageTagMutability", "PutImageScanningConfiguration"
RULES = {TAGS: "tag-immutability", SCAN: "scan-on-push"}
BEFORE, AFTER = ("MUTABLE", False), ("IMMUTABLE", True)

APPROVING = ("ask", "approve", "tick", "tick")
DENYING = ("ask", "deny", "tick")
OF_TWO = ("ask for two", "approve", "tick")
UNDOING = ("undo", "tick")

WORKERS = 6
"""How many workers can share the kills of a test."""

ASKED = "INSERT INTO requests"
APPROVED = "UPDATE requests SET state = 'approved'"
APPLIED = "UPDATE requests SET state = 'applied'"


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
            ("web", "tag-immutability", "remediated", "U0ENGINEER"),
            ("web", "scan-on-push", "remediated", "U0ENGINEER"),
            ("api", "tag-immutability", None, None),
            ("api", "scan-on-push", None, None),
        ],
        settings={"web": AFTER, "api": BEFORE},
        puts=[Put("web", SCAN), Put("web", TAGS)],
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
    assert all(word in found.cards[0] for word in ("Applied", "`web`", "Verified: Tag mutability is IMMUTABLE"))
    assert "Verified: Tag mutability is IMMUTABLE" in found.outcomes[0]
    assert _is_sensible(found, "web")


def test_the_steps_that_are_died_at_are_those_of_the_database_of_aws_and_of_slack(bots: RequestBots) -> None:
    steps = bots.steps(APPROVING)
    chosen = [steps[number - 1] for number in _chosen(steps, ASKED)]
    assert len(chosen) >= 100
    for sent in (
        '"repositoryName": "web"',
        '"channel": "C0APPROVE"',
        '"channel": "U0ENGINEER"',
        '"channel": "C0DIGEST"',
    ):
        assert any(one.startswith("send") and sent in one for one in chosen), sent
    assert {one.split(maxsplit=1)[0] for one in chosen} >= {
        "COMMIT",
        "BEGIN",
        "SELECT",
        "send",
        "sent,",
        "answered",
        "the",
    }


@pytest.mark.parametrize("part", range(WORKERS))
def test_a_request_that_was_killed_at_any_step_is_applied_and_told_of_once(bots: RequestBots, part: int) -> None:
    for step in _chosen(bots.steps(APPROVING), ASKED)[part::WORKERS]:
        with bots.bot() as bot:
            where = bot.killed(step, APPROVING)
            doubtful = in_doubt(bot.folder)["outcome"]
            _check(bot.restarted(APPROVING), bots.expected(APPROVING), where, doubtful=doubtful)


@pytest.mark.parametrize("part", range(3))
def test_a_request_whose_bot_is_killed_again_while_it_goes_on_is_applied_and_told_of_once(
    bots: RequestBots, part: int
) -> None:
    first = _where(bots.steps(APPROVING), "sent, and no answer read", since=APPROVED)[part * 3 + 2]
    recovery = ("tick", *APPROVING)
    with bots.bot() as bot:
        bot.killed(first, APPROVING)
        steps = bot.left_alone(recovery)
    for step in _spread(_chosen(steps, "UPDATE letters SET claimed_by"), len(steps) if EVERY else 8):
        with bots.bot() as bot:
            where, doubtful = bot.killed(first, APPROVING), in_doubt(bot.folder)["outcome"]
            bot.time.at += AT_ONCE
            where, doubtful = f"{where}, {bot.killed(step, recovery)}", doubtful + in_doubt(bot.folder)["outcome"]
            _check(bot.restarted(APPROVING), bots.expected(APPROVING), where, doubtful=doubtful)


@pytest.mark.parametrize("part", range(2))
def test_a_request_of_two_accounts_that_was_killed_at_any_step_is_applied_and_told_of_once(
    bots: RequestBots, part: int
) -> None:
    expected = bots.expected(OF_TWO)
    assert expected.settings == {"web": AFTER, "api": AFTER}
    assert expected.requests == [("remediation", "applied", "2 of 2 applied and verified.")]
    for step in _fewer(_chosen(bots.steps(OF_TWO), APPROVED), 12)[part::2]:
        with bots.bot() as bot:
            where = bot.killed(step, OF_TWO)
            doubtful = in_doubt(bot.folder)["outcome"]
            _check(bot.restarted(OF_TWO), expected, where, doubtful=doubtful)


@pytest.mark.parametrize("part", range(2))
def test_a_request_whose_denial_was_killed_at_any_step_is_denied_and_never_applied(
    bots: RequestBots, part: int
) -> None:
    expected = bots.expected(DENYING)
    assert (expected.requests, expected.settings, expected.puts) == (
        [("remediation", "denied", "")],
        {"web": BEFORE, "api": BEFORE},
        [],
    )
    for step in _fewer(_chosen(bots.steps(DENYING), ASKED), 24)[part::2]:
        with bots.bot() as bot:
            where = bot.killed(step, DENYING)
            found = bot.restarted(DENYING)
            assert found == expected, where
            assert found.story("remediation", "web") == "requested by U0ENGINEER\ndenied by U0ONCALL\n", where


@pytest.mark.parametrize("part", range(2))
def test_a_break_glass_undo_that_was_killed_at_any_step_restores_and_is_told_of_once(
    bots: RequestBots, part: int
) -> None:
    before = APPROVING
    expected = bots.expected(UNDOING, before)
    assert [request[:2] for request in expected.requests] == [("remediation", "undone"), ("undo", "applied")]
    assert expected.settings == {"web": BEFORE, "api": BEFORE}
    for step in _fewer(_chosen(bots.steps(UNDOING, before), ASKED), 20)[part::2]:
        with bots.bot(*before) as bot:
            where = bot.killed(step, UNDOING)
            doubtful = in_doubt(bot.folder)["outcome"]
            _check(bot.restarted(UNDOING), expected, where, doubtful=doubtful)


@pytest.mark.parametrize("part", range(2))
def test_an_approval_whose_bot_is_down_for_a_quarter_of_an_hour_changes_nothing_more(
    bots: RequestBots, part: int
) -> None:
    steps = bots.steps(APPROVING)
    approved, applied = _where(steps, "COMMIT", since=APPROVED)[0], _where(steps, APPLIED)[0]
    during = [one for one in _chosen(steps, APPROVED) if approved < one <= applied]
    seen = set()
    for step in _fewer(during, 24)[part::2]:
        with bots.bot() as bot:
            where = bot.killed(step, APPROVING)
            state, puts = states(bot.folder)[0], sorted(bot.puts)
            found = bot.restarted(("tick",), after=TOO_LATE)
            seen.add((state, _check_late(found, state, puts, where)))
    assert seen >= {("approved", "failed"), ("applying", "failed"), ("applying", "applied")}


def _check(found: RequestOutcome, expected: RequestOutcome, where: str, *, doubtful: int) -> None:
    """Check what is there: all as if nobody had been killed; nobody can look whether the asker was told already."""
    assert len(found.outcomes) <= len(expected.outcomes) + doubtful, where
    outcomes = sorted(set(found.outcomes))
    assert replace(found, outcomes=outcomes) == replace(expected, outcomes=sorted(expected.outcomes)), where
    for kind, repository, _ in found.items:
        assert _is_sensible(found, repository, kind), f"{where}\n{found.story(kind, repository)}"


def _check_late(found: RequestOutcome, state: str, puts: list[Put], where: str) -> str:
    """Check what is there of an approval that was interrupted too long ago, and return what became of it."""
    [(_, became, sentence)] = found.requests
    made = {RULES[one.action] for one in puts}
    assert (found.puts, found.wrong, found.left.keys() - {"an unknown change"}, found.refusals) == (
        puts,
        (),
        set(),
        (),
    ), where
    assert found.settings["web"] == (AFTER[0] if RULES[TAGS] in made else BEFORE[0], RULES[SCAN] in made), where
    assert {one.rule for one in found.audit if one.event == "changed"} == made, where
    assert became == ("applied" if len(made) == len(RULES) else "failed"), where
    why = (
        {"applied": "Verified:", "failed": "makes no further change."}[became] if state == "applying" else "not applied"
    )
    assert why in sentence, where
    assert (len(found.cards), len(found.outcomes)) == (1, 1), where
    assert why in found.cards[0], where
    return became


def _is_sensible(found: RequestOutcome, repository: str, kind: str = "remediation") -> bool:
    """Tell whether the audit is one of a request that was applied, however often its applier died."""
    who = "U0ENGINEER" if kind == "remediation" else "U0ONCALL"
    word = "approved" if kind == "remediation" else "break-glass"
    rules = list(RULES.values()) if kind == "remediation" else list(RULES.values())[::-1]
    again = "(applying by ecrbot\n)*"
    changes = "".join(f"(changing {rule} by ecrbot\n{again})+changed {rule} by ecrbot\n{again}" for rule in rules)
    ended = "" if ("undo", repository, "applied") not in found.items or kind == "undo" else "undone by U0ONCALL\n"
    pattern = (
        f"requested by {who}\n{word} by U0ONCALL\napplying by ecrbot\n{again}{changes}"
        f"verified by ecrbot\n{again}applied by ecrbot\n{ended}"
    )
    return re.fullmatch(pattern, found.story(kind, repository)) is not None


def _chosen(steps: Sequence[str], since: str) -> list[int]:
    """Return the steps to die at, from the first one of a kind on."""
    all_of_them = range(_where(steps, since)[0], len(steps) + 1)
    telling = [number for number in all_of_them if EVERY or _is_telling(steps, number)]
    others = [number for number in all_of_them if number not in telling]
    return sorted([*telling, *_spread(others, len(others) // 10)])


def _is_telling(steps: Sequence[str], number: int) -> bool:
    """Tell whether a step, or the one before it, changes anything outside of the process."""
    return any(
        one.startswith(("send ", "sent, ", "answered ", "the end"))
        or (one == "COMMIT" and _begun(steps, place) == "BEGIN IMMEDIATE")
        for place, one in ((number, steps[number - 1]), (number - 1, steps[number - 2]))
    )


def _begun(steps: Sequence[str], number: int) -> str:
    return next(one for one in reversed(steps[:number]) if one.startswith("BEGIN"))


def _where(steps: Sequence[str], beginning: str, since: str = "") -> list[int]:
    first = next((number for number, step in enumerate(steps, start=1) if step.startswith(since)), 1)
    return [number for number, step in enumerate(steps, start=1) if number >= first and step.startswith(beginning)]


def _fewer(steps: Sequence[int], most: int) -> list[int]:
    return list(steps) if EVERY else _spread(steps, most)


def _spread(steps: Sequence[int], most: int) -> list[int]:
    """Return so many of the steps, with as much between each two, the first and the last among them."""
    if len(steps) <= most:
        return list(steps)
    return [steps[index * (len(steps) - 1) // (most - 1)] for index in range(most)]
