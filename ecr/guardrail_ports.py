"""What guardrails need from outside, beside reading ECR and requests: `store` fulfils it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.model import RegistryState, Target


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the registry of one account and region.

    `state` has as unreadable what was never read, or could not be. `read_at` is when the older half of it was read;
    `None`: nothing was. `repositories` is how many there are; `None`: no sweep has read them.
    """

    target: Target
    state: RegistryState
    read_at: datetime | None
    repositories: int | None


class Registries(Protocol):
    """What is remembered of registries. Every method raises `ecr.errors.HistoryError`."""

    def remember(self, target: Target, state: RegistryState, *, at: datetime) -> None:
        """Remember what was read of a registry; what could not be read leaves what was known as it is.

        Args:
            target: the account (which is known) and region.
            state: as read.
            at: when the reading began; what is known of a later one stays.
        """

    def known(self) -> tuple[Known, ...]:
        """Return what is known of every account and region that is configured, in the order of accounts and regions."""

    def names(self, account: str, region: str) -> tuple[str, ...] | None:
        """Return the repositories there by the last sweep, in order; `None` where none has read them."""


class Turns(Protocol):
    """Whose turn it is to write the registry of an account and region. Every method raises `ecr.errors.HistoryError`.

    ECR has no conditional write of a registry's rules: two that read, add and write at once would lose one's addition.
    """

    def take(self, account: str, region: str, request: str, *, at: datetime) -> bool:
        """Take the turn, or renew it where it is this request's; `False` where another request has it.

        It ends by itself after two minutes, so that a process that died holds nobody up for longer.
        """

    def give_back(self, account: str, region: str, request: str) -> None:
        """Give the turn back, where it is this request's."""
