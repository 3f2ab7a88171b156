"""`python -m bot fix` of a name in several accounts and regions: all that is printed can stand in one file."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

import hcl2
import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from hcl2.utils import SerializationOptions

from demo.aws import LocalAws
from tests.bot.test_check_command import ACCOUNTS, PROD, STAGING, Shell

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from pathlib import Path

NAME = "payments-api"
REGIONS = ("eu-west-1", "us-east-1")
PLACES = tuple((account, region) for account in (PROD, STAGING) for region in REGIONS)
TWO_REGIONS = ACCOUNTS.replace('["eu-west-1"]', '["eu-west-1", "us-east-1"]')
STACK = {"aws:cloudformation:stack-name": "shop", "aws:cloudformation:logical-id": "StackedApi"}


@pytest.fixture(scope="module")
def world() -> Iterator[LocalAws]:
    """Every registry has ENHANCED scanning, so that each piece of code has its list of rules beside the repository."""
    with LocalAws() as aws:
        aws.reset()
        for account, region in PLACES:
            aws.scanning(account, region, "ENHANCED", [("SCAN_ON_PUSH", ["web-*"])])
            aws.create(account, region, NAME)
        for account in (PROD, STAGING):
            aws.create(account, "eu-west-1", "stacked")
            aws.tag(account, "eu-west-1", "stacked", STACK)
        yield aws


@pytest.fixture
def shell(world: LocalAws, tmp_path: Path) -> Shell:
    made = Shell(world, tmp_path)
    made.settings(TWO_REGIONS)
    return made


def fix(shell: Shell, *arguments: str) -> tuple[str, str]:
    done = shell.run("fix", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


class OnceLoader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML ships no types
    """Refuses a key that a mapping has already, as YAML has it and as CloudFormation does."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's own signature
        keys = [key.value for key, _ in node.value]
        assert sorted(set(keys)) == sorted(keys)
        return dict(super().construct_mapping(node, deep=deep))


def resources(text: str) -> list[str]:
    """Return what every document has under Resources, in order."""
    return list(chain.from_iterable(one["Resources"] for one in yaml.load_all(text, OnceLoader)))


@pytest.mark.parametrize("tool", ["terraform", "opentofu"])
def test_hcl_has_each_address_once(shell: Shell, tool: str) -> None:
    out, err = fix(shell, NAME, "--as", tool)
    options = SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)
    blocks = hcl2.loads(err + out, serialization_options=options)["resource"]
    addresses = [f"{kind}.{label}" for block in blocks for kind, some in block.items() for label in some]
    wheres = [f"{account}_{region.replace('-', '_')}" for account, region in PLACES]
    assert addresses == [
        address
        for where in wheres
        for address in (
            f"aws_ecr_repository.payments_api_{where}",
            f"aws_ecr_registry_scanning_configuration.registry_{where}",
        )
    ]
    imports = re.findall(r"import (\S+) (\d+) first", err)
    assert imports == [
        (f"aws_ecr_registry_scanning_configuration.registry_{where}", account)
        for where, (account, _) in zip(wheres, PLACES, strict=True)
    ]


def test_cloudformation_has_each_logical_id_once_in_a_template_for_each_account_and_region(shell: Shell) -> None:
    out, err = fix(shell, NAME, "--as", "cloudformation")
    wheres = [f"{account}{''.join(part.capitalize() for part in region.split('-'))}" for account, region in PLACES]
    assert resources(out) == [
        logical_id for where in wheres for logical_id in (f"PaymentsApi{where}", f"RegistryScanning{where}")
    ]
    assert "# These are 4 templates, one for each account and region: --- is between them." in err.splitlines()


def test_a_logical_id_that_the_stack_has_given_stays(shell: Shell) -> None:
    out, _ = fix(shell, "stacked", "--as", "cloudformation")
    assert resources(out) == [
        "StackedApi",
        f"RegistryScanning{PROD}EuWest1",
        "StackedApi",
        f"RegistryScanning{STAGING}EuWest1",
    ]


@pytest.mark.parametrize(
    ("tool", "named", "repository", "registry"),
    [
        ("cdk", r"^new ecr\.\w+\(this, '(.+)', \{$", "PaymentsApi{}{}", "RegistryScanning{}{}"),
        ("pulumi", r'^new aws\.ecr\.\w+\("(.+)", \{$', "payments-api-{}-{}", "registry-{}-{}"),
    ],
)
def test_typescript_has_each_name_once(shell: Shell, tool: str, named: str, repository: str, registry: str) -> None:
    out, err = fix(shell, NAME, "--as", tool)
    spelled = {region: region if tool == "pulumi" else region.title().replace("-", "") for region in REGIONS}
    places = [(account, spelled[region]) for account, region in PLACES]
    made = [line for line in out.splitlines() if line.startswith("new ")]
    assert [name for line in made for name in re.findall(named, line)] == [
        text.format(*place) for place in places for text in (repository, registry)
    ]
    if tool == "pulumi":
        assert re.findall(r"RegistryScanningConfiguration (\S+) \d+ first", err) == [
            registry.format(*place) for place in places
        ]


def test_commands_name_no_resource_and_stay_as_they_are(shell: Shell) -> None:
    out, _ = fix(shell, NAME, "--as", "cli")
    assert out.count("--repository-name payments-api \\") == len(PLACES)
    assert re.findall(r"--region (\S+)$", out, re.MULTILINE) == [region for _, region in PLACES for _ in range(2)]


def test_one_of_them_by_its_arn_has_the_plain_names(shell: Shell) -> None:
    out, err = fix(shell, f"arn:aws:ecr:us-east-1:{STAGING}:repository/{NAME}", "--as", "terraform")
    assert re.findall(r'^resource "\w+" "(\w+)"', out, re.MULTILINE) == ["payments_api", "registry"]
    assert f"import aws_ecr_registry_scanning_configuration.registry {STAGING} first" in err
