"""Guarding: what guards each account and region, as it is known and as it is now, and what would be changed of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from ecr.errors import AwsError, NotConfiguredError
from ecr.guardrail_plan import plan
from ecr.guardrails import Guarded, judge, some
from ecr.model import ALL_REGIONS, RegistryState, Unreadable
from ecr.names import nearest
from ecr.parallel import each
from ecr.registry_rules import scans_everything
from ecr.request import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ecr.changes import Choice
    from ecr.deadline import Deadline
    from ecr.guardrail_ports import Known, Registries
    from ecr.model import Policy, Target
    from ecr.ports import Clock, Registry

FULL_PAGE = 1000
"""Repositories in a page at most, as `ecr.ports.Registry` reads them."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which accounts (by id or name) and regions are meant; `None`: all."""

    account: str | None = None
    region: str | None = None

    def may_cover(self, target: Target) -> bool:
        """Tell whether an account and region is meant, or may be: one whose account or regions nobody could tell."""
        names = (target.account, (target.name or "").lower())
        is_account = self.account is None or target.account is None or self.account.lower() in names
        return is_account and (self.region is None or target.region in (self.region.lower(), ALL_REGIONS))


@dataclass(frozen=True, slots=True)
class Guarding:
    """Tells what guards: where to read, how to judge, and what is remembered (`None`: nothing)."""

    registry: Registry
    policy: Policy
    clock: Clock
    registries: Registries | None = None
    workers: int = 16

    def known(self, scope: Scope) -> tuple[Guarded, ...]:
        """Return what guards each account and region by what was read last, without asking AWS.

        Raises:
            HistoryError: what is remembered cannot be read.
        """
        if self.registries is None:
            return ()
        return tuple(self._known(one) for one in self.registries.known() if scope.may_cover(one.target))

    def read(self, scope: Scope, deadline: Deadline) -> tuple[Guarded, ...]:
        """Read what guards each account and region now, in two calls each, and remember it.

        A third call reads a page of repositories, where a rule may miss some; where there are more than that page, what
        the last sweep knows is told. Without accounts in the settings, one call more asks whose the default credentials
        are.

        Args:
            scope: which of them.
            deadline: what has not answered by then is unknown, with that reason.

        Raises:
            NotConfiguredError: no account and region is meant.
            HistoryError: what is remembered cannot be read or written.
        """
        return tuple(one.guarded for one in self._look(scope, deadline, pages=1))

    def plan(self, scope: Scope, choice: Choice, deadline: Deadline) -> tuple[Item, ...]:
        """Read each account and region now, and return what would put its guardrails in place.

        One that needs nothing has no changes; what cannot be read, or not be done, is told as advice. All
        repositories are read: each that a change touches is to be named.

        Raises:
            UsageError: an exclusion is none that ECR and the policy take.
            NotConfiguredError: no account and region is meant.
            HistoryError: what is remembered cannot be read or written.
        """
        items = []
        for one in self._look(scope, deadline, pages=None):
            made = plan(one.guarded.target, one.guarded.state, one.names, self.policy, choice)
            items.append(Item(made.name, made.target, made.arn, made.changes, made.advice))
        return tuple(items)

    def _look(self, scope: Scope, deadline: Deadline, pages: int | None) -> tuple[_Looked, ...]:
        """Read each account and region, and so many pages of repositories where they are not known (`None`: all)."""
        targets = self._meant(scope, deadline)
        found = [_Looked(one) for one in self._before(targets, deadline)]
        # Of few the two halves are read at the same time; of many each has a worker, and that is as wide as may be.
        halves = 2 if len(targets) * 2 <= self.workers else 1
        reading = each(
            targets, lambda one: self._read(one, deadline, pages, halves), workers=self.workers, deadline=deadline
        )
        for number, looked in reading:
            found[number] = looked or found[number]
        return tuple(found)

    def _before(self, targets: Sequence[Target], deadline: Deadline) -> list[Guarded]:
        """Return what holds of each until it has answered: what is known of it, with the time, or else nothing."""
        known = {(one.target.account, one.target.region): one for one in self._all_known()}
        return [self._until_answered(one, known.get((one.account, one.region)), deadline) for one in targets]

    def _until_answered(self, target: Target, known: Known | None, deadline: Deadline) -> Guarded:
        if known is None or known.read_at is None:
            return _nothing(target, _late(deadline), self.policy)
        found = self._known(known)
        said = f"{_late(deadline)} As read at {known.read_at:%Y-%m-%d %H:%M} UTC:"
        guards = tuple(replace(one, sentences=(said, *one.sentences)) for one in found.guards)
        return replace(found, guards=guards)

    def _all_known(self) -> tuple[Known, ...]:
        return self.registries.known() if self.registries is not None else ()

    def _meant(self, scope: Scope, deadline: Deadline) -> tuple[Target, ...]:
        targets = self.registry.targets(deadline)
        meant = tuple(target for target in targets if scope.may_cover(target))
        # A target whose account nobody told before may turn out to be none that was asked for.
        meant = tuple(target for target in self._with_account(meant, deadline) if scope.may_cover(target))
        if not meant:
            accounts = tuple(dict.fromkeys(one.name or one.account or "the default account" for one in targets))
            regions = tuple(sorted({one.region for one in targets}))
            asked = " ".join(filter(None, (scope.account, scope.region)))
            near = nearest(scope.account or "", accounts) + nearest(scope.region or "", regions)
            suggested = tuple(one for one in near if one not in (scope.account, scope.region))
            raise NotConfiguredError(
                f"{asked} is no account and region of the settings: they have {some(accounts)}, and {some(regions)}."
                + (f" Did you mean {' or '.join(suggested)}?" if suggested else "")
            )
        return meant

    def _with_account(self, targets: Sequence[Target], deadline: Deadline) -> tuple[Target, ...]:
        """Return the targets with the account of the default credentials, which AWS is asked for once."""
        nameless = next((target for target in targets if target.account is None), None)
        account = None if nameless is None else _attempt(lambda: self.registry.account(nameless, deadline))
        if not isinstance(account, str):
            return tuple(targets)
        return tuple(replace(target, account=target.account or account) for target in targets)

    def _known(self, known: Known) -> Guarded:
        names = None
        if known.repositories is not None and self.registries is not None:
            names = (
                () if _covered(known.state) else self.registries.names(known.target.account or "", known.target.region)
            )
        guards = judge(known.state, names, self.policy)
        return Guarded(known.target, known.state, guards, known.repositories, known.read_at)

    def _read(self, target: Target, deadline: Deadline, pages: int | None, halves: int) -> _Looked | None:
        """Read an account and region; `None` where the time was over before both halves had answered."""
        began_at = self.clock()
        if target.region == ALL_REGIONS:
            return _Looked(_nothing(target, f"The regions of {target} could not be listed.", self.policy))
        state = self._state(target, deadline, halves)
        if deadline.passed and (isinstance(state.registry, Unreadable) or isinstance(state.templates, Unreadable)):
            return None
        if self.registries is not None and target.account is not None:
            self.registries.remember(target, state, at=began_at)
        names, whole = self._names(target, state, deadline, pages)
        guards = judge(state, names, self.policy, whole=whole)
        told = names if isinstance(names, tuple) else None
        return _Looked(
            Guarded(target, state, guards, len(told) if told is not None and whole else None, began_at), names
        )

    def _state(self, target: Target, deadline: Deadline, halves: int) -> RegistryState:
        """Read both halves of a registry, so many of them at a time."""
        reads: tuple[Callable[[], object], ...] = (
            lambda: self.registry.scanning(target, deadline),
            lambda: self.registry.templates(target, deadline),
        )
        found = dict(each(reads, _attempt, workers=halves, deadline=deadline))
        late = Unreadable(_late(deadline))
        return RegistryState(target.account, found.get(0, late), found.get(1, late))  # type: ignore[arg-type]  # as read

    def _names(
        self, target: Target, state: RegistryState, deadline: Deadline, pages: int | None
    ) -> tuple[tuple[str, ...] | Unreadable | None, bool]:
        """Return the repositories there, and whether these are all: as they are now, or else by the last sweep.

        Where a rule scans everything nobody is missed, and what the last sweep knows is enough.
        """
        known = self.registries.names(target.account or "", target.region) if self.registries else None
        if _covered(state):
            return known, True
        read = _attempt(lambda: tuple(islice(self.registry.pages(target, deadline), pages)))
        if isinstance(read, Unreadable):
            return read if known is None or pages is None else known, True
        # A page that is full has others behind it, as far as can be told without asking for them.
        whole = pages is None or len(read) < pages or all(len(page) < FULL_PAGE for page in read)
        if not whole and known is not None:
            return known, True
        return tuple(sorted(one.name for page in read for one in page)), whole


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was read of an account and region, with the repositories there as far as they are known."""

    guarded: Guarded
    names: tuple[str, ...] | Unreadable | None = None


def _covered(state: RegistryState) -> bool:
    """Tell whether no repository can be missed, or nobody can tell."""
    return isinstance(state.registry, Unreadable) or scans_everything(state.registry) is not None


def _attempt(read: Callable[[], Answer]) -> Answer | Unreadable:
    try:
        return read()
    except AwsError as error:
        return Unreadable(str(error))


def _late(deadline: Deadline) -> str:
    return f"AWS did not answer within {deadline.seconds:g} seconds."


def _nothing(target: Target, reason: str, policy: Policy) -> Guarded:
    unread = Unreadable(reason)
    state = RegistryState(target.account, unread, unread)
    return Guarded(target, state, judge(state, None, policy), None, None)
