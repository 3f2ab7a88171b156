"""Bots that are killed and started again, each in a folder and a workspace of its own, before one world."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from slack_sdk import WebClient

from demo.workspace import Workspace
from handlers.postbox import EVENT
from tests.crash import world
from tests.crash.child import LOG, STEPS, Run
from tests.crash.outcome import CHANNEL, Post, dump, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.aws import LocalAws
    from tests.crash.outcome import Outcome

ROOT = Path(__file__).parents[2]
DAY_BEFORE = datetime(2026, 3, 9, tzinfo=UTC)
DAY = datetime(2026, 3, 10, tzinfo=UTC)
MORNING = DAY + timedelta(hours=9, seconds=10)
AT_ONCE, BEYOND_THE_LEASE = timedelta(seconds=5), timedelta(minutes=3)

SETTINGS = (
    f'[aws]\nregions = ["{world.REGION}"]\n'
    + "".join(
        f'[[aws.accounts]]\nid = "{account}"\nname = "{name}"\nrole = "arn:aws:iam::{account}:role/ecrbot-read"\n'
        for account, name in world.NAMES.items()
    )
    + f'[[digest]]\nchannel = "{CHANNEL}"\nat = "09:00"\ntimezone = "UTC"\n'
)

LANES = ("sweeps", "digests")

ANOTHER = Post(f"0123456789ab/{DAY.date()}/0", "Another digest")
"""What stands in each channel from the beginning."""


@dataclass
class Zygote:
    """The process that forks the bots."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls) -> Zygote:
        command = [sys.executable, "-m", "tests.crash.zygote"]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        return cls(
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )

    def run(self, asked: Run) -> int:
        """Let a bot run, and return its exit code, or the negative number of the signal that killed it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(asdict(asked))}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


@dataclass
class Time:
    """The present moment of a workspace."""

    at: datetime

    def __call__(self) -> float:
        return self.at.timestamp()


@dataclass
class Bot:
    """One bot with its folder, its workspace and its time."""

    zygote: Zygote
    aws: LocalAws
    slack: Workspace
    time: Time
    folder: Path

    def run(self, *, lanes: tuple[str, ...] = LANES, die_at: int | None = None) -> int:
        environment = {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": "AKIAHOME",
            "AWS_SECRET_ACCESS_KEY": "home",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "ECRBOT_LOG": "text",
        }
        return self.zygote.run(Run(str(self.folder), environment, self.time.at.isoformat(), lanes, die_at))

    def die(self, step: int, lanes: tuple[str, ...] = LANES, *, hasty: bool = False) -> None:
        """Run, be killed at a step, and let so much time go by that nothing is this run's any more.

        Args:
            step: the step.
            lanes: what is done, and in which order.
            hasty: start again at once as well, as a platform does, while what it had begun is still the dead one's.
        """
        assert self.run(lanes=lanes, die_at=step) == -signal.SIGKILL, self.log
        if hasty:
            self.time.at += AT_ONCE
            assert self.run(lanes=lanes) == 0, self.log
        self.time.at += BEYOND_THE_LEASE

    def live(self, lanes: tuple[str, ...] = LANES) -> Outcome:
        """Run to the end, and once more, which changes nothing; return what is there."""
        assert self.run(lanes=lanes) == 0, self.log
        before = dump(self.folder), self.slack.messages(CHANNEL)
        self.time.at += BEYOND_THE_LEASE
        assert self.run(lanes=lanes) == 0, self.log
        assert (dump(self.folder), self.slack.messages(CHANNEL)) == before
        return outcome(self.folder, self.slack)

    @property
    def log(self) -> str:
        return (self.folder / LOG).read_text(encoding="utf-8")

    @property
    def steps(self) -> list[str]:
        """The steps of the last run, until its end or its death."""
        return [str(step) for step in json.loads((self.folder / STEPS).read_text(encoding="utf-8"))]


@dataclass
class Crashing:
    """Makes bots: each has the same two sweeps and one digest behind it, and the same morning before it."""

    zygote: Zygote
    aws: LocalAws
    folder: Path
    _made: int = field(default=0, init=False)
    _steps: dict[tuple[str, ...], list[str]] = field(default_factory=dict, init=False)

    def prepare(self) -> None:
        """Let a bot live through the day before, and let the world be as it is on the morning."""
        with self._bot(self.folder / "before", DAY_BEFORE + timedelta(hours=8)) as bot:
            for moment in (0, 1):
                world.arrange(self.aws, moment)
                assert bot.run() == 0, bot.log
                bot.time.at = DAY_BEFORE + timedelta(hours=9, seconds=10)
            (bot.folder / LOG).unlink()
        world.arrange(self.aws, 2)

    @contextmanager
    def bot(self, *scopes: str, new: bool = False) -> Iterator[Bot]:
        """Yield a bot on the morning of the second day.

        Args:
            scopes: what its token may do besides the usual.
            new: whether it is started for the first time, and not one with a day behind it.
        """
        self._made += 1
        folder = self.folder / str(self._made)
        if not new:
            shutil.copytree(self.folder / "before", folder)
        with self._bot(folder, MORNING) as bot:
            bot.slack.scopes = (*bot.slack.scopes, *scopes)
            _say_something_alike(bot.slack)
            yield bot
        shutil.rmtree(folder)

    def steps(self, lanes: tuple[str, ...]) -> list[str]:
        """Return the steps of a bot that is left alone."""
        if lanes not in self._steps:
            with self.bot("channels:history") as bot:
                assert bot.run(lanes=lanes) == 0, bot.log
                self._steps[lanes] = bot.steps
        return self._steps[lanes]

    @contextmanager
    def _bot(self, folder: Path, at: datetime) -> Iterator[Bot]:
        folder.mkdir(exist_ok=True)
        (folder / "ecrbot.toml").write_text(SETTINGS, encoding="utf-8")
        time = Time(at)
        with Workspace(clock=time) as slack:
            yield Bot(self.zygote, self.aws, slack, time, folder)


def _say_something_alike(slack: Workspace) -> None:
    """Have a part of another digest in the channel, which is not to be taken for the one that is looked for."""
    WebClient(slack.bot_token, slack.api_url).chat_postMessage(
        channel=CHANNEL, text=ANOTHER.text, metadata={"event_type": EVENT, "event_payload": {"key": ANOTHER.key}}
    )
