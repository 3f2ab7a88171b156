"""What a test does between two calls of the bot: functions that are called once, after an operation was carried out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws.calls import Call
    from demo.aws.faults import Scope


class Events:
    """The functions that wait. Safe to change from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Scope, Callable[[], object]]] = []

    def reset(self) -> None:
        """Forget what waits."""
        with self._lock:
            self._waiting.clear()

    def add(self, scope: Scope, function: Callable[[], object]) -> None:
        """Call a function after the next call of a scope."""
        with self._lock:
            self._waiting.append((scope, function))

    def take(self, call: Call) -> tuple[Callable[[], object], ...]:
        """Return what waits for a call that was carried out; it waits no more."""
        with self._lock:
            if not self._waiting:
                return ()
            taken = tuple(one for one in self._waiting if one[0].covers(call))
            self._waiting = [one for one in self._waiting if one not in taken]
        return tuple(function for _, function in taken)
