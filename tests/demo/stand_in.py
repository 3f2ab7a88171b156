"""A tiny stand-in for the bot: says what it is told to, and waits."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def end(number: int, frame: FrameType | None) -> None:
    del number, frame
    say("told to end")
    if sys.argv[1] != "deaf":
        sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    say("ready")
    if sys.argv[1] == "crash":
        raise SystemExit("it went wrong")
    while True:
        time.sleep(60)
