from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, WEST = "111111111111", "eu-west-1"


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def fill(aws: LocalAws, count: int) -> list[str]:
    names = [f"svc-{index:04}" for index in range(count)]
    for name in names:
        aws.create(PROD, WEST, name)
    return names


def test_a_page_has_a_hundred_repositories_unless_told(aws: LocalAws, connect: Connect) -> None:
    names = fill(aws, 101)

    first = connect().describe_repositories()
    last = connect().describe_repositories(nextToken=first["nextToken"])

    assert [one["repositoryName"] for one in first["repositories"]] == names[:100]
    assert [one["repositoryName"] for one in last["repositories"]] == names[100:]
    assert "nextToken" not in last


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pages_of_any_size_give_every_repository_once(aws: LocalAws, connect: Connect, size: int) -> None:
    names = fill(aws, 15)
    pages = connect().get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": size})

    found = [one["repositoryName"] for page in pages for one in page["repositories"]]

    assert found == names
    assert aws.calls["DescribeRepositories", PROD, WEST] == -(-15 // size)


@pytest.mark.parametrize(
    "asked",
    [
        {"maxResults": 0},
        {"maxResults": 1001},
        {"nextToken": "garbage"},
        {"nextToken": "Z2FyYmFnZQ=="},
        {"repositoryNames": ["one"], "maxResults": 5},
        {"repositoryNames": ["one"], "nextToken": "x"},
        {"repositoryNames": []},
        {"repositoryNames": [f"svc-{index}" for index in range(101)]},
        {"repositoryNames": ["Upper"]},
        {"repositoryNames": ["x"]},
        {"repositoryNames": ["a..b"]},
        {"repositoryNames": ["a" * 257]},
    ],
)
def test_what_ecr_does_not_take_is_an_invalid_parameter(connect: Connect, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        connect().describe_repositories(**asked)

    assert code(error) == "InvalidParameterException"


def test_one_unknown_name_fails_the_whole_call(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "here")

    with pytest.raises(ClientError, match=f"'gone' does not exist in the registry with id '{PROD}'") as error:
        connect().describe_repositories(repositoryNames=["here", "gone"])

    assert code(error) == "RepositoryNotFoundException"


def test_a_repository_looks_as_ecr_shows_it(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "team/web", "IMMUTABLE_WITH_EXCLUSION", ("latest",), scan_on_push=True)

    (found,) = connect().describe_repositories(repositoryNames=["team/web"])["repositories"]

    assert found.pop("createdAt").tzinfo is not None
    assert found == {
        "repositoryArn": f"arn:aws:ecr:{WEST}:{PROD}:repository/team/web",
        "registryId": PROD,
        "repositoryName": "team/web",
        "repositoryUri": f"{PROD}.dkr.ecr.{WEST}.amazonaws.com/team/web",
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest"}],
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }


def test_repositories_made_through_the_api_are_found_beside_the_seeded(connect: Connect) -> None:
    client = connect()
    client.create_repository(repositoryName="made", imageTagMutability="IMMUTABLE")

    (found,) = client.describe_repositories()["repositories"]

    assert (found["repositoryName"], found["imageTagMutability"]) == ("made", "IMMUTABLE")


def put(client: Any, mutability: str, *filters: str) -> Any:
    extra = {"imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": f} for f in filters]}
    return client.put_image_tag_mutability(
        repositoryName="web", imageTagMutability=mutability, **(extra if filters else {})
    )


def test_putting_mutability_answers_with_its_filters_and_a_plain_value_clears_them(
    aws: LocalAws, connect: Connect
) -> None:
    aws.create(PROD, WEST, "web")
    client = connect()

    answer = put(client, "IMMUTABLE_WITH_EXCLUSION", "latest", "dev-*")
    shown = client.describe_repositories(repositoryNames=["web"])["repositories"][0]
    put(client, "IMMUTABLE")
    plain = client.describe_repositories(repositoryNames=["web"])["repositories"][0]

    filters = [{"filterType": "WILDCARD", "filter": text} for text in ("latest", "dev-*")]
    assert answer["imageTagMutabilityExclusionFilters"] == shown["imageTagMutabilityExclusionFilters"] == filters
    assert (answer["registryId"], answer["imageTagMutability"]) == (PROD, "IMMUTABLE_WITH_EXCLUSION")
    assert plain["imageTagMutability"] == "IMMUTABLE"
    assert "imageTagMutabilityExclusionFilters" not in plain


@pytest.mark.parametrize(
    ("mutability", "filters"),
    [
        ("IMMUTABLE_WITH_EXCLUSION", ()),
        ("MUTABLE_WITH_EXCLUSION", ()),
        ("IMMUTABLE", ("latest",)),
        ("MUTABLE", ("latest",)),
        ("IMMUTABLE_WITH_EXCLUSION", ("a", "b", "c", "d", "e", "f")),
        ("IMMUTABLE_WITH_EXCLUSION", ("*a*b*",)),
        ("IMMUTABLE_WITH_EXCLUSION", ("a/b",)),
        ("IMMUTABLE_WITH_EXCLUSION", ("a" * 129,)),
        ("FROZEN", ()),
    ],
)
def test_filters_that_do_not_go_with_the_setting_are_refused(
    aws: LocalAws, connect: Connect, mutability: str, filters: tuple[str, ...]
) -> None:
    aws.create(PROD, WEST, "web")
    client = connect()

    with pytest.raises(ClientError) as error:
        put(client, mutability, *filters)

    assert code(error) == "InvalidParameterException"
    assert client.describe_repositories()["repositories"][0]["imageTagMutability"] == "MUTABLE"


def test_a_repository_of_another_account_is_denied(connect: Connect) -> None:
    with pytest.raises(ClientError, match="not authorized to perform: ecr:DescribeRepositories") as error:
        connect().describe_repositories(registryId="222222222222")

    assert code(error) == "AccessDeniedException"


def test_accounts_and_regions_do_not_see_each_other(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")

    assert len(connect().describe_repositories()["repositories"]) == 1
    assert connect(region="us-east-1").describe_repositories()["repositories"] == []
    assert connect(account="222222222222").describe_repositories()["repositories"] == []
