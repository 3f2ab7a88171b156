"""The demo as a whole: a local AWS and a local Slack in this process, the bot as its child, all gone at the end."""

from __future__ import annotations

import errno
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from demo.aws import LocalAws
from demo.bot_process import BOT, BotProcess
from demo.environment import Endpoints, furnish
from demo.workspace import Workspace
from demo.world import seed_into

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from demo.world import World

START_SECONDS = 30.0
_PORTS_TRIED = 50
_LAST_PORT = 65535


class DemoError(Exception):
    """The demo can not go on; the message says why."""


class Demo:
    """Everything that runs, from `with` to its end."""

    aws: LocalAws
    slack: Workspace
    bot: BotProcess
    log: Path

    def __init__(self, port: int, world: World, arguments: Sequence[str] = BOT) -> None:
        """Prepare it.

        Args:
            port: where the workspace is to listen; where it is taken, the next free one is used.
            world: what is in the local ECR.
            arguments: the module to run as the bot.
        """
        self._port = port
        self._world = world
        self._arguments = arguments
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ecrbot-demo-")))
            self.aws = stack.enter_context(LocalAws())
            seed_into(self.aws, self._world)
            self.slack = _listening(self._port)
            stack.callback(self.slack.stop)
            endpoints = Endpoints(self.slack.api_url, self.slack.bot_token, self.slack.app_token, self.aws.url)
            environment = furnish(folder, endpoints, self._world)
            self.log = folder / "bot.log"
            self.bot = stack.enter_context(BotProcess(environment, self.log, self._arguments))
            self._wait_for_bot()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _wait_for_bot(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.slack.wait_for_socket(timeout=0.25)
            except TimeoutError as late:
                if obituary := self.bot.obituary():
                    raise DemoError(obituary) from None
                if time.monotonic() > deadline:
                    raise DemoError(f"The bot has not connected within {START_SECONDS:g} seconds.") from late
            else:
                return


def _listening(port: int) -> Workspace:
    for candidate in _candidates(port):
        slack = Workspace(port=candidate)
        try:
            slack.start()
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
        else:
            return slack
    raise DemoError(f"No port from {port} on is free.")


def _candidates(port: int) -> Iterator[int]:
    yield from range(port, min(port + _PORTS_TRIED, _LAST_PORT) + 1)
    yield 0
