"""Repositories that ECR itself creates, on a push or by replication, as the user guide describes it.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from demo.aws.answers import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, WEST = "111111111111", "eu-west-1"
PUSH, REPLICATION, CACHE = "CREATE_ON_PUSH", "REPLICATION", "PULL_THROUGH_CACHE"


def template(aws: LocalAws, prefix: str, mutability: str, *uses: str, **values: Any) -> None:
    aws.client("ecr", PROD, WEST).create_repository_creation_template(
        prefix=prefix, appliedFor=list(uses), imageTagMutability=mutability, **values
    )


def shown(connect: Connect, name: str) -> dict[str, Any]:
    found: dict[str, Any] = connect().describe_repositories(repositoryNames=[name])["repositories"][0]
    return found


def names(connect: Connect) -> list[str]:
    return [one["repositoryName"] for one in connect().describe_repositories()["repositories"]]


def test_a_push_creates_a_repository_by_the_template_for_its_name(aws: LocalAws, connect: Connect) -> None:
    filters = [{"filterType": "WILDCARD", "filter": "latest"}]
    template(aws, "team", "IMMUTABLE_WITH_EXCLUSION", PUSH, imageTagMutabilityExclusionFilters=filters)

    digest = aws.push(PROD, WEST, "team/web", ("v1",))

    made = shown(connect, "team/web")
    assert (made["imageTagMutability"], made["imageTagMutabilityExclusionFilters"]) == (
        "IMMUTABLE_WITH_EXCLUSION",
        filters,
    )
    assert made["imageScanningConfiguration"] == {"scanOnPush": False}
    assert made["encryptionConfiguration"] == {"encryptionType": "AES256"}
    (image,) = connect().describe_images(repositoryName="team/web")["imageDetails"]
    assert (image["imageDigest"], image["imageTags"]) == (digest, ["v1"])


@pytest.mark.parametrize("uses", [(), (REPLICATION, CACHE)])
def test_a_push_creates_nothing_where_no_template_is_applied_for_it(
    aws: LocalAws, connect: Connect, uses: tuple[str, ...]
) -> None:
    if uses:
        template(aws, "ROOT", "IMMUTABLE", *uses)

    with pytest.raises(RefusalError, match="'web' does not exist in the registry with id '111111111111'"):
        aws.push(PROD, WEST, "web")

    assert names(connect) == []


def test_replication_creates_a_repository_with_the_defaults_where_there_is_no_template(
    aws: LocalAws, connect: Connect
) -> None:
    aws.replicate(PROD, WEST, "web", ("v1",))

    assert shown(connect, "web")["imageTagMutability"] == "MUTABLE"
    assert connect().describe_images(repositoryName="web")["imageDetails"][0]["imageTags"] == ["v1"]


@pytest.mark.parametrize(
    ("name", "mutability"),
    [
        ("prod/team/web", "IMMUTABLE"),
        ("prod/web", "MUTABLE"),
        ("prod", "IMMUTABLE"),
        ("production/web", "IMMUTABLE"),
        ("prod/team", "MUTABLE"),
        ("prod/teams/web", "MUTABLE"),
        ("web", "IMMUTABLE"),
    ],
)
def test_the_longest_prefix_with_a_slash_behind_it_counts_and_root_where_there_is_no_other(
    aws: LocalAws, connect: Connect, name: str, mutability: str
) -> None:
    template(aws, "ROOT", "IMMUTABLE", REPLICATION)
    template(aws, "prod", "MUTABLE", REPLICATION)
    template(aws, "prod/team/", "IMMUTABLE", REPLICATION)

    aws.replicate(PROD, WEST, name)

    assert shown(connect, name)["imageTagMutability"] == mutability


def test_a_template_that_is_not_applied_for_it_is_as_if_it_were_not_there(aws: LocalAws, connect: Connect) -> None:
    template(aws, "ROOT", "IMMUTABLE", REPLICATION)
    template(aws, "hub", "MUTABLE", CACHE)

    aws.replicate(PROD, WEST, "hub/nginx")

    assert shown(connect, "hub/nginx")["imageTagMutability"] == "IMMUTABLE"


@pytest.mark.parametrize("arrive", ["push", "replicate"])
def test_a_repository_that_is_there_keeps_its_settings(aws: LocalAws, connect: Connect, arrive: str) -> None:
    aws.create(PROD, WEST, "web", scan_on_push=True)
    template(aws, "ROOT", "IMMUTABLE", PUSH, REPLICATION)

    getattr(aws, arrive)(PROD, WEST, "web")

    made = shown(connect, "web")
    assert (made["imageTagMutability"], made["imageScanningConfiguration"]) == ("MUTABLE", {"scanOnPush": True})


def test_a_template_is_its_account_s_and_region_s_own(aws: LocalAws, connect: Connect) -> None:
    template(aws, "ROOT", "IMMUTABLE", REPLICATION)

    aws.replicate("222222222222", WEST, "web")
    aws.replicate(PROD, "us-east-1", "web")

    for client in (connect(account="222222222222"), connect(region="us-east-1")):
        (made,) = client.describe_repositories()["repositories"]
        assert made["imageTagMutability"] == "MUTABLE"


def test_policies_and_tags_of_a_template_are_set_too(aws: LocalAws, connect: Connect) -> None:
    lifecycle = '{"rules":[]}'
    template(
        aws,
        "ROOT",
        "IMMUTABLE",
        PUSH,
        resourceTags=[{"Key": "team", "Value": "web"}],
        customRoleArn=f"arn:aws:iam::{PROD}:role/creates",
        lifecyclePolicy=lifecycle,
    )

    aws.push(PROD, WEST, "web")

    arn = shown(connect, "web")["repositoryArn"]
    assert connect().list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "team", "Value": "web"}]
    assert connect().get_lifecycle_policy(repositoryName="web")["lifecyclePolicyText"] == lifecycle


def rules(*texts: str) -> list[dict[str, Any]]:
    filters = [{"filter": text, "filterType": "WILDCARD"} for text in texts]
    return [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": filters}]


@pytest.mark.parametrize(("when", "left", "found"), [("before", "mine", 0), ("after", "theirs", 1)])
def test_somebody_else_can_write_right_before_a_call_or_right_after_it_once(
    aws: LocalAws, connect: Connect, when: str, left: str, found: int
) -> None:
    put = "PutRegistryScanningConfiguration"
    client = aws.client("ecr", PROD, WEST)
    seen: list[int] = []

    def theirs() -> None:
        seen.append(len(client.get_registry_scanning_configuration()["scanningConfiguration"]["rules"]))
        aws.scanning(PROD, WEST, "BASIC", [("SCAN_ON_PUSH", ["theirs"])])

    meanwhile: Callable[..., None] = getattr(aws, when)
    meanwhile(put, theirs, PROD, WEST)
    meanwhile(put, lambda: pytest.fail("it is another account's"), "222222222222")
    connect().put_registry_scanning_configuration(scanType="BASIC", rules=rules("mine"))
    (now,) = client.get_registry_scanning_configuration()["scanningConfiguration"]["rules"]
    connect().put_registry_scanning_configuration(scanType="BASIC", rules=rules("mine"))

    assert ([one["filter"] for one in now["repositoryFilters"]], seen) == ([left], [found])
