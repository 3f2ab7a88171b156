"""Names and texts that need care: what they become in each language, and that nothing in them ends what it is in."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

from ecr.code import words
from ecr.infrastructure import Tool, code, lines
from ecr.setting import Tags
from tests.ecr.test_code import PLAIN, SUBJECT, added, tags
from tests.ecr.truth_table import basic


def test_a_logical_id_that_is_none_is_made_of_the_name() -> None:
    assert replace(SUBJECT, logical_id="A:\n  Evil").resource == "TeamAPayApi"


@pytest.mark.parametrize(
    ("name", "label", "identifier"),
    [
        ("payments-api", "payments_api", "PaymentsApi"),
        ("team-a/web.ui__x", "team_a_web_ui_x", "TeamAWebUiX"),
        ("7zip", "repository_7zip", "7zip"),
        ("n" * 256, "n" * 256, "N" + "n" * 254),
    ],
)
def test_names_become_what_a_language_takes(name: str, label: str, identifier: str) -> None:
    assert (words.snake(name), words.pascal(name)) == (label, identifier)


NASTY = "a\"b'c\\d${x}%{y}\n`e`\u2028\x1b\U0001f600"


def test_a_text_is_the_same_once_hcl_and_yaml_have_read_it() -> None:
    change = tags(Tags("MUTABLE"), Tags("IMMUTABLE_WITH_EXCLUSION", (NASTY,)))
    found = yaml.safe_load(lines(Tool.CLOUDFORMATION, (change,)))
    assert found["ImageTagMutabilityExclusionFilters"][0]["ImageTagMutabilityExclusionFilterValue"] == NASTY
    hcl = lines(Tool.TERRAFORM, (change,))
    assert r'''filter      = "a\"b'c\\d$${x}%%{y}\n`e`\u2028\u001b\U0001f600"''' in hcl


def test_a_text_is_the_same_once_a_shell_has_read_it() -> None:
    command = code(Tool.CLI, replace(SUBJECT, name="$(reboot) 'x'"), (PLAIN,))
    assert shlex.split(command.replace("\\\n", " "), comments=True)[5:7] == ["--repository-name", "$(reboot) 'x'"]


def test_a_text_ends_no_string_of_typescript() -> None:
    change = tags(Tags("MUTABLE"), Tags("IMMUTABLE_WITH_EXCLUSION", (NASTY,)))
    assert "wildcard('a\"b\\'c\\\\d${x}%{y}\\n`e`\\u2028\\u001b\\ud83d\\ude00')" in lines(Tool.CDK, (change,))
    assert 'filter: "a\\"b\'c\\\\d${x}%{y}\\n`e`\\u2028\\u001b\\ud83d\\ude00"' in lines(Tool.PULUMI, (change,))


@pytest.mark.parametrize("tool", Tool)
def test_what_people_call_an_account_ends_no_comment(tool: Tool) -> None:
    named = replace(SUBJECT, where="prod\nrm -rf /\x1b[2J (111111111111) in eu-west-1")
    quiet = replace(SUBJECT, where="prod rm -rf / [2J (111111111111) in eu-west-1")
    assert code(tool, named, (PLAIN, added(basic()))) == code(tool, quiet, (PLAIN, added(basic())))
