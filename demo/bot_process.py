"""The bot's process: started, watched and, whatever happens, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from demo.child import GRACE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
"""Where the packages are, so that `-m` finds them without a PYTHONPATH."""

BOT = ("bot", "run")

_LINES = 15


class BotProcess:
    """A module run as a child that can not outlive the demo; `demo/child.py` says how."""

    def __init__(self, environment: Mapping[str, str], log: Path, arguments: Sequence[str] = BOT) -> None:
        """Prepare it; `with` starts and ends it.

        Args:
            environment: all of its environment.
            log: the file that takes what it writes.
            arguments: the module to run, and its arguments.
        """
        self._environment = dict(environment)
        self._log = log
        self._arguments = tuple(arguments)
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "demo.child", *self._arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends its child in order
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def id(self) -> int:
        """The process's id; 0 before it is started."""
        return self._process.pid if self._process else 0

    def on_unexpected_end(self, tell: Callable[[], None]) -> None:
        """Call a function, in a thread of its own, when the process ends although nobody stopped it."""

        def watch() -> None:
            if self._process is not None:
                self._process.wait()
            if not self._ending.is_set():
                tell()

        threading.Thread(target=watch, name="demo-bot", daemon=True).start()

    def obituary(self) -> str | None:
        """Return what there is to say of a process that has ended by itself; `None` while it runs."""
        code = self._process.poll() if self._process else None
        if code is None:
            return None
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES:]
        return "\n".join([f"The bot has ended with exit code {code}. The last lines of its log:", *lines])

    def stop(self) -> None:
        """End the process: asked first, and killed with all its children where it does not listen."""
        self._ending.set()
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
            if process.stdin is not None:
                process.stdin.close()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # nobody is left in it
