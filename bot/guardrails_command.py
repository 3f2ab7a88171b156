"""`guardrails [ACCOUNT] [REGION]`: what guards every repository, now, from AWS, as text, as JSON, and as exit code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from bot import settings as settings_of
from bot.checking import now, policy, registry
from bot.exits import CODES
from bot.guardrail_rows import row
from ecr.deadline import Deadline
from ecr.errors import HistoryError, UsageError
from ecr.guarding import Guarding, Scope
from ecr.model import worst

if TYPE_CHECKING:
    from datetime import datetime

    from bot.settings import Settings
    from ecr.guardrail_ports import Known, Registries
    from ecr.model import RegistryState, Target

DEADLINE_SECONDS = 30.0

# As AWS forms them (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d+")


@click.command("guardrails")
@click.argument("account", required=False)
@click.argument("region", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one array of rows, an account and region each.")
def command(account: str | None, region: str | None, *, as_json: bool) -> int:
    """Show what guards every repository of an account and region, present and future, now, from AWS.

    ACCOUNT is the id of an account or what the settings call it; REGION is a region. Either may be left out, and they
    may come in either order.

    Exit codes: 0 all is guarded; 1 something is not; 2 usage or settings; 3 something is unknown and nothing else is
    amiss.
    """
    settings = settings_of.load()
    remembered = _remembered(settings)
    file = settings.file
    scope = _scope(tuple(word for word in (account, region) if word), {one.name for one in file.aws.accounts})
    guarding = Guarding(registry(file), policy(file), now, remembered, file.aws.concurrency)
    found = guarding.read(scope, Deadline.after(DEADLINE_SECONDS))
    if as_json:
        click.echo(json.dumps([row(one, guarding.policy) for one in found], indent=2, ensure_ascii=False))
    else:
        from bot.guardrail_table import show  # noqa: PLC0415 - rich, for people alone

        show(found)
    if remembered.trouble is not None:
        click.echo(f"ecrbot: {remembered.trouble}", err=True)
    return CODES[worst(tuple(one.verdict for one in found))]


@dataclass(slots=True)
class Remembered:
    """What the history remembers of registries, as `ecr.guardrail_ports.Registries`, where there is one.

    Nothing that is wrong with it stops the command; `trouble` says the first that was.
    """

    kept: Registries | None = None
    trouble: str | None = field(default=None)

    def remember(self, target: Target, state: RegistryState, *, at: datetime) -> None:
        """Remember what was read of a registry, if that can be."""
        if self.kept is None:
            return
        try:
            self.kept.remember(target, state, at=at)
        except HistoryError as error:
            self.trouble = self.trouble or f"{error} So what was read is not remembered."

    def known(self) -> tuple[Known, ...]:
        """Return what is known, which is nothing where it cannot be read."""
        try:
            return () if self.kept is None else self.kept.known()
        except HistoryError as error:
            self.kept, self.trouble = None, f"{error} {_UNKNOWN_NAMES}"
            return ()

    def names(self, account: str, region: str) -> tuple[str, ...] | None:
        """Return the repositories by the last sweep, if that can be read."""
        try:
            return None if self.kept is None else self.kept.names(account, region)
        except HistoryError as error:
            self.trouble = self.trouble or f"{error} {_UNKNOWN_NAMES}"
            return None


_UNKNOWN_NAMES = "So what the rules miss is told of the first thousand repositories of each account and region."


def _remembered(settings: Settings) -> Remembered:
    """Look into the history, if there is one: this command makes none."""
    path = settings.database
    if not path.is_file():
        return Remembered(trouble=f"there is no history at {path}. {_UNKNOWN_NAMES}")
    from store.history import SqliteHistory  # noqa: PLC0415 - sqlite-utils, only where there is a history
    from store.registries import SqliteRegistries  # noqa: PLC0415 - as above

    try:
        SqliteHistory.existing(path)
    except HistoryError as error:
        return Remembered(trouble=f"{error} {_UNKNOWN_NAMES}")
    return Remembered(SqliteRegistries(path))


def _scope(words: tuple[str, ...], names: set[str | None]) -> Scope:
    """Return which accounts and regions are meant: a word that looks like a region is one, but for an account's name.

    Raises:
        UsageError: there are two of a kind.
    """
    regions = [word.lower() for word in words if word not in names and _REGION.fullmatch(word.lower())]
    accounts = [word for word in words if word in names or not _REGION.fullmatch(word.lower())]
    for kind, given, example in (("account", accounts, "prod"), ("region", regions, "eu-west-1")):
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} are two: name one {kind} at most, as in guardrails {example}.")
    return Scope(next(iter(accounts), None), next(iter(regions), None))
