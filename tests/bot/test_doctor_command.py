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
remediation_role = "arn:aws:iam::111111111111:role/ecrbot-remediate"
external_id = "of-prod"
[[digest]]
channel = "C0QUIET"
"""

APPLYING = "AWS applying in prod (111111111111)"


@dataclass
class Doctor:
    slack: Workspace
    aws: LocalAws
    folder: Path

    def set(self, old: str, new: str) -> None:
        path = self.folder / "ecrbot.toml"
        assert old in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

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
    assert "the bot event app_home_opened under Event Subscriptions" in lines["Home tab"]
    assert lines[APPLYING] == f"ok {APPLYING}: its remediation_role can be assumed; nothing was written with it."
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
        APPLYING,
    }
    assert "reinstall the app" in failed["scope users:read"]
    assert "/invite" in failed["digest[0].channel C0QUIET"]
    assert "sts:AssumeRole" in failed["AWS prod (111111111111) in eu-west-1"]
    assert "role/ecrbot-remediate" in failed[APPLYING]


def test_what_could_not_be_looked_at_is_a_warning(doctor: Doctor) -> None:
    doctor.slack.scopes = ("commands", "users:read", "usergroups:read", "chat:write")
    code, lines = doctor.run()
    assert code == 0
    assert lines["scope channels:history"] == (
        "warning scope channels:history: is optional, and not granted: a digest that was interrupted is posted with "
        "a line that it may repeat one, and a card may be there twice."
    )
    assert lines["slack.approvals_channel C0APPROVE"].startswith("warning")


def test_a_refused_token_is_said(doctor: Doctor) -> None:
    doctor.slack.fail("auth.test", error="token_revoked", times=None)
    code, lines = doctor.run()
    assert code == 1
    assert lines["SLACK_BOT_TOKEN"].startswith("failed SLACK_BOT_TOKEN: Slack answered token_revoked")


def test_one_role_that_reads_and_writes_is_a_warning(doctor: Doctor) -> None:
    doctor.set('remediation_role = "arn:aws:iam::111111111111:role/ecrbot-remediate"\n', "")
    _, lines = doctor.run()
    assert lines[APPLYING] == (
        f"warning {APPLYING}: remediation_role is not set, so one role reads and writes: set a role of its own with "
        "docs/iam/remediate.json, which is assumed only to apply."
    )


def test_the_default_credentials_that_read_and_write_are_a_warning(doctor: Doctor) -> None:
    (doctor.folder / "ecrbot.toml").write_text('[aws]\nregions = ["eu-west-1"]', encoding="utf-8")
    _, lines = doctor.run()
    assert lines["AWS applying in the default account"].startswith("warning")
    assert "the default credentials' identity reads and writes" in lines["AWS applying in the default account"]


def test_a_role_that_wants_another_external_id_fails_and_is_named(doctor: Doctor) -> None:
    doctor.aws.require_external_id("111111111111", "of-prod")
    assert doctor.run()[1][APPLYING].startswith("ok")
    doctor.aws.require_external_id("111111111111", "another")
    assert "role/ecrbot-remediate" in doctor.run()[1][APPLYING]


def test_trying_a_role_writes_nothing(doctor: Doctor) -> None:
    doctor.aws.reset_calls()
    doctor.run()
    assert not [call for call in doctor.aws.calls if call[0].startswith("Put")]
    assert doctor.aws.calls["AssumeRole", "111111111111", "eu-west-1"] == 2


def test_nobody_who_may_approve_and_no_channel_are_warnings(doctor: Doctor) -> None:
    doctor.set('approvals_channel = "C0APPROVE"\napprovers = ["S0ONCALL", "U0ENGINEER"]', "")
    _, lines = doctor.run()
    assert lines["slack.approvers"] == (
        "warning slack.approvers: nobody is named who may approve for prod: set it to user groups and users."
    )
    assert lines["slack.approvals_channel"].startswith(
        "warning slack.approvals_channel: is not set, so nothing can be asked for"
    )


def test_an_account_with_nobody_is_named_and_one_with_its_own_is_not(doctor: Doctor) -> None:
    doctor.set('external_id = "of-prod"', "approvers = []")
    assert "for prod:" in doctor.run()[1]["slack.approvers"]
    doctor.set("approvers = []", 'approvers = ["U0ONCALL"]')
    doctor.set('approvers = ["S0ONCALL", "U0ENGINEER"]', "")
    _, lines = doctor.run()
    assert "slack.approvers" not in lines
    assert lines["user U0ONCALL"] == "ok user U0ONCALL: is Otto Oncall."


@pytest.mark.parametrize(
    ("approver", "what", "said"),
    [
        ("S0NOBODY", "S0NOBODY", "Slack answered no_such_subteam"),
        ("U0NOBODY", "U0NOBODY", "Slack answered user_not_found"),
        ("U0GONE", "user U0GONE", "is deactivated"),
        ("U0GUEST", "user U0GUEST", "may decide nothing"),
        ("U0ROBOT", "user U0ROBOT", "may decide nothing"),
        ("U0STRANGER", "user U0STRANGER", "may decide nothing"),
    ],
)
def test_an_approver_who_is_none_fails(doctor: Doctor, approver: str, what: str, said: str) -> None:
    doctor.set('external_id = "of-prod"', f'approvers = ["{approver}"]')
    code, lines = doctor.run()
    assert code == 1
    assert lines[what].startswith("failed")
    assert said in lines[what]


def test_a_role_that_may_not_read_creation_templates_is_a_warning_with_the_action(doctor: Doctor) -> None:
    doctor.set('regions = ["eu-west-1"]', 'regions = ["eu-west-1", "us-east-1"]')
    doctor.aws.fail("DescribeRepositoryCreationTemplates", error="AccessDeniedException", status=400)
    _, lines = doctor.run()
    assert lines["AWS prod (111111111111) in eu-west-1"].startswith("ok")
    [line] = [line for line in lines.values() if "guardrails" in line]
    assert line == (
        "warning AWS guardrails in prod (111111111111): are optional, and creation templates cannot be read, so that "
        "what they guard is unknown. arn:aws:iam::111111111111:role/ecrbot-read may not call "
        "ecr:DescribeRepositoryCreationTemplates in prod (111111111111) in eu-west-1: grant it "
        "ecr:DescribeRepositoryCreationTemplates. docs/iam/guardrails.json has what guardrails need."
    )


def test_a_role_that_may_read_creation_templates_is_told_what_changing_them_takes(doctor: Doctor) -> None:
    doctor.aws.reset_calls()
    assert doctor.run()[1]["AWS guardrails in prod (111111111111)"] == (
        "ok AWS guardrails in prod (111111111111): can be read; to change them, a role needs docs/iam/guardrails.json "
        "too, which is not tried from here."
    )
    assert doctor.aws.calls["DescribeRepositoryCreationTemplates", "111111111111", "eu-west-1"] == 1
