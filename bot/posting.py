"""`digest --post`: the digests posted from a shell, by the same steps as the bot's own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.app import create_app
from ecr.errors import EcrbotError, NotPostedError, SweepRunningError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.memory import Memory
    from bot.settings import Settings, SlackEnvironment
    from ecr.posting import Posting
    from ecr.report import Reporter
    from ecr.subscription import Subscription

_LOOK_SECONDS = 0.5
_LONGEST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one digest, as a sentence."""

    channel: str
    sentence: str
    posted: bool = False
    failed: bool = False

    def row(self) -> dict[str, Any]:
        """Return it as `digest --post --json` prints it."""
        return {"channel": self.channel, "posted": self.posted, "said": self.sentence}


def post_each(
    settings: Settings, environment: SlackEnvironment, memory: Memory, chosen: tuple[Subscription, ...]
) -> tuple[Outcome, ...]:
    """Post today's digest of each subscription; one that fails does not keep the next ones."""
    reporter = create_app(settings, environment, memory).reporter()
    return tuple(_outcomes(reporter, chosen))


def _outcomes(reporter: Reporter, chosen: tuple[Subscription, ...]) -> Iterator[Outcome]:
    for one in chosen:
        what = f"The digest of {one.channel} ({one})"
        before = reporter.postings.of_day(one.id, reporter.composer.today(one.timezone))
        if before is not None and before.is_there:
            yield Outcome(one.channel, f"{what} for {before.day} has been posted already.")
            continue
        try:
            posting = _posted(reporter, one)
        except EcrbotError as error:
            yield Outcome(one.channel, f"{what} was not posted: {error}", failed=True)
        else:
            yield Outcome(one.channel, f"{what} for {posting.day} is posted.", posted=True)


def _posted(reporter: Reporter, one: Subscription) -> Posting:
    """Post a digest, waiting for a sweep that is under way, and once for what Slack names as a pause."""
    until = time.monotonic() + _LONGEST_SECONDS
    while True:
        try:
            return reporter.post_now(one)
        except SweepRunningError:
            if time.monotonic() > until:
                raise
            time.sleep(_LOOK_SECONDS)
        except NotPostedError as error:
            if error.after is None or time.monotonic() + error.after > until:
                raise
            time.sleep(max(error.after, 5.0))
