"""`digest`: today's digest of each subscription, printed; or posted now, unless it is there already."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import click

from bot import settings as settings_of
from bot.checking import freshener, now, registry, subscriptions, sweeper
from bot.memory import Memory
from bot.settings_file import CHANNEL
from ecr.composing import Composer
from ecr.errors import SettingsError, UsageError
from ecr.subscription import DEFAULT_AT, Filters, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings, SlackEnvironment
    from ecr.digest import Digest
    from ecr.freshness import Freshener

SWEEP_SECONDS = 600.0
"""How long a sweep that somebody else makes is waited for."""


@click.command("digest")
@click.option("--channel", metavar="C", help="The channel's digest alone, by its id.")
@click.option("--post", is_flag=True, help="Post it now, unless today's has been posted already.")
@click.option("--json", "as_json", is_flag=True, help="Print one array of digests.")
def command(channel: str | None, *, post: bool, as_json: bool) -> int:
    """Show today's digest of each subscription, or post it now.

    Where the last sweep is older than sweep.every, it sweeps first. A channel without a subscription, or no channel
    where there is no subscription at all, gets one of every repository.

    Exit codes: 0; 2 usage or settings; 3 Slack or AWS did not do what was asked.
    """
    settings = settings_of.load(slack=post)
    memory = Memory.prepare(settings.database)
    chosen = _chosen(settings, memory, channel)
    if post:
        if not chosen:
            raise UsageError(
                "No channel is subscribed: give --channel, set [[digest]] in ecrbot.toml, or type /ecr subscribe."
            )
        if settings.slack is None:
            raise SettingsError("The Slack settings were not read.")
        return _post(settings, settings.slack, memory, chosen, as_json=as_json)
    reading = sweeper(registry(settings.file), settings.file, memory.history, exemptions=memory.exemptions)
    digests = _digests(memory, freshener(reading, settings.file, memory.history), chosen)
    _show([(one, digest) for one, digest in digests], as_json=as_json)
    return 0


def _chosen(settings: Settings, memory: Memory, channel: str | None) -> tuple[Subscription, ...]:
    """Return the subscriptions of the settings file and of Slack, or those of a channel; nothing is written.

    Raises:
        UsageError: the channel is no id of one.
    """
    if channel is not None and not re.fullmatch(CHANNEL, channel):
        raise UsageError(f"--channel: got {channel!r}, wants a channel's id like C0DIGEST.")
    at = now()
    file = {one.id: one for one in subscriptions(settings.file, at)}
    slack = (one for one in memory.subscriptions.all() if one.by is not None and one.id not in file)
    chosen = tuple(one for one in (*file.values(), *slack) if channel in (None, one.channel))
    if chosen or channel is None:
        return chosen
    click.echo(f"ecrbot: channel {channel} is not subscribed, so this is of every repository.", err=True)
    return (Subscription(channel, DEFAULT_AT, "UTC", Filters(), at),)


def _digests(
    memory: Memory, fresh: Freshener, chosen: tuple[Subscription, ...]
) -> Iterator[tuple[Subscription | None, Digest]]:
    trouble, composer = fresh.freshen_patiently(SWEEP_SECONDS), Composer(memory.history, memory.postings, now)
    for one in chosen:
        yield one, composer.of_subscription(one, composer.today(one.timezone), trouble)[0]
    if not chosen:
        yield None, composer.of_filters(Filters(), "UTC", trouble)


def _show(digests: list[tuple[Subscription | None, Digest]], *, as_json: bool) -> None:
    from bot.digest_rows import digest_row  # noqa: PLC0415 - only where a digest is shown
    from bot.digest_text import digest_text  # noqa: PLC0415 - the same

    if as_json:
        rows = [digest_row(digest, one.channel if one else None) for one, digest in digests]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for one, digest in digests:
        click.echo(digest_text(digest, one.channel if one else None))


def _post(
    settings: Settings,
    environment: SlackEnvironment,
    memory: Memory,
    chosen: tuple[Subscription, ...],
    *,
    as_json: bool,
) -> int:
    """Post the digest of each, and say what became of it."""
    from bot.posting import post_each  # noqa: PLC0415 - Slack's client, for this alone

    outcomes = post_each(settings, environment, memory, chosen)
    if as_json:
        click.echo(json.dumps([one.row() for one in outcomes], indent=2, ensure_ascii=False))
    else:
        for one in outcomes:
            click.echo(one.sentence, err=one.failed)
    return 3 if any(one.failed for one in outcomes) else 0
