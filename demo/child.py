"""The bot as the demo's child: `python -m bot run` in this very process, which ends when the demo does.

The demo holds the other end of this process's standard input and never writes to it. However the demo ends, by
`kill -9` too, the kernel closes that end, the read here returns, and the bot is told to end. That needs no process in
between that could itself be killed, and no call that only Linux has.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

GRACE_SECONDS = 5.0
"""How long the bot may take to end once the demo is gone."""


def end_with_parent() -> None:
    """Watch standard input from a thread; when it ends, so does this process."""
    threading.Thread(target=_watch, name="demo-watch", daemon=True).start()


def _watch() -> None:
    while os.read(0, 4096):
        pass
    last = threading.Timer(GRACE_SECONDS, os._exit, args=(1,))
    last.daemon = True
    last.start()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run a module as `python -m` does, with the arguments after it."""
    end_with_parent()
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
