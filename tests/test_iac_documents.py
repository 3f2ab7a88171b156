"""What is under docs/iac works: the templates are linted, the modules parsed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import hcl2
import pytest
from cfnlint.api import ManualArgs, lint_file  # type: ignore[import-untyped]  # cfn-lint ships no types
from cfnlint.decode import decode  # type: ignore[import-untyped]  # the same
from hcl2.utils import SerializationOptions

IAC = Path(__file__).parent.parent / "docs/iac"
TEMPLATES = tuple(sorted((IAC / "cloudformation").glob("*.yaml")))
MODULES = tuple(sorted((IAC / "terraform").rglob("*.tf")))


def parsed(text: str) -> dict[str, Any]:
    """Return HCL as plain values, without its comments."""
    options = SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)
    return hcl2.loads(text, serialization_options=options)


def module(name: str, file: str) -> dict[str, Any]:
    """Return one file of a Terraform module."""
    return parsed((IAC / "terraform" / name / file).read_text(encoding="utf-8"))


def defaults(name: str) -> dict[str, Any]:
    """Return the default of each of a module's variables; of one that is required, `...`."""
    return {
        variable: body.get("default", ...)
        for block in module(name, "variables.tf")["variable"]
        for variable, body in block.items()
    }


def resource(name: str, kind: str) -> dict[str, Any]:
    """Return the one resource of a kind in a module."""
    [body] = [block[kind] for block in module(name, "main.tf")["resource"] if kind in block]
    [one] = body.values()
    return dict(one)


def template(name: str) -> dict[str, Any]:
    """Return a CloudFormation template as cfn-lint reads it."""
    read, problems = decode(IAC / "cloudformation" / name)
    assert problems == []
    assert read is not None
    return dict(read)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_cfn_lint_has_nothing_to_say_about_a_template(path: Path) -> None:
    assert [str(match) for match in lint_file(path, ManualArgs(include_checks=["I"]))] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_file_of_the_modules_is_hcl(path: Path) -> None:
    assert parsed(path.read_text(encoding="utf-8")) != {}


def test_there_are_two_templates_and_two_modules() -> None:
    assert [path.name for path in TEMPLATES] == ["registry.yaml", "repository.yaml"]
    files = ["main.tf", "outputs.tf", "variables.tf", "versions.tf"]
    assert [(path.parent.name, path.name) for path in MODULES] == [
        (name, file) for name in ("registry", "repository") for file in files
    ]


def test_a_repository_complies_by_default_with_terraform() -> None:
    one = resource("repository", "aws_ecr_repository")
    assert defaults("repository") == {"name": ..., "mutable_tags": [], "kms_key": None, "tags": {}}
    assert one["image_tag_mutability"] == (
        '${length(var.mutable_tags) == 0 ? "IMMUTABLE" : "IMMUTABLE_WITH_EXCLUSION"}'
    )
    assert one["image_scanning_configuration"] == [{"scan_on_push": True}]
    assert one["dynamic"] == [
        {
            "image_tag_mutability_exclusion_filter": {
                "for_each": "${var.mutable_tags}",
                "content": [
                    {"filter": "${image_tag_mutability_exclusion_filter.value}", "filter_type": "WILDCARD"},
                ],
            }
        }
    ]
    assert one["encryption_configuration"][0]["encryption_type"] == '${var.kms_key == null ? "AES256" : "KMS"}'


def test_a_registry_scans_everything_on_push_by_default_with_terraform() -> None:
    one = resource("registry", "aws_ecr_registry_scanning_configuration")
    assert defaults("registry") == {
        "scan_type": "BASIC",
        "continuous_scan_filters": [],
        "applied_for": ["CREATE_ON_PUSH", "REPLICATION"],
        "mutable_tags": [],
    }
    assert one["scan_type"] == "${var.scan_type}"
    assert one["rule"] == [
        {"scan_frequency": "SCAN_ON_PUSH", "repository_filter": [{"filter": "*", "filter_type": "WILDCARD"}]}
    ]


def test_what_ecr_creates_is_immutable_by_default_with_terraform() -> None:
    one = resource("registry", "aws_ecr_repository_creation_template")
    assert (one["prefix"], one["applied_for"]) == ("ROOT", "${var.applied_for}")
    assert one["image_tag_mutability"] == (
        '${length(var.mutable_tags) == 0 ? "IMMUTABLE" : "IMMUTABLE_WITH_EXCLUSION"}'
    )


