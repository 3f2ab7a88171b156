"""The bot's process: started, watched, killed and started again and, whatever happens, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from demo.child import BOT, GRACE_SECONDS
from demo.clock import DemoClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

__all__ = ["BOT", "ROOT", "BotProcess", "BotProcessError"]

ROOT = Path(__file__).resolve().parent.parent
"""Where the packages are, so that `-m` finds them without a PYTHONPATH."""

_LINES = 15


class BotProcessError(Exception):
    """The bot can not be killed or started; the message says why."""


class BotProcess:
    """A module run as a child that can not outlive the demo; `demo/child.py` says how. Any thread may use it."""

    def __init__(
        self,
        environment: Mapping[str, str],
        log: Path,
        arguments: Sequence[str] = BOT,
        clock: DemoClock | None = None,
        *,
        held: bool = False,
    ) -> None:
        """Prepare it; `with` starts and ends it.

        Args:
            environment: all of its environment.
            log: the file that takes what it writes.
            arguments: the module to run, and its arguments.
            clock: what its clock goes by; the real time unless told.
            held: whether it waits for `begin` when it is started first, ready as far as it can be by then.
        """
        self._environment = dict(environment)
        self._log = log
        self._arguments = tuple(arguments)
        self._clock = clock or DemoClock()
        self._clock.listeners.append(self._tell_time)
        self._held = held
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._tell: Callable[[], None] | None = None
        self._watched: set[subprocess.Popen[bytes]] = set()
        self._killed: set[subprocess.Popen[bytes]] = set()
        self._ending = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def id(self) -> int:
        """The process's id; 0 before it is started."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        process = self._process
        return process is not None and process.poll() is None

    def start(self) -> None:
        """Start it, also after it was killed; returns at once.

        Raises:
            BotProcessError: it runs already, or the demo ends.
        """
        with self._lock:
            if self._ending:
                raise BotProcessError("The demo ends, so the bot is not started any more.")
            if self.alive:
                raise BotProcessError("The bot runs already.")
            _let_go(self._process)
            self._process = self._started()
            self._tell_time()
            self._watch()

    def begin(self) -> None:
        """Let it begin, where it was held."""
        with self._lock:
            self._held = False
            self._tell_time()

    def kill(self) -> None:
        """Kill it with all its children, as `kill -9` does: nobody is told that it has ended.

        Raises:
            BotProcessError: it does not run.
        """
        with self._lock:
            if self._process is None or not self.alive:
                raise BotProcessError("The bot does not run.")
            self._killed.add(self._process)
            _kill_group(self._process)
            self._process.wait()

    def on_unexpected_end(self, tell: Callable[[], None]) -> None:
        """Call a function, in a thread of its own, when the process ends although nobody stopped or killed it."""
        with self._lock:
            self._tell = tell
            self._watch()

    def obituary(self) -> str | None:
        """Return what there is to say of a process that has ended by itself; `None` while it runs or was killed."""
        with self._lock:
            process = self._process
            code = process.poll() if process else None
            if code is None or process in self._killed:
                return None
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES:]
        return "\n".join([f"The bot has ended with exit code {code}. The last lines of its log:", *lines])

    def stop(self) -> None:
        """End the process: asked first, and killed with all its children where it does not listen."""
        with self._lock:
            self._ending = True
            process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _kill_group(process)
            process.wait()
            _let_go(process)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "demo.child", *self._arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends its child in order
            )

    def _tell_time(self) -> None:
        """Tell it the time; the first time that it hears it, it begins."""
        with self._lock:
            process = self._process
            if self._held or process is None or process.stdin is None or process.stdin.closed:
                return
            with suppress(BrokenPipeError):  # it is dead, which is told by other ways
                process.stdin.write(f"{self._clock.shift!r}\n".encode())
                process.stdin.flush()

    def _watch(self) -> None:
        """Wait for the end of the present process in a thread, where somebody is to be told; once for each."""
        process, tell = self._process, self._tell
        if process is None or tell is None or process in self._watched:
            return
        self._watched.add(process)

        def wait() -> None:
            process.wait()
            with self._lock:
                wanted = self._ending or process in self._killed
            if not wanted:
                tell()

        threading.Thread(target=wait, name="demo-bot", daemon=True).start()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left in it
        os.killpg(process.pid, signal.SIGKILL)


def _let_go(process: subprocess.Popen[bytes] | None) -> None:
    """Close our end of a process that is no more."""
    if process is not None and process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
