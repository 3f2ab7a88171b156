"""What is there of requests after a bot was killed and started again: in AWS, in its database and in Slack."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from demo.text import render
from ecr.audit import verify
from store.audit import SqliteAudit
from tests.crash.outcome import BROKEN, DATABASE, opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from demo.workspace import Workspace
    from ecr.audit import AuditEvent

APPROVALS, DIGESTS = "C0APPROVE", "C0DIGEST"
TO_THE_ASKER, TO_ONCALL = "D0ENGINEER", "D0ONCALL"

_REQUESTS = "SELECT kind, state, sentence FROM requests ORDER BY made_at"
_FINDINGS = """
    SELECT r.name, f.rule, f.closed_how, f.closed_by FROM findings f JOIN repositories r ON r.id = f.repository_id
    ORDER BY r.name DESC, f.rule DESC
"""
_ITEMS = """
    SELECT r.kind, i.name, i.outcome FROM request_repositories i JOIN requests r ON r.id = i.request
    ORDER BY r.made_at, i.number
"""
_LEFT = {
    "a claimed request": "SELECT id FROM requests WHERE claimed_by IS NOT NULL OR lease_until IS NOT NULL",
    "a letter that waits": "SELECT * FROM letters WHERE state = 'waiting'",
    "a letter that was given up": "SELECT * FROM letters WHERE state = 'given up'",
    "a letter that may be there": "SELECT * FROM letters WHERE in_doubt",
    "an old card": "SELECT id FROM requests WHERE card_ts IS NULL OR shown_revision <> revision",
    "a head that is none": """
        SELECT r.id FROM requests r LEFT JOIN audit a ON a.number = r.head_number AND a.hash = r.head_hash
        WHERE a.number IS NULL OR a.request <> r.id
    """,
    "an unknown change": "SELECT * FROM request_changes WHERE state <> 'made'",
}


_HEAD = re.compile(r"Audit event (\d+), head `([0-9a-f]{64})`")
_REQUEST = re.compile(r"\bR[0-9A-F]{10}\b")


class Put(NamedTuple):
    """A change that AWS made."""

    repository: str
    action: str


@dataclass(frozen=True)
class RequestOutcome:
    """What is there.

    `cards`, `lines` and `outcomes` are messages as people read them, oldest first, without what no two runs have in
    common. `wrong` is what is wrong with the audit's chain, or with the head of it that a card shows. `left` is what
    should not be left: rows that are claimed, messages on their way, and whatever is broken.
    """

    requests: list[tuple[Any, ...]]
    items: list[tuple[Any, ...]]
    findings: list[tuple[Any, ...]]
    settings: dict[str, tuple[Any, ...]]
    puts: list[Put]
    cards: list[str]
    lines: list[str]
    outcomes: list[str]
    wrong: tuple[str, ...]
    left: dict[str, list[tuple[Any, ...]]]
    refusals: tuple[Any, ...]
    audit: tuple[AuditEvent, ...] = field(compare=False)


def outcome(
    folder: Path, slack: Workspace, settings: dict[str, tuple[Any, ...]], puts: Sequence[Put]
) -> RequestOutcome:
    """Look at everything."""
    audit = tuple(SqliteAudit(folder / DATABASE).events())
    with closing(opened(folder)) as database:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return database.execute(sql).fetchall()

        return RequestOutcome(
            requests=rows(_REQUESTS),
            items=rows(_ITEMS),
            findings=rows(_FINDINGS),
            settings=settings,
            puts=sorted(puts),
            cards=_texts(slack, APPROVALS),
            lines=_texts(slack, DIGESTS),
            outcomes=[f"{text}\n(to {who})" for who in (TO_THE_ASKER, TO_ONCALL) for text in _texts(slack, who)],
            wrong=(*verify(audit).problems, *_untrue_heads(slack, audit)),
            left={what: found for what, sql in (_LEFT | BROKEN).items() if (found := rows(sql))},
            refusals=slack.refusals,
            audit=audit,
        )


def in_doubt(folder: Path) -> Counter[str]:
    """Return what messages may be in Slack or not, as the database knows it at this moment, by their kinds."""
    with closing(opened(folder)) as database:
        return Counter(letter for (letter,) in database.execute("SELECT letter FROM letters WHERE in_doubt"))


def states(folder: Path) -> list[str]:
    """Return how far each request is at this moment."""
    with closing(opened(folder)) as database:
        return [state for _, state, _ in database.execute(_REQUESTS)]


def lasting(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, but for who had claimed a message that is there."""
    with closing(opened(folder)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        database.execute("CREATE TEMP VIEW kept AS SELECT request, letter, channel, state, ts, ended_at FROM letters")
        names = [name for (name,) in tables if name != "letters"]
        return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in (*names, "kept")}  # noqa: S608 - own names


def _texts(slack: Workspace, channel: str) -> list[str]:
    """Return what is in a channel; the hashes, the numbers of events and the ids of requests are another every time."""
    told = [render(one) for one in slack.messages(channel)]
    return [_REQUEST.sub("R", _HEAD.sub("Audit event, head", one)) for one in told]


def _untrue_heads(slack: Workspace, audit: tuple[AuditEvent, ...]) -> list[str]:
    """Return the cards, all of them decided, that do not show a head that the chain has."""
    hashes = {str(event.number): event.hash for event in audit}
    shown = [(one, _HEAD.search(one)) for one in map(render, slack.messages(APPROVALS))]
    return [text for text, head in shown if head is None or hashes.get(head[1]) != head[2]]
