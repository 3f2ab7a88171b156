"""What people and the bot do about requests, in a process that may die amidst it: each is done again after a death.

Whoever pressed a button and saw nothing come of it presses it again; what was written down by then is not done twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import slack
from ecr.approval import Decision
from ecr.changes import Choice
from ecr.deadline import Deadline
from ecr.draft import Draft
from ecr.guarding import Scope
from ecr.names import parse
from ecr.request import Kind, State
from handlers.deciding import decide, told
from handlers.people import People

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.app import Application
    from ecr.request import Request
    from handlers.deps import Deps

ENGINEER, ONCALL = "U0ENGINEER", "U0ONCALL"
REPOSITORIES = ("web", "api")
"""One of an account, and one of another."""

GUARDED = Scope("prod", None)
"""Whose registry is guarded."""

ASKED_IN = "C0ENG"
BOTH_RULES = Choice()
_SECONDS = 20.0

LANES = frozenset({"ask", "ask for two", "ask to guard", "approve", "deny", "undo", "tick"})


def jobs(application: Application) -> dict[str, Callable[[], object]]:
    """Return everything that is done about requests, by its name."""
    identity = slack.identify(application.client)
    acts = Acts(application._deps(People(application.client, identity)))  # noqa: SLF001 - as bot/app.py puts them together
    return {
        "ask": lambda: acts.ask(REPOSITORIES[:1]),
        "ask for two": lambda: acts.ask(REPOSITORIES),
        "ask to guard": acts.ask_to_guard,
        "approve": lambda: acts.decide(Decision.APPROVE),
        "deny": lambda: acts.decide(Decision.DENY),
        "undo": acts.undo,
        "tick": application.fulfilment.tick,
    }


@dataclass(frozen=True)
class Acts:
    """What people do, as the workers behind the listeners do it for them."""

    deps: Deps

    def ask(self, repositories: tuple[str, ...]) -> None:
        """Fill the form in and submit it (handlers/forms.py), unless that is done."""
        if self._asked():
            return
        deps = self.deps
        planned = deps.asking.plan(tuple(map(parse, repositories)), BOTH_RULES, Deadline.after(_SECONDS))
        draft = Draft("d0", Kind.REMEDIATION, ENGINEER, ASKED_IN, "", deps.clock(), repositories, planned.items)
        by = deps.people.person(ENGINEER, ()).actor
        told(deps, deps.asking.ask(draft, BOTH_RULES, "the audit", by, Deadline.after(_SECONDS)))

    def ask_to_guard(self) -> None:
        """Fill the form for guardrails in and submit it (handlers/guarding.py), unless that is done."""
        if self._asked():
            return
        deps = self.deps
        items = deps.guarding.plan(GUARDED, BOTH_RULES, Deadline.after(_SECONDS))
        draft = Draft("d0", Kind.GUARDRAIL, ENGINEER, ASKED_IN, "", deps.clock(), items=items)
        by = deps.people.person(ENGINEER, ()).actor
        told(deps, deps.asking.guard(draft, BOTH_RULES, "the audit", by, Deadline.after(_SECONDS)))

    def decide(self, decision: Decision) -> None:
        """Press Approve or Deny on every card that still waits."""
        for request in self._asked():
            if request.state is State.REQUESTED:
                decide(self.deps, request.id, decision, ONCALL, "not now" if decision is Decision.DENY else None)

    def undo(self) -> None:
        """Press Undo on the card that offers it, as an approver."""
        for request in self._asked():
            if request.can_be_undone(self.deps.clock()) and not self._undos():
                told(self.deps, self.deps.asking.undo(request.id, "a hotfix", ONCALL))

    def _asked(self) -> tuple[Request, ...]:
        return tuple(one for one in self.deps.requests.all() if one.kind is not Kind.UNDO)

    def _undos(self) -> tuple[Request, ...]:
        return tuple(one for one in self.deps.requests.all() if one.kind is Kind.UNDO)
