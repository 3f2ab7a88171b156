"""All that the workspace remembers, behind one lock that also tells who waits of every change."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from demo.workspace import people

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace.deliveries import Delivery
    from demo.workspace.faults import Fault

SCOPES = ("commands", "users:read", "usergroups:read", "chat:write", "channels:read", "groups:read")
"""What the bot's token may do at the start: what manifest.json asks for."""

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class Message:
    """A message as somebody sees it; `ephemeral_to` is set for one that a single person sees."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    ephemeral_to: str | None = None
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    edited: bool = False

    @property
    def ephemeral(self) -> bool:
        """Whether a single person sees it."""
        return self.ephemeral_to is not None

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread that another message began."""
        return self.thread_ts not in (None, self.ts)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Web API, or a post to a response_url."""

    method: str
    arguments: dict[str, Any]
    at: float


@dataclass(slots=True)
class ResponseUrl:
    """Where the answers to one delivery go."""

    channel: str
    user: str
    delivery: Any
    original: str | None = None
    uses: int = 0
    made_at: float = field(default_factory=time.monotonic)


class Changed(threading.Condition):
    """The lock around everything, which tells who waits of every change, and who asked to be called."""

    def __init__(self) -> None:
        super().__init__(threading.RLock())
        self.listeners: list[Callable[[], None]] = []

    def notify_all(self) -> None:
        """Tell everybody; who is called must only take note, for the lock is held meanwhile."""
        super().notify_all()
        for tell in self.listeners:
            tell()


class State:
    """Everything, guarded: take `changed` to look or to change, and notify after a change."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.changed = Changed()
        self.people = people.people()
        self.channels = people.channels()
        self.groups: dict[str, tuple[str, ...]] = {"S0ONCALL": ("U0ONCALL",)}
        self.scopes: tuple[str, ...] = SCOPES
        self.messages: dict[str, Message] = {}
        self.deliveries: list[Delivery] = []
        self.calls: list[Call] = []
        self.refusals: list[tuple[str, tuple[str, ...]]] = []
        self.faults: deque[Fault] = deque()
        self.refuses_charts = False
        self.response_urls: dict[str, ResponseUrl] = {}
        self.triggers: dict[str, float] = {}
        self.trigger_users: dict[str, str] = {}
        self.views: dict[str, list[dict[str, Any]]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """Return a number that nothing else has."""
        return next(self._numbers)

    def timestamp(self) -> str:
        """Return a message timestamp that no other message has: later than the last, unless the clock was put back."""
        return f"{int(self._clock())}.{self.number():06}"

    def put(self, message: Message) -> Message:
        """Keep a message, new or in place of what has its timestamp."""
        with self.changed:
            self.messages[message.ts] = message
            self.changed.notify_all()
        return message

    def edit(self, ts: str, **values: Any) -> Message:  # noqa: ANN401 - fields of a message
        """Change a message in place."""
        with self.changed:
            return self.put(replace(self.messages[ts], edited=True, **values))

    def delete(self, ts: str) -> None:
        """Take a message away."""
        with self.changed:
            self.messages.pop(ts, None)
            self.changed.notify_all()

    def record(self, method: str, arguments: dict[str, Any]) -> None:
        """Remember a call."""
        with self.changed:
            self.calls.append(Call(method, arguments, time.monotonic()))
            self.changed.notify_all()

    def refuse(self, what: str, problems: tuple[str, ...]) -> None:
        """Remember that something was refused as invalid."""
        with self.changed:
            self.refusals.append((what, problems))

    def fault(self, method: str) -> Fault | None:
        """Return the fault that this call meets, and count it."""
        with self.changed:
            for fault in self.faults:
                if fault.method == method and fault.times != 0:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def use_trigger(self, trigger: str) -> str | None:
        """Use a trigger up; return Slack's error where it is unknown, used or older than three seconds."""
        with self.changed:
            made_at = self.triggers.get(trigger)
            if made_at is None:
                return "invalid_trigger_id"
            if made_at < 0:
                return "exchanged_trigger_id"
            self.triggers[trigger] = -1.0
            return "expired_trigger_id" if time.monotonic() - made_at > 3 else None  # noqa: PLR2004 - Slack's limit

    def wait_for(self, predicate: Callable[[], object], timeout: float, what: str) -> None:
        """Wait until something is true.

        Raises:
            TimeoutError: it did not become true in time; the message says what was waited for and what is there.
        """
        with self.changed:
            if not self.changed.wait_for(predicate, timeout):
                said = "; ".join(message.text for message in self.messages.values()) or "nothing"
                raise TimeoutError(
                    f"{what} did not happen within {timeout:g} s; messages: {said}; refused: {self.refusals}"
                )
