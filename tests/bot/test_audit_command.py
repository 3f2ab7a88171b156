"""`python -m bot audit` as a process of its own: the export in three shapes, and whether the chain is whole."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from store.audit import SqliteAudit
from tests.bot.asked import AT, Shell, apply, approve, remediation

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = [
    "number",
    "at",
    "event",
    "request",
    "kind",
    "actor",
    "actor_name",
    "actor_entry",
    "account",
    "region",
    "repository",
    "rule",
    "before",
    "after",
    "aws_request_id",
    "detail",
    "previous_hash",
    "hash",
]
ALONE = (
    "The chain alone cannot show that its end was cut off, or that all of it was written anew: give --head with a hash "
    "from a card or a digest in Slack.\n"
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A history in which one request was asked for, approved and applied."""
    shell = Shell(tmp_path)
    requests = shell.requests()
    requests.ask(remediation("R1"), channel="C0APPROVE")
    approve(requests, "R1", AT + timedelta(minutes=5))
    apply(requests, "R1", AT + timedelta(minutes=6))
    return shell


def hashes(shell: Shell) -> list[str]:
    return [event.hash for event in SqliteAudit(shell.database).events()]


def tampered(shell: Shell, *statements: str) -> None:
    """Change the file as somebody does who can write it, whatever stands in the way."""
    with closing(sqlite3.connect(shell.database, isolation_level=None)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)


def test_json_is_one_array_of_events_with_every_field_in_their_order(shell: Shell) -> None:
    rows = shell.json("audit")
    assert [list(row) for row in rows] == [COLUMNS] * len(rows)
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["hash"] for row in rows] == hashes(shell)
    requested = {key: rows[0][key] for key in ("event", "request", "kind", "actor", "actor_name", "previous_hash")}
    assert requested == {
        "event": "requested",
        "request": "R1",
        "kind": "remediation",
        "actor": "U0ENGINEER",
        "actor_name": "Eva Engineer",
        "previous_hash": "0" * 64,
    }


def test_a_change_is_an_event_with_what_an_auditor_asks_for(shell: Shell) -> None:
    changed = next(row for row in shell.json("audit") if row["event"] == "changed")
    keys = ("account", "region", "repository", "rule", "before", "after", "aws_request_id")
    assert {key: changed[key] for key in keys} == {
        "account": "111111111111",
        "region": "eu-west-1",
        "repository": "api",
        "rule": "tag-immutability",
        "before": "MUTABLE_WITH_EXCLUSION (v*)",
        "after": "IMMUTABLE",
        "aws_request_id": "aws-0-0",
    }


def test_an_approval_says_what_made_somebody_an_approver(shell: Shell) -> None:
    approved = next(row for row in shell.json("audit") if row["event"] == "approved")
    assert [approved[key] for key in ("actor", "actor_name", "actor_entry")] == ["U0ONCALL", "Otto Oncall", "S0ONCALL"]


