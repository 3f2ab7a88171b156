"""Reading that lags behind writing: for a while DescribeRepositories shows a repository as it was before a put."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.aws.calls import Call, Json
    from demo.aws.faults import Scope


@dataclass(frozen=True, slots=True)
class _Past:
    """How a repository was, and until when it is still shown so."""

    until: float
    shown: Json


class Lag:
    """What is still shown of the past. Its users hold the lock of the state."""

    def __init__(self) -> None:
        self._seconds: list[tuple[Scope, float]] = []
        self._past: dict[tuple[str, str, str], list[_Past]] = {}

    def reset(self) -> None:
        """Show everything as it is."""
        self._seconds.clear()
        self._past.clear()

    def add(self, scope: Scope, seconds: float) -> None:
        """Let puts of a scope be seen only after so long; of several the last one told counts."""
        self._seconds.append((scope, seconds))

    def before(self, call: Call, name: str, shown: Json) -> None:
        """Keep how a repository is before a put."""
        seconds = next((seconds for scope, seconds in reversed(self._seconds) if scope.covers(call)), 0.0)
        if seconds:
            self._past.setdefault((*call.place, name), []).append(_Past(time.monotonic() + seconds, shown))

    def shown(self, call: Call, name: str, now: Json) -> Json:
        """Return a repository as it is to be shown."""
        past = self._past.get((*call.place, name), [])
        return next((one.shown for one in past if time.monotonic() < one.until), now)
