"""`python -m bot check` as a process of its own, over the local ECR: exit codes, JSON, sentences."""

from __future__ import annotations

import json
import os
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
from ecr.model import Target
from ecr.request import Item
from store.history import SqliteHistory
from store.requests import SqliteRequests
from tests.bot.asked import apply, approve, exemption

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROD, STAGING = "111111111111", "222222222222"
ACCOUNTS = f"""
[aws]
regions = ["eu-west-1"]
[[aws.accounts]]
id = "{PROD}"
name = "prod"
role = "arn:aws:iam::{PROD}:role/ecrbot-read"
[[aws.accounts]]
id = "{STAGING}"
name = "staging"
role = "arn:aws:iam::{STAGING}:role/ecrbot-read"
"""


@dataclass
class Shell:
    """Runs the command line in a folder of its own, with an environment made from nothing."""

    aws: LocalAws
    folder: Path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        nothing = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": "AKIAHOME",
            "AWS_SECRET_ACCESS_KEY": "home",
            "AWS_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        command = [sys.executable, "-m", "bot", *arguments]
        env = {key: value for key, value in {**nothing, **environment}.items() if value}
        return subprocess.run(
            command, env=env, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )

    def check(self, *names: str) -> tuple[int, list[dict[str, Any]], str]:
        done = self.run("check", *names, "--json")
        assert "Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout or "[]"), done.stderr

    def settings(self, text: str) -> None:
        (self.folder / "ecrbot.toml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def world() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        aws.create(aws.home_account, "eu-west-1", "half-done", mutability="IMMUTABLE")
        for account in (PROD, STAGING):
            aws.create(account, "eu-west-1", "payments-api", scan_on_push=account == STAGING)
            aws.create(account, "eu-west-1", "checkout-web", mutability="IMMUTABLE", scan_on_push=True)
        aws.create(PROD, "eu-west-1", "team-a/one", mutability="IMMUTABLE_WITH_EXCLUSION", filters=("latest", "dev-*"))
        yield aws


@pytest.fixture
def shell(world: LocalAws, tmp_path: Path) -> Iterator[Shell]:
    made = Shell(world, tmp_path)
    made.settings(ACCOUNTS)
    yield made
    world.clear()


def test_a_passing_repository_is_0_with_a_row_for_each_account(shell: Shell) -> None:
    code, rows, _ = shell.check("checkout-web")
    assert code == 0
    assert [(row["account"], row["verdict"]) for row in rows] == [(PROD, "pass"), (STAGING, "pass")]


def test_a_failing_repository_is_1_and_its_row_is_the_contract_s(shell: Shell) -> None:
    code, rows, _ = shell.check(f"{PROD}.dkr.ecr.eu-west-1.amazonaws.com/payments-api:1.4.2")
    assert code == 1
    assert rows == [
        {
            "repository": "payments-api",
            "account": PROD,
            "region": "eu-west-1",
            "arn": f"arn:aws:ecr:eu-west-1:{PROD}:repository/payments-api",
            "verdict": "fail",
            "tag_mutability": "MUTABLE",
            "exclusion_filters": [],
            "scan_on_push": False,
            "effective_scanning": "MANUAL",
            "findings": [
                {
                    "control": "tag-immutability",
                    "verdict": "fail",
                    "evidence": "Tag mutability is MUTABLE: every tag can be overwritten.",
                },
                {
                    "control": "scan-on-push",
                    "verdict": "fail",
                    "evidence": "scanOnPush is false and the registry is BASIC without any scanning rule.",
                },
            ],
        }
    ]


def test_exclusion_filters_are_a_list_of_texts(shell: Shell) -> None:
    code, [row], _ = shell.check("team-a/*")
    assert (code, row["exclusion_filters"]) == (1, ["latest", "dev-*"])


def test_an_accepted_exclusion_passes_its_rule_by_the_settings(shell: Shell) -> None:
    shell.settings(ACCOUNTS + '[policy]\naccepted_exclusions = ["latest", "dev-*"]')
    _, [row], _ = shell.check("team-a/one")
    assert [finding["verdict"] for finding in row["findings"]] == ["pass", "fail"]


def test_the_literal_mode_comes_from_the_settings(shell: Shell) -> None:
    shell.settings(ACCOUNTS + '[policy]\nmode = "literal"\naccepted_exclusions = ["latest", "dev-*"]')
    code, [row], _ = shell.check("team-a/one")
    assert (code, row["findings"][0]["verdict"]) == (1, "fail")


def test_a_target_that_cannot_be_read_is_a_row_of_its_own_and_3(shell: Shell) -> None:
    shell.aws.fail("AssumeRole", error="AccessDenied", status=403, account=STAGING)
    code, rows, _ = shell.check("checkout-web")
    assert code == 3
    assert [row["verdict"] for row in rows] == ["pass", "unknown"]
    unread = dict(rows[1])
    findings = unread.pop("findings")
    assert unread == {
        "repository": "checkout-web",
        "account": STAGING,
        "region": "eu-west-1",
        "arn": None,
        "verdict": "unknown",
        "tag_mutability": None,
        "exclusion_filters": None,
        "scan_on_push": None,
        "effective_scanning": None,
    }
    assert [(one["control"], one["verdict"]) for one in findings] == [
        ("tag-immutability", "unknown"),
        ("scan-on-push", "unknown"),
    ]
    assert f"arn:aws:iam::{STAGING}:role/ecrbot-read" in findings[0]["evidence"]


def test_what_fails_somewhere_is_1_whatever_else_is_unknown(shell: Shell) -> None:
    shell.aws.fail("AssumeRole", error="AccessDenied", status=403, account=STAGING)
    assert shell.check("payments-api")[0] == 1


def test_a_name_that_is_nowhere_is_2_with_the_nearest(shell: Shell) -> None:
    code, rows, said = shell.check("paymnts-api")
    assert (code, rows) == (2, [])
    assert "No repository is named paymnts-api" in said
    assert "Did you mean payments-api?" in said


def test_a_name_that_is_nowhere_is_3_where_a_target_was_not_read(shell: Shell) -> None:
    shell.aws.fail("AssumeRole", error="AccessDenied", status=403, account=STAGING)
    code, rows, said = shell.check("paymnts-api")
    assert (code, [row["account"] for row in rows]) == (3, [STAGING])
    assert "Did you mean payments-api?" in said


def test_several_names_are_one_array_without_repeats(shell: Shell) -> None:
    code, rows, _ = shell.check("checkout-web", "checkout-*", "payments-api")
    assert code == 1
    assert [row["repository"] for row in rows] == ["checkout-web"] * 2 + ["payments-api"] * 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "No repository was named"),
        ("x" * 5000, "has 5000 characters"),
        ("🎉", "is not a repository name"),
        ("gcr.io/project/image:tag", "is an address at gcr.io"),
        ("999999999999.dkr.ecr.eu-west-1.amazonaws.com/payments-api", "Account 999999999999"),
        (f"{PROD}.dkr.ecr.ap-south-1.amazonaws.com/payments-api", "not its region ap-south-1"),
        ("arn:aws:s3:::bucket", "is not the ARN of an ECR repository"),
    ],
)
def test_bad_input_is_2_with_a_sentence(shell: Shell, name: str, said: str) -> None:
    code, rows, error = shell.check(name)
    assert (code, rows) == (2, [])
    assert said in error
    assert len(error.strip().splitlines()) == 1


