"""The digest as `digest --json` prints it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.digest import Digest, Occasion, Resolved, Row
    from ecr.facts import Ending, Totals, UnknownRepository, UnreadRepositories
    from ecr.model import Target
    from ecr.subscription import Filters


def digest_row(digest: Digest, channel: str | None = None) -> dict[str, Any]:
    """Return everything that a digest holds; a section may hold fewer rows than its count tells.

    Args:
        digest: what is told.
        channel: whose digest it is; `None` where it is nobody's.
    """
    occasion = digest.occasion
    return {
        "day": occasion.day.isoformat(),
        "timezone": occasion.timezone,
        "channel": channel,
        "filters": _filters(occasion.filters),
        "since": _moment(occasion.since),
        "swept_at": _moment(digest.swept_at),
        "trouble": digest.trouble,
        "totals": _totals(digest.totals),
        "new_count": digest.new_count,
        "new": [_row(row, occasion) for row in digest.new],
        "regressed_count": digest.regressed_count,
        "regressed": [_row(row, occasion) for row in digest.regressed],
        "resolved_count": digest.resolved_count,
        "resolved": [_resolved(one) for one in digest.resolved],
        "still_open_count": digest.still_open_count,
        "still_open": [_row(row, occasion) for row in digest.still_open],
        "unknown_count": digest.unknown_count,
        "unknown": [_unknown(one) for one in digest.unknown],
        "unreadable": [_unreadable(one) for one in digest.unread],
        "ending": [_ending(one) for one in digest.ending],
        "trend": [
            {"day": point.day.isoformat(), "failing": point.failing, "unknown": point.unknown} for point in digest.trend
        ],
        "audit_head": digest.head,
    }


def _filters(filters: Filters) -> dict[str, list[str]]:
    return {
        "repositories": list(filters.repositories),
        "accounts": list(filters.accounts),
        "regions": list(filters.regions),
    }


def _totals(totals: Totals) -> dict[str, int]:
    return {
        "repositories": totals.repositories,
        "passing": totals.passing,
        "failing": totals.failing,
        "exempt": totals.exempt,
        "unknown": totals.unknown,
    }


def _row(row: Row, occasion: Occasion) -> dict[str, Any]:
    return {
        **_where(row.name, row.target),
        "arn": row.arn,
        "age_days": occasion.days_since(row.opened_at),
        "findings": [
            {"control": finding.rule, "evidence": finding.evidence, "opened_at": _moment(finding.opened_at)}
            | ({"exemption_ended": True} if finding.was_exempt else {})
            for finding in row.findings
        ],
    }


def _resolved(one: Resolved) -> dict[str, Any]:
    return {**_where(one.name, one.target), "controls": list(one.rules), "how": one.how, "by": one.by}


def _unknown(one: UnknownRepository) -> dict[str, Any]:
    return {**_where(one.name, one.target), "reason": one.reason}


def _unreadable(one: UnreadRepositories) -> dict[str, Any]:
    return {
        "account": one.target.account,
        "region": one.target.region,
        "error": one.error,
        "read_at": _moment(one.read_at),
        "known": one.known,
        "failing": one.failing,
        "names": list(one.names),
    }


def _ending(one: Ending) -> dict[str, Any]:
    return {
        **_where(one.name, one.target),
        "control": one.rule,
        "ends_at": _moment(one.ends_at),
        "reason": one.reason,
    }


def _where(name: str, target: Target) -> dict[str, Any]:
    return {"repository": name, "account": target.account, "region": target.region}


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
