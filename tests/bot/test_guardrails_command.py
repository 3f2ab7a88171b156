"""`python -m bot guardrails` as a process of its own, over the local ECR: codes, JSON, text, what is remembered."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demo.aws import LocalAws
from ecr.guardrails import NOT_GUARDED
from store.history import SqliteHistory
from store.registries import SqliteRegistries

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROD, STAGING = "111111111111", "222222222222"
REGION = "eu-west-1"
SETTINGS = f"""
[aws]
regions = ["{REGION}"]
[[aws.accounts]]
id = "{PROD}"
name = "prod"
role = "arn:aws:iam::{PROD}:role/ecrbot-read"
[[aws.accounts]]
id = "{STAGING}"
name = "staging"
role = "arn:aws:iam::{STAGING}:role/ecrbot-read"
"""
NO_HISTORY = (
    "ecrbot: there is no history at ecrbot.db. So what the rules miss is told of the first thousand repositories of "
    "each account and region.\n"
)


@dataclass
class Shell:
    """Runs the command in a folder of its own, with an environment made from nothing."""

    aws: LocalAws
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "ecrbot.db"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": "AKIAHOME",
            "AWS_SECRET_ACCESS_KEY": "home",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        command = [sys.executable, "-m", "bot", *arguments]
        done = subprocess.run(
            command, env=env, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert "Traceback" not in done.stderr
        return done

    def rows(self, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        done = self.run("guardrails", *arguments, "--json")
        return done.returncode, json.loads(done.stdout or "[]"), done.stderr

    def guard(self, *accounts: str) -> None:
        for account in accounts:
            self.aws.scanning(account, REGION, "BASIC", [("SCAN_ON_PUSH", ["*"])])
            self.template(account, "ROOT", "IMMUTABLE", "CREATE_ON_PUSH", "REPLICATION")

    def template(self, account: str, prefix: str, mutability: str, *uses: str, filters: tuple[str, ...] = ()) -> None:
        given: dict[str, Any] = {"prefix": prefix, "appliedFor": list(uses), "imageTagMutability": mutability}
        if filters:
            given["imageTagMutabilityExclusionFilters"] = [{"filterType": "WILDCARD", "filter": one} for one in filters]
        self.aws.client("ecr", account, REGION).create_repository_creation_template(**given)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with LocalAws() as aws:
        aws.reset()
        for name in ("api", "team-a/one", "web"):
            aws.create(PROD, REGION, name)
        (tmp_path / "ecrbot.toml").write_text(SETTINGS, encoding="utf-8")
        yield Shell(aws, tmp_path)
        aws.reset()


def test_everything_guarded_is_0(shell: Shell) -> None:
    shell.guard(PROD, STAGING)
    code, rows, _ = shell.rows()
    assert code == 0
    assert [(row["account"], row["verdict"], row["planned"], row["advice"]) for row in rows] == [
        (PROD, "pass", [], []),
        (STAGING, "pass", [], []),
    ]


def test_what_is_not_guarded_is_1_and_its_row_is_the_contract_s(shell: Shell) -> None:
    shell.aws.scanning(PROD, REGION, "BASIC", [("SCAN_ON_PUSH", ["team-a/*"])])
    shell.template(PROD, "team-a", "IMMUTABLE_WITH_EXCLUSION", "CREATE_ON_PUSH", filters=("latest",))
    code, [row], said = shell.rows("prod")
    assert (code, said) == (1, NO_HISTORY)
    assert row.pop("read_at").endswith("Z")
    planned = row.pop("planned")
    scanning, template = row.pop("guardrails")
    assert row == {
        "account": PROD,
        "region": REGION,
        "account_name": "prod",
        "verdict": "fail",
        "repositories": 3,
        "scan_type": "BASIC",
        "rules": [{"frequency": "SCAN_ON_PUSH", "filters": ["team-a/*"]}],
        "templates": [
            {
                "prefix": "team-a",
                "applied_for": ["CREATE_ON_PUSH"],
                "tag_mutability": "IMMUTABLE_WITH_EXCLUSION",
                "exclusion_filters": ["latest"],
            }
        ],
        "advice": [],
    }
    assert (scanning["guardrail"], scanning["verdict"], scanning["missed"]) == ("scanning-rule", "fail", ["api", "web"])
    assert "No rule scans 2 of 3 repositories on push" in scanning["evidence"]
    assert (template["guardrail"], template["verdict"], template["missed"]) == ("creation-template", "fail", [])
    assert "There is no template ROOT" in template["evidence"]
    assert [(one["action"], one["before"], one["after"]) for one in planned] == [
        (
            "PutRegistryScanningConfiguration",
            "BASIC, SCAN_ON_PUSH: team-a/*",
            "BASIC, SCAN_ON_PUSH: team-a/*, *",
        ),
        (
            "CreateRepositoryCreationTemplate",
            "no template ROOT",
            "template ROOT with IMMUTABLE for CREATE_ON_PUSH, REPLICATION",
        ),
        (
            "UpdateRepositoryCreationTemplate",
            "template team-a with IMMUTABLE_WITH_EXCLUSION (latest) for CREATE_ON_PUSH",
            "template team-a with IMMUTABLE for CREATE_ON_PUSH",
        ),
    ]
    assert planned[0]["lines"] == ["The filter * scans 2 repositories that no rule scans yet: api, web."]


def test_what_may_not_be_read_is_3_with_the_action_and_the_role(shell: Shell) -> None:
    shell.guard(PROD, STAGING)
    shell.aws.fail("DescribeRepositoryCreationTemplates", error="AccessDeniedException", status=400, account=STAGING)
    code, [_, staging], _ = shell.rows()
    assert (code, staging["verdict"], staging["templates"], staging["scan_type"]) == (3, "unknown", None, "BASIC")
    assert staging["guardrails"][1]["evidence"] == (
        f"arn:aws:iam::{STAGING}:role/ecrbot-read may not call ecr:DescribeRepositoryCreationTemplates in staging "
        f"({STAGING}) in {REGION}: grant it ecr:DescribeRepositoryCreationTemplates."
    )
    assert staging["advice"][0].startswith("The creation templates could not be read, so nothing is planned for them")


def test_a_role_that_can_not_be_assumed_is_unknown_and_what_fails_elsewhere_is_1(shell: Shell) -> None:
    shell.aws.refuse_role(STAGING)
    code, [prod, staging], _ = shell.rows()
    assert (code, prod["verdict"], staging["verdict"]) == (1, "fail", "unknown")
    assert (staging["scan_type"], staging["rules"], staging["templates"], staging["repositories"]) == (None,) * 4
    assert all(f"arn:aws:iam::{STAGING}:role/ecrbot-read" in one["evidence"] for one in staging["guardrails"])


@pytest.mark.parametrize(
    ("words", "accounts"),
    [
        ((), [PROD, STAGING]),
        (("staging",), [STAGING]),
        ((STAGING,), [STAGING]),
        ((REGION,), [PROD, STAGING]),
        ((REGION, "prod"), [PROD]),
        (("prod", REGION.upper()), [PROD]),
    ],
)
def test_an_account_by_id_or_name_and_a_region_in_either_order(
    shell: Shell, words: tuple[str, ...], accounts: list[str]
) -> None:
    assert [row["account"] for row in shell.rows(*words)[1]] == accounts


def test_an_account_that_is_called_like_a_region_is_that_account(shell: Shell) -> None:
    (shell.folder / "ecrbot.toml").write_text(SETTINGS.replace('"staging"', '"us-east-1"'), encoding="utf-8")
    assert [row["account"] for row in shell.rows("us-east-1", REGION)[1]] == [STAGING]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mars",), "mars is no account and region of the settings: they have prod, staging, and eu-west-1."),
        (("us-east-1",), "us-east-1 is no account and region of the settings"),
        (("prod", "staging"), "prod and staging are two: name one account at most, as in guardrails prod."),
        ((REGION, "us-east-1"), "eu-west-1 and us-east-1 are two: name one region at most"),
    ],
)
def test_what_is_not_configured_or_twice_is_2_and_nothing_of_ecr_is_asked(
    shell: Shell, words: tuple[str, ...], said: str
) -> None:
    shell.aws.reset_calls()
    code, rows, error = shell.rows(*words)
    assert (code, rows) == (2, [])
    assert said in error
    assert len(error.splitlines()) == 1
    assert not shell.aws.calls


def test_a_third_word_is_wrong_usage(shell: Shell) -> None:
    assert shell.run("guardrails", "prod", REGION, "more").returncode == 2


def test_for_a_person_each_guardrail_stands_with_its_evidence_and_what_to_do(shell: Shell) -> None:
    shell.aws.scanning(PROD, REGION, "ENHANCED", [("SCAN_ON_PUSH", ["team-a/*"])])
    shell.template(PROD, "team-a", "MUTABLE", "REPLICATION")
    done = shell.run("guardrails", "prod")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"fail    prod ({PROD}) in {REGION}  3 repositories",
        (
            "  fail    scanning-rule      No rule scans 2 of 3 repositories on push, for no rule of the ENHANCED "
            "registry has the filter *: api, web."
        ),
        (
            "  fail    creation-template  There is no template ROOT: what ECR creates by replication has tags that can "
            "be overwritten. Template team-a: Tag mutability is MUTABLE: every tag can be overwritten."
        ),
        "          rules              ENHANCED, SCAN_ON_PUSH: team-a/*",
        "          templates          team-a with MUTABLE for REPLICATION",
        NOT_GUARDED,
        (
            "To put in place what is missing: /ecr guardrails in Slack asks for approval, and docs/iac has it as "
            "Terraform and CloudFormation."
        ),
    ]


def test_where_all_is_guarded_there_is_nothing_to_do(shell: Shell) -> None:
    shell.guard(PROD)
    done = shell.run("guardrails", "prod")
    assert done.stdout.splitlines()[-1] == NOT_GUARDED
    assert done.stdout.count(NOT_GUARDED) == 1


def test_many_accounts_and_regions_are_a_table_with_why_what_is_unread_is(shell: Shell) -> None:
    regions = ["eu-west-1", "eu-west-2", "eu-west-3", "us-east-1", "us-east-2", "us-west-1"]
    text = SETTINGS.replace(f'["{REGION}"]', json.dumps(regions))
    (shell.folder / "ecrbot.toml").write_text(text, encoding="utf-8")
    shell.aws.refuse_role(STAGING)
    lines = shell.run("guardrails").stdout.splitlines()
    assert lines[0].split() == [
        "verdict",
        "account",
        "region",
        "repositories",
        "scanning-rule",
        "missed",
        "creation-template",
    ]
    assert lines[1].split() == ["fail", "prod", f"({PROD})", "eu-west-1", "3", "fail", "3", "fail"]
    assert lines[12].split() == ["unknown", "staging", f"({STAGING})", "us-west-1", "unknown", "unknown"]
    assert [line for line in lines if line.startswith("Unread: ")] == [lines[13]]
    assert f"Role arn:aws:iam::{STAGING}:role/ecrbot-read could not be assumed" in lines[13]
    assert lines[14] == "python -m bot guardrails ACCOUNT REGION shows one with its evidence; --json has all."
    assert lines[15] == NOT_GUARDED


def test_three_calls_at_most_are_made_for_each_and_no_database(shell: Shell) -> None:
    shell.aws.reset_calls()
    shell.rows()
    ecr = {call: count for call, count in shell.aws.calls.items() if call[0] != "AssumeRole"}
    operations = ("DescribeRepositories", "DescribeRepositoryCreationTemplates", "GetRegistryScanningConfiguration")
    assert ecr == {(operation, account, REGION): 1 for operation in operations for account in (PROD, STAGING)}
    assert [path.name for path in shell.folder.iterdir()] == ["ecrbot.toml"]


def test_a_history_that_is_there_tells_the_repositories_and_remembers_what_was_read(shell: Shell) -> None:
    assert shell.run("sweep").returncode == 1
    code, rows, said = shell.rows()
    assert (code, said) == (1, "")
    assert [row["repositories"] for row in rows] == [3, 0]
    known = SqliteRegistries(shell.database).known()
    assert [(one.target.account, one.state.templates) for one in known] == [(PROD, ()), (STAGING, ())]


def test_a_history_that_is_damaged_does_not_stop_the_command(shell: Shell) -> None:
    shell.database.write_bytes(b"no database at all, but long enough to look like something")
    code, rows, said = shell.rows()
    assert (code, len(rows)) == (1, 2)
    assert "is not an SQLite database" in said
    assert "So what the rules miss is told of the first thousand repositories" in said


def test_a_history_that_can_not_be_written_does_not_stop_the_command(shell: Shell) -> None:
    SqliteHistory.prepare(shell.database)
    with closing(sqlite3.connect(shell.database, isolation_level=None)) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON registries BEGIN SELECT raise(ABORT, 'full'); END")
    code, rows, said = shell.rows()
    assert (code, len(rows)) == (1, 2)
    assert "So what was read is not remembered." in said


def test_without_accounts_the_default_credentials_own_is_read(shell: Shell) -> None:
    (shell.folder / "ecrbot.toml").write_text("", encoding="utf-8")
    code, [row], _ = shell.rows()
    assert (code, row["account"], row["account_name"]) == (1, shell.aws.home_account, None)
    assert shell.rows(PROD)[0] == 2


def test_slack_s_tokens_are_not_asked_for_and_the_help_says_what_codes_mean(shell: Shell) -> None:
    done = shell.run("guardrails", "--help")
    assert done.returncode == 0
    assert "Exit codes: 0 all is guarded; 1 something is not; 2 usage or settings" in done.stdout
