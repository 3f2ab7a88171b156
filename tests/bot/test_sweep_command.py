"""`sweep` and `list` as processes of their own: what changed, what stays unknown, what is remembered."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo.aws import LocalAws
from ecr.model import Rule, Target
from ecr.request import Exempting, Item
from store.history import SqliteHistory
from store.requests import SqliteRequests
from tests.bot.asked import apply, approve, exemption

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROD, STAGING = "111111111111", "222222222222"
SETTINGS = '[aws]\nregions = ["eu-west-1"]\n' + "".join(
    f'[[aws.accounts]]\nid = "{account}"\nrole = "arn:aws:iam::{account}:role/r"\n' for account in (PROD, STAGING)
)


@dataclass
class Shell:
    aws: LocalAws
    folder: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": "AKIAHOME",
            "AWS_SECRET_ACCESS_KEY": "home",
        }
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(
            command, env=env, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )

    def json(self, command: str) -> tuple[int, Any]:
        done = self.run(command, "--json")
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)

    def rows(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "ecrbot.db")) as database:
            return database.execute(sql).fetchall()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with LocalAws() as aws:
        aws.reset()
        aws.create(PROD, "eu-west-1", "passing", mutability="IMMUTABLE", scan_on_push=True)
        aws.create(PROD, "eu-west-1", "failing")
        aws.create(STAGING, "eu-west-1", "half", mutability="IMMUTABLE")
        (tmp_path / "ecrbot.toml").write_text(SETTINGS, encoding="utf-8")
        yield Shell(aws, tmp_path)
        aws.clear()


def test_a_sweep_counts_repositories_and_opens_findings(shell: Shell) -> None:
    code, swept = shell.json("sweep")
    assert code == 1
    assert {key: swept[key] for key in ("targets", "repositories", "passing", "failing", "exempt", "unknown")} == {
        "targets": 2,
        "repositories": 3,
        "passing": 1,
        "failing": 2,
        "exempt": 0,
        "unknown": 0,
    }
    assert (swept["opened"], swept["resolved"], swept["unreadable"]) == (3, 0, [])
    assert swept["api_calls"] == 6
    assert set(swept) >= {"sweep", "started_at", "finished_at", "seconds"}


def test_a_second_sweep_of_the_same_changes_nothing(shell: Shell) -> None:
    shell.json("sweep")
    before = shell.rows("SELECT * FROM repositories")
    _, swept = shell.json("sweep")
    assert (swept["opened"], swept["resolved"]) == (0, 0)
    assert shell.rows("SELECT * FROM repositories") == before
    assert shell.rows("SELECT count(*) FROM sweeps") == [(2,)]


def test_what_is_fixed_outside_is_resolved_and_what_regresses_opens_anew(shell: Shell) -> None:
    shell.json("sweep")
    ecr = shell.aws.client("ecr", PROD, "eu-west-1")
    ecr.put_image_tag_mutability(repositoryName="failing", imageTagMutability="IMMUTABLE")
    _, swept = shell.json("sweep")
    assert (swept["opened"], swept["resolved"]) == (0, 1)
    ecr.put_image_tag_mutability(repositoryName="failing", imageTagMutability="MUTABLE")
    _, swept = shell.json("sweep")
    assert (swept["opened"], swept["resolved"]) == (1, 0)
    history = shell.rows(
        "SELECT closed_how, closed_at IS NULL FROM findings WHERE rule = 'tag-immutability' ORDER BY opened_at"
    )
    assert history == [("fixed outside", 0), (None, 1)]
    assert shell.rows("SELECT count(*), count(until) FROM repository_settings WHERE repository = 'failing'") == [(3, 2)]


def test_a_repository_that_is_gone_is_closed_as_deleted(shell: Shell) -> None:
    shell.json("sweep")
    shell.aws.client("ecr", PROD, "eu-west-1").delete_repository(repositoryName="failing", force=True)
    _, swept = shell.json("sweep")
    assert (swept["repositories"], swept["resolved"]) == (2, 2)
    assert shell.rows("SELECT DISTINCT closed_how FROM findings WHERE closed_at IS NOT NULL") == [("deleted",)]
    assert [row["repository"] for row in shell.json("list")[1]] == ["half"]


def test_a_target_that_cannot_be_read_resolves_nothing_and_its_repositories_are_unknown(shell: Shell) -> None:
    shell.json("sweep")
    shell.aws.refuse_role(PROD)
    code, swept = shell.json("sweep")
    assert code == 1
    assert (swept["unknown"], swept["failing"], swept["resolved"]) == (2, 1, 0)
    [unread] = swept["unreadable"]
    assert (unread["account"], unread["region"]) == (PROD, "eu-west-1")
    assert f"arn:aws:iam::{PROD}:role/r" in unread["error"]
    code, listed = shell.json("list")
    assert code == 1
    assert [(row["repository"], row["verdict"]) for row in listed] == [("failing", "unknown"), ("half", "fail")]
    assert "It was fail at 2" in listed[0]["findings"][0]["evidence"]


def test_nothing_but_unknown_is_3(shell: Shell) -> None:
    for account in (PROD, STAGING):
        shell.aws.refuse_role(account)
    assert shell.json("sweep")[0] == 3


def test_an_empty_answer_of_another_account_closes_nothing(shell: Shell) -> None:
    shell.json("sweep")
    (shell.folder / "ecrbot.toml").write_text(SETTINGS.replace("role = ", "# role = "), encoding="utf-8")
    _, swept = shell.json("sweep")
    assert (swept["resolved"], len(swept["unreadable"])) == (0, 2)
    assert "Account 123456789012 answered" in swept["unreadable"][0]["error"]


def test_a_second_sweep_at_the_same_time_says_that_one_is_running(shell: Shell) -> None:
    history = SqliteHistory.prepare(shell.folder / "ecrbot.db")
    with history.sweeping():
        done = shell.run("sweep")
    assert "A sweep is running already" in done.stderr
    assert shell.run("sweep").returncode == 1


def test_a_check_and_a_sweep_write_the_same_history(shell: Shell) -> None:
    shell.json("sweep")
    shell.aws.client("ecr", PROD, "eu-west-1").put_image_tag_mutability(
        repositoryName="failing", imageTagMutability="IMMUTABLE"
    )
    shell.run("check", "failing")
    assert shell.rows("SELECT rule, closed_how FROM closed_findings WHERE repository = 'failing'") == [
        ("tag-immutability", "fixed outside")
    ]


def test_the_views_are_there_for_whoever_opens_the_file(shell: Shell) -> None:
    shell.json("sweep")
    assert shell.rows("SELECT repository, rule, age_in_days FROM open_findings ORDER BY 1, 2") == [
        ("failing", "scan-on-push", 0),
        ("failing", "tag-immutability", 0),
        ("half", "scan-on-push", 0),
    ]
    assert shell.rows("SELECT passing, failing, exempt, unknown FROM compliance_by_day") == [(1, 2, 0, 0)]


def test_a_list_without_a_history_says_what_makes_one(shell: Shell) -> None:
    done = shell.run("list")
    assert done.returncode == 2
    assert "python -m bot sweep makes it" in done.stderr
    assert not (shell.folder / "ecrbot.db").exists()


def test_for_a_person_both_are_text(shell: Shell) -> None:
    swept = shell.run("sweep")
    assert swept.stdout.splitlines()[1] == "Findings: 3 opened, 0 resolved."
    listed = shell.run("list").stdout.splitlines()
    assert listed[0] == f"fail    failing  {PROD} in eu-west-1"
    assert re.fullmatch(r"Swept \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", listed[-1])
    assert not [line for line in listed if line.startswith(("Unknown", "Unread", "Nothing"))]


def test_a_list_of_nothing_is_green_where_all_was_read(shell: Shell) -> None:
    make_compliant(shell)
    shell.json("sweep")
    done = shell.run("list")
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing is non-compliant by the last sweep.\nSwept ")


def test_an_account_that_was_never_read_makes_no_green_list(shell: Shell) -> None:
    make_compliant(shell)
    shell.aws.refuse_role(STAGING)
    assert shell.json("sweep")[0] == 3
    done = shell.run("list")
    first, unread, swept = done.stdout.splitlines()
    assert done.returncode == 3
    assert first == "Nothing that could be read is non-compliant by the last sweep."
    assert unread.startswith(f"Unread: {STAGING} in eu-west-1: ")
    assert f"arn:aws:iam::{STAGING}:role/r" in unread
    assert swept.startswith("Swept ")
    assert shell.json("list") == (3, [])


def test_what_is_unknown_in_an_account_that_was_read_ends_the_list_with_3(shell: Shell) -> None:
    make_compliant(shell)
    shell.aws.fail("GetRegistryScanningConfiguration", error="AccessDeniedException")
    assert shell.json("sweep")[0] == 3
    done = shell.run("list")
    assert done.returncode == 3
    assert done.stdout.splitlines()[:2] == [
        "Nothing that could be read is non-compliant by the last sweep.",
        "Unknown: 3 more repositories.",
    ]


def test_what_fails_outweighs_what_is_unknown(shell: Shell) -> None:
    shell.json("sweep")
    shell.aws.refuse_role(PROD)
    shell.json("sweep")
    failing = shell.run("list")
    shell.aws.refuse_role(STAGING)
    shell.json("sweep")
    unread = shell.run("list")
    assert (failing.returncode, unread.returncode) == (1, 3)
    assert "Unknown: 1 more repository." in failing.stdout.splitlines()


def test_a_rule_that_became_unknown_is_listed_as_unknown_and_not_as_passing(shell: Shell) -> None:
    shell.json("sweep")
    shell.aws.fail("GetRegistryScanningConfiguration", error="AccessDeniedException")
    assert shell.json("sweep")[1]["resolved"] == 0
    _, listed = shell.json("list")
    verdicts = {row["repository"]: [finding["verdict"] for finding in row["findings"]] for row in listed}
    assert verdicts == {"failing": ["fail", "unknown"], "half": ["pass", "unknown"]}


def test_what_is_exempt_is_counted_as_that_and_is_in_no_list(shell: Shell) -> None:
    requests = SqliteRequests(SqliteHistory.prepare(shell.folder / "ecrbot.db").path)
    now = datetime.now(UTC)
    arn = f"arn:aws:ecr:eu-west-1:{STAGING}:repository/half"
    exempting = Exempting((Rule.SCAN_ON_PUSH,), now + timedelta(days=30))
    asked = exemption("R1", at=now, until=now)
    item = Item("half", Target(STAGING, "eu-west-1"), arn)
    requests.ask(replace(asked, items=(item,), exempts=exempting), channel="C0APPROVE")
    approve(requests, "R1", now)
    apply(requests, "R1", now)
    code, swept = shell.json("sweep")
    assert code == 1
    assert [swept[key] for key in ("passing", "failing", "exempt", "unknown", "opened")] == [1, 1, 1, 0, 2]
    assert [row["repository"] for row in shell.json("list")[1]] == ["failing"]
    ecr = shell.aws.client("ecr", PROD, "eu-west-1")
    ecr.put_image_tag_mutability(repositoryName="failing", imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(repositoryName="failing", imageScanningConfiguration={"scanOnPush": True})
    assert shell.json("sweep")[0] == 0
    assert shell.json("list") == (0, [])


def make_compliant(shell: Shell) -> None:
    for account, name in ((PROD, "failing"), (STAGING, "half")):
        ecr = shell.aws.client("ecr", account, "eu-west-1")
        ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="IMMUTABLE")
        ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": True})
