"""Reading ECR through boto3, over HTTP: credentials, paging, and each thing that goes wrong as a sentence."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from demo.aws import LocalAws
from ecr import errors
from ecr.aws.registry import Account, AwsRegistry
from ecr.aws.sessions import Role
from ecr.deadline import Deadline
from ecr.model import RegistryScanning, RepositoryScanning, Target, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Target("123456789012", "eu-west-1")
PROD = Target("111111111111", "eu-west-1", "prod")
ROLE = Role("arn:aws:iam::111111111111:role/ecrbot-read")


@pytest.fixture(scope="module")
def running() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        yield aws


@pytest.fixture
def aws(running: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[LocalAws]:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHOME")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "home")
    running.reset()
    running.clear()
    running.reset_calls()
    yield running
    running.release()
    running.clear()


def soon(seconds: float = 10) -> Deadline:
    return Deadline.after(seconds)


def prod() -> AwsRegistry:
    return AwsRegistry([Account("111111111111", ("eu-west-1",), "prod", ROLE)])


def home() -> AwsRegistry:
    return AwsRegistry([Account("123456789012", ("eu-west-1",))])


def test_each_role_sees_its_own_account_and_is_assumed_once(aws: LocalAws) -> None:
    accounts = [f"{number}" * 12 for number in range(1, 9)]
    for account in accounts:
        aws.create(account, "eu-west-1", f"of-{account}")
    registry = AwsRegistry([Account(a, ("eu-west-1",), None, Role(f"arn:aws:iam::{a}:role/r")) for a in accounts])
    targets = registry.targets(soon())

    def read(number: int) -> bool:
        target = targets[number % len(targets)]
        [page] = registry.pages(target, soon(60))
        return [repository.name for repository in page] == [f"of-{target.account}"]

    with ThreadPoolExecutor(32) as threads:
        assert all(threads.map(read, range(320)))
    assert sum(n for call, n in aws.calls.items() if call[0] == "AssumeRole") == len(accounts)


def test_the_external_id_is_sent(aws: LocalAws) -> None:
    aws.require_external_id("111111111111", "open-sesame")
    with pytest.raises(errors.RoleRefusedError):
        prod().scanning(PROD, soon())
    told = Role(ROLE.arn, "open-sesame")
    registry = AwsRegistry([Account("111111111111", ("eu-west-1",), "prod", told)])
    assert registry.scanning(PROD, soon()) == RegistryScanning("BASIC")


def test_a_refused_role_says_which_and_what_to_grant(aws: LocalAws) -> None:
    aws.refuse_role("111111111111")
    with pytest.raises(errors.RoleRefusedError) as raised:
        prod().find(PROD, ("api",), soon())
    assert ROLE.arn in str(raised.value)
    assert "sts:AssumeRole" in str(raised.value)


def test_a_role_asked_for_in_a_disabled_region_blames_the_region(aws: LocalAws) -> None:
    aws.fail("AssumeRole", error="InvalidClientTokenId", status=403)
    with pytest.raises(errors.RegionDisabledError, match="Region eu-west-1 is not enabled in prod"):
        prod().find(PROD, ("api",), soon())


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


@pytest.mark.parametrize(
    ("code", "status", "kind", "said"),
    [
        ("ExpiredTokenException", 400, errors.ExpiredTokenError, "have expired"),
        ("UnrecognizedClientException", 400, errors.RegionDisabledError, "Region eu-west-1 is not enabled"),
        ("AccessDeniedException", 400, errors.AccessDeniedError, "grant it ecr:DescribeRepositories"),
        ("InvalidParameterException", 400, errors.AwsError, "AWS refused DescribeRepositories"),
    ],
)
def test_each_refusal_is_a_sentence(aws: LocalAws, code: str, status: int, kind: type[Exception], said: str) -> None:
    aws.fail("DescribeRepositories", error=code, status=status)
    with pytest.raises(kind, match=said) as raised:
        home().find(HOME, ("api",), soon())
    assert str(raised.value).endswith(".")


def test_throttling_and_server_errors_are_retried(aws: LocalAws) -> None:
    aws.create("123456789012", "eu-west-1", "api")
    aws.fail("DescribeRepositories", error="ServerException", status=500, times=2)
    aws.fail("DescribeRepositories", error="ThrottlingException", times=1)
    [found] = home().find(HOME, ("api",), soon(30))
    assert found.name == "api"
    assert aws.calls["DescribeRepositories", "123456789012", "eu-west-1"] == 4


def test_throttling_without_end_is_said_by_the_deadline(aws: LocalAws) -> None:
    aws.fail("DescribeRepositories", error="ThrottlingException")
    began = time.monotonic()
    with pytest.raises((errors.ThrottledError, errors.UnreachableError)):
        home().find(HOME, ("api",), soon(1))
    assert time.monotonic() - began < 15


def test_nothing_is_asked_any_more_once_the_deadline_has_passed(aws: LocalAws) -> None:
    aws.fail("DescribeRepositories", error="ServerException", status=500)
    registry = home()
    with pytest.raises(errors.UnreachableError, match="within"):
        registry.find(HOME, ("api",), soon(0.2))
    asked = aws.calls["DescribeRepositories", "123456789012", "eu-west-1"]
    with pytest.raises(errors.UnreachableError):
        registry.find(HOME, ("api",), soon(0))
    assert aws.calls["DescribeRepositories", "123456789012", "eu-west-1"] == asked < 8


def test_a_refused_port_is_unreachable(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(errors.UnreachableError):
        home().find(HOME, ("api",), soon(1))


def test_no_credentials_says_what_to_set(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(errors.NoCredentialsError, match="set AWS_PROFILE"):
        home().find(HOME, ("api",), soon())


def test_a_missing_profile_says_so(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(errors.SettingsError, match="AWS_PROFILE: got 'nowhere'"):
        home()


def test_without_a_region_it_says_how_to_set_one(aws: LocalAws) -> None:
    del aws
    with pytest.raises(errors.SettingsError, match=r"aws\.regions: not set"):
        AwsRegistry([Account(None, ())])


def test_credentials_that_ran_out_before_their_time_are_renewed_once(aws: LocalAws) -> None:
    aws.create("111111111111", "eu-west-1", "api")
    registry = prod()
    registry.scanning(PROD, soon())
    aws.fail("DescribeRepositories", error="ExpiredTokenException", times=1)
    [found] = registry.find(PROD, ("api",), soon())
    assert found.account == "111111111111"
    assert aws.calls["AssumeRole", "111111111111", "eu-west-1"] == 2


def test_pages_of_a_thousand(aws: LocalAws) -> None:
    for number in range(2500):
        aws.create("123456789012", "eu-west-1", f"svc-{number:04}")
    pages = list(home().pages(HOME, soon(60)))
    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert len({repository.name for page in pages for repository in page}) == 2500
    assert aws.calls["DescribeRepositories", "123456789012", "eu-west-1"] == 3


def test_names_that_are_not_there_do_not_hide_those_that_are(aws: LocalAws) -> None:
    for number in range(0, 120, 10):
        aws.create("123456789012", "eu-west-1", f"svc-{number:03}")
    found = home().find(HOME, tuple(f"svc-{number:03}" for number in range(120)), soon(60))
    assert sorted(repository.name for repository in found) == [f"svc-{number:03}" for number in range(0, 120, 10)]


def test_batches_of_twenty_five_with_failures_as_unreadable(aws: LocalAws) -> None:
    names = tuple(f"svc-{number:02}" for number in range(30))
    for name in names[:-1]:
        aws.create("123456789012", "eu-west-1", name, scan_on_push=True)
    told = home().repository_scanning(HOME, names, soon())
    assert set(told) == set(names)
    assert isinstance(told[names[-1]], Unreadable)
    assert isinstance(told[names[0]], RepositoryScanning)
    assert aws.calls["BatchGetRepositoryScanningConfiguration", "123456789012", "eu-west-1"] == 2


@pytest.mark.parametrize(
    "key",
    ["imageTagMutability", "imageScanningConfiguration", "repositoryArn", "registryId", "createdAt", "repositoryUri"],
)
def test_a_missing_key_harms_nothing_else(aws: LocalAws, key: str) -> None:
    aws.create("123456789012", "eu-west-1", "api", mutability="IMMUTABLE", scan_on_push=True)
    aws.create("123456789012", "eu-west-1", "web", mutability="IMMUTABLE", scan_on_push=True)

    def without(answer: dict[str, Any]) -> None:
        answer["repositories"][0].pop(key)

    aws.rewrite("DescribeRepositories", without)
    [page] = home().pages(HOME, soon())
    assert [repository.name for repository in page] == ["api", "web"]
    assert page[1].tag_mutability == "IMMUTABLE"
    assert {repository.arn for repository in page} == {
        "arn:aws:ecr:eu-west-1:123456789012:repository/api",
        "arn:aws:ecr:eu-west-1:123456789012:repository/web",
    }


def test_what_does_not_say_whose_it_is_has_that_defect(aws: LocalAws) -> None:
    aws.create("123456789012", "eu-west-1", "api")

    def without(answer: dict[str, Any]) -> None:
        for entry in answer["repositories"]:
            del entry["registryId"], entry["repositoryArn"]

    aws.rewrite("DescribeRepositories", without)
    [found] = home().find(HOME, ("api",), soon())
    assert found.defect == "ECR's answer lacks the account it is of."


@pytest.mark.parametrize("key", ["scanType", "rules"])
def test_a_registry_configuration_that_lacks_a_part_is_malformed(aws: LocalAws, key: str) -> None:
    def without(answer: dict[str, Any]) -> None:
        del answer["scanningConfiguration"][key]

    aws.rewrite("GetRegistryScanningConfiguration", without)
    with pytest.raises(errors.MalformedAnswerError):
        home().scanning(HOME, soon())


def test_all_regions_are_those_that_the_account_has_enabled(aws: LocalAws) -> None:
    aws.enable_regions("111111111111", "eu-west-1", "us-east-1")
    registry = AwsRegistry([Account("111111111111", ("all",), "prod", ROLE)])
    assert [target.region for target in registry.targets(soon())] == ["eu-west-1", "us-east-1"]
    registry.targets(soon())
    assert sum(n for call, n in aws.calls.items() if call[0] == "DescribeRegions") == 1


def test_all_regions_that_cannot_be_listed_are_one_unreadable_target(aws: LocalAws) -> None:
    aws.refuse_role("111111111111")
    registry = AwsRegistry([Account("111111111111", ("all",), "prod", ROLE)])
    [target] = registry.targets(soon())
    assert target.region == "all"
    with pytest.raises(errors.RoleRefusedError):
        registry.find(target, ("api",), soon())
