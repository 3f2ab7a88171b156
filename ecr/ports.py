"""What the core needs from outside, as small protocols: `ecr/aws` and `store` fulfil them, `bot/app.py` joins them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from ecr.checked import CheckReport
    from ecr.deadline import Deadline
    from ecr.facts import Facts
    from ecr.model import (
        Assessment,
        CreationTemplate,
        RegistryScanning,
        Repository,
        RepositoryScanning,
        Target,
        Unreadable,
    )
    from ecr.posting import Notice, Period, Posting
    from ecr.subscription import Filters, Subscribed, Subscription
    from ecr.swept import Changes, LastSweep, Standings, SweepReport
    from ecr.timeline import Event


class Clock(Protocol):
    """Where the time comes from; tests and the demo hand in their own."""

    def __call__(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class Registry(Protocol):
    """Reading ECR. Every method raises one of `ecr.errors.AwsError` and gives up at the deadline."""

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""

    def targets(self, deadline: Deadline) -> tuple[Target, ...]:
        """Return every configured account and region."""

    def account(self, target: Target, deadline: Deadline) -> str:
        """Return the account id that the target's credentials belong to."""

    def find(self, target: Target, names: Sequence[str], deadline: Deadline) -> tuple[Repository, ...]:
        """Return the repositories of these names that exist in the target, in any order."""

    def pages(self, target: Target, deadline: Deadline) -> Iterator[tuple[Repository, ...]]:
        """Yield all repositories of the target, a page at a time."""

    def scanning(self, target: Target, deadline: Deadline) -> RegistryScanning:
        """Return the target's registry scanning configuration."""

    def templates(self, target: Target, deadline: Deadline) -> tuple[CreationTemplate, ...]:
        """Return the target's repository creation templates."""

    def repository_scanning(
        self, target: Target, names: Sequence[str], deadline: Deadline
    ) -> Mapping[str, RepositoryScanning | Unreadable]:
        """Return what ECR says about the scanning of each of these repositories."""


class History(Protocol):
    """Remembering what was seen and done. Every method raises `ecr.errors.HistoryError`."""

    def record_check(self, report: CheckReport, *, by: str, source: str, at: datetime) -> None:
        """Remember a check and the repositories that it saw.

        Args:
            report: what was checked.
            by: the Slack user id, or the login name at a shell.
            source: `slack` or `cli`.
            at: the present moment.
        """

    def record_target(
        self,
        target: Target,
        assessments: Sequence[Assessment],
        *,
        began_at: datetime,
        at: datetime,
        scanning: RegistryScanning | None = None,
    ) -> Changes:
        """Remember all repositories of a target as one reading saw them; what is not among them is gone.

        Args:
            target: the account (which is known) and region that was read.
            assessments: every repository in it, judged.
            began_at: when the reading began. What is stored of a later reading stays as it is.
            at: the present moment.
            scanning: the registry's scanning, where the reading needed it and could read it.
        """

    def record_unread(self, target: Target, error: str, *, at: datetime) -> int:
        """Remember that a target could not be read, and return how many repositories are known there."""

    def sweeping(self) -> AbstractContextManager[None]:
        """Hold the right to sweep, which nobody else has meanwhile; the end of the process gives it back.

        Raises:
            SweepRunningError: somebody else has it.
        """

    def sweep_is_running(self) -> bool:
        """Tell whether somebody, in whatever process, sweeps at this moment."""

    def record_sweep(self, report: SweepReport, targets: Sequence[Target]) -> None:
        """Remember a sweep that ended; repositories of targets that are none of its own count no more."""

    def swept_at(self) -> datetime | None:
        """Return when the last sweep ended; `None` where there was none."""

    def asked_at(self) -> datetime | None:
        """Return when the last sweep ended that somebody asked for in Slack; `None` where there was none."""

    def last_sweep(self) -> LastSweep | None:
        """Return what the last sweep came to, with what cannot be read; `None` where there was none."""

    def noncompliant(self, filters: Filters, *, start: int = 0, most: int | None = None) -> Standings:
        """Return what fails by the last reading of each target, and what of it is not known.

        Args:
            filters: which repositories.
            start: how many of them to leave out at the beginning.
            most: how many to return at most; all of them are counted.
        """

    def known(self, filters: Filters) -> int:
        """Return how many repositories the filters match today."""

    def facts(self, filters: Filters, period: Period, *, day: date, at: datetime) -> Facts:
        """Return what a digest is composed from, all of it as of one moment.

        Args:
            filters: which repositories.
            period: what the last digest knew already.
            day: the last day of the trend.
            at: the present moment.
        """

    def timeline(self, name: str, account: str | None = None, region: str | None = None) -> tuple[Event, ...]:
        """Return what happened to the repositories of a name, oldest first."""

    def forget(self, before: datetime) -> None:
        """Delete the detail of what was over by then: closed findings, old settings, repositories long gone."""

    def claim_delivery(self, key: str, *, at: datetime) -> bool:
        """Tell whether a delivery is to be worked on: true once for each key."""

    def finish_delivery(self, key: str) -> None:
        """Note that a delivery was answered, so that a repeat after a crash is not done again."""

    def ping(self) -> None:
        """Do the smallest read, to tell whether the database answers."""


