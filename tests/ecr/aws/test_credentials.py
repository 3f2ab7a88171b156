"""Whose credentials sign what: roles, external ids, refreshing, and many accounts at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr import errors
from ecr.aws.registry import Account, AwsRegistry
from ecr.aws.sessions import Role
from ecr.model import RegistryScanning, Target
from tests.ecr.aws.accounts import HOME, PROD, ROLE, called, home, prod, soon
from tests.ecr.aws.short_lived_sts import ShortLivedSts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws

REGIONS = ("eu-west-1", "us-east-1")


def many(accounts: int) -> AwsRegistry:
    ids = [f"{number:012}" for number in range(1, accounts + 1)]
    return AwsRegistry([Account(one, REGIONS, None, Role(f"arn:aws:iam::{one}:role/r", f"for-{one}")) for one in ids])


def test_many_threads_and_accounts_never_mix(aws: LocalAws) -> None:
    registry = many(12)
    targets = registry.targets(soon())
    for target in targets:
        assert target.account
        aws.require_external_id(target.account, f"for-{target.account}")
        aws.create(target.account, target.region, f"of-{target.account}-{target.region}")
        aws.create(target.account, target.region, "everywhere")

    def read(number: int) -> tuple[list[str], set[str], str]:
        target = targets[number % len(targets)]
        [page] = registry.pages(target, soon(60))
        found = registry.find(target, ("everywhere",), soon(60))
        owners = {one.account for one in (*page, *found)}
        return sorted(one.name for one in page), owners, registry.account(target, soon(60))

    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(read, range(10 * len(targets))))
    for number, answer in enumerate(answers):
        target = targets[number % len(targets)]
        assert answer == (
            ["everywhere", f"of-{target.account}-{target.region}"],
            {target.account},
            target.account,
        )
    assert called(aws, "AssumeRole") == 12


def test_a_role_and_the_default_credentials_of_one_account_are_told_apart(aws: LocalAws) -> None:
    aws.create("111111111111", "eu-west-1", "api")
    registry = AwsRegistry([Account(None, ("eu-west-1",)), Account("111111111111", ("eu-west-1",), "prod", ROLE)])
    default, through_role = registry.targets(soon())
    assert registry.find(default, ("api",), soon()) == ()
    assert [one.account for one in registry.find(through_role, ("api",), soon())] == ["111111111111"]
    assert (registry.account(default, soon()), registry.account(through_role, soon())) == (HOME.account, PROD.account)


@pytest.mark.parametrize("told", [None, "wrong"])
def test_the_external_id_is_what_lets_one_in(aws: LocalAws, told: str | None) -> None:
    aws.require_external_id("111111111111", "open-sesame")
    with pytest.raises(errors.RoleRefusedError):
        prod(external_id=told).scanning(PROD, soon())
    assert prod(external_id="open-sesame").scanning(PROD, soon()) == RegistryScanning("BASIC")


def test_a_refused_role_says_which_who_asked_and_what_to_grant(aws: LocalAws) -> None:
    aws.refuse_role("111111111111")
    with pytest.raises(errors.RoleRefusedError) as raised:
        prod().find(PROD, ("api",), soon())
    assert str(raised.value) == (
        "Role arn:aws:iam::111111111111:role/ecrbot-read could not be assumed (AccessDenied): let its trust policy "
        "allow sts:AssumeRole to arn:aws:iam::123456789012:user/ecrbot (no external_id is set for it), and grant that "
        "identity sts:AssumeRole on the role."
    )


def test_a_role_that_is_let_in_again_is_assumed_again(aws: LocalAws) -> None:
    aws.refuse_role("111111111111")
    registry = prod()
    with pytest.raises(errors.RoleRefusedError):
        registry.scanning(PROD, soon())
    aws.clear()
    assert registry.scanning(PROD, soon()) == RegistryScanning("BASIC")


def test_a_disabled_region_does_not_cost_the_account_s_other_regions(aws: LocalAws) -> None:
    aws.create("111111111111", "eu-west-1", "api")
    aws.fail("AssumeRole", error="InvalidClientTokenId", status=403, region="ap-east-1")
    registry = prod("ap-east-1", "eu-west-1")
    off, on = registry.targets(soon())
    with pytest.raises(errors.RegionDisabledError, match="Region ap-east-1 is not enabled in prod"):
        registry.find(off, ("api",), soon())
    assert len(registry.find(on, ("api",), soon())) == 1
    assert called(aws, "AssumeRole") == 2


def test_another_account_s_answer_is_an_error_and_never_a_verdict(aws: LocalAws) -> None:
    aws.create("123456789012", "eu-west-1", "api")
    registry = AwsRegistry([Account("111111111111", ("eu-west-1",))])
    target = Target("111111111111", "eu-west-1")
    for read in (
        lambda: registry.find(target, ("api",), soon()),
        lambda: registry.find(target, ("nowhere",), soon()),
        lambda: list(registry.pages(target, soon())),
        lambda: registry.scanning(target, soon()),
        lambda: registry.repository_scanning(target, ("api",), soon()),
    ):
        with pytest.raises(errors.AccountMismatchError, match="Account 123456789012 answered where 111111111111"):
            read()


def test_a_role_of_another_account_than_configured_is_found_out(aws: LocalAws) -> None:
    aws.create("222222222222", "eu-west-1", "api")
    registry = AwsRegistry([Account("111111111111", ("eu-west-1",), "prod", Role("arn:aws:iam::222222222222:role/r"))])
    with pytest.raises(errors.AccountMismatchError, match=r"222222222222 answered where prod \(111111111111\)"):
        registry.find(PROD, ("api",), soon())


def test_default_credentials_that_ran_out_are_said_to_have_expired(aws: LocalAws) -> None:
    aws.fail("DescribeRepositories", error="ExpiredTokenException")
    with pytest.raises(errors.ExpiredTokenError, match="have expired: renew them"):
        home().find(HOME, ("api",), soon())
    assert called(aws, "DescribeRepositories") == 1


def test_a_role_s_credentials_that_ran_out_before_their_time_are_renewed_once(aws: LocalAws) -> None:
    aws.create("111111111111", "eu-west-1", "api")
    registry = prod()
    registry.scanning(PROD, soon())
    aws.fail("DescribeRepositories", error="ExpiredTokenException", times=1)
    [found] = registry.find(PROD, ("api",), soon())
    assert found.account == "111111111111"
    assert (called(aws, "AssumeRole"), called(aws, "DescribeRepositories")) == (2, 2)


def test_a_role_s_credentials_are_not_renewed_for_ever(aws: LocalAws) -> None:
    aws.fail("DescribeRepositories", error="ExpiredTokenException")
    with pytest.raises(errors.ExpiredTokenError):
        prod().find(PROD, ("api",), soon())
    assert (called(aws, "AssumeRole"), called(aws, "DescribeRepositories")) == (2, 2)


def test_where_the_default_credentials_ran_out_no_role_can_be_assumed(aws: LocalAws) -> None:
    aws.fail("AssumeRole", error="ExpiredToken", status=403)
    with pytest.raises(errors.ExpiredTokenError, match="have expired: renew them"):
        prod().find(PROD, ("api",), soon())


@pytest.fixture
def sts(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShortLivedSts]:
    aws.create("111111111111", "eu-west-1", "api")
    with ShortLivedSts(timedelta(hours=1)) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", running.url)
        yield running


def read_three_times() -> None:
    registry = prod()
    for _ in range(3):
        [found] = registry.find(PROD, ("api",), soon())
        assert found.account == "111111111111"


@pytest.mark.parametrize(
    ("lasts", "assumed"),
    [(timedelta(hours=1), 1), (timedelta(minutes=16), 1), (timedelta(minutes=14), 3), (timedelta(seconds=5), 3)],
    ids=str,
)
def test_credentials_are_renewed_a_quarter_of_an_hour_before_they_end(
    sts: ShortLivedSts, lasts: timedelta, assumed: int
) -> None:
    sts.lasts = lasts
    read_three_times()
    assert len(sts.assumed) == assumed


def test_a_renewal_that_is_refused_while_there_is_time_left_costs_nothing(sts: ShortLivedSts) -> None:
    sts.lasts = timedelta(minutes=14)
    registry = prod()
    registry.find(PROD, ("api",), soon())
    sts.refusing = True
    assert len(registry.find(PROD, ("api",), soon())) == 1
    assert len(sts.assumed) == 2


def test_a_renewal_that_is_refused_at_the_end_is_a_refused_role(sts: ShortLivedSts) -> None:
    sts.lasts = timedelta(minutes=5)
    registry = prod()
    registry.find(PROD, ("api",), soon())
    sts.refusing = True
    with pytest.raises(errors.RoleRefusedError):
        registry.find(PROD, ("api",), soon())


def test_credentials_that_have_ended_when_they_come_say_that_the_clock_is_wrong(sts: ShortLivedSts) -> None:
    sts.lasts = timedelta(hours=-3)
    with pytest.raises(errors.ExpiredTokenError, match="by this machine's clock: set the clock right"):
        prod().find(PROD, ("api",), soon())
