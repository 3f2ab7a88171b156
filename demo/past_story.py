"""What became of the world's repositories in the thirty days before today, as values: it ends as the world is now.

A few repositories have a story of their own; what happened to the others is drawn, always alike for the same world.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demo.world import EAST, IMMUTABLE, MUTABLE, PROD, STAGING, WEST, Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo.world import World

MORNINGS = 31
"""Mornings that are told of: the last of them is number 30."""

CLOSED_ON = 21
"""The morning on which the accounts that are closed were closed: until then they could be read."""

_MENDED = (1, 2, 2, 4, 5, 5, 5, 7, 9, 10, 12, 12, 15, 17, 19, 22, 24, 27, 28, 28, 29, 30, 30)
_DRIFTED = (3, 8, 13, 14, 14, 14, 23, 28, 29, 30)
_THERE_AND_BACK = ((6, 11), (14, 16), (14, 18), (23, 26))
_MADE = ((9, 13), (18, 20), (25, 27))
_ABOUT_SCANNING = 0.5

_DELETED = (
    (Repository(PROD, WEST, "billing-legacy", MUTABLE), 6),
    (Repository(PROD, EAST, "promo-landing", MUTABLE), 20),
    (Repository(STAGING, WEST, "feature-preview", MUTABLE), 29),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody did to a repository before a morning: from then on it is as told, or `gone`."""

    morning: int
    repository: Repository
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """How everything was on the first morning, and what was done after it, in order."""

    first: tuple[Repository, ...]
    turns: tuple[Turn, ...]


def story(world: World) -> Story:
    """Return what became of a world's repositories; what requests did to them is in demo/past_requests.py.

    Args:
        world: how it is now.
    """
    closed = {account.id for account in world.accounts if account.closed}
    told = {one: _TOLD[one.account, one.region, one.name](one) for one in world.repositories if _is_told(one)}
    others = [one for one in world.repositories if one not in told and one.account not in closed]
    drawn = _drawn(random.Random(MORNINGS), others)  # noqa: S311 - a pleasant mixture, no secret
    gone = [(Turn(0, one), Turn(morning, one, gone=True)) for one, morning in _DELETED]
    lives = [*(told.get(one) or drawn.get(one) or _as_now(one) for one in world.repositories), *gone]
    turns = sorted((turn for life in lives for turn in life), key=lambda turn: turn.morning)
    first = tuple(turn.repository for turn in turns if turn.morning == 0)
    return Story(first, tuple(turn for turn in turns if turn.morning > 0))


_Life = tuple[Turn, ...]


def _as_now(one: Repository) -> _Life:
    return (Turn(0, one),)


def _with_tags(mutability: str, until: int | None = None) -> Callable[[Repository], _Life]:
    """Tell of a repository that had another tag mutability at first; until a request, where no morning is told."""

    def life(one: Repository) -> _Life:
        before = Turn(0, replace(one, mutability=mutability, filters=()))
        return (before,) if until is None else (before, Turn(until, one))

    return life


_TOLD: dict[tuple[str, str, str], Callable[[Repository], _Life]] = {
    (PROD, WEST, "payments-api"): _as_now,
    # A request mends it on the 18th morning, and its Terraform code reverts that a week later.
    (PROD, WEST, "payments-worker"): _with_tags(MUTABLE, until=25),
    (PROD, EAST, "payments-api"): _with_tags(IMMUTABLE, until=16),
    # A request mends both on the 26th morning.
    (PROD, EAST, "search-indexer"): _with_tags(MUTABLE),
    (PROD, EAST, "search-web"): _with_tags(MUTABLE),
    # They become exempt.
    (STAGING, EAST, "load-tests"): _as_now,
    (PROD, WEST, "docker-hub/library/nginx"): _as_now,
}


def _is_told(one: Repository) -> bool:
    return (one.account, one.region, one.name) in _TOLD


def _drawn(drawn: random.Random, others: Sequence[Repository]) -> dict[Repository, _Life]:
    """Return what happened to those of whom nothing is told: to as many as there are mornings for, or repositories."""
    strict = [one for one in others if one.mutability == IMMUTABLE or one.filters == ("latest",)]
    mutable = [one for one in others if one.mutability == MUTABLE]
    drawn.shuffle(strict)
    drawn.shuffle(mutable)
    left = iter(strict)
    lives: dict[Repository, _Life] = {}
    for (worse, better), one in zip(_THERE_AND_BACK, left, strict=False):
        lives[one] = (Turn(0, one), Turn(worse, _loose(drawn, one)), Turn(better, one))
    for (made, mended), one in zip(_MADE, left, strict=False):
        lives[one] = (Turn(made, _loose(drawn, one)), Turn(mended, one))
    for mended, one in zip(_MENDED, left, strict=False):
        lives[one] = (Turn(0, _loose(drawn, one)), Turn(mended, one))
    for drifted, one in zip(_DRIFTED, mutable, strict=False):
        lives[one] = (Turn(0, replace(one, mutability=IMMUTABLE)), Turn(drifted, one))
    return lives


def _loose(drawn: random.Random, one: Repository) -> Repository:
    """Return a repository as it is when nobody has thought about it, or only about its scanning."""
    on_push = one.scan_on_push and drawn.random() < _ABOUT_SCANNING
    return replace(one, mutability=MUTABLE, filters=(), scan_on_push=on_push)
