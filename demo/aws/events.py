"""What a test does between two calls of the bot: functions that are called once, before or after one is carried out."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws.calls import Call
    from demo.aws.faults import Scope


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A function, the calls that it waits for, and whether it is called before one or after."""

    scope: Scope
    function: Callable[[], object]
    before: bool


class Events:
    """The functions that wait. Safe to change from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []

    def reset(self) -> None:
        """Forget what waits."""
        with self._lock:
            self._waiting.clear()

    def add(self, scope: Scope, function: Callable[[], object], *, before: bool = False) -> None:
        """Call a function with the next call of a scope: before it is carried out, or after."""
        with self._lock:
            self._waiting.append(_Waiting(scope, function, before))

    def take(self, call: Call, *, before: bool = False) -> tuple[Callable[[], object], ...]:
        """Return what waits for a call that is about to be carried out, or was; it waits no more."""
        with self._lock:
            if not self._waiting:
                return ()
            taken = tuple(one for one in self._waiting if one.before is before and one.scope.covers(call))
            self._waiting = [one for one in self._waiting if one not in taken]
        return tuple(one.function for one in taken)
