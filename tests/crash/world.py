"""The repositories that the killed bots look at, as they are on two mornings, and what of it is to be remembered.

What is expected here follows from the table alone, and from nothing that the bot wrote.
"""

from __future__ import annotations

from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws

REGION = "eu-west-1"
PROD, STAGING, SANDBOX, LOST = "111111111111", "222222222222", "333333333333", "444444444444"
NAMES = {PROD: "prod", STAGING: "staging", SANDBOX: "sandbox", LOST: "lost"}
TAGS, SCAN = "tag-immutability", "scan-on-push"


class State(Enum):
    """How a repository is, by what fails; `ABSENT` where it is not there."""

    FINE = ()
    OPEN_TAGS = (TAGS,)
    UNSCANNED = (SCAN,)
    BOTH = (TAGS, SCAN)
    ABSENT = None

    @property
    def failing(self) -> tuple[str, ...]:
        return self.value or ()

    @property
    def settings(self) -> tuple[str, int]:
        return "MUTABLE" if TAGS in self.failing else "IMMUTABLE", int(SCAN not in self.failing)


class Finding(NamedTuple):
    """A finding, and how it was closed; `None`: it is open."""

    account: str
    repository: str
    rule: str
    how: str | None


class Setting(NamedTuple):
    """An interval of a repository's settings, and whether it is the present one."""

    account: str
    repository: str
    mutability: str
    scan_on_push: int
    present: bool


FINE, OPEN_TAGS, UNSCANNED, BOTH, ABSENT = State.FINE, State.OPEN_TAGS, State.UNSCANNED, State.BOTH, State.ABSENT

WORLD: dict[tuple[str, str], tuple[State, State, State]] = {
    # Two sweeps of the first day, and the one in which the bot is killed, on the second.
    (PROD, "always-fine"): (FINE, FINE, FINE),
    (PROD, "always-failing"): (BOTH, BOTH, BOTH),
    (PROD, "mended"): (BOTH, BOTH, FINE),
    (PROD, "half-mended"): (BOTH, BOTH, OPEN_TAGS),
    (PROD, "broken"): (FINE, FINE, BOTH),
    (PROD, "otherwise-broken"): (OPEN_TAGS, OPEN_TAGS, UNSCANNED),
    (PROD, "deleted"): (BOTH, BOTH, ABSENT),
    (STAGING, "regressed"): (OPEN_TAGS, FINE, OPEN_TAGS),
    (STAGING, "made-again"): (BOTH, ABSENT, UNSCANNED),
    (STAGING, "new-and-failing"): (ABSENT, ABSENT, BOTH),
    (STAGING, "new-and-fine"): (ABSENT, ABSENT, FINE),
    (STAGING, "fine-and-deleted"): (FINE, FINE, ABSENT),
    **{(SANDBOX, f"team-{number:03}"): (BOTH, BOTH, BOTH) for number in range(110)},
    (SANDBOX, "team-mended"): (UNSCANNED, UNSCANNED, FINE),
    # Its role is refused on the second day: what really became of them nobody can know.
    (LOST, "lost-failing"): (BOTH, BOTH, FINE),
    (LOST, "lost-fine"): (FINE, FINE, BOTH),
}


def arrange(aws: LocalAws, moment: int) -> None:
    """Let the world be as it is at the first, second or third sweep."""
    aws.reset()
    for (account, name), states in WORLD.items():
        if states[moment] is not ABSENT:
            mutability, scanned = states[moment].settings
            aws.create(account, REGION, name, mutability, scan_on_push=bool(scanned))
    if moment == 2:
        aws.refuse_role(LOST)


def findings(first: int = 0) -> list[Finding]:
    """Return every finding that is to be remembered after the third sweep, sorted; `first` was the first one."""
    return sorted((one for known in _known(first) for one in _findings(*known)), key=str)


def settings(first: int = 0) -> list[Setting]:
    """Return every interval of settings that is to be remembered after the third sweep, sorted."""
    return sorted(one for known in _known(first) for one in _settings(*known))


def totals(moment: int) -> tuple[int, int, int]:
    """Return how many repositories pass, fail and are unknown at a sweep."""
    lost = sum(account == LOST for account, _ in WORLD) if moment == 2 else 0
    states = [states[moment] for (account, _), states in WORLD.items() if not (lost and account == LOST)]
    passing = states.count(FINE)
    return passing, len(states) - passing - states.count(ABSENT), lost


def _known(first: int) -> Iterator[tuple[str, str, tuple[State, ...]]]:
    """Yield every repository that could be seen, with the states that it was seen in."""
    for (account, name), states in WORLD.items():
        if seen := states[first : 2 if account == LOST else 3]:
            yield account, name, seen


def _findings(account: str, name: str, states: tuple[State, ...]) -> Iterator[Finding]:
    for rule in (TAGS, SCAN):
        for before, after in pairwise(states):
            if rule in before.failing and rule not in after.failing:
                yield Finding(account, name, rule, "deleted" if after is ABSENT else "fixed outside")
        if rule in states[-1].failing:
            yield Finding(account, name, rule, None)


def _settings(account: str, name: str, states: tuple[State, ...]) -> Iterator[Setting]:
    for before, after in pairwise(states):
        if before is not ABSENT and before is not after:
            yield Setting(account, name, *before.settings, present=False)
    if states[-1] is not ABSENT:
        yield Setting(account, name, *states[-1].settings, present=True)
