"""Documents that cannot rot: what they list is compared with the code."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.cli import COMMANDS
from bot.settings import Environment, SlackEnvironment
from bot.settings_file import SettingsFile
from ecr.audit import Step
from ecr.aws.registry import GUARDRAIL_READ_ACTIONS, READ_ACTIONS, REGION_ACTIONS
from ecr.aws.session_policy import (
    INSPECTOR_ACTIONS,
    INSPECTOR_ROLE_ACTION,
    KEPT_POLICY_ACTIONS,
    KEPT_ROLE_ACTION,
    TEMPLATE_ACTIONS,
    registry_policy,
)
from ecr.aws.signals import SIGNAL_ACTIONS
from ecr.changes import Action
from ecr.request import NEXT, Kind, Outcome
from ecr.setting import TemplateTags
from handlers import ids
from handlers.grammar import SUBCOMMANDS
from handlers.scopes import OPTIONAL_SCOPES, SCOPES
from tests.ecr.aws.plans import registry_plan, rule_change, template_change

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs/security.md").read_text(encoding="utf-8")
APPROVALS = (ROOT / "docs/approvals.md").read_text(encoding="utf-8")
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


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_names_every_option_of_a_shell_command(name: str) -> None:
    command = importlib.import_module(f"bot.{name}_command").command
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    row = next(cells[0] for cells in rows(README.partition("## At a shell")[2], "command") if f"bot {name}" in cells[0])
    assert set(re.findall(r"--\w+", row)) == options


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


def test_the_manifest_has_the_home_tab_and_the_event_that_opens_it() -> None:
    assert MANIFEST["settings"]["event_subscriptions"] == {"bot_events": [ids.HOME_OPENED]}
    assert MANIFEST["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_what_an_installed_app_needs_for_its_home_tab_is_in_the_readme() -> None:
    assert f"`{ids.HOME_OPENED}`" in README.partition("## Install it")[2]


def test_docs_security_gives_each_scope_its_reason() -> None:
    listed = {cells[0].strip("`"): (cells[1], cells[2]) for cells in rows(SECURITY, "scope")}
    assert listed == {scope.name: (scope.reason, scope.without) for scope in (*SCOPES, *OPTIONAL_SCOPES)}


def statements(name: str) -> list[tuple[frozenset[str], str]]:
    """Return what each statement of a policy grants, and on what."""
    policy = json.loads((ROOT / "docs/iam" / name).read_text(encoding="utf-8"))
    return [
        (frozenset([one["Action"]] if isinstance(one["Action"], str) else one["Action"]), one["Resource"])
        for one in policy["Statement"]
        if one["Effect"] == "Allow"
    ]


def test_the_read_policy_grants_what_reading_calls_and_no_more() -> None:
    granted = [actions for actions, _ in statements("read.json")]
    optional = frozenset(SIGNAL_ACTIONS) | frozenset(GUARDRAIL_READ_ACTIONS) - frozenset(READ_ACTIONS)
    assert frozenset().union(*granted) == {*READ_ACTIONS, *REGION_ACTIONS, *optional}
    assert all(actions <= optional or not actions & optional for actions in granted)
    assert frozenset().union(*granted) <= listed_actions()


def test_the_remediation_policy_grants_what_changes_of_repositories_call_and_no_more() -> None:
    of_repositories = frozenset(action.iam for action in Action if not action.is_of_registry)
    assert statements("remediate.json") == [(of_repositories, "arn:aws:ecr:*:*:repository/*")]
    assert of_repositories <= listed_actions()


def test_the_guardrails_policy_grants_what_the_code_declares_and_no_more() -> None:
    granted = statements("guardrails.json")
    assert granted == [
        (frozenset(GUARDRAIL_READ_ACTIONS), "*"),
        (frozenset(action.iam for action in Action if action.is_of_registry), "*"),
        (frozenset(TEMPLATE_ACTIONS), "*"),
        (frozenset(KEPT_POLICY_ACTIONS), "*"),
        (frozenset([KEPT_ROLE_ACTION]), "arn:aws:iam::*:role/NAME-OF-THE-TEMPLATES-ROLE"),
        (frozenset(INSPECTOR_ACTIONS), "*"),
        (frozenset([INSPECTOR_ROLE_ACTION]), "*"),
    ]
    assert frozenset().union(*(actions for actions, _ in granted)) <= listed_actions()


def test_the_guardrails_policy_has_the_conditions_of_the_sessions_that_write() -> None:
    policy = json.loads((ROOT / "docs/iam/guardrails.json").read_text(encoding="utf-8"))
    every = [
        template_change(Action.UPDATE_REPOSITORY_CREATION_TEMPLATE, TemplateTags("ROOT", "IMMUTABLE")),
        rule_change(scan_type="ENHANCED"),
    ]
    session = json.loads(registry_policy([registry_plan(*every)]))
    assert conditions(policy) == conditions(session)
    assert set(conditions(policy)) == {KEPT_ROLE_ACTION, INSPECTOR_ROLE_ACTION}


def conditions(policy: Any) -> dict[str, Any]:
    """Return the condition on each action that has one."""
    return {
        action: one["Condition"]
        for one in policy["Statement"]
        if "Condition" in one
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }


def listed_actions() -> set[str]:
    """Return the actions that docs/security.md says the reason of."""
    return {action for cells in rows(SECURITY, "action") for action in re.findall(r"`(.+?)`", cells[0])}


def test_the_picture_of_a_request_s_life_has_the_arrows_of_the_code_and_no_others() -> None:
    [picture] = re.findall(r"```mermaid\nstateDiagram-v2\n(.+?)```", APPROVALS, re.DOTALL)
    arrows = re.findall(r"^ +(\S+) --> ([^\s:]+)(?:: .+)?$", picture, re.MULTILINE)
    assert len(arrows) == len(picture.strip().splitlines())
    between = {(before, after) for before, after in arrows if "[*]" not in (before, after)}
    assert between == {(state, after) for state, afters in NEXT.items() for after in afters}
    assert {before for before, after in arrows if after == "[*]"} == {
        state for state, after in NEXT.items() if not after
    }
    assert [after for before, after in arrows if before == "[*]"] == ["requested", "approved"]


def test_docs_approvals_names_every_kind_outcome_and_step() -> None:
    assert [cells[0].strip("`") for cells in rows(APPROVALS, "kind")] == list(Kind)
    [outcomes] = re.findall(r"has an outcome of its own: (.+?)\. ", APPROVALS)
    assert re.findall(r"`(.+?)`", outcomes) == list(Outcome)
    [steps] = re.findall(r"The steps, in the column `event`: (.+?)\.\n", APPROVALS, re.DOTALL)
    assert re.findall(r"`(.+?)`", steps) == list(Step)


def test_every_decision_has_its_parts() -> None:
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        parts = re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences"], path.name


def test_every_link_between_the_documents_leads_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        (path.name, link)
        for path in documents
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / link).exists()
    ]
    assert broken == []


def test_the_truth_table_in_the_docs_has_every_value() -> None:
    control = (ROOT / "docs/control.md").read_text(encoding="utf-8")
    for value in ("IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION", "ENHANCED", "BASIC", "literal"):
        assert value in control


def test_the_procfile_starts_the_bot() -> None:
    assert (ROOT / "Procfile").read_text(encoding="utf-8") == "worker: python -m bot run\n"
