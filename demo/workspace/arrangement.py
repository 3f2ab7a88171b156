"""What can be arranged in a workspace: who and what is there, what the bot may do, and what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.workspace import faults
from demo.workspace.faults import Fault

if TYPE_CHECKING:
    from demo.workspace.people import Channel, Person
    from demo.workspace.state import Message, State


class Arrangement:
    """The hands that arrange a workspace; what is arranged holds from the next call on."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add_person(self, person: Person) -> None:
        """Let somebody join."""
        self._state.people[person.id] = person

    def add_channel(self, channel: Channel) -> None:
        """Make a channel."""
        self._state.channels[channel.id] = channel

    def put(self, message: Message) -> None:
        """Put a message there, as if it had been posted at the moment that its timestamp says."""
        self._state.put(message)

    def set_group(self, group: str, users: tuple[str, ...]) -> None:
        """Say who is in a user group."""
        self._state.groups[group] = users

    def remove_bot(self, channel: str) -> None:
        """Remove the bot from a channel."""
        self._state.channels[channel].has_bot = False

    def archive(self, channel: str) -> None:
        """Archive a channel."""
        self._state.channels[channel].is_archived = True

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of the bot's token."""
        return self._state.scopes

    @scopes.setter
    def scopes(self, scopes: tuple[str, ...]) -> None:
        self._state.scopes = scopes

    def fail(  # noqa: PLR0913 - the ways to fail, each named by who asks for it
        self,
        method: str,
        *,
        status: int = 200,
        error: str | None = None,
        retry_after: int | None = None,
        drop: bool = False,
        after: bool = False,
        times: int | None = 1,
    ) -> None:
        """Let a method, or `response_url`, fail: by HTTP status, by Slack's error, or by a cut connection.

        Args:
            method: what fails.
            status: the HTTP status of the answer.
            error: Slack's error in the answer.
            retry_after: what a status of 429 asks to wait.
            drop: cut the connection instead of an answer.
            after: perform the call, and lose its answer alone: to what is said above, or else to a cut connection.
            times: how many calls fail; `None`: all.
        """
        lost = after and error is None and status == faults.OK
        self._state.faults.append(
            Fault(method, status, error, retry_after, drop=drop or lost, times=times, after=after)
        )

    def slow(self, method: str, seconds: float, times: int | None = None) -> None:
        """Let a method, or `response_url`, answer late."""
        self._state.faults.append(Fault(method, seconds=seconds, times=times))

    def refuse_charts(self, *, refuse: bool = True) -> None:
        """Refuse every message with a chart, or no longer: not every workspace has them yet.

        It is no fault of the bot's, so it does not count among the refusals.
        """
        self._state.refuses_charts = refuse

    def heal(self) -> None:
        """Take every fault away."""
        self._state.faults.clear()
