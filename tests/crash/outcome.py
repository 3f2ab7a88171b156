"""What is there after a bot was killed and started again: in its database and in the channel, as one value."""

from __future__ import annotations

import fcntl
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.postbox import EVENT, MAY_REPEAT
from tests.crash.world import Finding, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from demo.workspace import Workspace
    from demo.workspace.state import Message

DATABASE, CHANNEL = "ecrbot.db", "C0DIGEST"

_FINDINGS = """
    SELECT r.account, r.name, f.rule, f.closed_how FROM findings f JOIN repositories r ON r.id = f.repository_id
"""
_SETTINGS = """
    SELECT r.account, r.name, v.tag_mutability, v.scan_on_push, s.until IS NULL
    FROM settings s JOIN repositories r ON r.id = s.repository_id JOIN setting_values v ON v.id = s.values_id
"""
_DIGESTS = """
    SELECT day, state, parts_sent, in_doubt, lease_until, parts, attempts FROM digests ORDER BY day
"""

BROKEN = {
    "the file is damaged": "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "a row points at nothing": 'SELECT "table", rowid FROM pragma_foreign_key_check',
    "settings that overlap": """
        SELECT a.repository_id, a.since, b.since FROM settings a JOIN settings b
        ON a.repository_id = b.repository_id AND a.since < b.since AND (a.until IS NULL OR a.until > b.since)
    """,
    "settings that end before they begin": "SELECT * FROM settings WHERE until < since",
    "two present settings": """
        SELECT repository_id, count(*) FROM settings WHERE until IS NULL GROUP BY repository_id HAVING count(*) > 1
    """,
    "a repository without present settings, or a gone one with some": """
        SELECT r.name FROM repositories r LEFT JOIN settings s ON s.repository_id = r.id AND s.until IS NULL
        WHERE (r.gone_at IS NULL) <> (s.since IS NOT NULL) OR (s.values_id IS NOT NULL AND s.values_id <> r.settings_id)
    """,
    "two open findings of a rule": """
        SELECT repository_id, rule FROM findings WHERE closed_at IS NULL GROUP BY repository_id, rule
        HAVING count(*) > 1
    """,
    "findings that overlap": """
        SELECT a.id, b.id FROM findings a JOIN findings b ON a.repository_id = b.repository_id AND a.rule = b.rule
        AND a.id < b.id AND (a.closed_at IS NULL OR a.closed_at > b.opened_at)
    """,
    "a finding that closed before it opened": "SELECT id FROM findings WHERE closed_at < opened_at",
    "a finding that is half closed": """
        SELECT id FROM findings WHERE (closed_at IS NULL) <> (closed_how IS NULL)
        OR (closed_at IS NULL) <> (closed_change IS NULL)
    """,
    "a change that has no number yet": """
        SELECT id FROM findings, last_change WHERE opened_change > number OR closed_change > number
    """,
    "open findings that are miscounted": """
        SELECT r.name, r.open_findings FROM repositories r WHERE r.open_findings <>
        (SELECT count(*) FROM findings f WHERE f.repository_id = r.id AND f.closed_at IS NULL)
    """,
}


@dataclass(frozen=True)
class Post:
    """A part of a digest as it is in the channel, by the key in its metadata.

    `thread` is the place of the message that it replies to; `warned` tells that it says that it may repeat one.
    """

    key: str
    text: str
    thread: int | None = None
    warned: bool = False


@dataclass(frozen=True)
class Outcome:
    """What is there. Of the findings and the settings every one, so that none is lost and none is there twice."""

    posts: list[Post]
    digests: list[tuple[Any, ...]]
    findings: list[Finding]
    settings: list[Setting]
    days: list[tuple[Any, ...]]
    targets: list[tuple[Any, ...]]
    sweeps: int
    broken: dict[str, list[tuple[Any, ...]]]
    is_sweeping: bool
    notices: list[tuple[Any, ...]]
    refusals: tuple[Any, ...]


def outcome(folder: Path, slack: Workspace) -> Outcome:
    """Look at everything."""
    with closing(opened(folder)) as database:

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return database.execute(sql).fetchall()

        return Outcome(
            posts=posts(slack),
            digests=rows(_DIGESTS),
            findings=sorted((Finding(*row) for row in rows(_FINDINGS)), key=str),
            settings=sorted(Setting(*row) for row in rows(_SETTINGS)),
            days=rows("SELECT day, passing, failing, unknown FROM compliance_by_day"),
            targets=rows("SELECT account, error IS NOT NULL, configured FROM targets ORDER BY account"),
            sweeps=rows("SELECT count(*) FROM sweeps")[0][0],
            broken={what: found for what, sql in BROKEN.items() if (found := rows(sql))},
            is_sweeping=_is_sweeping(folder),
            notices=rows("SELECT * FROM notices"),
            refusals=slack.refusals,
        )


def in_doubt(folder: Path) -> int | None:
    """Return the part that may be in the channel or not, as the database knows it at this moment, if there is one."""
    with closing(opened(folder)) as database:
        found = database.execute("SELECT parts_sent FROM digests WHERE in_doubt").fetchone()
    return None if found is None else int(found[0])


def posts(slack: Workspace) -> list[Post]:
    """Return all that was posted in the channel, in the order in which it came."""
    messages = slack.messages(CHANNEL)
    places = {one.ts: place for place, one in enumerate(messages)}
    return [
        Post(
            _key(one),
            one.text,
            places[one.thread_ts] if one.thread_ts else None,
            MAY_REPEAT in json.dumps(one.blocks, ensure_ascii=False),
        )
        for one in messages
    ]


def dump(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    with closing(opened(folder)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables}  # noqa: S608 - own names


def opened(folder: Path) -> sqlite3.Connection:
    """Open the file to read alone: the recovery after a death is left to the bot."""
    return sqlite3.connect(f"{(folder / DATABASE).as_uri()}?mode=ro", uri=True)


def _is_sweeping(folder: Path) -> bool:
    with (folder / f"{DATABASE}.sweep").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _key(message: Message) -> str:
    metadata = message.metadata or {}
    return str(metadata["event_payload"]["key"]) if metadata.get("event_type") == EVENT else ""
