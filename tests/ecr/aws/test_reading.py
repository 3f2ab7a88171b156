"""Reading ECR through boto3 over HTTP: what is asked, in how many calls, and what becomes of the answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ecr import errors
from ecr.aws.registry import Account, AwsRegistry
from ecr.check import Checker
from ecr.model import Exclusion, Policy, RegistryScanning, Repository, RepositoryScanning, Target, Unreadable
from ecr.names import Query
from tests.ecr.aws.accounts import HOME, PROD, ROLE, called, home, prod, soon
from tests.ecr.truth_table import rule

if TYPE_CHECKING:
    from demo.aws import LocalAws

AT_HOME = ("123456789012", "eu-west-1")
DESCRIBE = "DescribeRepositories"


def test_a_repository_is_read_as_ecr_answers_it(aws: LocalAws) -> None:
    aws.create(*AT_HOME, "team/api", mutability="IMMUTABLE_WITH_EXCLUSION", filters=("latest", "dev-*"))
    [found] = home().find(HOME, ("team/api",), soon())
    assert found.created_at is not None
    assert abs(found.created_at - datetime.now(UTC)) < timedelta(days=1)
    assert found == Repository(
        account="123456789012",
        region="eu-west-1",
        name="team/api",
        arn="arn:aws:ecr:eu-west-1:123456789012:repository/team/api",
        tag_mutability="IMMUTABLE_WITH_EXCLUSION",
        exclusions=(Exclusion("latest"), Exclusion("dev-*")),
        scan_on_push=False,
        created_at=found.created_at,
    )


def test_twenty_five_hundred_repositories_are_three_pages_in_three_calls(aws: LocalAws) -> None:
    for number in range(2500):
        aws.create(*AT_HOME, f"svc-{number:04}")
    registry = home()
    pages = list(registry.pages(HOME, soon(60)))
    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert len({repository.name for page in pages for repository in page}) == 2500
    assert (called(aws, DESCRIBE), registry.calls) == (3, 3)


def test_pages_are_read_one_by_one_as_they_are_taken(aws: LocalAws) -> None:
    for number in range(1001):
        aws.create(*AT_HOME, f"svc-{number:04}")
    pages = home().pages(HOME, soon())
    assert called(aws, DESCRIBE) == 0
    next(pages)
    assert called(aws, DESCRIBE) == 1


def test_an_empty_registry_is_one_empty_page(aws: LocalAws) -> None:
    assert list(home().pages(HOME, soon())) == [()]
    assert called(aws, DESCRIBE) == 1


def test_names_that_are_not_there_do_not_hide_those_that_are(aws: LocalAws) -> None:
    for number in range(0, 250, 10):
        aws.create(*AT_HOME, f"svc-{number:03}")
    found = home().find(HOME, tuple(f"svc-{number:03}" for number in range(250)), soon(60))
    assert sorted(one.name for one in found) == [f"svc-{number:03}" for number in range(0, 250, 10)]


def test_two_hundred_and_fifty_names_that_are_there_are_three_calls(aws: LocalAws) -> None:
    names = tuple(f"svc-{number:03}" for number in range(250))
    for name in names:
        aws.create(*AT_HOME, name)
    assert {one.name for one in home().find(HOME, names, soon(60))} == set(names)
    assert called(aws, DESCRIBE) == 3


def test_one_name_that_is_not_there_is_one_call(aws: LocalAws) -> None:
    assert home().find(HOME, ("nowhere",), soon()) == ()
    assert called(aws, DESCRIBE) == 1


def test_registry_scanning_is_read_with_its_rules(aws: LocalAws) -> None:
    rules = (("CONTINUOUS_SCAN", ("prod-*", "core")), ("SCAN_ON_PUSH", ("*",)))
    aws.scanning(*AT_HOME, "ENHANCED", rules)
    assert home().scanning(HOME, soon()) == RegistryScanning("ENHANCED", tuple(rule(f, *texts) for f, texts in rules))


def test_batch_get_is_asked_twenty_five_at_a_time_and_its_failures_are_unreadable(aws: LocalAws) -> None:
    names = tuple(f"svc-{number:02}" for number in range(60))
    for name in names[:-1]:
        aws.create(*AT_HOME, name, scan_on_push=True)
    told = home().repository_scanning(HOME, names, soon())
    assert list(told) == list(names)
    assert [told[name] for name in names[:-1]] == [RepositoryScanning("SCAN_ON_PUSH", scan_on_push=True)] * 59
    assert isinstance(told[names[-1]], Unreadable)
    assert called(aws, "BatchGetRepositoryScanningConfiguration") == 3


@pytest.mark.parametrize(
    "key",
    ["imageTagMutability", "imageScanningConfiguration", "repositoryArn", "registryId", "createdAt", "repositoryUri"],
)
def test_a_missing_key_harms_nothing_else(aws: LocalAws, key: str) -> None:
    for name in ("api", "web"):
        aws.create(*AT_HOME, name, mutability="IMMUTABLE", scan_on_push=True)

    def without(answer: dict[str, Any]) -> None:
        del answer["repositories"][0][key]

    aws.rewrite(DESCRIBE, without)
    rows = check_all(home())
    unknown = key in {"imageTagMutability", "imageScanningConfiguration"}
    assert {name: verdict for name, verdict, _ in rows} == {"api": "unknown" if unknown else "pass", "web": "pass"}
    assert {arn for _, _, arn in rows} == {
        "arn:aws:ecr:eu-west-1:123456789012:repository/api",
        "arn:aws:ecr:eu-west-1:123456789012:repository/web",
    }


@pytest.mark.parametrize(
    "entry",
    [
        {"registryId": "123456789012"},
        {"repositoryName": "api"},
        {"repositoryName": "api", "registryId": None, "repositoryArn": None},
        {},
        None,
    ],
)
def test_a_repository_that_says_neither_name_nor_account_is_unknown_and_the_rest_unharmed(
    aws: LocalAws, entry: dict[str, Any] | None
) -> None:
    for name in ("api", "web"):
        aws.create(*AT_HOME, name, mutability="IMMUTABLE", scan_on_push=True)

    def instead(answer: dict[str, Any]) -> None:
        answer["repositories"][0] = entry

    aws.rewrite(DESCRIBE, instead)
    assert sorted(verdict for _, verdict, _ in check_all(home())) == ["pass", "unknown"]


def check_all(registry: AwsRegistry) -> list[tuple[str, str, str]]:
    report = Checker(registry, Policy(), lambda: datetime(2026, 11, 24, tzinfo=UTC)).check([Query("*")], soon())
    return [(row.name, row.verdict, row.repository.arn if row.repository else "") for row in report.assessments]


@pytest.mark.parametrize("read", ["find", "pages"])
def test_an_answer_without_its_list_is_no_empty_registry(aws: LocalAws, read: str) -> None:
    aws.create(*AT_HOME, "api")
    aws.rewrite(DESCRIBE, lambda _: {})
    registry = home()
    with pytest.raises(errors.MalformedAnswerError, match="lacks its repositories"):
        list(registry.pages(HOME, soon()) if read == "pages" else registry.find(HOME, ("api",), soon()))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"registryId": "123456789012"},
        {"registryId": "123456789012", "scanningConfiguration": {"rules": []}},
        {"registryId": "123456789012", "scanningConfiguration": {"scanType": "BASIC"}},
        {"scanningConfiguration": {"scanType": "BASIC", "rules": []}},
        {"registryId": "123456789012", "scanningConfiguration": {"scanType": "BASIC", "rules": [{}]}},
    ],
)
def test_a_registry_configuration_that_lacks_a_part_is_malformed(aws: LocalAws, answer: dict[str, Any]) -> None:
    aws.rewrite("GetRegistryScanningConfiguration", lambda _: answer)
    with pytest.raises(errors.MalformedAnswerError) as raised:
        home().scanning(HOME, soon())
    assert str(raised.value).endswith(".")


def test_all_regions_are_those_that_the_account_has_enabled_and_are_asked_for_once(aws: LocalAws) -> None:
    aws.enable_regions("111111111111", "eu-west-1", "us-east-1")
    registry = prod("all")
    for _ in range(2):
        assert registry.targets(soon()) == (PROD, Target("111111111111", "us-east-1", "prod"))
    assert called(aws, "DescribeRegions") == 1


@pytest.mark.parametrize("trouble", ["a refused role", "a refused action", "no answer"])
def test_all_regions_that_cannot_be_listed_are_one_unreadable_target(aws: LocalAws, trouble: str) -> None:
    if trouble == "a refused role":
        aws.refuse_role("111111111111")
    elif trouble == "a refused action":
        aws.fail("DescribeRegions", error="UnauthorizedOperation", status=403)
    else:
        aws.hang(operation="DescribeRegions")
    [target] = prod("all").targets(soon(0.7 if trouble == "no answer" else 30))
    assert target == Target("111111111111", "all", "prod")


def test_accounts_keep_their_order_whoever_lists_its_regions_first(aws: LocalAws) -> None:
    aws.enable_regions("111111111111", "eu-west-1", "us-east-1")
    aws.slow(0.2, "DescribeRegions", "111111111111")
    accounts = [Account("111111111111", ("all",), "prod", ROLE), Account("123456789012", ("eu-west-1",))]
    assert [str(target) for target in AwsRegistry(accounts).targets(soon())] == [
        "prod (111111111111) in eu-west-1",
        "prod (111111111111) in us-east-1",
        "123456789012 in eu-west-1",
    ]


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_without_regions_the_default_region_is_read(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "ap-south-1")
    assert AwsRegistry([Account(None, ())]).targets(soon()) == (Target(None, "ap-south-1"),)


def test_without_any_region_it_says_how_to_set_one() -> None:
    with pytest.raises(errors.SettingsError, match=r"aws\.regions: not set"):
        AwsRegistry([Account(None, ())])
