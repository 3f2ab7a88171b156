"""Requests as rows: from values to what is stored and back again. Pure, and the same after a round trip."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ecr.changes import Action, Change
from ecr.model import Finding, Rule, Target, Verdict
from ecr.request import Actor, Decided, Exempting, Head, Item, Kind, Outcome, Place, Request, State
from store import rows, setting_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REQUEST_COLUMNS = (
    "id, kind, state, asked_by, asked_by_name, asked_in, reason, made_at, expires_at, undoes, undone_by, "
    "exempts_rules, exempts_until, break_glass, no_approver, decided_by, decided_by_name, decided_as, decided_at, "
    "decision_reason, began_at, ended_at, sentence, card_channel, card_ts, revision, head_number, head_hash"
)

ITEM_COLUMNS = "number, account, region, account_name, name, arn, content, outcome, sentence"


def new(request: Request) -> dict[str, Any]:
    """Return the row of a new request."""
    decided, exempts = request.decided, request.exempts
    return {
        "id": request.id,
        "kind": request.kind,
        "state": request.state,
        "asked_by": request.by.id,
        "asked_by_name": request.by.name,
        "asked_in": request.asked_in,
        "reason": request.reason,
        "made_at": rows.moment(request.made_at),
        "expires_at": rows.moment(request.expires_at),
        "fingerprint": request.fingerprint,
        "undoes": request.undoes,
        "exempts_rules": rows.words(tuple(exempts.rules)) if exempts else None,
        "exempts_until": rows.moment(exempts.until) if exempts else None,
        "break_glass": int(request.break_glass),
        "no_approver": request.no_approver,
        "decided_by": decided.by.id if decided else None,
        "decided_by_name": decided.by.name if decided else None,
        "decided_as": decided.entry if decided else None,
        "decided_at": rows.moment(decided.at) if decided else None,
        "decision_reason": decided.reason if decided else None,
    }


def request_of(row: Sequence[Any], items: tuple[Item, ...]) -> Request:
    """Return the request of a row with these columns: `REQUEST_COLUMNS`."""
    known = dict(zip(REQUEST_COLUMNS.split(", "), row, strict=True))
    return Request(
        id=known["id"],
        kind=Kind(known["kind"]),
        state=State(known["state"]),
        by=Actor(known["asked_by"], known["asked_by_name"]),
        asked_in=known["asked_in"],
        reason=known["reason"],
        made_at=rows.moment_of(known["made_at"]),
        expires_at=rows.moment_of(known["expires_at"]),
        items=items,
        undoes=known["undoes"],
        undone_by=known["undone_by"],
        exempts=_exempting(known),
        break_glass=bool(known["break_glass"]),
        no_approver=known["no_approver"],
        decided=_decided(known),
        began_at=rows.moment_of(known["began_at"]) if known["began_at"] else None,
        ended_at=rows.moment_of(known["ended_at"]) if known["ended_at"] else None,
        sentence=known["sentence"],
        card=Place(known["card_channel"], known["card_ts"]) if known["card_ts"] else None,
        revision=known["revision"],
        head=Head(known["head_number"], known["head_hash"]) if known["head_hash"] else None,
    )


def new_item(request: str, number: int, item: Item) -> tuple[Any, ...]:
    """Return the row of a repository of a new request: its id, then `ITEM_COLUMNS`."""
    target = item.target
    where = (target.account or "", target.region, target.name, item.name, item.arn)
    return (request, number, *where, content(item), item.outcome, item.sentence)


def item_of(row: Sequence[Any], made: tuple[int, ...]) -> Item:
    """Return the repository of a row with these columns: `ITEM_COLUMNS`."""
    _, account, region, label, name, arn, told, outcome, sentence = row
    known = json.loads(told)
    return Item(
        name=name,
        target=Target(account or None, region, label),
        arn=arn,
        changes=tuple(_change(one) for one in known["changes"]),
        advice=tuple(known["advice"]),
        impact=tuple(known["impact"]),
        code=known["code"],
        failing=tuple(Finding(Rule(rule), Verdict.FAIL, evidence) for rule, evidence in known["failing"]),
        outcome=Outcome(outcome),
        sentence=sentence,
        made=made,
    )


def content(item: Item) -> str:
    """Return what is to be done to a repository, and what is known about that."""
    return json.dumps(
        {
            "changes": [_change_row(one) for one in item.changes],
            "advice": item.advice,
            "impact": item.impact,
            "code": item.code,
            "failing": [[finding.rule, finding.evidence] for finding in item.failing],
        },
        ensure_ascii=False,
    )


def items(some: Sequence[Item]) -> str:
    """Return the repositories of a draft."""
    return json.dumps([new_item("", number, item)[1:] for number, item in enumerate(some)], ensure_ascii=False)


def items_of(text: str) -> tuple[Item, ...]:
    """Return the repositories of a draft's row."""
    return tuple(item_of(row, ()) for row in json.loads(text))


def _exempting(known: Mapping[str, Any]) -> Exempting | None:
    if known["exempts_until"] is None:
        return None
    rules = tuple(Rule(one) for one in rows.words_of(known["exempts_rules"]))
    return Exempting(rules, rows.moment_of(known["exempts_until"]))


def _decided(known: Mapping[str, Any]) -> Decided | None:
    if known["decided_by"] is None:
        return None
    by = Actor(known["decided_by"], known["decided_by_name"])
    return Decided(by, known["decided_as"], rows.moment_of(known["decided_at"]), known["decision_reason"])


def _change_row(change: Change) -> dict[str, Any]:
    return {
        "rule": change.rule,
        "action": change.action,
        "before": setting_rows.row(change.before),
        "after": setting_rows.row(change.after),
        "lines": change.lines,
    }


def _change(row: Mapping[str, Any]) -> Change:
    before, after = setting_rows.setting(row["before"]), setting_rows.setting(row["after"])
    return Change(Rule(row["rule"]), Action(row["action"]), before, after, tuple(row["lines"]))
