"""How a finding came to be closed, and by whom: by a request that is being applied, by an exemption, or by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.model import Verdict
from store import rows

if TYPE_CHECKING:
    from sqlite_utils import Database

REMEDIATED, EXEMPTED, OUTSIDE = "remediated", "exempted", "fixed outside"

# Whoever reads a repository between a change and its verification sees what the request did, not somebody else.
_APPLYING = """
    SELECT rr.name, c.rule, r.asked_by
    FROM requests r
    JOIN request_repositories rr ON rr.request = r.id
    JOIN request_changes c ON c.request = rr.request AND c.repository = rr.number
    WHERE r.state = 'applying' AND rr.account = ? AND rr.region = ?
"""

_EXEMPTING = """
    SELECT rr.name, r.exempts_rules, r.decided_by
    FROM requests r JOIN request_repositories rr ON rr.request = r.id
    WHERE r.state = 'applying' AND r.kind = 'exemption' AND rr.account = ? AND rr.region = ?
"""

_EXEMPT = """
    SELECT name, rule, granted_by FROM exemptions WHERE account = ? AND region = ? AND ended_at IS NULL
"""


class Closers:
    """Who closes findings of one target; asked of the database when the first one closes, which is seldom."""

    def __init__(self, database: Database, account: str, region: str) -> None:
        """Prepare, inside the caller's transaction."""
        self._database = database
        self._target = (account, region)
        self._known: tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]] | None = None

    def of(self, name: str, rule: str, verdict: Verdict | None) -> tuple[str, str | None]:
        """Return how a finding was closed, and by whom where that is known.

        Args:
            name: the repository.
            rule: the rule that fails no more.
            verdict: what the rule came to now.
        """
        remediated, exempted = self._asked()
        if verdict is Verdict.EXEMPT:
            return EXEMPTED, exempted.get((name, rule))
        by = remediated.get((name, rule))
        return (REMEDIATED, by) if by is not None else (OUTSIDE, None)

    def _asked(self) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
        if self._known is None:
            ask = self._database.execute
            remediated = {(name, rule): by for name, rule, by in ask(_APPLYING, self._target)}
            exempted = {(name, rule): by for name, rule, by in ask(_EXEMPT, self._target)}
            for name, rules, by in ask(_EXEMPTING, self._target):
                exempted |= {(name, rule): by for rule in rows.words_of(rules)}
            self._known = remediated, exempted
        return self._known
