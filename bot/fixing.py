"""From the settings to what tells how a repository is fixed in its own code; it knows nothing of Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.checking import policy, signals
from ecr.fixing import Fixing

if TYPE_CHECKING:
    from bot.settings_file import SettingsFile
    from ecr.aws.registry import AwsRegistry
    from ecr.check import Checker


def fixing(reading: AwsRegistry, checking: Checker, file: SettingsFile) -> Fixing:
    """Return what makes the lines, with the policy of the settings."""
    return Fixing(reading, checking, signals(reading), policy(file), file.aws.concurrency)
