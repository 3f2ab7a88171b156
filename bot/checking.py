"""From the settings to what checks repositories: accounts with their roles and regions, the policy, the clock.

It knows nothing of Slack, so that the command line starts without it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ecr.aws.registry import Account, AwsRegistry
from ecr.aws.sessions import Role
from ecr.check import Checker
from ecr.freshness import Freshener
from ecr.model import Policy
from ecr.subscription import Filters, Subscription
from ecr.sweep import Sweeper

if TYPE_CHECKING:
    from bot.settings_file import SettingsFile
    from ecr.ports import Clock, History, Registry


def now() -> datetime:
    """Return the present moment in UTC: the clock of everything but tests and the demo."""
    return datetime.now(UTC)


def policy(file: SettingsFile) -> Policy:
    """Return how the control is read."""
    return Policy(file.policy.mode, frozenset(file.policy.accepted_exclusions))


def accounts(file: SettingsFile) -> tuple[Account, ...]:
    """Return the accounts to read; without any in the settings, that of the default credentials."""
    regions = file.aws.regions or ()
    if not file.aws.accounts:
        return (Account(None, regions),)
    return tuple(
        Account(
            account.id,
            account.regions or regions,
            account.name,
            Role(account.role, account.external_id) if account.role else None,
        )
        for account in file.aws.accounts
    )


def checker(reading: Registry, file: SettingsFile, clock: Clock = now) -> Checker:
    """Return what checks repositories by these settings."""
    return Checker(reading, policy(file), clock, file.aws.concurrency)


def sweeper(reading: Registry, file: SettingsFile, history: History, clock: Clock = now) -> Sweeper:
    """Return what sweeps by these settings."""
    return Sweeper(reading, policy(file), history, clock, file.aws.concurrency, file.store.keep)


def freshener(sweeping: Sweeper, file: SettingsFile, history: History, clock: Clock = now) -> Freshener:
    """Return what sweeps before a digest where the last sweep is too old."""
    return Freshener(sweeping, history, clock, file.sweep.every)


def subscriptions(file: SettingsFile, at: datetime) -> tuple[Subscription, ...]:
    """Return the subscriptions of the settings file, as ones that begin now."""
    return tuple(
        Subscription(one.channel, one.at, one.timezone, Filters(one.repositories, one.accounts, one.regions), at)
        for one in file.digest
    )


def registry(file: SettingsFile) -> AwsRegistry:
    """Return what reads ECR in every configured account and region.

    Raises:
        SettingsError: an account has no region, or the profile of the default credentials is not there.
    """
    return AwsRegistry(accounts(file), file.aws.concurrency)
