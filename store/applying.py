"""How a request is applied, as it is written down: each change before and after it is made, each repository at its end.

All of it inside the caller's transaction; whose request it is was looked at there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecr.audit import Step
from ecr.exemption import granted
from ecr.request import ECRBOT, Kind, Outcome, State
from store import exemptions, observing, rows
from store.request_reading import read, read_item
from store.request_steps import add_letter, of_changes, of_item, record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from ecr.model import Assessment
    from ecr.request import Request


def changing(database: Database, request: str, item: int, change: int, at: str) -> None:
    """Write that a change is about to be made."""
    planned = read_item(database, request, item).changes[change]
    database.execute(
        "INSERT INTO request_changes (request, repository, number, rule, state, attempted_at) "
        "VALUES (?, ?, ?, ?, 'attempted', ?) "
        "ON CONFLICT DO UPDATE SET state = 'attempted', attempted_at = excluded.attempted_at, said = NULL",
        (request, item, change, planned.rule, at),
    )
    _record_change(database, request, (item, change), Step.CHANGING, at)


def changed(database: Database, request: str, item: int, change: int, aws_request_id: str | None, at: str) -> None:
    """Write that a change was made."""
    database.execute(
        "UPDATE request_changes SET state = 'made', ended_at = ?, aws_request_id = ?, said = NULL "
        "WHERE request = ? AND repository = ? AND number = ?",
        (at, aws_request_id, request, item, change),
    )
    detail = None if aws_request_id else "Found as it was to be made."
    _record_change(database, request, (item, change), Step.CHANGED, at, aws_request_id=aws_request_id, detail=detail)


def refused(database: Database, request: str, item: int, change: int, sentence: str, at: str) -> None:
    """Write that a change was refused."""
    database.execute(
        "UPDATE request_changes SET state = 'refused', ended_at = ?, said = ? "
        "WHERE request = ? AND repository = ? AND number = ?",
        (at, sentence, request, item, change),
    )
    _record_change(database, request, (item, change), Step.REFUSED, at, detail=sentence)


def settle(
    database: Database,
    which: tuple[str, int],
    outcome: Outcome,
    sentence: str,
    *,
    seen: tuple[Assessment, datetime] | None,
    at: str,
) -> None:
    """Write what came of a repository, and what was seen of it."""
    request, number = which
    database.execute(
        "UPDATE request_repositories SET outcome = ?, sentence = ? WHERE request = ? AND number = ?",
        (outcome, sentence, request, number),
    )
    if seen is not None and seen[0].repository is not None:
        (assessment, began_at), repository = seen, seen[0].repository
        reading = observing.Reading(repository.account, repository.region, rows.moment(began_at), at, whole=False)
        observing.observe(database, reading, (assessment,))
    item = read_item(database, request, number)
    fields = of_changes(item) if item.changes else of_item(_one(database, request), item)
    step = Step.VERIFIED if outcome is Outcome.APPLIED else Step.NOT_VERIFIED
    record(database, request, step, at, by=ECRBOT, detail=sentence, **fields)


def finish(database: Database, request: Request, state: State, sentence: str, at: str) -> None:
    """End a request, and do what follows from that: what it exempts is exempt, what it undoes is undone."""
    database.execute(
        "UPDATE requests SET state = ?, sentence = ?, ended_at = ?, claimed_by = NULL, lease_until = NULL, "
        "revision = revision + 1 WHERE id = ?",
        (state, sentence, at, request.id),
    )
    step = Step.APPLIED if state is State.APPLIED else Step.FAILED
    record(database, request.id, step, at, by=ECRBOT, detail=sentence)
    if request.kind is Kind.EXEMPTION and state is State.APPLIED:
        _grant(database, request, at)
    if request.kind is Kind.UNDO and request.applied:
        _undo(database, request, at)


def _grant(database: Database, request: Request, at: str) -> None:
    for exemption in granted(request, rows.moment_of(at)):
        exemptions.add(database, exemption)
    by, entry = (request.decided.by, request.decided.entry) if request.decided else (ECRBOT, None)
    for item in request.applied:
        fields = of_item(request, item)
        record(database, request.id, Step.EXEMPTED, at, by=by, actor_entry=entry, detail=request.reason, **fields)


def _undo(database: Database, request: Request, at: str) -> None:
    """Mark what an undo put back, and the request that it undid as undone where nothing of it is left."""
    if request.exempts is not None:
        exemptions.end_of_request(database, request, at)
    for item in request.applied:
        database.execute(
            "UPDATE request_repositories SET outcome = 'undone' WHERE request = ? AND arn = ?",
            (request.undoes, item.arn),
        )
    original = _one(database, str(request.undoes))
    left = original.applied if original.kind is Kind.EXEMPTION else original.changed
    if left or original.state not in (State.APPLIED, State.FAILED):
        database.execute("UPDATE requests SET revision = revision + 1 WHERE id = ?", (original.id,))
        return
    database.execute(
        "UPDATE requests SET state = 'undone', undone_by = ?, revision = revision + 1 WHERE id = ?",
        (request.id, original.id),
    )
    if original.by.id != request.by.id:
        add_letter(database, request.id, "outcome", original.by.id, at)
    record(database, original.id, Step.UNDONE, at, by=request.by, detail=f"Undone by request {request.id}.")


def _record_change(
    database: Database, request: str, which: tuple[int, int], step: Step, at: str, **fields: str | None
) -> None:
    item = read_item(database, request, which[0])
    change = item.changes[which[1]]
    record(
        database,
        request,
        step,
        at,
        by=ECRBOT,
        account=item.target.account,
        region=item.target.region,
        repository=item.name,
        rule=change.rule,
        before=str(change.before),
        after=str(change.after),
        **fields,
    )


def _one(database: Database, request: str) -> Request:
    return read(database, "id = ?", (request,))[0]
