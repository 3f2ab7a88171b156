"""`python -m bot doctor`: one line for each thing, and what to do about what fails."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.aws import LocalAws
from demo.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SETTINGS = """
[slack]
approvals_channel = "C0APPROVE"
approvers = ["S0ONCALL", "U0ENGINEER"]
[aws]
regions = ["eu-west-1"]
[[aws.accounts]]
id = "111111111111"
name = "prod"
role = "arn:aws:iam::111111111111:role/ecrbot-read"
[[digest]]
channel = "C0QUIET"
"""


@dataclass
class Doctor:
    slack: Workspace
    aws: LocalAws
    folder: Path

    def run(self) -> tuple[int, dict[str, str]]:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": "AKIAHOME",
            "AWS_SECRET_ACCESS_KEY": "home",
        }
        command = [sys.executable, "-m", "bot", "doctor"]
        done = subprocess.run(
            command, env=env, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stderr == ""
        lines = [line.split(None, 1) for line in done.stdout.splitlines()]
        return done.returncode, {rest.split(": ")[0]: f"{health} {rest}" for health, rest in lines}


@pytest.fixture
def doctor(tmp_path: Path) -> Iterator[Doctor]:
    (tmp_path / "ecrbot.toml").write_text(SETTINGS, encoding="utf-8")
    with LocalAws() as aws, Workspace() as slack:
        aws.reset()
        yield Doctor(slack, aws, tmp_path)
        aws.clear()


def test_all_is_well_where_all_is_well(doctor: Doctor) -> None:
    doctor.slack.scopes = (*doctor.slack.scopes, "channels:history", "groups:history")
    (doctor.folder / "ecrbot.toml").write_text(SETTINGS.replace("C0QUIET", "C0DIGEST"), encoding="utf-8")
    code, lines = doctor.run()
    assert code == 0
    assert all(line.startswith("ok ") for line in lines.values())
    assert "slack.approvals_channel C0APPROVE: is #ecr-approvals" in lines["slack.approvals_channel C0APPROVE"]
    assert "AWS prod (111111111111) in eu-west-1" in lines
    assert not (doctor.folder / "ecrbot.db").exists()


def test_each_failure_is_a_line_with_what_to_do(doctor: Doctor) -> None:
    doctor.slack.scopes = ("commands", "channels:read", "usergroups:read")
    doctor.slack.set_group("S0ONCALL", ())
    doctor.slack.archive("C0APPROVE")
    doctor.slack.fail("apps.connections.open", error="not_allowed_token_type")
    doctor.aws.refuse_role("111111111111")
    (doctor.folder / "ecrbot.db").write_bytes(b"damaged" * 500)
    code, lines = doctor.run()
    assert code == 1
    failed = {what: line for what, line in lines.items() if line.startswith("failed")}
    assert set(failed) == {
        "database ecrbot.db",
        "scope users:read",
        "scope chat:write",
        "SLACK_APP_TOKEN",
        "slack.approvals_channel C0APPROVE",
        "digest[0].channel C0QUIET",
        "user group S0ONCALL",
        "U0ENGINEER",
        "AWS prod (111111111111) in eu-west-1",
    }
    assert "reinstall the app" in failed["scope users:read"]
    assert "/invite" in failed["digest[0].channel C0QUIET"]
    assert "sts:AssumeRole" in failed["AWS prod (111111111111) in eu-west-1"]


def test_what_could_not_be_looked_at_is_a_warning(doctor: Doctor) -> None:
    doctor.slack.scopes = ("commands", "users:read", "usergroups:read", "chat:write")
    code, lines = doctor.run()
    assert code == 0
    assert lines["scope channels:history"] == (
        "warning scope channels:history: is optional, and not granted: a digest that was interrupted is posted with "
        "a line that it may repeat one."
    )
    assert lines["slack.approvals_channel C0APPROVE"].startswith("warning")


def test_a_refused_token_is_said(doctor: Doctor) -> None:
    doctor.slack.fail("auth.test", error="token_revoked", times=None)
    code, lines = doctor.run()
    assert code == 1
    assert lines["SLACK_BOT_TOKEN"].startswith("failed SLACK_BOT_TOKEN: Slack answered token_revoked")
