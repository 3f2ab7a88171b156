"""What the crash tests share: one world, and one process that forks their bots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crash.crashing import Crashing, Zygote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws


@pytest.fixture(scope="module")
def crashing(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crashing]:
    """Bots with a day behind them."""
    zygote = Zygote.start()
    try:
        ready = Crashing(zygote, local_aws, tmp_path_factory.mktemp("crashing"))
        ready.prepare()
        yield ready
    finally:
        zygote.stop()
        local_aws.reset()
