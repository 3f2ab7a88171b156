"""From the settings to what asks for, decides about and fulfils requests."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.checking import approvers, policy, signals, writer
from ecr.announcing import Announcer
from ecr.asking import Asking
from ecr.deciding import Deciding
from ecr.fulfilling import Fulfilment
from ecr.guarding import Guarding
from ecr.planning import Planning
from ecr.remediate import Remediator
from ecr.tools import Tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.memory import Memory
    from bot.settings_file import SettingsFile
    from ecr.aws.registry import AwsRegistry
    from ecr.check import Checker
    from ecr.ports import Clock
    from ecr.request_ports import Directory, Noticeboard
    from ecr.sweep import Sweeper

logger = logging.getLogger(__name__)


def asking(
    file: SettingsFile, memory: Memory, reading: AwsRegistry, checking: Checker, directory: Directory, clock: Clock
) -> Asking:
    """Return what makes requests."""
    planning = Planning(reading, checking, signals(reading), policy(file), clock, file.aws.concurrency)
    channel, ttl = file.slack.approvals_channel, file.slack.request_ttl
    guarding_ = guarding(file, memory, reading, clock)
    return Asking(planning, guarding_, memory.requests, directory, approvers(file), clock, channel, ttl)


def guarding(file: SettingsFile, memory: Memory, reading: AwsRegistry, clock: Clock) -> Guarding:
    """Return what tells what guards each account and region, and what would."""
    return Guarding(reading, policy(file), clock, memory.registries, file.aws.concurrency)


def deciding(file: SettingsFile, memory: Memory, directory: Directory, clock: Clock) -> Deciding:
    """Return what settles requests."""
    return Deciding(memory.requests, directory, approvers(file), clock)


def announcer(memory: Memory, board: Noticeboard, clock: Clock, changed: Callable[[str], object]) -> Announcer:
    """Return what tells Slack of requests; `changed` is told of each of which something is told."""
    return Announcer(memory.requests, memory.outbox, board, clock, changed=changed)


def fulfilment(
    file: SettingsFile, memory: Memory, reading: AwsRegistry, sweeping: Sweeper, announcing: Announcer, clock: Clock
) -> Fulfilment:
    """Return what carries requests to their end."""
    tools = Tools(
        registry=reading,
        writer=writer(file),
        policy=policy(file),
        requests=memory.requests,
        exemptions=memory.exemptions,
        turns=memory.turns,
        clock=clock,
        workers=file.aws.concurrency,
    )
    return Fulfilment(
        requests=memory.requests,
        remediator=Remediator(tools, memory.subscriptions),
        announcer=announcing,
        exemptions=memory.exemptions,
        clock=clock,
        sweep=sweeping.sweep,
    )
