from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import boto3
import pytest
from botocore.config import Config

from demo.aws import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator


class Connect(Protocol):
    """How a test gets a client of the kind that the bot has."""

    def __call__(
        self, service: str = ..., account: str = ..., region: str = ..., attempts: int = ..., read_timeout: float = ...
    ) -> Any: ...


@pytest.fixture(scope="session")
def running() -> Iterator[LocalAws]:
    with LocalAws() as aws:
        yield aws


@pytest.fixture
def aws(running: LocalAws) -> LocalAws:
    running.reset()
    return running


@pytest.fixture(scope="session")
def session() -> Any:
    return boto3.Session()


@pytest.fixture
def connect(aws: LocalAws, session: Any) -> Iterator[Connect]:
    made = []

    def client(
        service: str = "ecr",
        account: str = "111111111111",
        region: str = "eu-west-1",
        attempts: int = 1,
        read_timeout: float = 5,
    ) -> Any:
        config = Config(
            proxies={},
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            parameter_validation=False,
        )
        made.append(
            session.client(
                service,
                region_name=region,
                endpoint_url=aws.url,
                aws_access_key_id=aws.access_key(account),
                aws_secret_access_key="any",
                config=config,
            )
        )
        return made[-1]

    yield client
    for one in made:
        one.close()
