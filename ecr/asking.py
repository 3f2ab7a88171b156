"""Asking: from a filled-in form to a request that waits, and from a card to what undoes it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecr.approval import Decision, nobody, require_undo
from ecr.as_shown import require_as_shown, require_guards_as_shown
from ecr.deadline import Deadline
from ecr.deciding import existing
from ecr.errors import SlackError, UsageError
from ecr.guarding import Scope
from ecr.names import parse
from ecr.parallel import each
from ecr.request import LONGEST_EXEMPTION, Decided, Exempting, Item, Kind, Request, State
from ecr.undoing import undoing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from ecr.approval import Approvers
    from ecr.changes import Choice
    from ecr.draft import Draft
    from ecr.guarding import Guarding
    from ecr.model import Rule
    from ecr.names import Query
    from ecr.planning import Planned, Planning
    from ecr.ports import Clock
    from ecr.request import Actor
    from ecr.request_ports import Directory, Requests

LONGEST_REASON = 1000
"""Characters of a reason at most."""

_READ_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking: the request, and whether it is a new one; otherwise it is an identical one that is open."""

    request: Request
    is_new: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """Makes requests. `channel` is where approvers are; `None`: nothing can be asked for."""

    planning: Planning
    guarding: Guarding
    requests: Requests
    directory: Directory
    approvers: Approvers
    clock: Clock
    channel: str | None
    ttl: timedelta

    def require_channel(self) -> str:
        """Return the approvals channel.

        Raises:
            UsageError: none is set; the sentence says how to set it.
        """
        if self.channel is None:
            raise UsageError(
                "There is no channel to ask for approval in: set slack.approvals_channel in ecrbot.toml to its id, "
                'like "C0APPROVE", invite the bot there, and restart it.'
            )
        return self.channel

    def plan(self, queries: Sequence[Query], choice: Choice, deadline: Deadline) -> Planned:
        """Read what is asked for, and plan what makes it pass; see `ecr.planning.Planning`.

        Raises:
            UsageError: an exclusion is none that ECR and the policy take.
        """
        return self.planning.plan(queries, choice, deadline)

    def ask(self, draft: Draft, choice: Choice, reason: str, by: Actor, deadline: Deadline) -> Asked:
        """Make the request of a form for remediation: what was shown, read once more.

        Raises:
            UsageError: something is not as it was shown; the sentence says what, and nothing was asked for.
            AwsError: it cannot be read.
        """
        queries = tuple(parse(item.arn) for item in draft.items)
        planned = self.planning.plan(queries, choice, deadline, draft.items)
        require_as_shown(draft.items, planned)
        if not planned.items:
            raise UsageError("Nothing would be changed by the chosen rules, so nothing was asked for.")
        return self._asked(self._new(Kind.REMEDIATION, by, draft.channel, reason, planned.items))

    def guard(self, draft: Draft, choice: Choice, reason: str, by: Actor, deadline: Deadline) -> Asked:
        """Make the request of a form for guardrails: what was shown, read once more.

        Raises:
            UsageError: something is not as it was shown; the sentence says what, and nothing was asked for.
            AwsError: it cannot be read.
        """
        scopes = tuple(Scope(shown.target.account, shown.target.region) for shown in draft.items)
        planning = each(
            scopes, lambda one: self.guarding.plan(one, choice, deadline), workers=len(scopes), deadline=deadline
        )
        found = dict(planning)
        planned = tuple(item for number in sorted(found) for item in found[number])
        require_guards_as_shown(draft.items, planned)
        items = tuple(item for item in planned if item.changes)
        if not items:
            raise UsageError("Nothing would be changed by what was chosen, so nothing was asked for.")
        return self._asked(self._new(Kind.GUARDRAIL, by, draft.channel, reason, items))

    def exempt(self, draft: Draft, rules: tuple[Rule, ...], until: datetime, reason: str, by: Actor) -> Asked:
        """Make the request of a form for an exemption.

        Raises:
            UsageError: it would end in the past or after more than 365 days, or names no rule, or the repository is
                not there any more.
            AwsError: it cannot be read.
        """
        refuse_exemption(rules, until, self.clock())
        failing = {finding.rule for item in draft.items for finding in item.failing}
        if passing := next((rule for rule in rules if rule not in failing), None):
            raise UsageError(f"{passing} does not fail there, so there is nothing to exempt.")
        queries = tuple(parse(item.arn) for item in draft.items)
        found = self.planning.existing(queries, Deadline.after(_READ_SECONDS))
        if gone := next((item for item in draft.items if item.arn not in found), None):
            raise UsageError(f"{gone.name} is not there any more in {gone.target}, so nothing was asked for.")
        items = tuple(Item(item.name, item.target, item.arn, advice=_failing(item, rules)) for item in draft.items)
        new = self._new(Kind.EXEMPTION, by, draft.channel, reason, items)
        return self._asked(replace(new, exempts=Exempting(rules, until), expires_at=min(new.expires_at, until)))

    def may_undo(self, request: str, user: str) -> tuple[Request, bool]:
        """Return the request that somebody wants to undo, and whether their undo runs at once: they are an approver.

        Raises:
            NotDecidedError: it cannot be undone, or the user may not ask.
            SlackError: Slack did not say who they are.
        """
        found, _, entry = self._to_undo(request, user)
        return found, entry is not None

    def undo(self, request: str, reason: str, user: str) -> Asked:
        """Make the request that undoes another one. An approver's own is approved with it, marked break-glass.

        Raises:
            NotDecidedError: it cannot be undone, or the user may not ask.
            SlackError: Slack did not say who they are.
        """
        original, by, entry = self._to_undo(request, user)
        earlier = tuple(one for one in self.requests.undos(original.id) if one.state is State.FAILED)
        items = undoing(original, earlier)
        new = self._new(Kind.UNDO, by, original.card.channel if original.card else "", reason, items)
        new = replace(new, undoes=original.id, exempts=original.exempts)
        if entry is not None:
            decided = Decided(by, entry, new.made_at, reason)
            new = replace(new, state=State.APPROVED, decided=decided, break_glass=True)
        return self._asked(new)

    def _to_undo(self, request: str, user: str) -> tuple[Request, Actor, str | None]:
        original = existing(self.requests, request)
        person = self.directory.person(user, self.approvers.groups(original.accounts))
        require_undo(original, person, self.clock())
        return original, person.actor, self.approvers.membership(person, original.accounts)

    def _new(self, kind: Kind, by: Actor, channel: str, reason: str, items: tuple[Item, ...]) -> Request:
        said = " ".join(reason.split())
        if not said:
            raise UsageError("A reason is needed: it is what the approvers go by.")
        now = self.clock()
        return Request(
            id=f"R{secrets.token_hex(5).upper()}",
            kind=kind,
            state=State.REQUESTED,
            by=by,
            asked_in=channel,
            reason=said[:LONGEST_REASON],
            made_at=now,
            expires_at=now + self.ttl,
            items=items,
        )

    def _asked(self, new: Request) -> Asked:
        channel = self.require_channel()
        if new.state is State.REQUESTED:
            new = replace(new, no_approver=self._nobody(new))
        saved = self.requests.ask(new, channel=channel)
        if new.decided is not None and saved.state is State.REQUESTED and saved.by.id != new.by.id:
            # Somebody else's undo waits already: an approver who asks for the same at once approves that one by it.
            saved = self.requests.decide(saved.id, Decision.APPROVE, new.decided) or saved
        if saved.id != new.id and saved.state is State.REQUESTED and saved.no_approver != new.no_approver:
            # Who could approve is asked of Slack again: a group that was empty may have members by now.
            saved = self.requests.approvers_changed(saved.id, new.no_approver) or saved
        return Asked(saved, saved.id == new.id)

    def _nobody(self, new: Request) -> str | None:
        """Return why nobody could approve; where Slack does not say who is in a group, it is asked again at a click."""
        try:
            members = dict(self.directory.members(self.approvers.groups(new.accounts)))
            for user in self.approvers.users(new.accounts):
                if self.directory.person(user, ()).refusal:
                    members[user] = frozenset()
        except SlackError:
            return None
        return nobody(new, members, self.approvers)


def refuse_exemption(rules: Sequence[Rule], until: datetime, at: datetime) -> None:
    """Refuse an exemption of no rule, of the past, or of more than 365 days.

    Raises:
        UsageError: it is one of these.
    """
    if not rules:
        raise UsageError("Choose at least one rule that is not to count.")
    if until <= at:
        raise UsageError("That day is over: an exemption ends in the future.")
    if until - at > LONGEST_EXEMPTION:
        raise UsageError(f"An exemption lasts {LONGEST_EXEMPTION.days} days at most; it can be asked for again then.")


def _failing(item: Item, rules: Sequence[Rule]) -> tuple[str, ...]:
    """Return what would not count, in words."""
    return tuple(f"{finding.rule} fails: {finding.evidence}" for finding in item.failing if finding.rule in rules)
