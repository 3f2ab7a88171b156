"""The demo as a whole: a local AWS and a local Slack in this process, the bot as its child, all gone at the end."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Self

from demo.aws import LocalAws
from demo.bot_process import BOT, BotProcess
from demo.clock import DemoClock
from demo.environment import Endpoints, furnish
from demo.live import LiveSite, Stage
from demo.live.tour import Tour
from demo.outside import Address, Outside
from demo.standing import rows
from demo.workspace import Workspace
from demo.world import seed_into
from ecr.errors import EcrbotError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from demo.world import World

START_SECONDS = 30.0
_PREFIX, _WHOSE = "ecrbot-demo-", "demo.pid"
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
    outside: Outside

    def __init__(
        self,
        port: int,
        world: World,
        *,
        fresh: bool = False,
        clock: DemoClock | None = None,
        arguments: Sequence[str] = BOT,
    ) -> None:
        """Prepare it.

        Args:
            port: where the workspace is to listen; where it is taken, the next free one is used.
            world: what is in the local ECR.
            fresh: whether the bot begins without any history.
            clock: the demo's time; the real one unless told.
            arguments: the module to run as the bot.
        """
        self.clock = clock or DemoClock()
        self._port = port
        self._world = world
        self._fresh = fresh
        self._arguments = arguments
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            forget_the_dead()
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX)))
            (folder / _WHOSE).write_text(f"{os.getpid()}", encoding="utf-8")
            self.aws = stack.enter_context(LocalAws())
            site = LiveSite()
            self.slack = _listening(self._port, self.clock, site)
            stack.callback(self.slack.stop)
            endpoints = Endpoints(self.slack.api_url, self.slack.bot_token, self.slack.app_token, self.aws.url)
            environment = furnish(folder, endpoints, self._world)
            self.log = folder / "bot.log"
            # It loads while its world and its past are made, and begins when they are there.
            self.bot = stack.enter_context(BotProcess(environment, self.log, self._arguments, self.clock, held=True))
            seed_into(self.aws, self._world)
            if not self._fresh:
                self._write_past(Path(environment["ECRBOT_DATABASE"]))
            self.outside = Outside(self.aws, self.slack, self.bot, self.clock, self._world)
            stack.callback(self.outside.close)
            site.open(self._stage())
            self.bot.begin()
            self._wait_for_bot()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _stage(self) -> Stage:
        return Stage(
            slack=self.slack,
            rows=lambda: [asdict(row) for row in rows(self.aws, self._world)],
            deeds=self.outside.deeds,
            play=self._play,
            seconds=self.clock.seconds,
            tour=Tour(self.slack),
        )

    def _play(self, deed: str, repository: tuple[str, str, str] | None) -> str:
        return self.outside.do(deed, Address(*repository) if repository else None)

    def _write_past(self, database: Path) -> None:
        from demo import past  # noqa: PLC0415 - it brings much of the bot, which its own process loads meanwhile

        try:
            past.write(database, self._world, self.slack, self.clock.now())
        except EcrbotError as error:
            raise DemoError(f"The past could not be written: {error}") from error

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


def forget_the_dead() -> None:
    """Remove the folders of demos that were killed (SIGKILL) before they could do it themselves."""
    for whose in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_WHOSE}"):
        if not _is_alive(whose):
            shutil.rmtree(whose.parent, ignore_errors=True)


def _is_alive(whose: Path) -> bool:
    try:
        os.kill(int(whose.read_text(encoding="utf-8")), 0)
    except (ProcessLookupError, FileNotFoundError):
        return False
    except (OSError, ValueError):
        return True  # somebody else's, or not written yet
    return True


def _listening(port: int, clock: DemoClock, site: LiveSite) -> Workspace:
    for candidate in _candidates(port):
        slack = Workspace(port=candidate, clock=clock.seconds, site=site)
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
