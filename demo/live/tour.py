"""The guided tour: seven steps, each ticked when the thing itself has happened, however it came about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace import Delivery, Message, Workspace


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its id, its title, how it is done, and who does it where."""

    id: str
    title: str
    how: str
    user: str
    channel: str
    types: str = ""


STEPS = (
    Step(
        "check",
        "Check a repository",
        "As the engineer, in #eng, type it and press Enter.",
        "U0ENGINEER",
        "C0ENG",
        "/ecr check payments-api",
    ),
    Step(
        "digest",
        "Read the digest with its chart",
        "Every morning at nine, in #ecr-digest; or today's, now, to you alone.",
        "U0ENGINEER",
        "C0DIGEST",
        "/ecr digest",
    ),
    Step(
        "ask",
        "Ask for a remediation",
        "See what would change and what may break, give a reason, and submit.",
        "U0ENGINEER",
        "C0ENG",
        "/ecr remediate payments-worker",
    ),
    Step(
        "approve",
        "Approve it as on-call",
        "Become Otto, open #ecr-approvals, and press Approve on the card.",
        "U0ONCALL",
        "C0APPROVE",
    ),
    Step(
        "compliant",
        "Watch it turn compliant",
        "The card tells what was verified, and the panel of ECR marks what changed.",
        "U0ONCALL",
        "C0APPROVE",
    ),
    Step("undo", "Undo it", "Press Undo on the same card: it is put back as it was.", "U0ONCALL", "C0APPROVE"),
    Step("home", "Open the Home tab", "All of it at a glance: ecrbot, under Apps.", "U0ENGINEER", "home"),
)


class Tour:
    """Which steps have happened. Nothing that was there at the start counts."""

    def __init__(self, slack: Workspace) -> None:
        self._slack = slack
        self._seen = 0
        self._before = frozenset(message.ts for message in slack.messages("C0APPROVE"))
        self._open: dict[str, Callable[[], bool]] = {
            "check": self._checked,
            "ask": lambda: bool(self._cards()),
            "approve": lambda: self._card_says("Approved by"),
            "compliant": lambda: self._card_says("Verified:"),
            "undo": lambda: self._card_says("Undone"),
        }
        self._done: set[str] = set()

    @property
    def done(self) -> tuple[str, ...]:
        """The ids of the steps that have happened, in the tour's order."""
        return tuple(step.id for step in STEPS if step.id in self._done)

    def look(self) -> None:
        """Look at the workspace for what has happened meanwhile."""
        happened = [step for step, has_happened in self._open.items() if has_happened()]
        self._done.update(happened)
        for step in happened:
            del self._open[step]

    def saw(self, step: str) -> None:
        """Note that somebody had a step's thing before their eyes, where the page alone can tell that."""
        if step in {"digest", "home"}:
            self._done.add(step)

    def _checked(self) -> bool:
        return any(_is_check(one) and one.messages() for one in self._slack.deliveries)

    def _cards(self) -> list[Message]:
        return [message for message in self._slack.messages("C0APPROVE") if message.ts not in self._before]

    def _card_says(self, words: str) -> bool:
        return any(words in json.dumps(card.blocks, ensure_ascii=False) for card in self._cards())


def _is_check(delivery: Delivery) -> bool:
    return delivery.kind == "command" and str(delivery.payload.get("text", "")).lower().startswith("check ")
