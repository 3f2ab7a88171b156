from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from demo.aws import LocalAws
    from tests.demo.aws.conftest import Connect

PROD, WEST = "111111111111", "eu-west-1"
ON_PUSH, CONTINUOUS = "SCAN_ON_PUSH", "CONTINUOUS_SCAN"

Rules = tuple[tuple[str, tuple[str, ...]], ...]

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html, its table row by row
DOCUMENTED = [
    ("prod", {"prod", "repo-prod", "prod-repo", "repo-prod-repo", "prodrepo"}),
    ("*prod", {"prod", "repo-prod"}),
    ("prod*", {"prod", "prod-repo", "prodrepo"}),
    ("*prod*", {"prod", "repo-prod", "prod-repo", "repo-prod-repo", "prodrepo"}),
    ("prod*repo", {"prod-repo", "prodrepo"}),
]


@pytest.mark.parametrize(("text", "matched"), DOCUMENTED)
def test_filters_match_as_the_documentation_says(aws: LocalAws, connect: Connect, text: str, matched: set[str]) -> None:
    names = ["prod", "repo-prod", "prod-repo", "repo-prod-repo", "prodrepo"]
    for name in names:
        aws.create(PROD, WEST, name)
    aws.scanning(PROD, WEST, "ENHANCED", ((ON_PUSH, (text,)),))

    answer = connect().batch_get_repository_scanning_configuration(repositoryNames=names)

    found = {one["repositoryName"] for one in answer["scanningConfigurations"] if one["scanFrequency"] == ON_PUSH}
    assert found == matched


@pytest.mark.parametrize(
    ("scan_type", "rules", "flag", "expected"),
    [
        ("BASIC", (), True, (True, ON_PUSH)),
        ("BASIC", (), False, (False, "MANUAL")),
        ("BASIC", ((ON_PUSH, ("web",)),), False, (True, ON_PUSH)),
        ("BASIC", ((ON_PUSH, ("other",)),), True, (True, ON_PUSH)),
        ("BASIC", ((ON_PUSH, ("other",)),), False, (False, "MANUAL")),
        ("ENHANCED", ((CONTINUOUS, ("*",)),), True, (False, CONTINUOUS)),
        ("ENHANCED", ((ON_PUSH, ("*",)),), False, (True, ON_PUSH)),
        ("ENHANCED", ((ON_PUSH, ("*",)), (CONTINUOUS, ("web",))), False, (False, CONTINUOUS)),
        ("ENHANCED", ((CONTINUOUS, ("web",)), (ON_PUSH, ("*",))), False, (False, CONTINUOUS)),
        ("ENHANCED", ((CONTINUOUS, ("other",)),), True, (False, "MANUAL")),
        ("ENHANCED", (), True, (False, "MANUAL")),
    ],
)
def test_what_a_repository_really_gets(
    aws: LocalAws,
    connect: Connect,
    scan_type: str,
    rules: Rules,
    flag: bool,  # noqa: FBT001 - a column of the table
    expected: tuple[bool, str],
) -> None:
    aws.create(PROD, WEST, "web", scan_on_push=flag)
    aws.scanning(PROD, WEST, scan_type, rules)

    answer = connect().batch_get_repository_scanning_configuration(repositoryNames=["web"])

    (one,) = answer["scanningConfigurations"]
    assert (one["scanOnPush"], one["scanFrequency"]) == expected


def test_whether_a_left_over_flag_counts_can_be_chosen_for_a_registry(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web", scan_on_push=True)
    aws.scanning(PROD, WEST, "BASIC", ((ON_PUSH, ("other",)),))
    aws.legacy_flag_counts(PROD, WEST, False)

    (one,) = connect().batch_get_repository_scanning_configuration(repositoryNames=["web"])["scanningConfigurations"]

    assert (one["scanOnPush"], one["scanFrequency"], one["appliedScanFilters"]) == (False, "MANUAL", [])


def test_a_name_that_is_not_there_is_among_the_failures(aws: LocalAws, connect: Connect) -> None:
    aws.create(PROD, WEST, "web")

    answer = connect().batch_get_repository_scanning_configuration(repositoryNames=["web", "gone"])

    assert [one["repositoryName"] for one in answer["scanningConfigurations"]] == ["web"]
    assert [(one["repositoryName"], one["failureCode"]) for one in answer["failures"]] == [
        ("gone", "REPOSITORY_NOT_FOUND")
    ]


def test_twenty_six_names_are_refused(connect: Connect) -> None:
    with pytest.raises(ClientError, match="less than or equal to 25"):
        connect().batch_get_repository_scanning_configuration(repositoryNames=[f"svc-{index}" for index in range(26)])


def rule(frequency: str, *filters: str) -> dict[str, Any]:
    return {
        "scanFrequency": frequency,
        "repositoryFilters": [{"filter": text, "filterType": "WILDCARD"} for text in filters],
    }


def test_a_registry_keeps_what_is_put(connect: Connect) -> None:
    client = connect()
    rules = [rule(CONTINUOUS, "prod-*"), rule(ON_PUSH, "*")]

    client.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)

    answer = client.get_registry_scanning_configuration()
    assert (answer["registryId"], answer["scanningConfiguration"]) == (PROD, {"scanType": "ENHANCED", "rules": rules})


def test_a_new_registry_is_basic_without_rules(connect: Connect) -> None:
    answer = connect().get_registry_scanning_configuration()

    assert answer["scanningConfiguration"] == {"scanType": "BASIC", "rules": []}


@pytest.mark.parametrize(
    ("scan_type", "rules", "expected"),
    [
        ("BASIC", [rule(CONTINUOUS, "*")], "ValidationException"),
        ("ENHANCED", [rule("MANUAL", "*")], "ValidationException"),
        ("BASIC", [rule(ON_PUSH, "a"), rule(ON_PUSH, "b"), rule(ON_PUSH, "c")], "InvalidParameterException"),
        ("BASIC", [rule(ON_PUSH, *(f"svc{index}" for index in range(101)))], "InvalidParameterException"),
        ("BASIC", [rule(ON_PUSH, "Upper")], "InvalidParameterException"),
        ("BASIC", [rule("HOURLY", "*")], "InvalidParameterException"),
        ("DEEP", [], "InvalidParameterException"),
    ],
)
def test_a_configuration_that_ecr_refuses_is_refused(
    connect: Connect, scan_type: str, rules: list[dict[str, Any]], expected: str
) -> None:
    with pytest.raises(ClientError) as error:
        connect().put_registry_scanning_configuration(scanType=scan_type, rules=rules)

    assert error.value.response["Error"]["Code"] == expected
