"""At every step of applying guardrails something happens: nothing of another team's is lost, and all of ours can go.

The same company as in test_guardrail_machine.py, one happening at a time, and no step left out.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from ecr.model import Rule
from ecr.request import State
from tests.ecr.foreign import Adds, Takes
from tests.ecr.guard_events import Beside, Death, Guard, Mend, Way
from tests.ecr.test_guardrail_machine import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ecr.guard_events import Happening

STEPS = range(1, 50, 2)
"""Each moment between two calls; after the last one the request is applied."""


@pytest.fixture
def registries() -> Iterator[list[Registry]]:
    """Hand out registries that are cleared away at the end."""
    made: list[Registry] = []
    yield made
    for one in made:
        one.teardown()


@pytest.mark.parametrize(
    ("happening", "minutes"),
    [
        (Death(), 0),
        (Death(), 6),
        (Death(), 20),
        (Beside(), 0),
        (Beside(minutes=3), 0),
        (Adds("x"), 0),
        (Takes("team-a"), 0),
        (Takes("*"), 0),
    ],
    ids=str,
)
def test_whatever_happens_at_any_step_nothing_is_lost_and_all_can_be_undone(
    registries: list[Registry], happening: Happening, minutes: int
) -> None:
    for step in STEPS:
        registry = Registry()
        registries.append(registry)
        registry.begin(edits=[Adds("team-a")])
        wanted = [Guard(frozenset(Rule)), Mend(("api",))]
        ways = (Way("applied", {step: happening}), Way("asked"), Way("asked"))
        registry.ask(wanted=wanted, meanwhile=None, ways=ways, back=None)
        require_right(registry)
        registry.go_on(minutes=minutes, way=Way())
        require_right(registry)
        registry.undo_everything(order=Random(step))  # noqa: S311 - an order of this test's own
        require_right(registry)
        changed = [one for one in registry.every if one.undoes is None and one.changed]
        assert all(one.state is State.UNDONE for one in changed), step


def require_right(registry: Registry) -> None:
    """Require all that is true at any time."""
    registry.nothing_of_theirs_is_lost()
    registry.nothing_is_there_that_nobody_accounts_for()
    registry.what_an_applied_request_needs_is_there()
    registry.it_goes_into_ecr()
    registry.the_audit_is_whole()
