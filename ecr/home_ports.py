"""What Home tabs need from outside, as a small protocol: `store` fulfils it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date, datetime

    from ecr.home import Known


class Homes(Protocol):
    """Who has opened their Home tab, and what there is to tell in it. Every method raises `ecr.errors.HistoryError`."""

    def known(self, user: str, *, day: date, since: datetime) -> Known:
        """Return what the history knows for somebody's Home tab.

        Args:
            user: a Slack user id.
            day: the last day of the trend.
            since: requests of theirs that ended before are left out.
        """

    def opened(self, user: str, *, at: datetime) -> None:
        """Note that somebody opened their Home tab; who has not for long is forgotten."""

    def users(self, at: datetime) -> frozenset[str]:
        """Return whose Home tab is kept up to date: those who opened it lately."""

    def forget(self, user: str) -> None:
        """Keep the Home tab of somebody up to date no more."""

    def shown(self, user: str) -> str | None:
        """Return the mark of what was published last; `None` where nothing was, or nobody knows."""

    def published(self, user: str, mark: str) -> None:
        """Note what was published."""
