"""What AWS refuses, as sentences that say what to do; what it refuses for a moment is asked again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore import exceptions as botocore_errors

from ecr import errors
from ecr.aws.registry import Account, AwsRegistry
from ecr.aws.translation import translated
from ecr.deadline import Deadline
from tests.ecr.aws.accounts import HOME, PROD, ROLE, called, home, prod, soon

if TYPE_CHECKING:
    from pathlib import Path

    from demo.aws import LocalAws

DESCRIBE = "DescribeRepositories"


@pytest.mark.parametrize(
    ("code", "status", "kind", "said"),
    [
        ("ExpiredTokenException", 400, errors.ExpiredTokenError, "have expired: renew them"),
        ("UnrecognizedClientException", 400, errors.RegionDisabledError, "Region eu-west-1 is not enabled"),
        ("InvalidClientTokenId", 403, errors.RegionDisabledError, "take it out of aws.regions"),
        ("AccessDeniedException", 400, errors.AccessDeniedError, "grant it ecr:DescribeRepositories"),
        ("InvalidParameterException", 400, errors.AwsError, "AWS refused DescribeRepositories"),
        ("SomethingNew", 418, errors.AwsError, "AWS refused DescribeRepositories"),
    ],
)
def test_each_refusal_is_a_sentence_and_final(
    aws: LocalAws, code: str, status: int, kind: type[Exception], said: str
) -> None:
    aws.fail(DESCRIBE, error=code, status=status)
    with pytest.raises(kind, match=said) as raised:
        home().find(HOME, ("api",), soon())
    assert type(raised.value) is kind
    assert str(raised.value).endswith(".")
    assert called(aws, DESCRIBE) == 1


@pytest.mark.parametrize(
    ("read", "action"),
    [
        (lambda registry: list(registry.pages(PROD, soon())), "ecr:DescribeRepositories"),
        (lambda registry: registry.scanning(PROD, soon()), "ecr:GetRegistryScanningConfiguration"),
        (
            lambda registry: registry.repository_scanning(PROD, ("api",), soon()),
            "ecr:BatchGetRepositoryScanningConfiguration",
        ),
        (lambda registry: registry.account(PROD, soon()), "sts:GetCallerIdentity"),
    ],
)
def test_a_denied_action_is_named_with_the_role_that_lacks_it(aws: LocalAws, read: Any, action: str) -> None:
    aws.fail(action.partition(":")[2], error="AccessDeniedException")
    with pytest.raises(errors.AccessDeniedError) as raised:
        read(prod())
    assert str(raised.value) == (
        f"{ROLE.arn} may not call {action} in prod (111111111111) in eu-west-1: grant it {action}."
    )


def test_a_disabled_region_is_said_to_be_disabled(aws: LocalAws) -> None:
    aws.enable_regions("111111111111", "us-east-1")
    with pytest.raises(errors.RegionDisabledError, match="Region eu-west-1 is not enabled in prod"):
        prod().find(PROD, ("api",), soon())


def test_throttles_and_server_errors_are_asked_again(aws: LocalAws) -> None:
    aws.create("123456789012", "eu-west-1", "api")
    for code, status in (("ThrottlingException", 400), ("ServerException", 500), ("ServiceUnavailable", 503)):
        aws.fail(DESCRIBE, error=code, status=status, times=1)
    registry = home()
    assert len(registry.find(HOME, ("api",), soon())) == 1
    assert (called(aws, DESCRIBE), registry.calls) == (4, 4)


def test_a_registry_that_takes_few_calls_a_second_is_read_to_the_end(aws: LocalAws) -> None:
    aws.create("123456789012", "eu-west-1", "api")
    aws.throttle(rate=20, burst=3)
    registry = home()
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _: registry.find(HOME, ("api",), soon(60)), range(12)))
    assert [len(some) for some in found] == [1] * 12
    assert called(aws, DESCRIBE) > 12


def test_server_errors_without_end_are_given_up_after_eight_attempts(aws: LocalAws) -> None:
    aws.fail(DESCRIBE, error="ServerException", status=500)
    with pytest.raises(errors.UnreachableError, match=r"AWS failed to answer DescribeRepositories .*ServerException"):
        home().find(HOME, ("api",), soon(60))
    assert called(aws, DESCRIBE) == 8


@pytest.mark.parametrize("registry", [home, prod])
def test_throttles_that_outlast_the_deadline_are_said_to_be_throttles(aws: LocalAws, registry: Any) -> None:
    target, operation = (HOME, DESCRIBE) if registry is home else (PROD, "AssumeRole")
    aws.fail(operation, error="ThrottlingException")
    with pytest.raises(errors.ThrottledError, match=f"AWS throttles {operation} for .* try again in a minute"):
        registry().find(target, ("api",), soon(1.5))
    assert called(aws, operation) in {1, 2}


def test_an_answer_of_any_kind_renews_a_deadline_that_is_for_each_answer(aws: LocalAws) -> None:
    aws.create("123456789012", "eu-west-1", "api")
    aws.slow(0.3)
    aws.fail(DESCRIBE, error="ServerException", status=500, times=3)
    assert len(home().find(HOME, ("api",), Deadline.for_each_answer(0.9))) == 1


@pytest.mark.parametrize(
    "code", ["Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"]
)
def test_throttles_that_outlast_every_retry_are_said_to_be_throttles(code: str) -> None:
    refusal = botocore_errors.ClientError({"Error": {"Code": code, "Message": "Rate exceeded"}}, DESCRIBE)
    with pytest.raises(errors.ThrottledError, match="AWS throttles DescribeRepositories for prod"), translated(PROD):
        raise refusal


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (botocore_errors.UnauthorizedSSOTokenError(), errors.ExpiredTokenError, "aws sso login"),
        (botocore_errors.SSOTokenLoadError(error_msg="x"), errors.ExpiredTokenError, "aws sso login"),
        (
            botocore_errors.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            errors.NoCredentialsError,
            "set AWS_PROFILE or AWS_ACCESS_KEY_ID",
        ),
        (
            botocore_errors.CredentialRetrievalError(provider="sso", error_msg="no\n  network"),
            errors.AwsError,
            "AWS could not be asked about prod .*: .*no network",
        ),
        (botocore_errors.SSLError(endpoint_url="https://x", error="bad"), errors.UnreachableError, "cannot be reached"),
        (
            botocore_errors.ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": 502}}, DESCRIBE),
            errors.UnreachableError,
            "AWS failed to answer DescribeRepositories for prod .*502",
        ),
        (botocore_errors.ClientError({}, DESCRIBE), errors.AwsError, "AWS refused DescribeRepositories"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_botocore_raises_becomes_one_of_ours(raised: Exception, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said) as ours, translated(PROD):
        raise raised
    assert "\n" not in str(ours.value)
    assert str(ours.value).endswith(".")


def test_no_credentials_says_what_to_set(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for registry, target in ((home(), HOME), (prod(), PROD)):
        with pytest.raises(errors.NoCredentialsError, match="set AWS_PROFILE or AWS_ACCESS_KEY_ID"):
            registry.find(target, ("api",), soon())
    assert not aws.calls


def test_half_of_the_credentials_says_what_to_set(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(errors.NoCredentialsError, match="set AWS_PROFILE or AWS_ACCESS_KEY_ID"):
        home().find(HOME, ("api",), soon())
    assert not aws.calls


def test_a_missing_profile_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(errors.SettingsError, match="AWS_PROFILE: got 'nowhere'"):
        home()


def test_a_profile_brings_its_region_and_its_keys(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    key = aws.access_key("222222222222")
    (tmp_path / "config").write_text("[profile them]\nregion = eu-central-1\n", encoding="utf-8")
    (tmp_path / "credentials").write_text(
        f"[them]\naws_access_key_id = {key}\naws_secret_access_key = any\n", encoding="utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_PROFILE", "them")
    registry = AwsRegistry([Account(None, ())])
    [target] = registry.targets(soon())
    assert (target.region, registry.account(target, soon())) == ("eu-central-1", "222222222222")
