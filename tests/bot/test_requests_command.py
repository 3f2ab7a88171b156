"""`python -m bot requests` as a process of its own: every field, newest first, and what is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ecr.approval import Decision
from ecr.changes import undone
from ecr.request import Decided, Kind, State
from tests.bot.asked import AT, EVA, OTTO, TO_IMMUTABLE, TO_SCAN, Shell, apply, approve, exemption, item, remediation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_request_that_waits_is_a_row_with_every_field(shell: Shell) -> None:
    shell.requests().ask(remediation("R1"), channel="C0APPROVE")
    assert shell.json("requests") == [
        {
            "request": "R1",
            "kind": "remediation",
            "state": "requested",
            "asked_by": "U0ENGINEER",
            "asked_by_name": "Eva Engineer",
            "asked_at": "2026-11-24T09:00:00Z",
            "expires_at": "2026-11-24T17:00:00Z",
            "reason": "An audit found it.",
            "decided_by": None,
            "decided_by_name": None,
            "decided_at": None,
            "decision_reason": None,
            "break_glass": False,
            "undoes": None,
            "undone_by": None,
            "outcome": "",
            "repositories": [
                {
                    "repository": "api",
                    "account": "111111111111",
                    "region": "eu-west-1",
                    "arn": "arn:aws:ecr:eu-west-1:111111111111:repository/api",
                    "outcome": "waiting",
                    "said": "",
                    "changes": [
                        {
                            "rule": "tag-immutability",
                            "action": "PutImageTagMutability",
                            "before": "MUTABLE_WITH_EXCLUSION (v*)",
                            "after": "IMMUTABLE",
                        },
                        {
                            "rule": "scan-on-push",
                            "action": "PutImageScanningConfiguration",
                            "before": "scanOnPush false",
                            "after": "scanOnPush true",
                        },
                    ],
                }
            ],
            "exempts": None,
        }
    ]


def test_what_came_of_a_request_is_in_its_row(shell: Shell) -> None:
    requests = shell.requests()
    requests.ask(remediation("R1"), channel="C0APPROVE")
    approve(requests, "R1", AT + timedelta(minutes=5))
    apply(requests, "R1", AT + timedelta(minutes=6), fails="AWS said no.")
    [row] = shell.json("requests")
    assert {key: row[key] for key in ("state", "decided_by", "decided_by_name", "decided_at", "outcome")} == {
        "state": "failed",
        "decided_by": "U0ONCALL",
        "decided_by_name": "Otto Oncall",
        "decided_at": "2026-11-24T09:05:00Z",
        "outcome": "AWS said no.",
    }
    assert [(one["outcome"], one["said"]) for one in row["repositories"]] == [("failed", "AWS said no.")]


def test_an_undo_and_what_it_undid_name_each_other_and_break_glass_is_said(shell: Shell) -> None:
    requests = shell.requests()
    requests.ask(remediation("R1"), channel="C0APPROVE")
    approve(requests, "R1", AT)
    apply(requests, "R1", AT)
    later = AT + timedelta(hours=1)
    undo = replace(
        remediation("R2", item("api", *undone((TO_IMMUTABLE, TO_SCAN))), at=later, reason="A hotfix."),
        kind=Kind.UNDO,
        state=State.APPROVED,
        by=OTTO,
        undoes="R1",
        decided=Decided(OTTO, "S0ONCALL", later, "A hotfix."),
        break_glass=True,
    )
    requests.ask(undo, channel="C0APPROVE")
    apply(requests, "R2", later)
    rows = shell.json("requests")
    keys = ("request", "kind", "state", "break_glass", "undoes", "undone_by", "decision_reason")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        ("R2", "undo", "applied", True, "R1", None, "A hotfix."),
        ("R1", "remediation", "undone", False, None, "R2", None),
    ]


def test_an_exemption_says_which_rules_and_until_when(shell: Shell) -> None:
    shell.requests().ask(exemption("R1"), channel="C0APPROVE")
    [row] = shell.json("requests")
    assert (row["kind"], row["exempts"]) == (
        "exemption",
        {"rules": ["tag-immutability"], "until": "2026-12-24T09:00:00Z"},
    )


def test_open_are_those_that_are_not_over(shell: Shell) -> None:
    requests = shell.requests()
    for number in range(5):
        at = AT + timedelta(minutes=number)
        requests.ask(remediation(f"R{number}", item(f"api-{number}", TO_SCAN), at=at), channel="C0APPROVE")
    requests.decide("R0", Decision.DENY, Decided(OTTO, "S0ONCALL", AT, "No."))
    requests.decide("R1", Decision.CANCEL, Decided(EVA, "requester", AT))
    approve(requests, "R2", AT)
    approve(requests, "R3", AT)
    requests.begin("R3", at=AT + timedelta(minutes=9))
    assert [(row["request"], row["state"]) for row in shell.json("requests", "--open")] == [
        ("R4", "requested"),
        ("R3", "applying"),
        ("R2", "approved"),
    ]
    assert [row["request"] for row in shell.json("requests")] == ["R4", "R3", "R2", "R1", "R0"]


def test_for_a_person_it_is_a_table_with_a_line_each(shell: Shell) -> None:
    requests = shell.requests()
    several = [item(name, TO_SCAN) for name in ("api", "web", "batch")]
    requests.ask(remediation("R1", *several, reason="Bold [red]markup\x1b[2J[/red]"), channel="C0APPROVE")
    done = shell.run("requests")
    head, line = done.stdout.splitlines()
    assert head.split() == ["request", "kind", "state", "asked", "by", "decided", "by", "repositories", "outcome"]
    assert line.split("  ")[0] == "R1"
    assert "2026-11-24 09:00  Eva Engineer" in line
    assert line.rstrip().endswith("api and 2 more  Bold [red]markup [2J[/red]")
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_asked_for_is_said_and_is_an_empty_array(shell: Shell) -> None:
    shell.requests()
    assert shell.run("requests").stdout == "Nothing was asked for yet.\n"
    assert shell.run("requests", "--open").stdout == "No request is open.\n"
    assert shell.json("requests") == []


def test_without_a_history_it_says_what_makes_one_and_makes_none(shell: Shell) -> None:
    done = shell.run("requests", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "ecrbot: There is no history at ecrbot.db yet: python -m bot run makes it.\n"
    assert list(shell.folder.iterdir()) == []
