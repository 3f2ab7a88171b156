"""A workspace with the page, over a made-up ECR and a made-up outside world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from demo.live import LiveSite, Stage
from demo.live.tour import Tour
from demo.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Deed:
    id: str
    label: str
    says: str


def row(name: str, **more: Any) -> dict[str, Any]:
    """A repository as the panel of ECR is told of it."""
    place = {"account": "1", "account_name": "prod", "region": "eu-west-1", "name": name}
    return {**place, "mutability": "MUTABLE", "filters": (), "scanning": "manual", "compliant": False, **more}


class World:
    """ECR as a test says it stands, and a note of what the outside world was asked to do."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = [row("payments-api")]
        self.played: list[tuple[str, tuple[str, str, str] | None]] = []

    def play(self, deed: str, repository: tuple[str, str, str] | None) -> str:
        if deed == "impossible":
            raise LookupError("It cannot be done.")
        self.played.append((deed, repository))
        return "Done."


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def slack(world: World) -> Iterator[Workspace]:
    site = LiveSite()
    with Workspace(clock=lambda: 1_800_000_000.0, site=site) as workspace:
        deeds = (Deed("loosen", "Make one mutable", "Somebody makes a repository mutable."),)
        site.open(Stage(workspace, lambda: world.rows, deeds, world.play, lambda: 1_800_000_000.0, Tour(workspace)))
        yield workspace
