"""What requests need from outside, as small protocols: `ecr/aws`, `store` and `handlers` fulfil them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from ecr.approval import Decision, Person
    from ecr.audit import AuditEvent
    from ecr.changes import Change, Plan
    from ecr.deadline import Deadline
    from ecr.draft import Draft
    from ecr.exemption import Exemption
    from ecr.impact import Image
    from ecr.letter import Letter, Posted
    from ecr.model import Assessment, RegistryScanning, Target
    from ecr.request import Decided, Head, Outcome, Place, Request, State


class Requests(Protocol):
    """The requests, each step of theirs written with its audit event in one transaction.

    Every method raises `ecr.errors.HistoryError`. What a request can become is `ecr.request.NEXT`, and nothing else.
    """

    def ask(self, new: Request, *, channel: str | None) -> Request:
        """Save a new request, unless an identical one is open: then return that one, which has another id.

        Args:
            new: with its id and state; where its state is approved, it was decided already (an approver's own undo).
            channel: where its card is to be posted; `None`: it has none.
        """

    def get(self, request: str) -> Request | None:
        """Return a request; `None` where there is none of that id."""

    def all(self, states: Sequence[State] = (), *, most: int | None = None) -> tuple[Request, ...]:
        """Return the requests in some states, or all, newest first."""

    def undos(self, request: str) -> tuple[Request, ...]:
        """Return the requests that were to undo a request, newest first."""

    def decide(self, request: str, decision: Decision, decided: Decided) -> Request | None:
        """Settle a request that waits, and return it; `None` where it does not wait any more, or has expired.

        It is one conditional UPDATE: of any number of callers at once one gets the request.
        """

    def approvers_changed(self, request: str, no_approver: str | None) -> Request | None:
        """Note of a request that waits why nobody can approve it, or that somebody can; `None`: it waits no more."""

    def expire(self, at: datetime) -> tuple[Request, ...]:
        """Let every request expire that still waits and whose time is over, and return those."""

    def begin(self, request: str, *, at: datetime) -> Request | None:
        """Claim the applying of what is approved, or of what its applier left by dying; `None` where another has it.

        The claim holds for a while and is renewed by every step that is written.
        """

    def release(self, request: str) -> None:
        """Give the claim back, where the request has not ended: somebody else may go on with it."""

    def unfinished(self, at: datetime) -> tuple[str, ...]:
        """Return the ids of what is approved or applying, and that nobody works on."""

    def take_over(self) -> None:
        """Free what a bot that is dead had claimed."""

    def changing(self, request: str, item: int, change: int, *, at: datetime) -> None:
        """Note that a change of a repository is about to be made.

        Raises:
            LostClaimError: somebody else applies this request by now.
        """

    def changed(self, request: str, item: int, change: int, *, aws_request_id: str | None, at: datetime) -> None:
        """Note that a change was made."""

    def refused(self, request: str, item: int, change: int, *, sentence: str, at: datetime) -> None:
        """Note that a change was refused, or that nobody knows whether it was made."""

    def attempted(self, request: str) -> frozenset[tuple[int, int]]:
        """Return the changes that were about to be made, as (item, change): some may have been, some not."""

    def settle(
        self,
        request: str,
        item: int,
        outcome: Outcome,
        sentence: str,
        *,
        seen: tuple[Assessment, datetime] | None,
        at: datetime,
    ) -> None:
        """Note what came of a repository; what was seen of it, and when that reading began, goes into the history.

        Findings that close by it are closed as remediated, by whoever asked.
        """

    def finish(self, request: str, state: State, sentence: str, *, lines: Sequence[str], at: datetime) -> Request:
        """End the applying of a request.

        What it exempts is exempt from then on; what it undoes becomes undone, where it is applied. The outcome is to
        be told to whoever asked, and a line to each of the channels `lines`.
        """

    def show(self, request: str) -> None:
        """Have the card of a request rewritten, as what it offers has changed (its Undo is over)."""


class Outbox(Protocol):
    """What Slack is still to be told of requests. Every method raises `ecr.errors.HistoryError`."""

    def claim(self, *, at: datetime, request: str | None = None) -> Posted | None:
        """Claim the oldest message that is to be sent and that nobody has; of one request alone, where that is said."""

    def begin(self, posted: Posted, *, at: datetime) -> None:
        """Note that it is about to be sent, and renew the claim.

        Raises:
            LostClaimError: somebody else has it by now.
        """

    def sent(self, posted: Posted, ts: str, *, revision: int, at: datetime) -> None:
        """Note that it is there; of a card, where, and which revision of the request it shows."""

    def postpone(self, posted: Posted, *, until: datetime, in_doubt: bool) -> None:
        """Give the claim back until a later moment."""

    def give_up(self, posted: Posted, sentence: str, *, at: datetime) -> None:
        """End it without its having been sent, and say why."""

    def add(self, request: str, letter: Letter, channel: str, *, at: datetime) -> None:
        """Have one more message sent, unless it is there or on its way already."""

    def outdated(self) -> tuple[tuple[str, Place], ...]:
        """Return the requests whose card shows an older revision, and where their cards are."""

    def rewritten(self, request: str, revision: int) -> None:
        """Note which revision of a request its card shows."""


class Drafts(Protocol):
    """Forms that are open. Every method raises `ecr.errors.HistoryError`."""

    def save(self, draft: Draft) -> None:
        """Save a draft, or what has changed of it; those that are too old are dropped."""

    def get(self, draft: str) -> Draft | None:
        """Return a draft; `None` where there is none, or no more."""

    def drop(self, draft: str) -> None:
        """Drop a draft that was submitted."""


class Exemptions(Protocol):
    """What is exempt. Every method raises `ecr.errors.HistoryError`."""

    def current(self, at: datetime) -> tuple[Exemption, ...]:
        """Return the exemptions that hold at a moment."""

    def end(self, at: datetime) -> tuple[Exemption, ...]:
        """Note of each exemption whose time is over that it ended, once, and return those."""


class Audit(Protocol):
    """The audit. Every method raises `ecr.errors.HistoryError`."""

    def events(self) -> Iterator[AuditEvent]:
        """Yield every event, oldest first."""

    def head(self) -> Head | None:
        """Return the end of the chain; `None` where there is no event."""


class Writing(Protocol):
    """Writing to one account and region for one request. Any thread may call it."""

    def put(self, name: str, change: Change, deadline: Deadline) -> str | None:
        """Make a change of a repository, and return AWS's own id of the call.

        Raises:
            AwsError: AWS refused, or did not answer.
        """

    def put_rules(self, registry: RegistryScanning, deadline: Deadline) -> str | None:
        """Write the whole list of the registry's scanning rules, and return AWS's own id of the call.

        Args:
            registry: the list, with the scan type, which is never changed: it is that of the plans.
            deadline: when to give up.

        Raises:
            AwsError: AWS refused, or did not answer, or no plan changes the rules under this scan type.
        """

    def put_template(self, change: Change, deadline: Deadline) -> str | None:
        """Create, update or delete a repository creation template, and return AWS's own id of the call.

        Raises:
            AwsError: AWS refused, or did not answer, or no plan has this change.
        """


class Writer(Protocol):
    """The way to write to ECR."""

    def writing(self, target: Target, request: str, plans: Sequence[Plan]) -> Writing:
        """Return what makes the changes of some plans, and can make no others.

        Its credentials are assumed for the request alone, named after it, for 15 minutes, when they are first needed.
        No call is made here.
        """


class Signals(Protocol):
    """Reading what tells of what a change may break. Every method raises `ecr.errors.AwsError`."""

    def images(self, target: Target, name: str, deadline: Deadline) -> tuple[Image, ...]:
        """Return the images of a repository, of a very large one those of its first pages."""

    def tags(self, target: Target, arn: str, deadline: Deadline) -> Mapping[str, str]:
        """Return the resource tags of a repository."""

    def pull_through_prefixes(self, target: Target, deadline: Deadline) -> tuple[str, ...]:
        """Return the prefixes of the target's pull-through-cache rules."""


class Directory(Protocol):
    """Who people are. Every method raises `ecr.errors.SlackError` where Slack does not say."""

    def person(self, user: str, groups: Sequence[str]) -> Person:
        """Return who somebody is, and which of these groups they are in; looked up now, or at most a minute ago."""

    def members(self, groups: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return who is in each of some groups; nobody is in one that does not exist."""


class Noticeboard(Protocol):
    """Slack, as far as requests need it. Messages are drawn from the request as it is handed in."""

    def needs_details(self, request: Request) -> bool:
        """Tell whether the card is too small for the request, so that details follow in its thread."""

    def post(self, posted: Posted, request: Request, *, thread: str | None) -> str:
        """Post a message of a request, once, and return what Slack calls it.

        Raises:
            ChannelClosedError: the channel takes no message of the bot's.
            NotPostedError: Slack did not take it, for now.
        """

    def find(self, posted: Posted, *, thread: str | None) -> str | None:
        """Return what Slack calls a message that may be there; `None` where it is not.

        Raises:
            CannotLookError: the app may not see what is in the channel.
            SlackError: Slack did not answer.
        """

    def rewrite(self, card: Place, request: Request, done: int | None = None) -> None:
        """Write the card of a request anew; `done` tells how many of its repositories are done while it is applying.

        Raises:
            ChannelClosedError: the message can not be changed any more: its channel is archived, or it is gone.
            NotPostedError: Slack did not take it, for now.
        """
