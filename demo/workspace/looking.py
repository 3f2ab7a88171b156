"""What can be seen of a workspace: messages, modals, and what the app did wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.workspace.people import GROUP_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.workspace.deliveries import Delivery
    from demo.workspace.people import Channel, Person
    from demo.workspace.state import Call, Message, State


class Looking:
    """The eyes on a workspace."""

    _state: State

    def messages(self, channel: str, *, seen_by: str | None = None) -> tuple[Message, ...]:
        """Return the messages of a channel and its threads as they were posted, oldest first.

        Args:
            channel: where.
            seen_by: who looks; `None`: what everybody sees.
        """
        with self._state.changed:
            found = [m for m in self._state.messages.values() if m.channel == channel]
        return tuple(m for m in found if m.ephemeral_to in (None, seen_by))

    def everything(self, user: str) -> tuple[Message, ...]:
        """Return all messages that a person sees, wherever they are, oldest first: of direct messages their own."""
        with self._state.changed:
            there, channels = list(self._state.messages.values()), dict(self._state.channels)
        elsewhere = {one.id for one in channels.values() if one.is_im and one.name != user}
        return tuple(m for m in there if m.channel not in elsewhere and m.ephemeral_to in (None, user))

    def channel(self, channel: str) -> Channel:
        """Return a channel."""
        return self._state.channels[channel]

    def wait_for(self, predicate: Callable[[], object], timeout: float = 10.0, what: str = "it") -> None:
        """Wait until something is true of the workspace.

        Raises:
            TimeoutError: it did not become true in time.
        """
        self._state.wait_for(predicate, timeout, what)

    def views(self, user: str) -> tuple[dict[str, Any], ...]:
        """Return a person's open modals, the topmost last."""
        with self._state.changed:
            return tuple(self._state.views.get(user, ()))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Every channel and direct message, in the order in which they came to be."""
        with self._state.changed:
            return tuple(self._state.channels.values())

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who is there."""
        with self._state.changed:
            return tuple(self._state.people.values())

    @property
    def group_names(self) -> dict[str, str]:
        """What the user groups are called, by id."""
        return dict(GROUP_NAMES)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Everything that was delivered to the app so far."""
        with self._state.changed:
            return tuple(self._state.deliveries)

    def on_change(self, tell: Callable[[], None]) -> None:
        """Call a function at every change from now on; it must only take note."""
        self._state.changed.listeners.append(tell)

    def message(self, ts: str) -> Message | None:
        """Return a message; `None` where there is none of that timestamp."""
        with self._state.changed:
            return self._state.messages.get(ts)

    def home(self, user: str) -> dict[str, Any] | None:
        """Return a person's Home tab."""
        return self._state.homes.get(user)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every Web API call and response_url post so far."""
        with self._state.changed:
            return tuple(self._state.calls)

    @property
    def refusals(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What was refused as invalid so far: the method and the problems."""
        return tuple(self._state.refusals)
