"""The command line: which commands there are, and how errors leave it. What each does is in a module of its own.

Those modules are imported when their command is called: `check` must not wait for what only `run` needs.
"""

from __future__ import annotations

import importlib
import sys

import click

from ecr.errors import EcrbotError, HistoryError, UsageError

USAGE, UNKNOWN = 2, 3
"""Exit codes beside 0 (all pass or are exempt) and 1 (something fails)."""

COMMANDS = {
    "run": "The bot: Slack deliveries are answered until it is told to end.",
    "check": "Check repositories now, from AWS; the same verdict as /ecr check.",
    "fix": "Print the lines for the infrastructure code of a repository, so that its fix stays.",
    "sweep": "Sweep every configured account and region into the history.",
    "list": "List non-compliant repositories by the last sweep.",
    "history": "Show what happened to a repository: found, requested, applied, exempted, resolved.",
    "guardrails": "Show what guards every repository of an account and region, present and future.",
    "requests": "List requests: who asked, who decided, what came of it.",
    "audit": "Export the audit of every request, or check that it is whole.",
    "export": "Export the current findings: for an auditor, Security Hub, a data lake or a CI job.",
    "digest": "Show today's digest, or post it now.",
    "doctor": "Check settings, Slack, AWS and the database, a line each.",
}


class Commands(click.Group):
    """The commands, each imported when it is called or asked for its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order that they are introduced in."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"bot.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command named, or say what is near it."""
        from difflib import get_close_matches  # noqa: PLC0415 - for a name that is not known alone

        near = get_close_matches(args[0], COMMANDS, n=1)
        if args[0] not in COMMANDS and near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ecrbot", prog_name="ecrbot")
def group() -> None:
    """Keep AWS ECR repositories immutable and scanned on push, from Slack and from here.

    Exit codes of check, guardrails, sweep, list and export: 0 all pass or exempt; 1 something fails; 2 usage or
    settings; 3 something is unknown and nothing fails.
    """


def main() -> None:
    """Run the command line and exit; an error is a sentence on stderr, never a traceback."""
    try:
        sys.exit(group(standalone_mode=False, prog_name="ecrbot"))
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    except EcrbotError as error:
        click.echo(f"ecrbot: {error}", err=True)
        sys.exit(USAGE if isinstance(error, UsageError | HistoryError) else UNKNOWN)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        name = type(error).__name__
        click.echo(f"ecrbot: a defect of its own, {name}: {error}. python -X dev -m bot … shows where.", err=True)
        sys.exit(UNKNOWN)
