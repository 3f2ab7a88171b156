"""Which targets a query goes to: URIs and ARNs name one, and what the settings do not have is said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ecr.check import Checker
from ecr.deadline import Deadline
from ecr.errors import NoCredentialsError, NotConfiguredError, RegionDisabledError
from ecr.model import ALL_REGIONS, Policy, Target
from ecr.names import parse
from tests.ecr.plain_registry import OWNER, PlainRegistry, holding

if TYPE_CHECKING:
    from ecr.checked import CheckReport, QueryResult

PROD = Target("111111111111", "eu-west-1", "prod")
PROD_US = Target("111111111111", "us-east-1", "prod")
STAGING = Target("222222222222", "eu-west-1", "staging")
DEFAULT = Target(None, "eu-west-1")


def uri(account: str, region: str, name: str = "api") -> str:
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{name}:v1"


def check(registry: PlainRegistry, *asked: str) -> CheckReport:
    checker = Checker(registry, Policy(), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    return checker.check(tuple(map(parse, asked)), Deadline.after(5))


def found(report: CheckReport | QueryResult) -> list[Target]:
    return [row.target for row in report.assessments]


@pytest.mark.parametrize(
    "asked", [uri("111111111111", "us-east-1"), "arn:aws:ecr:us-east-1:111111111111:repository/api"]
)
def test_a_uri_and_an_arn_are_looked_for_in_their_own_target_alone(asked: str) -> None:
    registry = holding({PROD: ("api",), PROD_US: ("api",), STAGING: ("api",)})
    assert found(check(registry, asked)) == [PROD_US]
    assert {target for _, target, _ in registry.asked} == {PROD_US}


def test_each_of_several_queries_goes_where_it_belongs() -> None:
    registry = holding({PROD: ("api", "web"), STAGING: ("api", "web")})
    report = check(registry, uri("222222222222", "eu-west-1"), "web")
    assert [found(result) for result in report.results] == [[STAGING], [PROD, STAGING]]
    assert registry.asked_for("find") == [(PROD, ("web",)), (STAGING, ("api", "web"))]


def test_a_glob_in_a_uri_stays_in_its_target() -> None:
    registry = holding({PROD: ("team-a",), STAGING: ("team-a", "team-b")})
    assert found(check(registry, uri("222222222222", "eu-west-1", "team-*"))) == [STAGING, STAGING]


def test_a_uri_of_a_repository_that_is_not_there_suggests_the_names_of_its_target_alone() -> None:
    registry = holding({PROD: ("apia",), STAGING: ("apib",)})
    report = check(registry, uri("222222222222", "eu-west-1"))
    assert report.missing[0].suggestions == ("apib",)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (uri("333333333333", "eu-west-1"), "Account 333333333333 in eu-west-1 is not configured: add it to"),
        (uri("111111111111", "sa-east-1"), "not its region sa-east-1, only eu-west-1, us-east-1: add it to"),
        ("arn:aws:ecr:eu-west-1:333333333333:repository/api", "Account 333333333333 in eu-west-1 is not configured"),
    ],
)
def test_a_uri_of_elsewhere_says_what_to_configure_and_nothing_is_asked(asked: str, said: str) -> None:
    registry = holding({PROD: ("api",), PROD_US: ("api",)})
    with pytest.raises(NotConfiguredError, match=said):
        check(registry, "api", asked)
    assert registry.asked == []


def test_the_default_account_learns_its_id_from_what_was_found() -> None:
    registry = holding({DEFAULT: ("api",)})
    assert found(check(registry, "api")) == [Target(OWNER, "eu-west-1")]
    assert registry.asked_for("account") == []


def test_the_default_account_is_asked_for_its_id_where_a_uri_names_one() -> None:
    registry = holding({DEFAULT: ("api",), Target(None, "us-east-1"): ("api",)})
    assert found(check(registry, uri(OWNER, "eu-west-1"))) == [Target(OWNER, "eu-west-1")]
    assert registry.asked_for("account") == [(DEFAULT, ())]


def test_a_uri_of_another_account_than_the_default_is_not_configured() -> None:
    with pytest.raises(NotConfiguredError, match="Account 111111111111 in eu-west-1 is not configured"):
        check(holding({DEFAULT: ("api",)}), uri("111111111111", "eu-west-1"))


def test_where_the_default_account_cannot_be_learned_a_uri_cannot_be_placed() -> None:
    registry = holding({DEFAULT: ("api",)})
    registry.refused = {("account", DEFAULT): NoCredentialsError("There are none.")}
    with pytest.raises(NoCredentialsError, match=r"There are none\."):
        check(registry, uri(OWNER, "eu-west-1"))


def test_an_unreadable_default_account_is_named_where_that_can_be_learned() -> None:
    registry = holding({DEFAULT: ()})
    registry.refused = {("find", DEFAULT): RegionDisabledError("It is off.")}
    assert found(check(registry, "api")) == [Target(OWNER, "eu-west-1")]
    registry.refused = {DEFAULT: NoCredentialsError("There are none.")}
    assert found(check(registry, "api")) == [DEFAULT]


@pytest.mark.parametrize("account", [PROD.account, None])
def test_an_account_whose_regions_could_not_be_listed_is_one_unknown_row_for_any_region(account: str | None) -> None:
    unlisted = Target(account, ALL_REGIONS)
    registry = holding({unlisted: ()})
    registry.refused = {("find", unlisted): RegionDisabledError("It is off.")}
    asked = uri(account or OWNER, "sa-east-1")
    [row] = check(registry, asked).assessments
    assert (row.target, row.verdict) == (Target(account or OWNER, ALL_REGIONS), "unknown")