@pytest.mark.parametrize("file", ["terraform/registry/variables.tf", "cloudformation/registry.yaml"])
def test_why_a_pull_through_cache_is_left_out_is_said_where_it_is(file: str) -> None:
    text = (IAC / file).read_text(encoding="utf-8")
    assert re.search(r"# PULL_THROUGH_CACHE is left out: in a repository with immutable tags ECR cannot refresh", text)
    assert text.count("PULL_THROUGH_CACHE") == 1


@pytest.mark.parametrize("file", ["terraform/registry/main.tf", "cloudformation/registry.yaml"])
def test_that_it_replaces_the_rules_of_others_is_said_where_it_does(file: str) -> None:
    text = re.sub(r"\s*\n#\s*", " ", (IAC / file).read_text(encoding="utf-8"))
    assert "WARNING: " in text
    assert "is the whole list of the registry's scanning rules." in text
    assert "rules of other teams included" in text
    assert "/ecr guardrails makes merges its rule into" in text


@pytest.mark.parametrize("name", ["repository", "registry"])
def test_the_usage_of_the_modules_is_hcl_and_sets_variables_that_they_have(name: str) -> None:
    readme = (IAC / "terraform/README.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```hcl\n(.+?)```", readme, re.DOTALL)
    used = [body for block in parsed(example)["module"] for body in block.values()]
    mine = [body for body in used if body["source"].endswith(f"/{name}")]
    assert mine != []
    assert all(set(body) - {"source"} <= set(defaults(name)) for body in mine)
    required = {variable for variable, default in defaults(name).items() if default is ...}
    assert all(set(body) >= required for body in mine)


@pytest.mark.parametrize("name", ["repository", "registry"])
def test_the_readme_of_the_modules_lists_every_variable_with_its_default(name: str) -> None:
    readme = (IAC / "terraform/README.md").read_text(encoding="utf-8").partition(f"\n## `{name}`\n")[2]
    table = readme.partition("| variable | default |")[2].partition("\n\n")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| `?(.+?)`? \|", table, re.MULTILINE))
    assert {variable: ... if said == "required" else json.loads(said) for variable, said in listed.items()} == (
        defaults(name)
    )


def test_a_repository_complies_by_default_with_cloudformation() -> None:
    read = template("repository.yaml")
    one = read["Resources"]["Repository"]["Properties"]
    tags = [read["Parameters"][f"MutableTag{n}"]["Default"] for n in range(1, 6)]
    assert tags == [""] * 5
    assert one["ImageTagMutability"] == {"Fn::If": ["HasMutableTags", "IMMUTABLE_WITH_EXCLUSION", "IMMUTABLE"]}
    assert one["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert one["EncryptionConfiguration"]["EncryptionType"] == {"Fn::If": ["HasKmsKey", "KMS", "AES256"]}


def test_a_registry_is_guarded_by_default_with_cloudformation() -> None:
    read = template("registry.yaml")
    scanning = read["Resources"]["Scanning"]["Properties"]
    root = read["Resources"]["Root"]["Properties"]
    assert {name: read["Parameters"][name]["Default"] for name in ("ScanType", "CreateOnPush")} == {
        "ScanType": "BASIC",
        "CreateOnPush": "true",
    }
    assert scanning == {
        "ScanType": {"Ref": "ScanType"},
        "Rules": [
            {"ScanFrequency": "SCAN_ON_PUSH", "RepositoryFilters": [{"Filter": "*", "FilterType": "WILDCARD"}]},
        ],
    }
    assert root["Prefix"] == "ROOT"
    assert root["AppliedFor"] == [
        {"Fn::If": ["CreatesOnPush", "CREATE_ON_PUSH", {"Ref": "AWS::NoValue"}]},
        "REPLICATION",
    ]
    assert root["ImageTagMutability"] == {"Fn::If": ["HasMutableTags", "IMMUTABLE_WITH_EXCLUSION", "IMMUTABLE"]}


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("", True),
        ("latest", True),
        ("dev-*", True),
        ("*-rc*", True),
        ("*", False),
        ("**", False),
        ("a*b*c*", False),
        ("a/b", False),
    ],
)
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_the_templates_take_the_tag_filters_that_ecr_takes(path: Path, text: str, *, taken: bool) -> None:
    parameters = template(path.name)["Parameters"]
    for n in range(1, 6):
        assert (re.fullmatch(parameters[f"MutableTag{n}"]["AllowedPattern"], text) is not None) is taken
