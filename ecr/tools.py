"""What applying takes, put together once by bot/app.py."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ecr.guardrail_ports import Turns
    from ecr.model import Policy
    from ecr.ports import Clock, Registry
    from ecr.request_ports import Exemptions, Requests, Writer

VERIFY_SECONDS = 30.0
"""How long ECR may take to show what was put; what cannot be seen by then is not verified."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Where to read and to write, the policy, where to write down, the clock, how to wait, and how widely to work.

    `turns` say whose turn it is to write a registry's rules.
    """

    registry: Registry
    writer: Writer
    policy: Policy
    requests: Requests
    exemptions: Exemptions
    turns: Turns
    clock: Clock
    pause: Callable[[float], object] = time.sleep
    workers: int = 16
    verify_seconds: float = VERIFY_SECONDS
