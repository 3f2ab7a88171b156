"""Repository creation templates read through boto3 over HTTP: what is asked, and what becomes of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ecr import controls, errors
from ecr.aws.registry import GUARDRAIL_READ_ACTIONS
from ecr.model import CreationTemplate, Exclusion, Policy, Repository, Verdict
from tests.ecr.aws.accounts import HOME, PROD, ROLE, called, home, prod, soon

if TYPE_CHECKING:
    from demo.aws import LocalAws

AT_HOME = ("123456789012", "eu-west-1")
DESCRIBE = "DescribeRepositoryCreationTemplates"


def template(aws: LocalAws, prefix: str, **values: Any) -> None:
    given = {"appliedFor": ["CREATE_ON_PUSH"], **values}
    aws.client("ecr", *AT_HOME).create_repository_creation_template(prefix=prefix, **given)


def test_a_template_is_read_as_ecr_answers_it(aws: LocalAws) -> None:
    filters = [{"filterType": "WILDCARD", "filter": text} for text in ("latest", "dev-*")]
    template(
        aws,
        "team/web",
        appliedFor=["REPLICATION", "PULL_THROUGH_CACHE"],
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=filters,
    )
    template(aws, "ROOT")
    registry = home()
    assert registry.templates(HOME, soon()) == (
        CreationTemplate("ROOT", ("CREATE_ON_PUSH",), "MUTABLE"),
        CreationTemplate(
            "team/web",
            ("REPLICATION", "PULL_THROUGH_CACHE"),
            "IMMUTABLE_WITH_EXCLUSION",
            (Exclusion("latest"), Exclusion("dev-*")),
        ),
    )
    assert (called(aws, DESCRIBE), registry.calls) == (1, 1)


def test_a_registry_without_templates_has_none(aws: LocalAws) -> None:
    assert home().templates(HOME, soon()) == ()
    assert called(aws, DESCRIBE) == 1


def test_more_than_a_thousand_templates_are_read_page_by_page(aws: LocalAws) -> None:
    for number in range(1001):
        asked: dict[str, Any] = {"appliedFor": ["REPLICATION"], "prefix": f"team-{number:04}"}
        aws.ask("CreateRepositoryCreationTemplate", *AT_HOME, **asked)
    found = home().templates(HOME, soon(60))
    assert [one.prefix for one in found] == [f"team-{number:04}" for number in range(1001)]
    assert called(aws, DESCRIBE) == 2


def entry(**values: Any) -> dict[str, Any]:
    return {"prefix": "team", "appliedFor": ["REPLICATION"], "imageTagMutability": "IMMUTABLE", **values}


def answering(aws: LocalAws, *entries: Any, account: str | None = "123456789012") -> None:
    aws.rewrite(DESCRIBE, lambda _: {"registryId": account, "repositoryCreationTemplates": list(entries)})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"imageTagMutability": None}, CreationTemplate("team", ("REPLICATION",), None)),
        ({"imageTagMutability": "SEALED"}, CreationTemplate("team", ("REPLICATION",), "SEALED")),
        ({"appliedFor": ["MIRROR"]}, CreationTemplate("team", ("MIRROR",), "IMMUTABLE")),
        ({"appliedFor": []}, CreationTemplate("team", (), "IMMUTABLE")),
        (
            {"imageTagMutabilityExclusionFilters": [{"filterType": "REGEX", "filter": "^v"}]},
            CreationTemplate("team", ("REPLICATION",), "IMMUTABLE", (Exclusion("^v", understood=False),)),
        ),
    ],
)
def test_values_that_are_not_known_stay_as_they_are(
    aws: LocalAws, values: dict[str, Any], expected: CreationTemplate
) -> None:
    answering(aws, entry(**values))
    assert home().templates(HOME, soon()) == (expected,)


@pytest.mark.parametrize("mutability", [None, "SEALED"])
def test_a_template_without_a_mutability_that_is_known_passes_no_rule(aws: LocalAws, mutability: str | None) -> None:
    answering(aws, entry(imageTagMutability=mutability))
    [found] = home().templates(HOME, soon())
    created = Repository("", "", "team", "", found.tag_mutability, found.exclusions, scan_on_push=None)
    assert controls.tag_immutability(created, Policy()).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "values",
    [{"prefix": None}, {"prefix": ""}, {"appliedFor": None}, {"appliedFor": [None]}],
)
def test_a_template_that_lacks_its_prefix_or_uses_is_malformed(aws: LocalAws, values: dict[str, Any]) -> None:
    answering(aws, entry(prefix="ROOT"), entry(**values))
    with pytest.raises(errors.MalformedAnswerError) as raised:
        home().templates(HOME, soon())
    assert str(raised.value) == (
        "A repository creation template of 123456789012 in eu-west-1 lacks its prefix or its uses."
    )


def test_an_answer_without_its_list_is_no_registry_without_templates(aws: LocalAws) -> None:
    aws.rewrite(DESCRIBE, lambda _: {"registryId": "123456789012"})
    with pytest.raises(errors.MalformedAnswerError, match="lacks its repositoryCreationTemplates"):
        home().templates(HOME, soon())


@pytest.mark.parametrize(
    ("account", "kind"), [("222222222222", errors.AccountMismatchError), (None, errors.MalformedAnswerError)]
)
def test_templates_of_another_account_are_refused(aws: LocalAws, account: str | None, kind: type[Exception]) -> None:
    answering(aws, entry(), account=account)
    with pytest.raises(kind):
        home().templates(HOME, soon())


@pytest.mark.parametrize("action", GUARDRAIL_READ_ACTIONS)
def test_a_denied_action_is_named_with_the_role_that_lacks_it(aws: LocalAws, action: str) -> None:
    aws.fail(action.partition(":")[2], error="AccessDeniedException")
    registry = prod()
    with pytest.raises(errors.AccessDeniedError) as raised:
        _ = [read(PROD, soon()) for read in (registry.scanning, registry.templates)]
    assert str(raised.value) == (
        f"{ROLE.arn} may not call {action} in prod (111111111111) in eu-west-1: grant it {action}."
    )
