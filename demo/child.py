"""The bot as the demo's child: `python -m bot run` in this very process, by the demo's clock and as long as it lives.

The demo holds the other end of this process's standard input. Each line that it writes there is how many seconds its
clock is ahead of the real time; with the first one the module begins, which was imported meanwhile. However the demo
ends, by `kill -9` too, the kernel closes that end, the read here returns, and the bot is told to end. That needs no
process in between that could itself be killed, and no call that only Linux has.
"""

from __future__ import annotations

import gc
import os
import runpy
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BOT = ("bot", "run")

GRACE_SECONDS = 5.0
"""How long the bot may take to end once the demo is gone."""

TICK_SECONDS = 1.0
"""How often the bot looks what is due: whoever moves the clock does not want to wait for it."""


class ShiftedClock:
    """The time as the demo tells it."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._shift = 0.0

    def __call__(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.fromtimestamp(time.time() + self._shift, UTC)

    def move(self, shift: float) -> None:
        """Be so many seconds ahead of the real time."""
        self._shift = shift
        self._told.set()

    def wait(self) -> None:
        """Wait until the demo has told the time."""
        self._told.wait()


def follow_parent(clock: ShiftedClock) -> None:
    """Watch standard input from a thread: the clock goes by it, and when it ends, so does this process."""
    threading.Thread(target=_watch, args=(clock,), name="demo-watch", daemon=True).start()


def _watch(clock: ShiftedClock) -> None:
    for line in _lines():
        try:
            clock.move(float(line))
        except ValueError:
            print(f"The demo said {line!r}, which is no number of seconds.", file=sys.stderr)
    last = threading.Timer(GRACE_SECONDS, os._exit, args=(1,))
    last.daemon = True
    last.start()
    os.kill(os.getpid(), signal.SIGTERM)


def _lines() -> Iterator[str]:
    """Yield the lines of standard input as they come; no reader in between may hold one back."""
    rest = b""
    while some := os.read(0, 4096):
        *lines, rest = (rest + some).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)


def main() -> None:
    """Run a module as `python -m` does, with the arguments after it; the bot itself with the demo's clock."""
    clock = ShiftedClock()
    follow_parent(clock)
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    if (module, *arguments) == BOT:
        gc.disable()  # as bot/__main__.py has it: what is imported now stays
        from demo import clocked  # noqa: PLC0415 - the bot is imported while the demo still prepares what it finds

        clocked.run(clock.wait, clock, TICK_SECONDS)
    else:
        clock.wait()
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