def test_without_accounts_the_default_credentials_own_account_is_read(shell: Shell) -> None:
    shell.settings("")
    code, [row], _ = shell.check("half-done")
    assert (code, row["account"]) == (1, shell.aws.home_account)
    assert [finding["verdict"] for finding in row["findings"]] == ["pass", "fail"]


def test_without_accounts_a_uri_of_another_account_is_refused(shell: Shell) -> None:
    shell.settings("")
    code, _, said = shell.check(f"{PROD}.dkr.ecr.eu-west-1.amazonaws.com/payments-api")
    assert code == 2
    assert f"Account {PROD}" in said


def test_no_credentials_is_3_and_says_what_to_set(shell: Shell) -> None:
    shell.settings("")
    done = shell.run("check", "half-done", "--json", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    [row] = json.loads(done.stdout)
    assert (done.returncode, row["verdict"]) == (3, "unknown")
    assert "set AWS_PROFILE" in row["findings"][0]["evidence"]


def test_settings_that_are_wrong_are_2_and_nothing_is_asked(shell: Shell) -> None:
    shell.settings('[aws]\nregions = ["mars"]\nconcurrency = 0')
    shell.aws.reset_calls()
    done = shell.run("check", "payments-api")
    assert done.returncode == 2
    assert "aws.regions" in done.stderr
    assert "aws.concurrency" in done.stderr
    assert not shell.aws.calls


def test_slack_s_tokens_are_not_asked_for(shell: Shell) -> None:
    assert shell.run("check", "checkout-web", SLACK_BOT_TOKEN="malformed").returncode == 0


def test_no_database_is_made_and_that_is_said(shell: Shell) -> None:
    _, _, said = shell.check("checkout-web")
    assert "exemptions are not known" in said
    assert [path.name for path in shell.folder.iterdir()] == ["ecrbot.toml"]


def test_a_history_that_is_there_remembers_the_check(shell: Shell) -> None:
    SqliteHistory.prepare(shell.folder / "ecrbot.db")
    code, _, said = shell.check("checkout-web")
    assert (code, said) == (0, "")
    with closing(sqlite3.connect(shell.folder / "ecrbot.db")) as database:
        assert database.execute("SELECT asked, source, verdict FROM checks").fetchall() == [
            ("checkout-web", "cli", "pass")
        ]
        assert database.execute("SELECT count(*) FROM repositories").fetchone() == (2,)


def exempt(shell: Shell, *names: str, ends: timedelta = timedelta(days=30)) -> None:
    """Grant an exemption of tag-immutability, as a request does that was asked for, approved and applied."""
    SqliteHistory.prepare(shell.folder / "ecrbot.db")
    requests, now = SqliteRequests(shell.folder / "ecrbot.db"), datetime.now(UTC)
    items = tuple(
        Item(name, Target(PROD, "eu-west-1", "prod"), f"arn:aws:ecr:eu-west-1:{PROD}:repository/{name}")
        for name in names
    )
    asked = exemption("R1", at=now - timedelta(days=10), until=now + ends)
    requests.ask(replace(asked, items=items), channel="C0APPROVE")
    approve(requests, "R1", now - timedelta(days=10))
    apply(requests, "R1", now - timedelta(days=10))


def test_what_is_exempt_is_0_and_says_so(shell: Shell) -> None:
    exempt(shell, "team-a/two")
    shell.aws.create(PROD, "eu-west-1", "team-a/two", scan_on_push=True)
    code, [row], said = shell.check("team-a/two")
    shell.aws.client("ecr", PROD, "eu-west-1").delete_repository(repositoryName="team-a/two")
    assert (code, row["verdict"], said) == (0, "exempt", "")
    assert [finding["verdict"] for finding in row["findings"]] == ["exempt", "pass"]
    assert "granted by Otto Oncall: A base image. Tag mutability is MUTABLE" in row["findings"][0]["evidence"]


def test_a_rule_that_is_not_exempt_fails_all_the_same(shell: Shell) -> None:
    exempt(shell, "payments-api")
    code, rows, _ = shell.check("payments-api")
    assert code == 1
    verdicts = {row["account"]: [finding["verdict"] for finding in row["findings"]] for row in rows}
    assert verdicts == {PROD: ["exempt", "fail"], STAGING: ["fail", "pass"]}


def test_an_exemption_that_has_ended_counts_no_more_before_anybody_notes_it(shell: Shell) -> None:
    exempt(shell, "payments-api", ends=timedelta(seconds=-1))
    code, rows, _ = shell.check(f"arn:aws:ecr:eu-west-1:{PROD}:repository/payments-api")
    assert (code, rows[0]["findings"][0]["verdict"]) == (1, "fail")


def test_a_history_without_the_tables_of_exemptions_does_not_stop_the_check(shell: Shell) -> None:
    SqliteHistory.prepare(shell.folder / "ecrbot.db")
    with closing(sqlite3.connect(shell.folder / "ecrbot.db", isolation_level=None)) as database:
        database.execute("DROP TABLE exemptions")
    code, _, said = shell.check("checkout-web")
    assert code == 0
    assert "So exemptions are not known: what is exempt is shown as failing." in said


def test_a_history_that_is_damaged_does_not_stop_the_check(shell: Shell) -> None:
    (shell.folder / "ecrbot.db").write_bytes(b"no database at all, but long enough to look like something")
    code, rows, said = shell.check("checkout-web")
    assert (code, len(rows)) == (0, 2)
    assert "is not an SQLite database" in said
    assert "exemptions are not known" in said


def test_for_a_person_it_is_text(shell: Shell) -> None:
    done = shell.run("check", "payments-api")
    assert done.stdout.splitlines()[:2] == [
        f"fail    payments-api  prod ({PROD}) in eu-west-1",
        "  fail    tag-immutability  Tag mutability is MUTABLE: every tag can be overwritten.",
    ]


@pytest.mark.parametrize("arguments", [("check",), ("chekc", "x"), ("check", "--jsno", "x")])
def test_wrong_usage_is_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")


def test_the_help_names_every_command(shell: Shell) -> None:
    done = shell.run("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("run", "check", "doctor"))
