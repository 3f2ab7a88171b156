"""Remediating: a request that was approved, applied change by change, read back and judged before anything is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.model import Policy
    from ecr.ports import Clock, Registry, Subscriptions
    from ecr.request import Request
    from ecr.request_ports import Exemptions, Requests, Writer


@dataclass(frozen=True, slots=True)
class Remediator:
    """Applies requests."""

    registry: Registry
    writer: Writer
    policy: Policy
    requests: Requests
    exemptions: Exemptions
    subscriptions: Subscriptions
    clock: Clock
    pause: Callable[[float], object]
    workers: int = 16

    def apply(self, request: str, progress: Callable[[Request, int], None]) -> Request | None:
        """Apply a request that is approved, or finish one whose applier is dead.

        Args:
            request: its id.
            progress: told how many repositories are done.

        Returns:
            The request as it ended; `None` where somebody else applies it, or nothing is to be applied.
        """
        raise NotImplementedError
