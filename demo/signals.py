"""Signals as one exception in the main thread: somebody wants the end, or the bot has ended."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BOT_ENDED = signal.SIGUSR1


class EndError(BaseException):
    """It is time to end. No `Exception`, so that nothing on the way takes it for a failure."""


def listen() -> None:
    """Let Ctrl-C, SIGTERM, SIGHUP and the bot's end raise `EndError` in the main thread, once."""

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        ignore()
        raise EndError

    for one in (*_ENDS, _BOT_ENDED):
        signal.signal(one, end)


def ignore() -> None:
    """Ignore them from here on: nothing may interrupt what ends the children."""
    for one in (*_ENDS, _BOT_ENDED):
        signal.signal(one, signal.SIG_IGN)


def tell_that_the_bot_ended() -> None:
    """Interrupt the main thread, which may be waiting for a line; any thread may call this."""
    os.kill(os.getpid(), _BOT_ENDED)
