"""docs/iam/guardrails.json, granted to the roles of the local AWS: everything that guardrails call goes through, and
without any one of its actions something does not.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ecr import errors
from ecr.changes import Action
from ecr.model import RegistryScanning
from ecr.setting import TemplateTags
from tests.ecr.aws.accounts import PROD, ROLE, prod, soon
from tests.ecr.aws.plans import TAGS, plan, registry_plan, rule_change, template_change
from tests.ecr.aws.writers import WRITE, writer
from tests.ecr.truth_table import rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws

PLACEHOLDER = "NAME-OF-THE-TEMPLATES-ROLE"
GUARDRAILS = json.loads(
    (Path(__file__).parents[3] / "docs/iam/guardrails.json").read_text(encoding="utf-8").replace(PLACEHOLDER, "creates")
)
THEIR_ROLE = "arn:aws:iam::111111111111:role/creates"
READING = "ReadGuardrails"
ROOT = TemplateTags("ROOT", "IMMUTABLE", (), ("CREATE_ON_PUSH", "REPLICATION"))
THEIRS = TemplateTags("team", "IMMUTABLE", (), ("REPLICATION",))
CREATE = template_change(Action.CREATE_REPOSITORY_CREATION_TEMPLATE, ROOT)
UPDATE = template_change(Action.UPDATE_REPOSITORY_CREATION_TEMPLATE, THEIRS, replace(THEIRS, mutability="MUTABLE"))
DELETE = template_change(Action.DELETE_REPOSITORY_CREATION_TEMPLATE, TemplateTags("ROOT"), ROOT)


def actions_of(statement: dict[str, Any]) -> list[str]:
    listed = statement["Action"]
    return [listed] if isinstance(listed, str) else listed


EVERY = [(one["Sid"], action) for one in GUARDRAILS["Statement"] for action in actions_of(one)]

OF_ENHANCED = [(sid, action) for sid, action in EVERY if "Inspector" in sid or "Enhanced" in sid]
OF_BASIC = [one for one in EVERY if one not in OF_ENHANCED]


def without(*actions: tuple[str, str]) -> list[dict[str, Any]]:
    """Return the statements, short of some actions of theirs."""
    cut = [
        {**one, "Action": [action for action in actions_of(one) if (one["Sid"], action) not in actions]}
        for one in GUARDRAILS["Statement"]
    ]
    return [one for one in cut if one["Action"]]


def grant(aws: LocalAws, statements: list[dict[str, Any]]) -> None:
    """Grant what the reading needs to the role that reads, and all else to the one that writes."""
    for role, its in (
        (ROLE, [one for one in statements if one["Sid"] == READING]),
        (WRITE, [one for one in statements if one["Sid"] != READING]),
    ):
        aws.grant(role.arn, json.dumps({"Version": "2012-10-17", "Statement": its}))


def theirs(aws: LocalAws) -> None:
    """Let another team have a template with everything that an update leaves as it is."""
    aws.client("ecr", "111111111111", "eu-west-1").create_repository_creation_template(
        prefix="team",
        appliedFor=["REPLICATION"],
        lifecyclePolicy='{"rules":[]}',
        repositoryPolicy='{"Version":"2012-10-17","Statement":[]}',
        customRoleArn=THEIR_ROLE,
    )


def journey(scan_type: str = "BASIC") -> None:
    """Read a registry, guard it wholly, and undo it."""
    registry = prod()
    registry.scanning(PROD, soon())
    registry.templates(PROD, soon())
    changes = (rule_change(scan_type=scan_type), CREATE, UPDATE, DELETE)
    writing = writer().writing(PROD, "R1", [registry_plan(*changes)])
    writing.put_rules(RegistryScanning(scan_type, (rule("SCAN_ON_PUSH", "*"),)), soon())
    for change in changes[1:]:
        writing.put_template(change, soon())


def test_what_guardrails_call_is_what_their_policy_allows_and_no_more(aws: LocalAws) -> None:
    theirs(aws)
    grant(aws, without())
    journey()
    called = {f"ecr:{operation}" for operation, *_ in aws.calls if operation != "AssumeRole"}
    allowed = {action for sid, action in EVERY if sid in {READING, "ApplyApprovedGuardrails"}}
    assert called == allowed


@pytest.mark.parametrize(("sid", "action"), OF_BASIC)
def test_without_an_action_of_the_policy_something_is_refused_that_names_it(
    aws: LocalAws, sid: str, action: str
) -> None:
    theirs(aws)
    grant(aws, without((sid, action)))
    with pytest.raises(errors.AccessDeniedError, match=f": grant it {action}\\.$"):
        journey()


@pytest.mark.parametrize("lacking", OF_ENHANCED)
def test_inspector_s_actions_are_needed_under_enhanced_scanning_alone(aws: LocalAws, lacking: tuple[str, str]) -> None:
    theirs(aws)
    grant(aws, without(*OF_ENHANCED))
    journey()
    aws.reset()
    theirs(aws)
    grant(aws, without(lacking))
    with pytest.raises(errors.AccessDeniedError, match=f": grant it {lacking[1]}\\.$"):
        journey("ENHANCED")
    grant(aws, without())
    journey("ENHANCED")


def test_a_company_whose_templates_have_neither_policy_nor_role_needs_no_statement_that_is_optional(
    aws: LocalAws,
) -> None:
    aws.client("ecr", "111111111111", "eu-west-1").create_repository_creation_template(
        prefix="team", appliedFor=["REPLICATION"]
    )
    grant(aws, [one for one in without() if not one["Sid"].startswith("Optional")])
    journey()


@pytest.mark.parametrize("action", ["ecr:DescribeRepositories", "ecr:PutImageTagMutability"])
def test_nothing_of_a_repository_is_allowed(aws: LocalAws, action: str) -> None:
    grant(aws, without())
    aws.create("111111111111", "eu-west-1", "api")
    calls: dict[str, Callable[[], object]] = {
        "ecr:DescribeRepositories": lambda: prod().find(PROD, ("api",), soon()),
        "ecr:PutImageTagMutability": lambda: writer().writing(PROD, "R1", [plan("api", TAGS)]).put("api", TAGS, soon()),
    }
    with pytest.raises(errors.AccessDeniedError, match=f"grant it {action}"):
        calls[action]()
