"""Bots that are killed while they ask, decide and apply, each in a folder and a workspace of its own."""

from __future__ import annotations

import shutil
import signal
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from demo.workspace import Workspace
from tests.crash.crashing import Bot, Time, Zygote
from tests.crash.request_lanes import REPOSITORIES
from tests.crash.request_outcome import APPROVALS, DIGESTS, Put, RequestOutcome, in_doubt, lasting, outcome, states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.aws import LocalAws

REGION = "eu-west-1"
PROD, STAGING = "111111111111", "222222222222"
OWNERS = dict(zip(REPOSITORIES, (PROD, STAGING), strict=True))
MORNING = datetime(2026, 3, 10, 10, tzinfo=UTC)
AT_ONCE, LATER, TOO_LATE = timedelta(seconds=5), timedelta(minutes=3), timedelta(minutes=16)

SETTINGS = f"""
[slack]
approvals_channel = "{APPROVALS}"
approvers = ["S0ONCALL"]
[aws]
regions = ["{REGION}"]
[[aws.accounts]]
id = "{PROD}"
name = "prod"
role = "arn:aws:iam::{PROD}:role/ecrbot-read"
remediation_role = "arn:aws:iam::{PROD}:role/ecrbot-remediate"
[[aws.accounts]]
id = "{STAGING}"
name = "staging"
role = "arn:aws:iam::{STAGING}:role/ecrbot-read"
[[digest]]
channel = "{DIGESTS}"
at = "09:00"
timezone = "UTC"
"""
"""The digest's channel is told of what was applied, too; the digest itself is not what these bots do."""


@dataclass(frozen=True)
class Death:
    """The step that a bot died at, how far its requests were, and what AWS had changed by then.

    `in_doubt` is how many messages may be with who asked or not: nobody can look.
    """

    step: str
    states: list[str]
    in_doubt: int
    puts: list[Put]


@dataclass
class RequestBot(Bot):
    """A bot that has requests to make, and what it put to AWS, in its order."""

    puts: list[Put] = field(default_factory=list)

    def left_alone(self, lanes: tuple[str, ...]) -> list[str]:
        """Do all of it, and return the steps that it took."""
        assert self.run(lanes=lanes) == 0, self.log
        return self.steps

    def killed(self, step: int, lanes: tuple[str, ...]) -> Death:
        """Be killed at a step.

        Threads share the steps of a run among them otherwise every time, and so the last ones may not be reached: then
        it came to its end, and was let go.
        """
        code = self.run(lanes=lanes, die_at=step)
        assert code == -signal.SIGKILL or (code == 0 and len(self.steps) < step), self.log
        return Death(
            f"step {step}: {self.steps[-1]}", states(self.folder), in_doubt(self.folder)["outcome"], sorted(self.puts)
        )

    def restarted(self, lanes: tuple[str, ...], after: timedelta = AT_ONCE) -> RequestOutcome:
        """Start again and go on; then once more, which changes nothing; return what is there."""
        self.time.at += after
        assert self.run(lanes=("tick", *lanes)) == 0, self.log
        before = self._everything()
        self.time.at += LATER
        assert self.run(lanes=("tick", *lanes)) == 0, self.log
        assert self._everything() == before
        return outcome(self.folder, self.slack, self.settings(), self.puts)

    def _everything(self) -> tuple[Any, ...]:
        messages = [self.slack.messages(channel) for channel in (APPROVALS, DIGESTS, "D0ENGINEER", "D0ONCALL")]
        return lasting(self.folder), messages, tuple(self.puts), self.settings()

    def settings(self) -> dict[str, tuple[Any, ...]]:
        """Return how each repository is set in ECR."""
        found = dict[str, tuple[Any, ...]]()
        for name, account in OWNERS.items():
            ecr = self.aws.client("ecr", account, REGION)
            [one] = ecr.describe_repositories(repositoryNames=[name])["repositories"]
            found[name] = (one["imageTagMutability"], one["imageScanningConfiguration"]["scanOnPush"])
        return found


@dataclass
class RequestBots:
    """Makes bots, of a kind, that know two failing repositories from a sweep, and nothing else."""

    zygote: Zygote
    aws: LocalAws
    folder: Path
    kind: type[RequestBot] = RequestBot
    _made: int = 0
    _steps: dict[tuple[tuple[str, ...], ...], list[str]] = field(default_factory=dict)
    _expected: dict[tuple[tuple[str, ...], ...], RequestOutcome] = field(default_factory=dict)

    def prepare(self) -> None:
        """Let a bot find what fails."""
        with self._bot(self.folder / "swept", MORNING - timedelta(hours=1)) as bot:
            assert bot.run(lanes=("sweeps",)) == 0, bot.log

    @contextmanager
    def bot(self, *before: str) -> Iterator[RequestBot]:
        """Yield a bot that has done something before, and begins the next one a few minutes later."""
        self._made += 1
        folder = self.folder / str(self._made)
        shutil.copytree(self.folder / "swept", folder)
        with self._bot(folder, MORNING) as bot:
            if before:
                bot.left_alone(before)
                bot.time.at += LATER
            yield bot
        shutil.rmtree(folder)

    def steps(self, lanes: tuple[str, ...], before: tuple[str, ...] = ()) -> list[str]:
        """Return the steps of a bot that is left alone."""
        if (lanes, before) not in self._steps:
            with self.bot(*before) as bot:
                self._steps[lanes, before] = bot.left_alone(lanes)
        return self._steps[lanes, before]

    def expected(self, lanes: tuple[str, ...], before: tuple[str, ...] = ()) -> RequestOutcome:
        """Return what is there of a bot that is left alone."""
        if (lanes, before) not in self._expected:
            with self.bot(*before) as bot:
                bot.left_alone(lanes)
                self._expected[lanes, before] = bot.restarted(lanes)
        return self._expected[lanes, before]

    @contextmanager
    def _bot(self, folder: Path, at: datetime) -> Iterator[RequestBot]:
        folder.mkdir(exist_ok=True)
        (folder / "ecrbot.toml").write_text(SETTINGS, encoding="utf-8")
        time, puts = Time(at), list[Put]()
        self._arrange(puts)
        with Workspace(clock=time) as slack:
            slack.scopes = (*slack.scopes, "channels:history")
            yield self.kind(self.zygote, self.aws, slack, time, folder, puts)

    def _arrange(self, puts: list[Put]) -> None:
        self.aws.reset()
        for name, account in OWNERS.items():
            self.aws.create(account, REGION, name)
        for action in ("PutImageTagMutability", "PutImageScanningConfiguration"):
            self.aws.rewrite(action, partial(_note, puts, action))


def _note(puts: list[Put], action: str, told: dict[str, Any]) -> None:
    puts.append(Put(str(told["repositoryName"]), action))
