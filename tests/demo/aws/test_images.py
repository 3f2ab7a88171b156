from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, WEST = "111111111111", "eu-west-1"
PUSHED = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def digests(answer: Any) -> list[str]:
    return [one["imageDigest"] for one in answer["imageDetails"]]


def test_an_image_is_described_with_what_it_was_pushed_with(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")
    aws.push(PROD, WEST, "web", ("v1",), PUSHED, "sha256:1", media_type="m", artifact_type="a", subject="sha256:0")

    [image] = connect().describe_images(repositoryName="web")["imageDetails"]

    assert image == {
        "registryId": PROD,
        "repositoryName": "web",
        "imageDigest": "sha256:1",
        "imageTags": ["v1"],
        "imageSizeInBytes": 1024,
        "imagePushedAt": PUSHED,
        "imageManifestMediaType": "m",
        "artifactMediaType": "a",
        "subjectManifestDigest": "sha256:0",
    }


def test_a_tag_that_is_pushed_again_leaves_the_older_image_untagged(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")
    aws.push(PROD, WEST, "web", ("latest",), PUSHED, "sha256:1")
    aws.push(PROD, WEST, "web", ("latest", "v2"), PUSHED, "sha256:2")

    ecr = connect()

    assert digests(ecr.describe_images(repositoryName="web", filter={"tagStatus": "UNTAGGED"})) == ["sha256:1"]
    assert digests(ecr.describe_images(repositoryName="web", filter={"tagStatus": "TAGGED"})) == ["sha256:2"]
    assert digests(ecr.describe_images(repositoryName="web", filter={"tagStatus": "ANY"})) == ["sha256:1", "sha256:2"]
    assert digests(ecr.describe_images(repositoryName="web")) == ["sha256:1", "sha256:2"]


def test_images_come_by_pages(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")
    pushed = sorted(aws.push(PROD, WEST, "web") for _ in range(101))
    ecr = connect()

    first = ecr.describe_images(repositoryName="web")
    pages = ecr.get_paginator("describe_images").paginate(repositoryName="web", PaginationConfig={"PageSize": 7})

    assert digests(first) == pushed[:100]
    assert [digest for page in pages for digest in digests(page)] == pushed
    with pytest.raises(ClientError, match="maxResults"):
        ecr.describe_images(repositoryName="web", maxResults=1001)


def test_images_of_a_repository_that_is_not_there_are_not_found(aws: LocalAws, connect: Connect) -> None:
    del aws
    with pytest.raises(ClientError, match="'gone' does not exist in the registry with id '111111111111'"):
        connect().describe_images(repositoryName="gone")


def test_resource_tags_are_listed_those_of_aws_included(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")
    aws.tag(PROD, WEST, "web", {"aws:cloudformation:stack-name": "shop", "team": "web"})

    listed = connect().list_tags_for_resource(resourceArn=f"arn:aws:ecr:{WEST}:{PROD}:repository/web")["tags"]

    assert {one["Key"]: one["Value"] for one in listed} == {"aws:cloudformation:stack-name": "shop", "team": "web"}


def test_a_pull_through_cache_rule_is_there_at_once(aws: LocalAws, connect: Connect) -> None:
    aws.pull_through(PROD, WEST, "docker-hub")

    [rule] = connect().describe_pull_through_cache_rules()["pullThroughCacheRules"]

    assert (rule["ecrRepositoryPrefix"], rule["registryId"]) == ("docker-hub", PROD)
    assert connect(region="us-east-1").describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
