"""From the settings to what checks and changes repositories: accounts with their roles, the policy, the clock.

It knows nothing of Slack, so that the command line starts without it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ecr.approval import Approvers
from ecr.aws.registry import Account, AwsRegistry
from ecr.aws.sessions import Role
from ecr.aws.signals import AwsSignals
from ecr.aws.writing import AwsWriter
from ecr.check import Checker
from ecr.freshness import Freshener
from ecr.model import Policy
from ecr.subscription import Filters, Subscription
from ecr.sweep import Sweeper

if TYPE_CHECKING:
    from bot.settings_file import SettingsFile
    from ecr.ports import Clock, History, Registry
    from ecr.request_ports import Exemptions


def now() -> datetime:
    """Return the present moment in UTC: the clock of everything but tests and the demo."""
    return datetime.now(UTC)


def policy(file: SettingsFile) -> Policy:
    """Return how the control is read."""
    return Policy(file.policy.mode, frozenset(file.policy.accepted_exclusions))


def accounts(file: SettingsFile) -> tuple[Account, ...]:
    """Return the accounts; without any in the settings, that of the default credentials."""
    regions = file.aws.regions or ()
    if not file.aws.accounts:
        return (Account(None, regions),)
    return tuple(
        Account(
            account.id,
            account.regions or regions,
            account.name,
            _role(account.role, account.external_id),
            _role(account.remediation_role, account.external_id),
        )
        for account in file.aws.accounts
    )


def _role(arn: str | None, external_id: str | None) -> Role | None:
    return Role(arn, external_id) if arn else None


def approvers(file: SettingsFile) -> Approvers:
    """Return who may approve; an account that names its own has those instead."""
    own = {account.id: account.approvers for account in file.aws.accounts if account.approvers is not None}
    return Approvers(file.slack.approvers, own, file.slack.self_approval)


def checker(reading: Registry, file: SettingsFile, clock: Clock = now, exemptions: Exemptions | None = None) -> Checker:
    """Return what checks repositories by these settings, and with these exemptions where they are known."""
    return Checker(reading, policy(file), clock, file.aws.concurrency, exemptions)


def sweeper(
    reading: Registry,
    file: SettingsFile,
    history: History,
    clock: Clock = now,
    exemptions: Exemptions | None = None,
) -> Sweeper:
    """Return what sweeps by these settings, and with these exemptions."""
    return Sweeper(reading, policy(file), history, clock, file.aws.concurrency, file.store.keep, exemptions)


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


def writer(file: SettingsFile) -> AwsWriter:
    """Return what makes the changes of approved requests, with clients and credentials of its own.

    Raises:
        SettingsError: the profile of the default credentials is not there.
    """
    return AwsWriter(accounts(file))


def signals(reading: AwsRegistry) -> AwsSignals:
    """Return what reads what a change may break, as the roles that read."""
    return AwsSignals(reading)
