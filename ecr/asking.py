"""Asking: from names to plans with what they may break, and from a filled-in form to a request that waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from ecr.approval import Approvers
    from ecr.changes import Choice
    from ecr.check import Checker
    from ecr.checked import QueryResult
    from ecr.deadline import Deadline
    from ecr.draft import Draft
    from ecr.model import Assessment, Policy, Rule
    from ecr.names import Query
    from ecr.ports import Clock, Registry
    from ecr.request import Actor, Item, Request
    from ecr.request_ports import Directory, Requests, Signals


@dataclass(frozen=True, slots=True)
class Planned:
    """What was asked for, as read now.

    `items` have changes to be made; `idle` have none, for they pass or only the registry's rules could mend them
    (`advice`). `choices` are the ARNs of a plain name that exists in several accounts or regions: which of them is
    meant must be chosen before anything is planned. `unread` are targets that could not be read, `missing` names that
    match nothing. `found` is how many repositories there are to plan for; over 100 nothing is planned.
    """

    items: tuple[Item, ...] = ()
    idle: tuple[Item, ...] = ()
    choices: tuple[Item, ...] = ()
    unread: tuple[Assessment, ...] = ()
    missing: tuple[QueryResult, ...] = ()
    found: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: the request, and whether it is a new one; otherwise it is an identical one that is open."""

    request: Request
    is_new: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """Makes requests. `channel` is where approvers are; `None`: nothing can be asked for."""

    registry: Registry
    checker: Checker
    signals: Signals
    requests: Requests
    directory: Directory
    approvers: Approvers
    policy: Policy
    clock: Clock
    channel: str | None
    ttl: timedelta
    workers: int = 16

    def require_channel(self) -> str:
        """Return the approvals channel.

        Raises:
            UsageError: none is set; the sentence says how to set it.
        """
        raise NotImplementedError

    def plan(self, queries: Sequence[Query], choice: Choice, deadline: Deadline) -> Planned:
        """Read what is asked for, and plan what makes it pass. Of a glob, what complies is left out.

        Args:
            queries: names, globs, URIs or ARNs.
            choice: the rules to mend, and the tags that may stay mutable.
            deadline: what has not answered by then is told as that.

        Raises:
            UsageError: an exclusion is none that ECR and the policy take.
            AwsError: nothing could be read at all.
        """
        raise NotImplementedError

    def ask(self, draft: Draft, choice: Choice, reason: str, by: Actor, deadline: Deadline) -> Asked:
        """Make the request of a form for remediation: what was shown, read once more.

        Raises:
            UsageError: something is not as it was shown; the sentence says what, and nothing was asked for.
            AwsError: it cannot be read.
        """
        raise NotImplementedError

    def exempt(self, draft: Draft, rules: tuple[Rule, ...], until: datetime, reason: str, by: Actor) -> Asked:
        """Make the request of a form for an exemption.

        Raises:
            UsageError: it would end in the past or after more than 365 days, or names no rule.
        """
        raise NotImplementedError

    def undo(self, request: str, reason: str, user: str) -> Asked:
        """Make the request that undoes another one. An approver's own is approved with it, marked break-glass.

        Raises:
            NotDecidedError: it cannot be undone, or the user may not ask.
        """
        raise NotImplementedError