def test_csv_says_the_same_under_one_line_of_names(shell: Shell) -> None:
    done = shell.run("audit", "--csv")
    told = list(csv.reader(io.StringIO(done.stdout)))
    assert told[0] == COLUMNS
    expected = [["" if value is None else str(value) for value in row.values()] for row in shell.json("audit")]
    assert (told[1:], done.returncode, done.stderr) == (expected, 0, "")


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula_for_a_spreadsheet_and_json_says_what_was_typed(tmp_path: Path, begins: str) -> None:
    shell, typed = Shell(tmp_path), f'{begins}HYPERLINK("http://x"), "quoted"\nand more'
    shell.requests().ask(remediation("R1", reason=typed), channel="C0APPROVE")
    [told] = csv.DictReader(io.StringIO(shell.run("audit", "--csv").stdout.replace("\r\n", "\n")))
    exact = shell.json("audit")[0]
    [column] = [name for name, value in exact.items() if isinstance(value, str) and value.startswith(begins)]
    assert exact[column] == typed
    assert told[column].startswith("'")
    assert not [cell for cell in told.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_for_a_person_it_is_a_table_with_a_line_for_each_event(shell: Shell) -> None:
    done = shell.run("audit")
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["at", "event", "request", "who", "what", "hash"]
    assert len(lines) == len(hashes(shell))
    assert lines[0].split("  ")[0] == "1"
    assert "Otto Oncall (S0ONCALL)" in next(line for line in lines if " approved " in line)
    changed = next(line for line in lines if " changed " in line)
    assert "api in 111111111111/eu-west-1: tag-immutability MUTABLE_WITH_EXCLUSION (v*) → IMMUTABLE" in changed
    assert [line.rstrip()[-12:] for line in lines] == [one[:12] for one in hashes(shell)]


def test_a_whole_chain_is_0_with_its_head_and_what_it_cannot_show(shell: Shell) -> None:
    done = shell.run("audit", "--verify")
    *_, head = every = hashes(shell)
    assert done.returncode == 0
    assert done.stdout == f"The chain of {len(every)} events is whole; its head is {head}. {ALONE}"


@pytest.mark.parametrize("length", [12, 40, 64])
def test_the_newest_hash_of_a_card_in_the_chain_is_0_without_more_limits(shell: Shell, length: int) -> None:
    *_, head = every = hashes(shell)
    done = shell.run("audit", "--head", head[:length].upper())
    assert done.stdout == (
        f"The chain of {len(every)} events is whole and has the hash {head[:length]}; its head is {head}.\n"
    )
    assert done.returncode == 0


def test_an_older_hash_says_that_what_came_after_could_be_cut(shell: Shell) -> None:
    done = shell.run("audit", "--verify", "--head", hashes(shell)[1])
    assert done.returncode == 0
    assert "What came after the event with that hash could still have been cut off" in done.stdout


def test_a_tail_that_was_cut_off_is_found_by_a_hash_alone(shell: Shell) -> None:
    head = hashes(shell)[-1]
    tampered(shell, "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)")
    assert shell.run("audit", "--verify").returncode == 0
    done = shell.run("audit", "--verify", "--head", head[:12])
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        f"No event has the hash {head[:12]}: the end of the chain was cut off, or the chain was written anew.\n"
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET actor_name = 'Mallory' WHERE number = 2", "Event 2 was changed"),
        ("UPDATE audit SET event = 'nonsense' WHERE number = 2", "Event 2 was changed"),
        ("UPDATE audit SET hash = 'ff' WHERE number = 2", "Event 2 was changed"),
        ("DELETE FROM audit WHERE number = 2", "Event 2 is missing"),
        ("DELETE FROM audit WHERE number = 1", "Event 1 is missing"),
    ],
)
def test_what_was_changed_or_is_missing_is_1_and_named(shell: Shell, statement: str, said: str) -> None:
    tampered(shell, statement)
    done = shell.run("audit", "--verify")
    assert done.returncode == 1
    assert said in done.stdout.splitlines()[0]


def test_verify_as_json_is_an_object(shell: Shell) -> None:
    every = hashes(shell)
    assert shell.json("audit", "--verify") == {"events": len(every), "head": every[-1], "problems": []}
    tampered(shell, "DELETE FROM audit WHERE number = 2")
    done = shell.run("audit", "--verify", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["problems"][0]) == (1, "Event 2 is missing: 3 follows 1.")


def test_an_audit_of_nothing_is_whole_and_has_no_head(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.requests()
    assert shell.run("audit", "--verify").stdout == f"The audit has no events. {ALONE}"
    assert shell.json("audit", "--verify") == {"events": 0, "head": None, "problems": []}
    assert shell.json("audit") == []
    assert shell.run("audit", "--csv").stdout == ",".join(COLUMNS) + "\n"
    assert shell.run("audit", "--head", "0" * 12).returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--head", "abc"),
        ("--head", "0" * 11),
        ("--head", "0" * 65),
        ("--head", "g" * 12),
        ("--head", ""),
        ("--head",),
        ("--csv", "--json"),
        ("--csv", "--verify"),
        ("--csv", "--head", "0" * 12),
        ("--verfiy",),
    ],
)
def test_wrong_usage_is_2_with_a_sentence(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell.run("audit", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--csv",), ("--verify",)])
def test_without_a_history_it_says_what_makes_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    shell = Shell(tmp_path)
    done = shell.run("audit", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ecrbot: There is no history at ecrbot.db yet: python -m bot run makes it.\n"
    assert list(tmp_path.iterdir()) == []
