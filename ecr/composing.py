"""Composing: the digest of a subscription, or of some filters, from what the history knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ecr.digest import FIRST_PERIOD, Digest, Occasion, compose
from ecr.posting import Period

if TYPE_CHECKING:
    from datetime import date

    from ecr.ports import Clock, History, Postings
    from ecr.subscription import Filters, Subscription


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes digests from the history."""

    history: History
    postings: Postings
    clock: Clock

    def today(self, timezone: str) -> date:
        """Return the day that it is somewhere."""
        return self.clock().astimezone(ZoneInfo(timezone)).date()

    def of_subscription(self, one: Subscription, day: date, trouble: str | None) -> tuple[Digest, Period]:
        """Return the digest of a subscription's local day, and what it knows of.

        Raises:
            HistoryError: the history cannot be read.
        """
        now = self.clock()
        period = self.postings.period(one.id, day) or Period(now - FIRST_PERIOD)
        return self._composed(one.filters, period, day, one.timezone, trouble)

    def of_filters(self, filters: Filters, timezone: str, trouble: str | None) -> Digest:
        """Return today's digest of some filters, over the last day.

        Raises:
            HistoryError: the history cannot be read.
        """
        period = Period(self.clock() - FIRST_PERIOD)
        return self._composed(filters, period, self.today(timezone), timezone, trouble)[0]

    def _composed(
        self, filters: Filters, period: Period, day: date, timezone: str, trouble: str | None
    ) -> tuple[Digest, Period]:
        now = self.clock()
        facts = self.history.facts(filters, period, day=day, at=now)
        digest = compose(facts, Occasion(filters, day, timezone, period.since, now, trouble))
        return digest, Period(now, facts.change)