class Subscriptions(Protocol):
    """Who reads a digest. Every method raises `ecr.errors.HistoryError`."""

    def synchronize(self, wanted: Sequence[Subscription]) -> None:
        """Make those of the settings file equal to it; those of Slack stay as they are."""

    def all(self, channel: str | None = None) -> tuple[Subscription, ...]:
        """Return every subscription, or those of a channel, paused ones too."""

    def subscribe(self, wanted: Subscription) -> Subscribed:
        """Add a subscription, or change or resume the one of the same channel and filters."""

    def unsubscribe(self, channel: str, filters: Filters | None = None) -> tuple[Subscription, ...]:
        """End what was subscribed in Slack: all of a channel, or that of the filters; return what was ended."""

    def pause(self, subscription: Subscription, reason: str, *, notice: str, at: datetime) -> bool:
        """Pause a subscription and leave a notice for the approvals channel; tell whether it was not paused before."""


class Postings(Protocol):
    """Digests on their way. Every method raises `ecr.errors.HistoryError`."""

    def last_day(self, subscription: str) -> date | None:
        """Return the latest day whose digest was sent, skipped or given up."""

    def of_day(self, subscription: str, day: date) -> Posting | None:
        """Return the posting of a day, in whatever state."""

    def resume(self, subscription: str, *, at: datetime) -> Posting | None:
        """Claim the posting that was begun and is not done, where nobody has it and its pause is over."""

    def claim(self, subscription: Subscription, day: date, *, at: datetime, again: bool = False) -> Posting | None:
        """Claim the digest of a day; `None` where somebody has it, or it is done.

        Args:
            subscription: whose digest.
            day: the local day.
            at: the present moment.
            again: whether one that was skipped or given up may be claimed once more, and one that waits at once.
        """

    def skip(self, subscription: Subscription, day: date, *, at: datetime) -> None:
        """Note that the digest of a day came too late to be sent."""

    def period(self, subscription: str, day: date) -> Period | None:
        """Return what the last digest of an earlier day knew; `None` where none was sent."""

    def fill(self, posting: Posting, parts: Sequence[str], known: Period) -> Posting:
        """Write down what is to be sent, and what it knows of."""

    def begin(self, posting: Posting, *, at: datetime) -> Posting:
        """Note that the next part is about to be sent, and renew the lease.

        Raises:
            LostClaimError: somebody else has the posting by now.
        """

    def sent(self, posting: Posting, thread: str, *, at: datetime) -> Posting:
        """Note that the next part is there; after the last one the posting is done."""

    def postpone(self, posting: Posting, *, until: datetime, in_doubt: bool) -> None:
        """Give the claim back until a later moment."""

    def give_up(self, posting: Posting, *, notice: str | None, at: datetime) -> None:
        """End a posting without its having been sent, and leave a notice, if any, for the approvals channel."""

    def notices(self) -> tuple[Notice, ...]:
        """Return what the approvals channel is still to be told, oldest first."""

    def told(self, notice: Notice, *, at: datetime) -> None:
        """Note that a notice was told, or that nobody can be told."""


class Postbox(Protocol):
    """Slack, as far as a digest needs it."""

    def post(self, channel: str, part: str, *, key: str, thread: str | None, may_repeat: bool = False) -> str:
        """Post one part, once, and return what Slack calls it.

        Args:
            channel: where.
            part: the message, as it was written down.
            key: what it carries to be found by.
            thread: the message to reply to, if any.
            may_repeat: whether to say that it may be there already.

        Raises:
            ChannelClosedError: the channel takes no message of the bot's.
            NotPostedError: Slack did not take it, for now.
        """

    def find(self, channel: str, key: str, *, thread: str | None, since: datetime) -> str | None:
        """Return what Slack calls the message that carries a key; `None` where there is none.

        Raises:
            CannotLookError: the app may not see what is in the channel.
            SlackError: Slack did not answer.
        """

    def is_shared(self, channel: str) -> bool:
        """Tell whether people of other organisations see the channel.

        Raises:
            SlackError: Slack did not say.
        """

    def tell(self, channel: str, text: str) -> bool:
        """Tell the approvals channel something of a channel; false where there is no approvals channel.

        Raises:
            SlackError: Slack did not take it.
        """
