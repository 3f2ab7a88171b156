"""The local AWS as the tests of ecr/ use it: empty at the start of each test, and what the default chain finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws


@pytest.fixture
def aws(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalAws]:
    """An empty AWS without faults, at which AWS_ENDPOINT_URL points, with keys of its home account."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_aws.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAHOME")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "home")
    local_aws.reset()
    yield local_aws
    local_aws.reset()
