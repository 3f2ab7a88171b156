"""`python -m demo`: the command line of the demo. What it does is in demo/sitting.py."""

from __future__ import annotations

import gc
import os
import sys

import click

from demo import signals
from demo.environment import forget_shell

DEFAULT_PORT = 8021


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Where the local Slack listens on 127.0.0.1; where it is taken, the next free one is used. 0: any.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Draws the settings of the repositories team-…; the same seed gives the same ones.",
)
@click.option("--fresh", is_flag=True, help="Begin without the thirty days of history.")
def main(port: int, seed: int, *, fresh: bool) -> None:
    """Try ecrbot on this machine alone: a local ECR, a local Slack workspace, and the bot between them.

    On a terminal it asks for commands. Commands that are piped in are run one by one, and it ends after the last. With
    no input it stays up until Ctrl-C or SIGTERM.
    """
    _keep_stdin()
    signals.listen()
    forget_shell()
    try:
        sys.exit(_sit(port, seed, fresh=fresh))
    except signals.EndError:
        print()
        sys.exit(0)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _sit(port: int, seed: int, *, fresh: bool) -> int:
    print("Starting a local ECR, a local Slack workspace and the bot …", flush=True)
    gc.disable()  # what is loaded and made now stays: looking for garbage is a tenth of the start
    # Only now: moto reads its settings from the environment when it is imported, and --help needs none of it.
    from demo.sitting import sit  # noqa: PLC0415

    return sit(port, seed, fresh=fresh)


def _keep_stdin() -> None:
    """Where standard input is closed, open nothing in its place, so that no socket gets its number."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")


if __name__ == "__main__":
    main(prog_name="python -m demo")
