"""One sitting of the demo: everything started, introduced, served, and ended."""

from __future__ import annotations

import gc
import signal
import sys
from typing import NoReturn
from urllib.parse import urlsplit

from demo import signals
from demo.prompt import Session, converse, obey
from demo.running import Demo, DemoError
from demo.signals import EndError
from demo.world import world


def sit(port: int, seed: int, *, fresh: bool = False) -> int:
    """Run the demo and return its exit code: 1 where the bot failed or did not answer, else 0.

    Args:
        port: where the workspace is to listen.
        seed: draws the family of repositories.
        fresh: whether the bot begins without the thirty days of history.

    Raises:
        EndError: somebody asked for the end.
    """
    try:
        with Demo(port, world(seed), fresh=fresh) as demo:
            gc.freeze()
            gc.enable()
            try:
                return _served(demo, port)
            finally:
                signals.ignore()  # from here nothing may interrupt what ends the children
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1


def _served(demo: Demo, port: int) -> int:
    demo.bot.on_unexpected_end(signals.tell_that_the_bot_ended)
    session = Session(demo.slack)
    print(_introduction(demo, port, session), flush=True)
    try:
        return _serve(session)
    except EndError:
        if obituary := demo.bot.obituary():
            raise DemoError(obituary) from None
        raise


def _serve(session: Session) -> int:
    """Take lines from a terminal or a pipe; where there are none, stay."""
    if sys.stdin.isatty():
        converse(session)
    elif not obey(session, sys.stdin, sys.stdout):
        _stay()
    return 1 if session.unanswered else 0


def _stay() -> NoReturn:
    print("There is no input: the demo stays up until Ctrl-C or SIGTERM.", flush=True)
    while True:
        signal.pause()


def _introduction(demo: Demo, port: int, session: Session) -> str:
    moved = f"  (port {port} is taken)" if port and urlsplit(demo.slack.url).port != port else ""
    return f"""
  Open this page   {demo.slack.url}{moved}
  Local ECR        {demo.aws.url}
  The bot's log    {demo.log}

Nothing leaves this machine. On the page a tour of seven steps begins; the same can be typed here.
You are {session.person.real_name}, in #eng.
Try /ecr check payments-api, /ecr check team-* or /ecr check checkout-*; then click Share.
Or have one mended: /ecr remediate payments-worker, reason: the audit, submit; then as oncall, click Approve.
help lists what can be typed, quit ends.
"""
