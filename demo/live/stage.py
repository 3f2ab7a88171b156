"""What the page is about: the workspace, ECR as it stands, the hands of the outside world, and the tour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo.live.tour import Tour
    from demo.workspace import Workspace


class Deed(Protocol):
    """Something that the outside world can do."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def label(self) -> str:
        """What its button says."""

    @property
    def says(self) -> str:
        """What it does, in a sentence."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a page shows and moves.

    `rows` returns ECR as it stands now, a row for each repository, as JSON objects in a fixed order. `deeds` are what
    the outside world can do, and `play` does one of them, on a repository (account, region, name) or on one of its
    choice: it returns the sentence that tells of it, and raises `LookupError` with one where it cannot be done.
    `seconds` tells the demo's time.
    """

    slack: Workspace
    rows: Callable[[], Sequence[dict[str, Any]]]
    deeds: Sequence[Deed]
    play: Callable[[str, tuple[str, str, str] | None], str]
    seconds: Callable[[], float]
    tour: Tour
