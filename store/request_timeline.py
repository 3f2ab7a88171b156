"""What was asked for and done to a repository, for its timeline: out of the audit, which has every step by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.audit import Step
from ecr.request import ECRBOT
from ecr.timeline import Event, Kind
from store import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from ecr.model import Target

_STEPS = {
    Step.REQUESTED: Kind.REQUESTED,
    Step.APPROVED: Kind.APPROVED,
    Step.BREAK_GLASS: Kind.APPROVED,
    Step.DENIED: Kind.DENIED,
    Step.CANCELLED: Kind.CANCELLED,
    Step.EXPIRED: Kind.EXPIRED,
    Step.VERIFIED: Kind.APPLIED,
    Step.NOT_VERIFIED: Kind.FAILED,
    Step.UNDONE: Kind.UNDONE,
    Step.EXEMPTED: Kind.EXEMPTED,
    Step.EXEMPTION_ENDED: Kind.EXEMPTION_ENDED,
}
"""The steps that a timeline tells of. A change on its way is none of them: what came of it is."""

# A decision is about all repositories of a request, and so names none.
_EVENTS = f"""
    SELECT a.at, a.event, a.request, a.kind, a.actor_name, a.before, a.after, a.detail
    FROM audit a
    WHERE a.request IN (
            SELECT request FROM request_repositories WHERE name = :name AND account = :account AND region = :region
        )
        AND (a.repository IS NULL OR (a.repository, a.account, a.region) = (:name, :account, :region))
        AND a.event IN ({", ".join(f"'{step}'" for step in _STEPS)})
    ORDER BY a.number
"""


def events(database: Database, name: str, target: Target) -> list[Event]:
    """Return the steps of every request about a repository, oldest first, inside the caller's transaction."""
    found = database.execute(_EVENTS, {"name": name, "account": target.account or "", "region": target.region})
    return [
        Event(rows.moment_of(at), name, target, _STEPS[Step(step)], _said(Step(step), told))
        for at, step, *told in found.fetchall()
    ]


def _said(step: Step, told: Sequence[str | None]) -> str:
    """Return a step as a sentence; `told` are the request, its kind, who, before, after and the detail."""
    request, kind, who, before, after, detail = told
    ended = "An exemption ended" if who == ECRBOT.name else f"{who} ended an exemption"
    why = f": {detail}" if detail else ""
    change = " → ".join(filter(None, (before, after)))
    change = f" ({change})" if change else ""
    sentences = {
        Step.REQUESTED: f"{who} asked for {kind}{change}, request {request}{why}",
        Step.BREAK_GLASS: f"{who} approved their own undo, request {request}, break-glass{why}",
        Step.EXPIRED: f"Request {request} expired: nobody decided",
        Step.VERIFIED: f"Request {request}{change}{why}",
        Step.NOT_VERIFIED: f"Request {request} failed{why}",
        Step.UNDONE: f"Request {request} is undone{why}",
        Step.EXEMPTED: f"{who} exempted it by request {request}{change}{why}",
        Step.EXEMPTION_ENDED: f"{ended}{change}{why}",
    }
    said = sentences.get(step, f"{who} {step} request {request}{why}")
    return said if said.endswith(".") else f"{said}."
