"""`python -m bot fix` as a process of its own: code on stdout, comments on stderr, exit codes."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import hcl2
import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

from demo.aws import LocalAws
from tests.bot.test_check_command import ACCOUNTS, PROD, STAGING, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STACK = {"aws:cloudformation:stack-name": "shop", "aws:cloudformation:logical-id": "StackedApi"}
NO_HISTORY = "there is no history at ecrbot.db, so exemptions are not known."


@pytest.fixture(scope="module")
def world() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        aws.reset()
        aws.create(PROD, "eu-west-1", "payments-api")
        aws.create(PROD, "eu-west-1", "checkout-web", mutability="IMMUTABLE", scan_on_push=True)
        aws.create(PROD, "eu-west-1", "stacked-api", scan_on_push=True)
        aws.tag(PROD, "eu-west-1", "stacked-api", STACK)
        for account in (PROD, STAGING):
            aws.create(account, "eu-west-1", "everywhere")
            aws.create(account, "eu-west-1", "of-two-tools")
        aws.tag(STAGING, "eu-west-1", "of-two-tools", {"managed-by": "pulumi"})
        yield aws


@pytest.fixture
def shell(world: LocalAws, tmp_path: Path) -> Iterator[Shell]:
    made = Shell(world, tmp_path)
    made.settings(ACCOUNTS)
    yield made
    world.clear()


def fix(shell: Shell, *arguments: str) -> tuple[int, str, list[str]]:
    done = shell.run("fix", *arguments)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr.splitlines()


def test_the_code_goes_to_stdout_and_what_is_said_of_it_to_stderr_as_comments(shell: Shell) -> None:
    code, out, err = fix(shell, "payments-api")
    assert code == 0
    assert out == (
        "# payments-api in prod (111111111111) in eu-west-1\n"
        'resource "aws_ecr_repository" "payments_api" {\n'
        "  # Put these lines into the resource whose name is payments-api, in place of those there are.\n"
        '  image_tag_mutability = "IMMUTABLE"\n'
        "  image_scanning_configuration {\n"
        "    scan_on_push = true\n"
        "  }\n"
        "}\n"
    )
    assert "\n".join(err) == (
        "# No resource tag tells what made it: the lines are for Terraform, by default.\n"
        '# terraform plan will show 1 to change: ~ image_tag_mutability = "MUTABLE" -> "IMMUTABLE", '
        "~ scan_on_push = false -> true, in place; where ecrbot has made the same change already, it shows none.\n"
        f"# {NO_HISTORY}"
    )


def test_both_together_are_code(shell: Shell) -> None:
    done = shell.run("fix", "payments-api", "--as", "opentofu")
    hcl2.loads(done.stderr + done.stdout)


@pytest.mark.parametrize(
    ("tool", "begins"),
    [
        ("terraform", 'resource "aws_ecr_repository" "payments_api" {'),
        ("opentofu", 'resource "aws_ecr_repository" "payments_api" {'),
        ("cloudformation", "  PaymentsApi:"),
        ("cdk", "new ecr.Repository(this, 'PaymentsApi', {"),
        ("pulumi", 'new aws.ecr.Repository("payments-api", {'),
        ("cli", "aws ecr put-image-tag-mutability \\"),
    ],
)
def test_a_tool_can_be_asked_for(shell: Shell, tool: str, begins: str) -> None:
    code, out, _ = fix(shell, "payments-api", "--as", tool)
    assert code == 0
    assert begins in out.splitlines()


def test_the_commands_are_ones_that_a_shell_takes(shell: Shell) -> None:
    _, out, err = fix(shell, "payments-api", "--as", "cli")
    script = "\n".join([*err, out])
    shown = f'aws() {{ printf "%s|" "$@"; echo; }}\n{script}'
    said = subprocess.run(["/bin/sh", "-euc", shown], capture_output=True, text=True, check=True)
    of_it = f"--registry-id|{PROD}|--repository-name|payments-api"
    assert said.stdout.splitlines() == [
        f"ecr|put-image-tag-mutability|{of_it}|--image-tag-mutability|IMMUTABLE|--region|eu-west-1|",
        f"ecr|put-image-scanning-configuration|{of_it}|--image-scanning-configuration|scanOnPush=true|--region|eu-west-1|",
    ]


def test_the_stack_that_made_it_is_told_by_its_tags(shell: Shell) -> None:
    code, out, err = fix(shell, "stacked-api")
    assert code == 0
    assert list(yaml.safe_load(out)["Resources"]) == ["StackedApi"]
    assert err[0] == (
        "# CloudFormation stack shop (resource StackedApi) made this repository, so the lines are for CloudFormation."
    )


def test_what_passes_has_nothing_to_fix_and_that_is_0(shell: Shell) -> None:
    code, out, err = fix(shell, "checkout-web")
    assert (code, out) == (0, "")
    assert err[0] == "# checkout-web passes both rules: there is nothing to fix."


def test_a_name_in_two_accounts_has_lines_for_each_in_one_file(shell: Shell) -> None:
    code, out, err = fix(shell, "everywhere", "--as", "cloudformation")
    assert code == 0
    assert len(list(yaml.safe_load_all(out))) == 2
    assert [line for line in err if line.endswith(":")] == [
        "# everywhere in prod (111111111111) in eu-west-1:",
        "# everywhere in staging (222222222222) in eu-west-1:",
    ]


def test_code_of_different_tools_does_not_go_into_one_file(shell: Shell) -> None:
    code, out, err = fix(shell, "of-two-tools")
    assert (code, out) == (2, "")
    assert err == [
        "ecrbot: These are in the code of Terraform and Pulumi: choose one with --as, or name one by its URI."
    ]
    assert [row["tool"] for row in json.loads(fix(shell, "of-two-tools", "--json")[1])] == ["terraform", "pulumi"]


def test_json_has_a_row_for_each_account_and_region(shell: Shell) -> None:
    code, out, _ = fix(shell, "payments-api", "--as", "pulumi", "--json")
    assert code == 0
    [row] = json.loads(out)
    assert "imageTagMutability" in row.pop("code")
    assert row.pop("note").startswith("pulumi preview --refresh will show")
    assert row == {
        "repository": "payments-api",
        "account": PROD,
        "region": "eu-west-1",
        "arn": f"arn:aws:ecr:eu-west-1:{PROD}:repository/payments-api",
        "verdict": "fail",
        "tool": "pulumi",
        "sentences": ["No resource tag tells what made it: the lines are for Pulumi, as asked."],
        "advice": [],
    }


def test_a_name_that_is_nowhere_is_2_with_the_nearest(shell: Shell) -> None:
    code, out, err = fix(shell, "paymnts-api")
    assert (code, out) == (2, "")
    assert err[-1] == (
        "ecrbot: No repository is named paymnts-api in any configured account and region. Did you mean payments-api?"
    )


def test_a_name_that_is_nowhere_where_something_was_not_read_is_3(shell: Shell) -> None:
    shell.aws.fail("DescribeRepositories", error="AccessDeniedException", account=STAGING)
    code, out, err = fix(shell, "paymnts-api")
    assert (code, out) == (3, "")
    assert any("staging (222222222222) in eu-west-1 could not be read" in line for line in err)
    assert "in what could be read." in err[-1]


def test_lines_that_were_printed_are_0_and_what_was_not_read_is_told(shell: Shell) -> None:
    shell.aws.fail("DescribeRepositories", error="AccessDeniedException", account=STAGING)
    code, out, err = fix(shell, "everywhere")
    assert code == 0
    assert "aws_ecr_repository" in out
    assert any("staging (222222222222) in eu-west-1 could not be read" in line for line in err)


def test_what_is_not_known_has_no_lines_and_is_3(shell: Shell) -> None:
    shell.aws.fail("GetRegistryScanningConfiguration", error="AccessDeniedException", account=PROD)
    code, out, err = fix(shell, "checkout-web")
    assert (code, out) == (3, "")
    assert any("scan-on-push is unknown, so nothing is planned for it." in line for line in err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["payments-*"], "ecrbot: The lines are for one repository, and payments-* is a glob."),
        (["UPPER CASE!"], "ecrbot: upper case! is not a repository name"),
        (["payments-api", "--as", "cobol"], "'cobol' is not one of"),
        ([], "Missing argument 'NAME'"),
    ],
)
def test_bad_input_is_2_with_a_sentence(shell: Shell, arguments: list[str], said: str) -> None:
    code, out, err = fix(shell, *arguments)
    assert (code, out) == (2, "")
    assert said in "\n".join(err)


def test_it_makes_no_database(shell: Shell) -> None:
    fix(shell, "payments-api")
    assert [path.name for path in shell.folder.iterdir()] == ["ecrbot.toml"]
