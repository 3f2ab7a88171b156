"""The lines for every failing row of the truth table, in both modes and for each tool, as files to read.

`ECRBOT_GOLDEN=write python -m pytest tests/ecr/test_fix_golden.py` writes tests/golden/fix anew, without the files that
belong to no row any more; what has changed is then to be read in the difference. Without it they are compared.
"""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # cfn-lint ships no types

from ecr.code.words import told
from ecr.infrastructure import Tool
from tests.ecr.fixes import ROWS, TOOLS, Row, fix_of

GOLDEN = Path(__file__).parents[1] / "golden" / "fix"
CASES = [(row, tool) for row in ROWS for tool in TOOLS]
MODEL = ServiceModel(Loader().load_service_model("ecr", "service-2"))
COMMANDS = {xform_name(name, "-"): MODEL.operation_model(name) for name in MODEL.operation_names}


@pytest.fixture(scope="module", autouse=True)
def written() -> None:
    if os.environ.get("ECRBOT_GOLDEN") != "write":
        return
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for old in GOLDEN.iterdir():
        old.unlink()
    for row, tool in CASES:
        file(row, tool).write_text(rendered(row, tool), encoding="utf-8")


def file(row: Row, tool: Tool) -> Path:
    return GOLDEN / f"{row}.{tool.word}.txt"


def rendered(row: Row, tool: Tool) -> str:
    """Return what the command line prints: what is to be said as comments, and the lines."""
    fix = fix_of(row, tool)
    return "\n".join([*told(tool.mark, *fix.sentences, fix.note, *fix.advice), "", fix.code, ""])


def texts(tool: Tool) -> list[str]:
    """Return what the golden files of a tool hold, each text once."""
    return sorted({path.read_text(encoding="utf-8") for path in GOLDEN.glob(f"*.{tool.word}.txt")})


def templates() -> list[str]:
    """Return the templates among them without their comments: far fewer, and linting one takes a while."""
    return sorted({yaml.dump(yaml.safe_load(text)) for text in texts(Tool.CLOUDFORMATION)})


@pytest.mark.parametrize(("row", "tool"), CASES, ids=str)
def test_every_failing_row_has_its_lines(row: Row, tool: Tool) -> None:
    assert fix_of(row, tool).code
    assert file(row, tool).read_text(encoding="utf-8") == rendered(row, tool)


def test_every_golden_file_is_of_one_row() -> None:
    names = [file(row, tool).name for row, tool in CASES]
    assert len(names) == len(set(names))
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(names)


def test_terraform_s_are_hcl() -> None:
    resources = [block for text in texts(Tool.TERRAFORM) for block in hcl2.loads(text)["resource"]]
    assert {kind.strip('"') for block in resources for kind in block} == {
        "aws_ecr_repository",
        "aws_ecr_registry_scanning_configuration",
    }


@pytest.mark.parametrize("text", templates())
def test_cloudformation_s_are_templates_that_cfn_lint_has_nothing_against(text: str) -> None:
    assert [str(match) for match in lint(text, config=ManualArgs(regions=["eu-west-1"]))] == []


@pytest.mark.parametrize("text", texts(Tool.CLI))
def test_the_aws_cli_s_are_commands_that_the_api_s_model_takes(text: str) -> None:
    commands = [command for command in shell(text) if command]
    assert commands
    for aws, service, name, *options in commands:
        assert (aws, service) == ("aws", "ecr")
        given = dict(parameters(options))
        assert given.pop("region") == "eu-west-1"
        shape = COMMANDS[name].input_shape
        members = {xform_name(member, "-"): member for member in shape.members}
        report = ParamValidator().validate(
            {members[option]: value(shape.members[members[option]], words) for option, words in given.items()}, shape
        )
        assert not report.has_errors(), report.generate_report()


def shell(text: str) -> list[list[str]]:
    """Return the words of each command, as a shell would split them."""
    return [shlex.split(line, comments=True) for line in text.replace("\\\n", " ").splitlines()]


def parameters(options: list[str]) -> list[tuple[str, Any]]:
    """Return each option with its words; one that has a single word has that."""
    found: list[tuple[str, list[str]]] = []
    for word in options:
        if word.startswith("--"):
            found.append((word.removeprefix("--"), []))
        else:
            found[-1][1].append(word)
    return [(name, words[0] if len(words) == 1 else words) for name, words in found]


def value(shape: Any, word: Any) -> Any:
    """Return what the AWS CLI makes of a word: JSON, its shorthand `key=true`, or the text itself."""
    if shape.type_name == "string":
        return word
    if shape.type_name == "list" and isinstance(word, list):
        return word
    if word.startswith(("[", "{")):
        return json.loads(word)
    key, _, flag = word.partition("=")
    return {key: {"true": True, "false": False}[flag]}
