"""`doctor`: whether all that the bot needs is there, a line each, with what to do about what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot import doctor, doctor_requests
from bot import settings as settings_of
from bot.doctor import Health, Line
from bot.slack import web_client
from ecr.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings, SlackEnvironment

_COLOURS = {Health.OK: "green", Health.WARNING: "yellow", Health.FAILED: "red"}


@click.command("doctor")
def command() -> int:
    """Check settings, Slack token and scopes, channels, approvers, AWS roles and permissions, and the database.

    One line each, with what to do about what fails. Exit codes: 0 all is well; 1 something fails; 2 settings.
    """
    settings = settings_of.load(slack=True, connect=True)
    if settings.slack is None:
        raise SettingsError("The Slack settings were not read.")
    failed = False
    for line in _lines(settings, settings.slack):
        click.echo(f"{click.style(f'{line.health:8}', fg=_COLOURS[line.health])}{line.what}: {line.says}")
        failed = failed or line.health is Health.FAILED
    return 1 if failed else 0


def _lines(settings: Settings, environment: SlackEnvironment) -> Iterator[Line]:
    client = web_client(environment)
    yield Line(Health.OK, "settings", "are read, and every one is well formed.")
    yield from doctor.database(settings)
    yield from doctor.slack_token(client)
    yield from doctor.slack_connection(client, environment)
    yield from doctor.slack_home()
    yield from doctor.channels(client, settings.file)
    yield from doctor_requests.unset(settings.file)
    yield from doctor_requests.people(client, settings.file)
    yield from doctor.aws(settings.file)
    yield from doctor_requests.roles(settings.file)
