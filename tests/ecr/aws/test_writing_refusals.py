"""What is not written: refused by us or by AWS, said in sentences, and never in another account."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ecr import errors
from ecr.aws.registry import Account
from ecr.aws.sessions import Role
from ecr.aws.writing import AwsWriter
from ecr.model import Target
from tests.ecr.aws.accounts import PROD, called, soon
from tests.ecr.aws.plans import SCAN, TAGS, arn_of, plan, tags
from tests.ecr.aws.writers import PUT, WRITE, create, shown, writer

if TYPE_CHECKING:
    from demo.aws import LocalAws


def test_what_no_plan_has_is_not_put(aws: LocalAws) -> None:
    create(aws, "api", "web")
    elsewhere = [
        plan("web", TAGS, target=Target("222222222222", "eu-west-1", "staging")),
        replace(plan("web", TAGS), arn=arn_of("*")),
        replace(plan("web", TAGS), arn=arn_of("api")),
    ]
    writing = writer().writing(PROD, "R1", [plan("api", TAGS), *elsewhere])
    for name, change in (("web", TAGS), ("api", SCAN), ("api", tags("MUTABLE"))):
        with pytest.raises(errors.AwsError, match=f"of {name} to .* is not what was asked for in prod"):
            writing.put(name, change, soon())
    assert not aws.calls


@pytest.mark.parametrize("default", [True, False])
def test_credentials_of_another_account_put_nothing(aws: LocalAws, default: bool) -> None:  # noqa: FBT001 - a case
    create(aws, "api")
    create(aws, "api", account="222222222222")
    foreign = None if default else Role("arn:aws:iam::222222222222:role/ecrbot-remediate")
    writing = writer(foreign, None).writing(PROD, "R1", [plan("api", TAGS)])
    with pytest.raises(errors.AccountMismatchError, match=r"answered where prod \(111111111111\) in eu-west-1 was"):
        writing.put("api", TAGS, soon())
    assert called(aws, PUT) == 0


def test_keys_that_became_another_account_s_since_it_was_asked_put_nothing(aws: LocalAws) -> None:
    target = Target("123456789012", "eu-west-1")
    for account in ("123456789012", "222222222222"):
        create(aws, "api", account=account)
    keys = aws._keys  # noqa: SLF001 - nothing but this test has keys change hands
    aws.after("GetCallerIdentity", lambda: keys.learn("AKIAHOME", "222222222222", "arn:aws:iam::222222222222:user/x"))
    writing = AwsWriter([Account(target.account, (target.region,))]).writing(
        target, "R1", [plan("api", TAGS, target=target)]
    )
    try:
        with pytest.raises(errors.AccessDeniedError):
            writing.put("api", TAGS, soon())
    finally:
        keys.learn("AKIAHOME", "123456789012", "arn:aws:iam::123456789012:user/ecrbot")
    for account in ("123456789012", "222222222222"):
        assert shown(aws, "api", account)["imageTagMutability"] == "MUTABLE"


@pytest.mark.parametrize(
    ("member", "value", "kind"),
    [
        ("registryId", "222222222222", errors.AccountMismatchError),
        ("registryId", None, errors.MalformedAnswerError),
        ("repositoryName", "web", errors.MalformedAnswerError),
    ],
)
def test_an_answer_about_something_else_is_no_success(
    aws: LocalAws, member: str, value: str | None, kind: type[Exception]
) -> None:
    create(aws, "api")
    aws.rewrite(PUT, lambda answer: {**answer, member: value})
    with pytest.raises(kind):
        writer().writing(PROD, "R1", [plan("api", TAGS)]).put("api", TAGS, soon())


def test_a_refused_role_is_named_and_asked_for_once(aws: LocalAws) -> None:
    aws.refuse_role("111111111111")
    plans = [plan(f"svc-{number:03}", TAGS) for number in range(60)]
    writing = writer().writing(PROD, "R1", plans)
    for one in plans:
        with pytest.raises(errors.RoleRefusedError, match=f"^Role {WRITE.arn} could not be assumed") as raised:
            writing.put(one.name, TAGS, soon())
        assert " read" not in str(raised.value)
    assert called(aws, "AssumeRole") == 1


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (
            "AccessDeniedException",
            errors.AccessDeniedError,
            (
                f"{WRITE.arn} may not call ecr:PutImageTagMutability in prod (111111111111) in eu-west-1: "
                "grant it ecr:PutImageTagMutability."
            ),
        ),
        (
            "InvalidParameterException",
            errors.AwsError,
            (
                "AWS refused PutImageTagMutability for prod (111111111111) in eu-west-1: "
                "InvalidParameterException was asked for."
            ),
        ),
    ],
)
def test_a_refused_put_says_what_was_refused(aws: LocalAws, code: str, kind: type[Exception], said: str) -> None:
    create(aws, "api")
    aws.fail(PUT, error=code)
    with pytest.raises(kind) as raised:
        writer().writing(PROD, "R1", [plan("api", TAGS)]).put("api", TAGS, soon())
    assert (type(raised.value), str(raised.value)) == (kind, said)


def test_a_repository_that_is_gone_is_said_to_be(aws: LocalAws) -> None:
    del aws
    with pytest.raises(errors.RepositoryNotFoundError):
        writer().writing(PROD, "R1", [plan("gone", TAGS)]).put("gone", TAGS, soon())


@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_without_credentials_it_says_what_to_set(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.delenv(variable)
    if variable == "AWS_ACCESS_KEY_ID":
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for writing in (
        writer().writing(PROD, "R1", [plan("api", TAGS)]),
        writer(None, None).writing(PROD, "R1", [plan("api", TAGS)]),
    ):
        with pytest.raises(errors.NoCredentialsError) as raised:
            writing.put("api", TAGS, soon())
        assert str(raised.value).startswith("There are no AWS credentials for prod (111111111111) in eu-west-1: set")
    assert not aws.calls


def test_a_put_that_hangs_is_given_up_at_the_deadline(aws: LocalAws) -> None:
    create(aws, "api", "web")
    writing = writer().writing(PROD, "R1", [plan("api", TAGS), plan("web", TAGS)])
    writing.put("web", TAGS, soon())
    aws.hang(operation=PUT)
    began = time.monotonic()
    with pytest.raises(errors.UnreachableError):
        writing.put("api", TAGS, soon(0.4))
    assert time.monotonic() - began < 3
    assert called(aws, PUT) == 2
