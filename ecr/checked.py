"""What a check comes to, as values: a result for each query, and the report of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecr.model import Verdict, worst

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.model import Assessment
    from ecr.names import Query


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What came of one query.

    `assessments` has a row for each repository found and one for each target that could not be read. `suggestions`
    are near names, where nothing was found. `complete` tells whether every target was read.
    """

    query: Query
    assessments: tuple[Assessment, ...]
    suggestions: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[Assessment, ...]:
        """The repositories that were found."""
        return tuple(row for row in self.assessments if row.repository is not None)

    @property
    def unread(self) -> tuple[Assessment, ...]:
        """A row for each target that could not be read."""
        return tuple(row for row in self.assessments if row.repository is None)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check came to, and when its reading began."""

    results: tuple[QueryResult, ...]
    began_at: datetime

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """Every row, each once, in the order of the queries."""
        return tuple(dict.fromkeys(row for result in self.results for row in result.assessments))

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all rows."""
        return worst(tuple(row.verdict for row in self.assessments))

    @property
    def unmatched(self) -> tuple[QueryResult, ...]:
        """The queries that matched no repository, as far as the targets could be read."""
        return tuple(result for result in self.results if not result.found)

    @property
    def missing(self) -> tuple[QueryResult, ...]:
        """The queries that matched no repository although every target was read."""
        return tuple(result for result in self.results if not result.assessments)
