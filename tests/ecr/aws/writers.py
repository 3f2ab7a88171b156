"""What writes in these tests, and looking from outside at what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ecr.aws.registry import Account
from ecr.aws.sessions import Role
from ecr.aws.writing import AwsWriter
from tests.ecr.aws.accounts import PROD, ROLE

if TYPE_CHECKING:
    from demo.aws import LocalAws

WRITE = Role("arn:aws:iam::111111111111:role/ecrbot-remediate")
PUT = "PutImageTagMutability"


def writer(role: Role | None = WRITE, reading: Role | None = ROLE) -> AwsWriter:
    return AwsWriter([Account(PROD.account, (PROD.region,), PROD.name, reading, role)])


def shown(aws: LocalAws, name: str, account: str = "111111111111") -> dict[str, Any]:
    answer = aws.client("ecr", account, "eu-west-1").describe_repositories(repositoryNames=[name])
    found: dict[str, Any] = answer["repositories"][0]
    return found


def create(aws: LocalAws, *names: str, account: str = "111111111111") -> None:
    for name in names:
        aws.create(account, "eu-west-1", name)
