"""What is not written of a registry: refused before any call, and answers that are no success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ecr import errors
from ecr.aws.sessions import Role
from ecr.changes import Action
from ecr.model import RegistryScanning, ScanFilter, ScanRule, Target
from ecr.setting import TemplateTags
from tests.ecr.aws.accounts import PROD, called, soon
from tests.ecr.aws.plans import TAGS, plan, registry_plan, rule_change, template_change
from tests.ecr.aws.writers import WRITE, create, writer
from tests.ecr.truth_table import rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws
    from ecr.aws.writing import AwsWriting
    from ecr.changes import Plan

CREATE = Action.CREATE_REPOSITORY_CREATION_TEMPLATE
UPDATE = Action.UPDATE_REPOSITORY_CREATION_TEMPLATE
DELETE = Action.DELETE_REPOSITORY_CREATION_TEMPLATE
PUT_RULES = "PutRegistryScanningConfiguration"
EVERYTHING = RegistryScanning("BASIC", (rule("SCAN_ON_PUSH", "*"),))
ROOT = TemplateTags("ROOT", "IMMUTABLE", (), ("CREATE_ON_PUSH",))
CHANGES = {
    CREATE: template_change(CREATE, ROOT),
    UPDATE: template_change(UPDATE, ROOT),
    DELETE: template_change(DELETE, TemplateTags("ROOT"), ROOT),
}
WHOLE = registry_plan(rule_change(), *CHANGES.values())
STAGING = Target("222222222222", "eu-west-1", "staging")


def writing(*plans: Plan, role: Role = WRITE) -> AwsWriting:
    return writer(role).writing(PROD, "R1", plans or [WHOLE])


@pytest.mark.parametrize(
    "plans",
    [
        [plan("api", TAGS)],
        [registry_plan(CHANGES[CREATE])],
        [registry_plan(rule_change(scan_type="ENHANCED"))],
        [registry_plan(rule_change(), target=STAGING)],
        [replace(WHOLE, arn=WHOLE.arn.replace("eu-west-1", "us-east-1"))],
        [replace(WHOLE, arn=WHOLE.arn + "/")],
        [replace(WHOLE, name="api")],
    ],
)
def test_rules_that_no_plan_has_under_this_scan_type_are_not_written(aws: LocalAws, plans: list[Plan]) -> None:
    with pytest.raises(errors.AwsError) as raised:
        writing(*plans).put_rules(EVERYTHING, soon())
    assert str(raised.value) == (
        "Rules under BASIC scanning are not what was asked for in prod (111111111111) in eu-west-1, so they were not "
        "written."
    )
    assert not aws.calls


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ((rule("SCAN_ON_PUSH", "a"), rule("SCAN_ON_PUSH", "b"), rule("SCAN_ON_PUSH", "c")), "would be more than 2"),
        ((rule("SCAN_ON_PUSH", *(f"svc{number}" for number in range(101))),), "or have more than 100 filters"),
        ((ScanRule("SCAN_ON_PUSH", (ScanFilter("^v", understood=False),)),), "a filter of a kind that is not known"),
    ],
)
def test_a_list_that_would_lose_something_is_not_written(aws: LocalAws, rules: tuple[ScanRule, ...], said: str) -> None:
    with pytest.raises(errors.AwsError, match=said):
        writing().put_rules(RegistryScanning("BASIC", rules), soon())
    assert not aws.calls


def test_changes_of_a_registry_are_not_put_as_a_repository_s_nor_the_other_way_round(aws: LocalAws) -> None:
    create(aws, "api")
    of_both = writing(WHOLE, plan("api", TAGS, rule_change("api")))
    for name, change in ((WHOLE.name, CHANGES[CREATE]), (WHOLE.name, rule_change()), ("api", rule_change("api"))):
        with pytest.raises(errors.AwsError, match="is not what was asked for"):
            of_both.put(name, change, soon())
    for change in (TAGS, rule_change()):
        with pytest.raises(errors.AwsError, match="is not what was asked for"):
            of_both.put_template(change, soon())
    assert not aws.calls


@pytest.mark.parametrize(
    "change",
    [
        template_change(CREATE, replace(ROOT, prefix="team")),
        template_change(CREATE, replace(ROOT, mutability="MUTABLE")),
        template_change(CREATE, replace(ROOT, applied_for=("PULL_THROUGH_CACHE",))),
    ],
)
def test_a_template_that_no_plan_has_is_not_made(aws: LocalAws, change: Any) -> None:
    with pytest.raises(errors.AwsError) as raised:
        writing().put_template(change, soon())
    assert str(raised.value) == (
        f"CreateRepositoryCreationTemplate to {change.after} is not what was asked for in prod (111111111111) in "
        "eu-west-1, so it was not made."
    )
    assert not aws.calls


def test_credentials_of_another_account_write_no_registry(aws: LocalAws) -> None:
    foreign = writing(role=Role("arn:aws:iam::222222222222:role/ecrbot-remediate"))
    puts: list[Callable[[], object]] = [
        lambda: foreign.put_rules(EVERYTHING, soon()),
        lambda: foreign.put_template(CHANGES[CREATE], soon()),
    ]
    for put in puts:
        with pytest.raises(errors.AccountMismatchError, match=r"answered where prod \(111111111111\) in eu-west-1 was"):
            put()
    assert (called(aws, PUT_RULES), called(aws, CREATE)) == (0, 0)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({}, errors.MalformedAnswerError),
        ({"registryScanningConfiguration": {"scanType": "BASIC", "rules": []}}, errors.MalformedAnswerError),
        (
            {
                "registryScanningConfiguration": {
                    "scanType": "ENHANCED",
                    "rules": [
                        {
                            "scanFrequency": "SCAN_ON_PUSH",
                            "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
                        }
                    ],
                }
            },
            errors.MalformedAnswerError,
        ),
    ],
)
def test_an_answer_that_tells_of_other_rules_is_no_success(
    aws: LocalAws, answer: dict[str, Any], kind: type[Exception]
) -> None:
    aws.rewrite(PUT_RULES, lambda _: answer)
    with pytest.raises(kind):
        writing().put_rules(EVERYTHING, soon())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"registryId": "222222222222"}, errors.AccountMismatchError),
        ({"registryId": None}, errors.MalformedAnswerError),
        ({"repositoryCreationTemplate": {"prefix": "team"}}, errors.MalformedAnswerError),
        ({"repositoryCreationTemplate": None}, errors.MalformedAnswerError),
    ],
)
def test_an_answer_about_another_template_is_no_success(
    aws: LocalAws, answer: dict[str, Any], kind: type[Exception]
) -> None:
    aws.rewrite(CREATE, lambda told: {**told, **answer})
    with pytest.raises(kind):
        writing().put_template(CHANGES[CREATE], soon())


@pytest.mark.parametrize(("asked", "told"), [("team", "team/"), ("team/", "team")])
def test_a_slash_at_the_end_of_a_prefix_makes_no_difference(aws: LocalAws, asked: str, told: str) -> None:
    change = template_change(CREATE, replace(ROOT, prefix=asked))
    aws.rewrite(CREATE, lambda answer: {**answer, "repositoryCreationTemplate": {"prefix": told}})
    assert writing(registry_plan(change)).put_template(change, soon())
