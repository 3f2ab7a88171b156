"""The real bot as a process of its own, between the local Slack workspace and the local ECR, in both modes."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

from demo.text import render
from tests.journeys.clocked_bot import set_clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from demo.aws import LocalAws
    from demo.workspace import Delivery, Workspace

ROOT = Path(__file__).parents[2]
PROD, STAGING, SANDBOX = "111111111111", "222222222222", "333333333333"
SETTINGS = '[aws]\nregions = ["eu-west-1"]\n' + "".join(
    f'[[aws.accounts]]\nid = "{account}"\nname = "{name}"\nrole = "arn:aws:iam::{account}:role/ecrbot-read"\n'
    for account, name in ((PROD, "prod"), (STAGING, "staging"), (SANDBOX, "sandbox"))
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Bot:
    """`python -m bot run`, started and ended for real."""

    slack: Workspace
    aws: LocalAws
    folder: Path
    mode: str
    settings: str = SETTINGS
    port: int = 0
    extra: dict[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = ("-m", "bot", "run")
    process: subprocess.Popen[bytes] | None = None

    def start(self, until: str = "/readyz", *, swept: bool = True) -> None:
        """Start it, and wait until it takes deliveries and its first sweep has ended."""
        (self.folder / "ecrbot.toml").write_text(self.settings, encoding="utf-8")
        environment = self.environment
        if self.mode == "http":
            self.port = free_port()
            environment |= {"SLACK_SIGNING_SECRET": self.slack.signing_secret, "PORT": str(self.port)}
        else:
            environment["SLACK_APP_TOKEN"] = self.slack.app_token
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, *self.program]
            self.process = subprocess.Popen(command, env=environment, cwd=self.folder, stderr=log)
        self._until_it_answers(until)
        if swept and until == "/readyz":
            self.until(lambda: self.rows("SELECT count(*) FROM sweeps") != [(0,)], "the first sweep")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": "AKIAHOME",
            "AWS_SECRET_ACCESS_KEY": "home",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **self.extra,
        }

    def command(self, *words: str, without: str = "") -> subprocess.CompletedProcess[str]:
        """Run another command of the program, beside the bot or in its absence.

        Args:
            words: the command.
            without: a variable that is not to be set.
        """
        (self.folder / "ecrbot.toml").write_text(self.settings, encoding="utf-8")
        environment = {name: value for name, value in self.environment.items() if name != without}
        command = [sys.executable, "-m", "bot", *words]
        return subprocess.run(
            command, env=environment, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False
        )

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def until(self, condition: Callable[[], object], what: str, seconds: float = 30) -> None:
        ends_at = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > ends_at:
                raise TimeoutError(f"{what} did not happen within {seconds:g} s; the log: {self.log}")
            time.sleep(0.02)

    def rows(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "ecrbot.db")) as database:
            return database.execute(sql, values).fetchall()

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self.folder / "ecrbot.db")) as database, database:
            database.execute(sql)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def _until_it_answers(self, path: str) -> None:
        if self.mode == "socket":
            self.slack.post_to(None)
            self.slack.wait_for_socket(timeout=30)
            return
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if self.get(path)[0] != 200:
                    continue
            except (URLError, ConnectionError):
                continue
            self.slack.post_to(f"http://127.0.0.1:{self.port}/slack/events")
            return
        raise TimeoutError(self.log)


@dataclass
class ClockedBot(Bot):
    """The same with a clock that a test sets; the workspace is to go by the same one."""

    program: tuple[str, ...] = ("-m", "tests.journeys.clocked_bot")

    def set_clock(self, at: datetime) -> None:
        """Let it be this moment, from which time goes on; what is due is done within a second or two."""
        set_clock(self.folder, at)

    @property
    def sweeps(self) -> int:
        """How many sweeps there were."""
        return int(self.rows("SELECT count(*) FROM sweeps")[0][0])


@dataclass
class Journey:
    """What a person does and sees."""

    bot: Bot

    @property
    def slack(self) -> Workspace:
        return self.bot.slack

    @property
    def aws(self) -> LocalAws:
        return self.bot.aws

    def ecr(self, text: str, user: str = "U0ENGINEER", channel: str = "C0ENG") -> str:
        """Type a command and return the answer as text, once it was acknowledged in time and accepted by Slack."""
        delivery = self.slack.command(text, user=user, channel=channel)
        assert delivery.wait_ack().seconds < 3
        return self.answer(delivery)

    def answer(self, delivery: Delivery, count: int = 1) -> str:
        message = delivery.wait_answer(count)[-1]
        assert message.text
        assert self.slack.refusals == ()
        return render(message)


def populate(aws: LocalAws) -> None:
    """Seed every kind of repository that the journeys ask about."""
    for account in (PROD, STAGING, SANDBOX):
        aws.create(account, "eu-west-1", "everywhere", mutability="IMMUTABLE", scan_on_push=account == PROD)
    aws.create(PROD, "eu-west-1", "passing", mutability="IMMUTABLE", scan_on_push=True)
    aws.create(PROD, "eu-west-1", "failing")
    aws.create(PROD, "eu-west-1", "half-failing", mutability="IMMUTABLE")
    aws.create(STAGING, "eu-west-1", "left-over", mutability="IMMUTABLE", scan_on_push=True)
    for number in range(40):
        aws.create(SANDBOX, "eu-west-1", f"team-{number:02}", scan_on_push=number % 2 == 0)
