"""The bot's surroundings in the demo, built from nothing: its folder, its ecrbot.toml, its environment.

Nothing of the user's shell is handed on but PATH: a shell that is set up for production must not be able to leak in.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.loopback import require_loopback_everywhere

if TYPE_CHECKING:
    from pathlib import Path

    from demo.world import World

DIGEST_CHANNEL, DIGEST_AT, DIGEST_TIMEZONE = "C0DIGEST", "09:00", "Europe/Bucharest"
"""The digest that ecrbot.toml names."""

APPROVALS_CHANNEL, APPROVERS = "C0APPROVE", "S0ONCALL"
"""Where requests are posted, and who may approve them."""

_PREFIXES = ("AWS_", "BOTO", "SLACK_", "ECRBOT_", "MOTO_")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the local Slack and the local AWS are, and the tokens that the former takes."""

    slack_api_url: str
    bot_token: str
    app_token: str
    aws_url: str


def forget_shell() -> None:
    """Take what AWS, Slack, moto and proxies would act on out of this process's own environment."""
    for name in list(os.environ):
        if name.upper().startswith(_PREFIXES) or name.upper().endswith("_PROXY"):
            del os.environ[name]


def furnish(folder: Path, endpoints: Endpoints, world: World) -> dict[str, str]:
    """Write the bot's files into a folder and return the environment to run it in.

    Args:
        folder: an empty folder of the demo's own.
        endpoints: what the bot is to speak to.
        world: the accounts and the policy that ecrbot.toml names.

    Raises:
        NotLoopbackError: an endpoint is not on this machine.
    """
    environment = _environment(folder, endpoints)
    require_loopback_everywhere(environment)
    (folder / "ecrbot.toml").write_text(settings(world), encoding="utf-8")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        (folder / environment[name]).touch()
    return environment


def settings(world: World) -> str:
    """Return the ecrbot.toml for a world: the approvers, every account with its role, the policy, a digest."""
    lines = [
        "[slack]",
        f'approvals_channel = "{APPROVALS_CHANNEL}"',
        f'approvers = ["{APPROVERS}"]',
        "[aws]",
        f"regions = {_list(world.regions)}",
    ]
    for account in world.accounts:
        roles = f"arn:aws:iam::{account.id}:role/ecrbot"
        lines += ["[[aws.accounts]]", f'id = "{account.id}"', f'name = "{account.name}"']
        lines += [f'role = "{roles}-read"', f'remediation_role = "{roles}-remediate"']
    lines += ["[policy]", f"accepted_exclusions = {_list(world.accepted_exclusions)}"]
    lines += [
        "[[digest]]",
        f'channel = "{DIGEST_CHANNEL}"',
        f'at = "{DIGEST_AT}"',
        f'timezone = "{DIGEST_TIMEZONE}"',
        "",
    ]
    return "\n".join(lines)


def _environment(folder: Path, endpoints: Endpoints) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "SLACK_BOT_TOKEN": endpoints.bot_token,
        "SLACK_APP_TOKEN": endpoints.app_token,
        "SLACK_API_URL": endpoints.slack_api_url,
        "AWS_ENDPOINT_URL": endpoints.aws_url,
        "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(folder / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "aws-credentials"),
        "NO_PROXY": "*",
        "ECRBOT_CONFIG": str(folder / "ecrbot.toml"),
        "ECRBOT_DATABASE": str(folder / "ecrbot.db"),
        "ECRBOT_LOG": "text",
    }


def _list(values: tuple[str, ...]) -> str:
    return json.dumps(list(values))
