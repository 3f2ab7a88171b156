"""Documents that cannot rot: what they list is compared with the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from bot.cli import COMMANDS
from bot.settings import Environment, SlackEnvironment
from bot.settings_file import SettingsFile
from ecr.aws.registry import READ_ACTIONS, REGION_ACTIONS
from handlers import ids
from handlers.grammar import SUBCOMMANDS
from handlers.scopes import OPTIONAL_SCOPES, SCOPES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs/security.md").read_text(encoding="utf-8")
MANIFEST = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))


def rows(text: str, first: str) -> list[list[str]]:
    """Return the cells of the table whose head's first cell is this."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {first} |"))
    table = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def settings(model: Any, prefix: str = "") -> dict[str, str]:
    """Return every key of the settings file with what it wants."""
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        inner = next((a for a in getattr(field.annotation, "__args__", ()) if hasattr(a, "model_fields")), None)
        if hasattr(field.annotation, "model_fields"):
            found |= settings(field.annotation, f"{prefix}{name}.")
        elif inner is not None:
            found |= settings(inner, f"{prefix}{name}[].")
        else:
            found[f"`{prefix}{name}`"] = field.description
    return found


def test_the_readme_lists_every_slack_command() -> None:
    listed = {cells[0]: cells[1] for cells in rows(README, "type")}
    assert listed == {f"`{ids.COMMAND} {one.usage}`": one.does for one in SUBCOMMANDS}


def test_the_readme_lists_every_shell_command_as_its_help_does() -> None:
    listed = rows(README.partition("## At a shell")[2], "command")
    assert {re.findall(r"bot (\w+)", cells[0])[0]: cells[1] for cells in listed} == COMMANDS


def test_the_readme_lists_every_key_of_the_settings_with_what_it_wants() -> None:
    assert {cells[0]: cells[1] for cells in rows(README, "key")} == settings(SettingsFile)


def test_the_readme_lists_every_variable() -> None:
    listed = {cells[0].strip("`") for cells in rows(README, "variable")}
    read = {field.alias for model in (Environment, SlackEnvironment) for field in model.model_fields.values()}
    assert listed == read | {"AWS_*"}


def test_the_manifest_is_one_that_slack_takes() -> None:
    schema = json.loads((ROOT / "demo/schema/manifest.schema.json").read_text(encoding="utf-8"))
    Draft7Validator(schema).validate(MANIFEST)


def test_the_manifest_declares_the_command_and_the_scopes_of_the_code() -> None:
    assert [command["command"] for command in MANIFEST["features"]["slash_commands"]] == [ids.COMMAND]
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert scopes["bot"] == [scope.name for scope in SCOPES]
    assert scopes["bot_optional"] == [scope.name for scope in OPTIONAL_SCOPES]


def test_docs_security_gives_each_scope_its_reason() -> None:
    listed = {cells[0].strip("`"): (cells[1], cells[2]) for cells in rows(SECURITY, "scope")}
    assert listed == {scope.name: (scope.reason, scope.without) for scope in (*SCOPES, *OPTIONAL_SCOPES)}


def test_the_read_policy_grants_what_reading_calls_and_no_more() -> None:
    policy = json.loads((ROOT / "docs/iam/read.json").read_text(encoding="utf-8"))
    granted: set[str] = set()
    for statement in policy["Statement"]:
        actions = statement["Action"]
        granted |= {actions} if isinstance(actions, str) else set(actions)
    assert granted == {*READ_ACTIONS, *REGION_ACTIONS}
    assert granted <= {cells[0].strip("`") for cells in rows(SECURITY, "action")}


def test_the_truth_table_in_the_docs_has_every_value() -> None:
    control = (ROOT / "docs/control.md").read_text(encoding="utf-8")
    for value in ("IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION", "ENHANCED", "BASIC", "literal"):
        assert value in control


def test_the_procfile_starts_the_bot() -> None:
    assert (ROOT / "Procfile").read_text(encoding="utf-8") == "worker: python -m bot run\n"
