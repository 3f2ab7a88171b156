"""A shell over a history with requests in it, for the commands that read nothing but the history."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ecr.approval import Decision
from ecr.changes import Action, Change
from ecr.model import Rule, Target
from ecr.request import Actor, Decided, Exempting, Item, Kind, Outcome, Request, State
from ecr.setting import Scanning, Tags
from store.history import SqliteHistory
from store.requests import SqliteRequests

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
PROD = Target("111111111111", "eu-west-1", "prod")
EVA, OTTO = Actor("U0ENGINEER", "Eva Engineer"), Actor("U0ONCALL", "Otto Oncall")
TO_IMMUTABLE = Change(
    Rule.TAG_IMMUTABILITY,
    Action.PUT_IMAGE_TAG_MUTABILITY,
    Tags("MUTABLE_WITH_EXCLUSION", ("v*",)),
    Tags("IMMUTABLE"),
    ("The filter v* goes.",),
)
TO_SCAN = Change(
    Rule.SCAN_ON_PUSH,
    Action.PUT_IMAGE_SCANNING_CONFIGURATION,
    Scanning(scan_on_push=False),
    Scanning(scan_on_push=True),
)


def item(name: str, *changes: Change) -> Item:
    return Item(name, PROD, f"arn:aws:ecr:eu-west-1:111111111111:repository/{name}", changes)


def remediation(key: str, *items: Item, at: datetime = AT, reason: str = "An audit found it.") -> Request:
    return Request(
        id=key,
        kind=Kind.REMEDIATION,
        state=State.REQUESTED,
        by=EVA,
        asked_in="C0ENG",
        reason=reason,
        made_at=at,
        expires_at=at + timedelta(hours=8),
        items=items or (item("api", TO_IMMUTABLE, TO_SCAN),),
    )


def exemption(key: str, *, at: datetime = AT, until: datetime = AT + timedelta(days=30)) -> Request:
    exempts = Exempting((Rule.TAG_IMMUTABILITY,), until)
    return replace(remediation(key, item("api"), at=at, reason="A base image."), kind=Kind.EXEMPTION, exempts=exempts)


def approve(requests: SqliteRequests, key: str, at: datetime) -> None:
    assert requests.decide(key, Decision.APPROVE, Decided(OTTO, "S0ONCALL", at)) is not None


def apply(requests: SqliteRequests, key: str, at: datetime, *, fails: str | None = None) -> None:
    """Carry a request out as the bot does, step by step; `fails` is what AWS says to the last change."""
    claimed = requests.begin(key, at=at)
    assert claimed is not None
    for number, one in enumerate(claimed.items):
        for position in range(len(one.changes)):
            requests.changing(key, number, position, at=at)
            if fails is not None and position == len(one.changes) - 1:
                requests.refused(key, number, position, sentence=fails, at=at)
            else:
                requests.changed(key, number, position, aws_request_id=f"aws-{number}-{position}", at=at)
        said, outcome = (fails, Outcome.FAILED) if fails else ("Verified: it is immutable.", Outcome.APPLIED)
        requests.settle(key, number, outcome, said, seen=None, at=at)
    state = State.FAILED if fails else State.APPLIED
    requests.finish(key, state, fails or "Applied and verified.", lines=(), at=at)


@dataclass
class Shell:
    """Runs the command line in a folder of its own; there is neither AWS nor Slack."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "ecrbot.db"

    def requests(self) -> SqliteRequests:
        SqliteHistory.prepare(self.database)
        return SqliteRequests(self.database)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "bot", *arguments]
        done = subprocess.run(
            command, env=env, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert "Traceback" not in done.stderr
        return done

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.stderr == ""
        return json.loads(done.stdout)
