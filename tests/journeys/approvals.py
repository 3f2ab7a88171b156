"""What people do about requests: fill in forms, press the buttons of cards, and read what comes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo.text import render
from demo.workspace.deliveries import interaction
from tests.journeys.surroundings import PROD, SETTINGS, ClockedBot, Journey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from demo.workspace import Delivery
    from demo.workspace.state import Message

REGION = "eu-west-1"
APPROVE, ENG, DIGEST = "C0APPROVE", "C0ENG", "C0DIGEST"
ENGINEER, ONCALL, SECOND, OUTSIDER = "U0ENGINEER", "U0ONCALL", "U0SECOND", "U0OUTSIDER"
READING = "Reading … from ECR"
NOW = "By what AWS answers now."
SETTINGS_OF_REQUESTS = (
    f'[slack]\napprovals_channel = "{APPROVE}"\napprovers = ["S0ONCALL"]\n'
    '[policy]\naccepted_exclusions = ["latest", "dev-*"]\n'
) + SETTINGS.replace(
    'name = "prod"\n', f'name = "prod"\nremediation_role = "arn:aws:iam::{PROD}:role/ecrbot-remediate"\n'
)


@dataclass
class Approvals(Journey):
    """A journey through requests; `seen` are the forms that were looked at, as they were."""

    seen: set[str] = field(default_factory=set)

    def form(self, user: str = ENGINEER) -> dict[str, Any]:
        """Wait until somebody has a filled form that was not returned yet, and return it."""

        def is_new() -> bool:
            views = self.slack.views(user)
            return bool(views) and views[-1]["hash"] not in self.seen and READING not in str(views[-1])

        self.bot.until(is_new, f"a form of {user}", seconds=15)
        view = self.slack.views(user)[-1]
        self.seen.add(view["hash"])
        return view

    def open(self, typed: str, user: str = ENGINEER) -> dict[str, Any]:
        """Type a command that opens a form, and return the form once it is filled."""
        self.slack.command(typed, user=user).wait_ack()
        return self.form(user)

    def submit(self, view: dict[str, Any], user: str = ENGINEER, **given: Any) -> Delivery:
        """Fill in a form and submit it; what is not given stays as it was offered."""
        delivery = self.slack.submit(view, state(view, given), user=user)
        delivery.wait_ack()
        return delivery

    def change(self, view: dict[str, Any], user: str = ENGINEER, **given: Any) -> None:
        """Fill in a field of an open form, and leave it with Enter."""
        [field] = given
        [block] = [one for one in view["blocks"] if one.get("block_id") == field]
        values = state(view, given)
        action = {"type": block["element"]["type"], "block_id": field, "action_id": field, **values[field][field]}
        payload = interaction(self.slack._state, "block_actions", self.slack._state.people[user])  # noqa: SLF001
        container = {"type": "view", "view_id": view["id"]}
        shown = {**view, "state": {"values": values}}
        self.slack.interact({**payload, "container": container, "view": shown, "actions": [action]}).wait_ack()

    def ask(self, what: str, *, user: str = ENGINEER, command: str = "remediate", **given: Any) -> str:
        """Ask for something by its form, and return what the asker is told, as text."""
        return self.send(self.open(f"{command} {what}", user), user, **given)

    def send(self, view: dict[str, Any], user: str = ENGINEER, channel: str = ENG, **given: Any) -> str:
        """Submit a form that is filled in as it ought to be, and return what its sender is told, as text."""
        before = len(self.private(user, channel))
        ack = self.submit(view, user, **{"reason": "the audit", **given}).wait_ack()
        assert not ack.payload, ack.payload
        told = f"an answer to the form of {user}"
        self.slack.wait_for(lambda: len(self.private(user, channel)) > before, timeout=15, what=told)
        return render(self.private(user, channel)[-1])

    def guardrails(self, typed: str = "guardrails prod", user: str = ENGINEER, channel: str = ENG) -> Message:
        """Ask what guards, and return the answer once it is by what AWS says now."""
        before = {one.ts for one in self.private(user, channel)}
        self.slack.command(typed, user=user, channel=channel).wait_ack()

        def told() -> list[Message]:
            found = [one for one in self.private(user, channel) if one.ts not in before]
            return [one for one in found if NOW in render(one)]

        self.slack.wait_for(told, timeout=20, what=f"an answer to {typed}")
        return told()[-1]

    def ask_to_guard(self, *rules: str, user: str = ENGINEER, typed: str = "guardrails prod") -> str:
        """Press Guard beneath what guards, ask for some of it by the form, and return what the asker is told."""
        self.press("Guard", user, card=self.guardrails(typed, user))
        view = self.form(user)
        return self.send(view, user, rules=list(rules)) if rules else self.send(view, user)

    def rules(self, account: str = PROD) -> tuple[Any, ...]:
        """Return how a registry scans: the type, and each rule as its frequency and its filters."""
        ecr = self.aws.client("ecr", account, REGION)
        found = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
        rules = (
            (one["scanFrequency"], *(each["filter"] for each in one["repositoryFilters"])) for one in found["rules"]
        )
        return (found["scanType"], *rules)

    def templates(self, account: str = PROD) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return a registry's creation templates: by its prefix, each one's mutability and what it is applied for."""
        ecr = self.aws.client("ecr", account, REGION)
        found = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
        return {one["prefix"]: (one["imageTagMutability"], tuple(one["appliedFor"])) for one in found}

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

    @property
    def request(self) -> str:
        """The id of the request of the last card."""
        return str(re.findall(r"Request `(R[0-9A-F]{10})`", render(self.card()))[0])

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

    def direct(self, user: str = ENGINEER, *, saying: str = "") -> str:
        """Wait for a direct message that says something, and return the last of them as text."""
        channel = f"D0{user.removeprefix('U0')}"

        def said() -> list[str]:
            return [text for one in self.slack.messages(channel) if saying in (text := render(one))]

        self.slack.wait_for(said, timeout=20, what=f"a direct message to {user} that says {saying!r}")
        return said()[-1]

    def create(self, name: str, account: str = PROD, **settings: Any) -> str:
        """Put a repository into ECR, and return its name."""
        self.aws.create(account, REGION, name, **settings)
        return name

    def approved(self, what: str, *, saying: str = "Applied", **given: Any) -> Message:
        """Ask, let on-call approve, and return the card once it says something."""
        self.ask(what, **given)
        self.press("Approve")
        return self.card(saying=saying)

    def settings(self, name: str, account: str = PROD) -> tuple[str, tuple[str, ...], bool]:
        """Return how a repository is set in ECR: the mutability, the filters, the flag."""
        ecr = self.aws.client("ecr", account, REGION)
        [found] = ecr.describe_repositories(repositoryNames=[name])["repositories"]
        filters = tuple(one["filter"] for one in found.get("imageTagMutabilityExclusionFilters", ()))
        return found["imageTagMutability"], filters, found["imageScanningConfiguration"]["scanOnPush"]


@dataclass
class Timed(Approvals):
    """The same with a bot whose clock a test sets."""

    bot: ClockedBot


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


def lines(text: str) -> list[str]:
    """Return what was said, without the moments."""
    text = re.sub(r" ?\(https?://[^)]*\)", "", text)
    return re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", "…", text).splitlines()


def undated(message: Message) -> list[str]:
    """Return a message as text, without the moments."""
    return lines(render(message))
