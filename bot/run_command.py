"""`run`: the bot itself, which the Procfile starts."""

from __future__ import annotations

import click

from bot import logs, running
from bot import settings as settings_of
from bot.memory import Memory
from ecr.errors import SettingsError


@click.command("run")
def command() -> int:
    """Run the bot until SIGTERM or Ctrl-C.

    With SLACK_APP_TOKEN it connects to Slack by Socket Mode; with SLACK_SIGNING_SECRET instead it serves HTTP on PORT.
    """
    settings = settings_of.load(slack=True, connect=True)
    if settings.slack is None:
        raise SettingsError("The Slack settings were not read.")
    logs.configure(settings.log)
    running.run(settings, settings.slack, Memory.prepare(settings.database, bot=True))
    return 0
