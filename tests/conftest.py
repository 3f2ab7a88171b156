"""What every test stands on: an environment without this machine's AWS settings, and a local AWS where one is asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from demo.aws import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator

_CERTIFICATES = "AWS_CA_BUNDLE"


def pytest_configure() -> None:
    """Let no property fail because the machine was busy, and leave nothing in the working directory."""
    settings.register_profile("ecrbot", deadline=None, database=None)
    settings.load_profile("ecrbot")


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_this_machine() -> Iterator[None]:
    """Let no profile, region, key or endpoint of whoever runs the tests leak into them."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_") and name != _CERTIFICATES]:
            environment.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            environment.setenv(name, os.devnull)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """The one local AWS of a test process; whoever uses it resets it before and after."""
    with LocalAws() as running:
        yield running
