from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.demo.aws.conftest import Connect

TEMPLATE: dict[str, Any] = {"prefix": "team", "appliedFor": ["CREATE_ON_PUSH"], "imageTagMutability": "IMMUTABLE"}


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_template_is_made_changed_shown_and_deleted(connect: Connect) -> None:
    client = connect()

    made = client.create_repository_creation_template(**TEMPLATE)["repositoryCreationTemplate"]
    client.update_repository_creation_template(prefix="team", description="all of the team's")
    (shown,) = client.describe_repository_creation_templates()["repositoryCreationTemplates"]
    client.delete_repository_creation_template(prefix="team")
    left = client.describe_repository_creation_templates()["repositoryCreationTemplates"]

    assert made["encryptionConfiguration"] == {"encryptionType": "AES256"}
    assert (shown["imageTagMutability"], shown["description"]) == ("IMMUTABLE", "all of the team's")
    assert left == []


def test_a_template_is_there_once_for_a_prefix(connect: Connect) -> None:
    connect().create_repository_creation_template(**TEMPLATE)

    with pytest.raises(ClientError) as error:
        connect().create_repository_creation_template(**TEMPLATE)

    assert code(error) == "TemplateAlreadyExistsException"


@pytest.mark.parametrize("operation", ["update_repository_creation_template", "delete_repository_creation_template"])
def test_a_template_that_is_not_there_is_not_found(connect: Connect, operation: str) -> None:
    with pytest.raises(ClientError) as error:
        getattr(connect(), operation)(prefix="team")

    assert code(error) == "TemplateNotFoundException"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}, "InvalidParameterException"),
        ({"prefix": "Upper"}, "InvalidParameterException"),
        ({"appliedFor": ["EVERYTHING"]}, "InvalidParameterException"),
        ({"resourceTags": [{"Key": "team", "Value": "web"}]}, "ValidationException"),
    ],
)
def test_a_template_that_ecr_refuses_is_refused(connect: Connect, change: dict[str, Any], expected: str) -> None:
    with pytest.raises(ClientError) as error:
        connect().create_repository_creation_template(**{**TEMPLATE, **change})

    assert code(error) == expected


def test_an_update_to_a_plain_setting_drops_the_filters(connect: Connect) -> None:
    client = connect()
    filters = [{"filterType": "WILDCARD", "filter": "latest"}]
    excluding = {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": filters}
    client.create_repository_creation_template(**{**TEMPLATE, **excluding})

    client.update_repository_creation_template(prefix="team", imageTagMutability="IMMUTABLE")

    (shown,) = client.describe_repository_creation_templates(prefixes=["team"])["repositoryCreationTemplates"]
    assert "imageTagMutabilityExclusionFilters" not in shown


def test_a_pull_through_rule_is_made_shown_and_deleted(connect: Connect) -> None:
    client = connect()
    rule = {"ecrRepositoryPrefix": "docker-hub", "upstreamRegistryUrl": "registry-1.docker.io"}

    client.create_pull_through_cache_rule(**rule)
    with pytest.raises(ClientError) as again:
        client.create_pull_through_cache_rule(**rule)
    (shown,) = client.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    client.delete_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub")
    with pytest.raises(ClientError) as gone:
        client.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["docker-hub"])

    assert {**shown, **rule} == shown
    assert code(again) == "PullThroughCacheRuleAlreadyExistsException"
    assert code(gone) == "PullThroughCacheRuleNotFoundException"
