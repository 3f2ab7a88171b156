"""What people do about requests: fill in forms, press the buttons of cards, and read what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.text import render
from tests.journeys.surroundings import PROD, SETTINGS, Journey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.workspace import Delivery
    from demo.workspace.state import Message

APPROVE, ENG, DIGEST = "C0APPROVE", "C0ENG", "C0DIGEST"
ENGINEER, ONCALL, SECOND, OUTSIDER = "U0ENGINEER", "U0ONCALL", "U0SECOND", "U0OUTSIDER"
SETTINGS_OF_REQUESTS = (
    f'[slack]\napprovals_channel = "{APPROVE}"\napprovers = ["S0ONCALL"]\n'
    '[policy]\naccepted_exclusions = ["latest", "dev-*"]\n'
) + SETTINGS.replace(
    'name = "prod"\n', f'name = "prod"\nremediation_role = "arn:aws:iam::{PROD}:role/ecrbot-remediate"\n'
)


@dataclass
class Approvals(Journey):
    """A journey through requests."""

    def form(self, user: str = ENGINEER) -> dict[str, Any]:
        """Wait until the topmost form of somebody is filled, and return it."""
        self.slack.wait_for(lambda: _is_filled(self.slack.views(user)), timeout=15, what=f"a form of {user}")
        return self.slack.views(user)[-1]

    def submit(self, view: dict[str, Any], user: str = ENGINEER, **given: Any) -> Delivery:
        """Fill in a form and submit it; what is not given stays as it was offered."""
        delivery = self.slack.submit(view, state(view, given), user=user)
        delivery.wait_ack()
        return delivery

    def ask(self, what: str, *, user: str = ENGINEER, command: str = "remediate", **given: Any) -> str:
        """Ask for something by its form, and return what the asker is told, as text."""
        before = len(self.private(user, ENG))
        self.slack.command(f"{command} {what}", user=user).wait_ack()
        ack = self.submit(self.form(user), user, **{"reason": "the audit", **given}).wait_ack()
        assert not ack.payload, ack.payload
        self.slack.wait_for(lambda: len(self.private(user, ENG)) > before, timeout=15, what="an answer to the asker")
        return render(self.private(user, ENG)[-1])

    def private(self, user: str, channel: str) -> Sequence[Message]:
        """Return what somebody alone sees in a channel."""
        return [m for m in self.slack.messages(channel, seen_by=user) if m.ephemeral]

    def cards(self) -> list[Message]:
        """Return the cards, oldest first."""
        return [m for m in self.slack.messages(APPROVE) if not m.thread_ts and not m.ephemeral]

    def card(self, *, saying: str = "", number: int = -1) -> Message:
        """Return a card, the last one unless told, once it says something."""

        def says() -> bool:
            found = self.cards()
            return bool(found) and saying in render(found[number])

        try:
            self.slack.wait_for(says, timeout=20, what=f"a card that says {saying!r}")
        except TimeoutError as error:
            told = [render(card) for card in self.cards()]
            raise AssertionError(f"no card says {saying!r}: {told}; the log: {self.bot.log}") from error
        return self.cards()[number]

    def press(
        self, button: str, user: str = ONCALL, *, card: Message | None = None, value: str | None = None
    ) -> Delivery:
        """Press a button of a card."""
        delivery = self.slack.click(card or self.card(), button, user=user, value=value)
        delivery.wait_ack()
        return delivery

    def refused(self, button: str, user: str, *, card: Message | None = None, value: str | None = None) -> str:
        """Press a button, and return the sentence that the clicker alone is told."""
        delivery = self.press(button, user, card=card, value=value)
        message = delivery.wait_answer()[-1]
        assert message.ephemeral
        return str(message.text)

    def settings(self, name: str, account: str = PROD) -> tuple[str, tuple[str, ...], bool]:
        """Return how a repository is set in ECR: the mutability, the filters, the flag."""
        ecr = self.aws.client("ecr", account, "eu-west-1")
        [found] = ecr.describe_repositories(repositoryNames=[name])["repositories"]
        filters = tuple(one["filter"] for one in found.get("imageTagMutabilityExclusionFilters", ()))
        return found["imageTagMutability"], filters, found["imageScanningConfiguration"]["scanOnPush"]


def state(view: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the state values of a form: what is given, and else what was offered."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            values[block["block_id"]] = {element["action_id"]: _filled(element, given.get(block["block_id"]))}
    return values


def _filled(element: dict[str, Any], given: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind in ("checkboxes", "multi_static_select"):
        chosen = element.get("initial_options", [])
        if given is not None:
            chosen = [option for option in element["options"] if option["value"] in given]
            assert len(chosen) == len(given), element["options"]
        return {"type": kind, "selected_options": chosen}
    if kind == "datepicker":
        return {"type": kind, "selected_date": given or element.get("initial_date")}
    return {"type": kind, "value": given if given is not None else element.get("initial_value")}


def _is_filled(views: Sequence[dict[str, Any]]) -> bool:
    return bool(views) and "Reading … from ECR" not in str(views[-1])
