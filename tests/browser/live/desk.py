"""Somebody before the demo's page, with words for what they do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


class Desk:
    """A page of the demo, and who sits before it."""

    def __init__(self, page: Page, person: str) -> None:
        self.page = page
        self.person = person

    def ready(self) -> Desk:
        """Wait until the page knows who sits there and what there is."""
        expect(self.page.locator(f"#people input[value={self.person}]")).to_be_checked()
        expect(self.page.locator("#rows tbody tr").first).to_be_attached()
        return self

    def types(self, text: str) -> None:
        """Type a line and send it."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def enters(self, channel: str) -> None:
        """Go to a channel, or to the Home tab."""
        self.page.locator(f"#channels [data-channel={channel}]").click()

    def becomes(self, person: str) -> None:
        """Be somebody else."""
        self.page.locator(f"#people input[value={person}]").check()
        self.person = person
        self.ready()

    def plays(self, deed: str) -> None:
        """Let the outside world do something."""
        self.page.locator(f"#deeds [data-deed={deed}]").click()

    def row(self, account: str, region: str, name: str) -> Locator:
        """A repository in the panel of ECR."""
        return self.page.locator(f'#rows tr[data-id="{account}/{region}/{name}"]')

    def step(self, step: str) -> Locator:
        """A step of the tour."""
        return self.page.locator(f"#steps [data-step={step}]")

    @property
    def composer(self) -> Locator:
        """Where one types."""
        return self.page.get_by_label("Message", exact=True)

    @property
    def messages(self) -> Locator:
        """What stands in the channel."""
        return self.page.locator("#log article")

    @property
    def last(self) -> Locator:
        """The newest message of the channel."""
        return self.messages.last

    @property
    def form(self) -> Locator:
        """The form that is open."""
        return self.page.locator("#modal")

    def asks_for(self, repository: str, reason: str) -> None:
        """Ask for a remediation, by the command and the form."""
        self.types(f"/ecr remediate {repository}")
        self.form.locator("textarea").fill(reason)
        self.form.locator("button[type=submit]").click()
        expect(self.form).to_be_hidden()
