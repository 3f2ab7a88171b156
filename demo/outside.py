"""The outside world, as things that a button can do: to ECR, to AWS, to Slack, to the clock and to the bot itself."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from demo.bot_process import BotProcessError
from demo.environment import DIGEST_AT, DIGEST_TIMEZONE
from demo.outside_ecr import Address, DeedError, Neighbours
from ecr.due import moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws
    from demo.bot_process import BotProcess
    from demo.clock import DemoClock
    from demo.workspace import Workspace
    from demo.world import World

__all__ = ["DEEDS", "Address", "Deed", "DeedError", "Outside"]

THROTTLED_SECONDS = 30.0
"""How long AWS throttles."""

_RATE_LIMITED = {
    "response_url": 2,
    "chat.postMessage": 1,
    "chat.postEphemeral": 1,
    "chat.update": 1,
    "views.open": 1,
    "views.update": 1,
    "views.publish": 1,
}
"""How many of the next calls Slack refuses: no more than the bot tries again, so that each comes through in the end."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that the outside world can do: its id, what its button says, and what it does."""

    id: str
    label: str
    says: str


DEEDS = (
    Deed("loosen", "Make a repository mutable", "Somebody turns immutability and scanning of a compliant one off."),
    Deed("delete", "Delete a repository", "Somebody deletes it, with all its images."),
    Deed("create", "Create a repository", "Somebody makes one with ECR's own defaults, which do not comply."),
    Deed("throttle", "AWS throttles", "For half a minute ECR answers every call with: Rate exceeded."),
    Deed("rate-limit", "Slack answers 429", "Slack takes the next few calls only when they come a second time."),
    Deed("tomorrow", "The next nine o'clock", "The clock moves to the next 09:00 in Bucharest: a digest is due."),
    Deed("kill", "Kill the bot", "Its process ends at once, whatever it was doing, as by kill -9."),
    Deed("start", "Start the bot", "It starts again, with the history that it left."),
    Deed("heal", "All is well", "AWS throttles no more, and Slack takes every call."),
)


class Outside:
    """The hands of the outside world. Any thread may use them."""

    deeds = DEEDS

    def __init__(
        self, aws: LocalAws, slack: Workspace, bot: BotProcess, clock: DemoClock, world: World, seed: int = 1
    ) -> None:
        """Stand by.

        Args:
            aws: the local AWS.
            slack: the local Slack.
            bot: the bot's process.
            clock: the demo's time.
            world: the accounts, regions and policy.
            seed: draws what nobody chose.
        """
        self._aws = aws
        self._slack = slack
        self._bot = bot
        self._clock = clock
        self._lock = threading.Lock()
        self._throttling: threading.Timer | None = None
        neighbours = Neighbours(aws, world, random.Random(seed))  # noqa: S311 - a pleasant mixture, no secret
        self._of_ecr: dict[str, Callable[[Address | None], str]] = {
            "loosen": neighbours.loosen,
            "delete": neighbours.delete,
            "create": neighbours.create,
        }
        self._of_others: dict[str, Callable[[], str]] = {
            "throttle": self._throttle,
            "rate-limit": self._rate_limit,
            "tomorrow": self._tomorrow,
            "kill": self._kill,
            "start": self._start,
            "heal": self._heal,
        }

    def do(self, id: str, repository: Address | tuple[str, str, str] | None = None) -> str:  # noqa: A002 - a deed's id
        """Do a deed, and return the sentence of what was done.

        Args:
            id: which.
            repository: of those that are done to a repository, to which; one that is drawn unless told.

        Raises:
            DeedError: it cannot be done; the message says why.
        """
        with self._lock:
            if id in self._of_ecr:
                return self._of_ecr[id](None if repository is None else Address(*repository))
            if id in self._of_others:
                return self._of_others[id]()
        raise DeedError(f"There is no deed {id!r}; there are {', '.join(deed.id for deed in DEEDS)}.")

    def close(self) -> None:
        """End what is to end later by itself."""
        with self._lock:
            self._unthrottle()

    def _throttle(self) -> str:
        self._unthrottle()
        self._aws.throttle(0.0, 0.0)
        self._throttling = threading.Timer(THROTTLED_SECONDS, self._end_throttling)
        self._throttling.daemon = True
        self._throttling.start()
        return f"AWS throttles for {THROTTLED_SECONDS:g} seconds: ECR answers every call with Rate exceeded."

    def _end_throttling(self) -> None:
        with self._lock:
            if threading.current_thread() is self._throttling:  # another one may have taken its place meanwhile
                self._unthrottle()

    def _unthrottle(self) -> None:
        if self._throttling is not None:
            self._throttling.cancel()
            self._throttling = None
        self._aws.unthrottle()

    def _rate_limit(self) -> str:
        self._slack.heal()
        for method, times in _RATE_LIMITED.items():
            self._slack.fail(method, status=429, retry_after=1, times=times)
        return "Slack answers 429 to the next calls of each kind, and asks to wait a second."

    def _tomorrow(self) -> str:
        zone = ZoneInfo(DIGEST_TIMEZONE)
        now = self._clock.now()
        day = now.astimezone(zone).date()
        while (at := moment(day, time.fromisoformat(DIGEST_AT), DIGEST_TIMEZONE)) <= now:
            day += timedelta(days=1)
        self._clock.move_to(at)
        return f"It is {at.astimezone(zone):%H:%M on %A %d %B} in Bucharest."

    def _kill(self) -> str:
        was = self._bot.id
        try:
            self._bot.kill()
        except BotProcessError as error:
            raise DeedError("The bot is down already: start it.") from error
        return f"The bot is killed, process {was}: what is typed now is not answered."

    def _start(self) -> str:
        try:
            self._bot.start()
        except BotProcessError as error:
            raise DeedError(str(error)) from error
        return f"The bot is started again, process {self._bot.id}: it connects in a second or two."

    def _heal(self) -> str:
        self._unthrottle()
        self._slack.heal()
        return "AWS throttles no more, and Slack takes every call."
