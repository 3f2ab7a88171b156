"""`guardrails` over 200 accounts and regions, in turn with bare boto3 threads; and the same from memory, at once."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from bench.surroundings import ROOT, environment, stub
from ecr.aws.registry import AwsRegistry
from ecr.guarding import Guarding, Scope
from ecr.model import Policy
from store.registries import SqliteRegistries

if TYPE_CHECKING:
    from datetime import datetime

    from ecr.guardrails import Guarded

ACCOUNTS, REGIONS, REPOSITORIES = 50, "eu-west-1,us-east-1,us-east-2,us-west-2", 250
TARGETS = ACCOUNTS * 4
RUNS = 3


def main() -> None:
    """Print the medians of whole processes, the calls, and how soon the answer from memory is there."""
    options = {"accounts": ACCOUNTS, "regions": REGIONS, "repos": REPOSITORIES, "latency_ms": 50}
    with stub(**options) as endpoint, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ecrbot.toml").write_text(_settings(), encoding="utf-8")
        env = environment(endpoint, PYTHONPATH=str(ROOT))
        ours = [sys.executable, "-m", "bot", "guardrails", "--json"]
        bare = [sys.executable, str(ROOT / "bench/bare_guardrails.py"), str(ACCOUNTS), REGIONS]
        unswept, calls_unswept = _seconds(ours, env, folder), _calls(endpoint)
        _seconds([sys.executable, "-m", "bot", "sweep", "--json"], env, folder)
        _calls(endpoint)
        pairs, calls = [], {}
        for _ in range(RUNS):
            mine, calls = _seconds(ours, env, folder), _calls(endpoint)
            pairs.append((mine, _seconds(bare, env, folder)))
            _calls(endpoint)
        known, answer = _known(Path(folder) / "ecrbot.db")
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"guardrails of {TARGETS} accounts and regions at 50 ms a call: {mine:.2f} s, {_each(calls):.1f} calls each; "
        f"bare boto3 threads: {theirs:.2f} s; {ratio:.2f}x"
    )
    print(f"  (medians of {RUNS} pairs in turn, whole processes; the aim is at most 3 calls each)")
    print(f"  without a history, its repositories read too: {unswept:.2f} s, {_each(calls_unswept):.1f} calls each")
    count = sum(one.repositories or 0 for one in answer)
    print(f"  from memory, {len(answer)} of them with {count} repositories: {known * 1000:.0f} ms")


def _settings() -> str:
    return f"[aws]\nregions = {json.dumps(REGIONS.split(','))}\n" + "".join(
        f'[[aws.accounts]]\nid = "{100000000000 + number}"\nrole = "arn:aws:iam::{100000000000 + number}:role/r"\n'
        for number in range(ACCOUNTS)
    )


def _known(database: Path) -> tuple[float, tuple[Guarded, ...]]:
    """Return the median seconds of the answer from memory, and that answer."""
    clock = time.perf_counter
    guarding = Guarding(AwsRegistry(()), Policy(), _never, SqliteRegistries(database))
    times, answer = [], guarding.known(Scope())
    for _ in range(RUNS):
        began = clock()
        answer = guarding.known(Scope())
        times.append(clock() - began)
    return statistics.median(times), answer


def _never() -> datetime:
    raise AssertionError


def _each(calls: dict[str, int]) -> float:
    """Return the calls of ECR for each account and region; roles are assumed once an account."""
    return sum(count for name, count in calls.items() if name.startswith("ecr.")) / TARGETS


def _calls(endpoint: str) -> dict[str, int]:
    """Return how often the stub was called since this was asked last."""
    with urllib.request.urlopen(f"{endpoint}/__stats") as answer:  # noqa: S310 - the stub's own address
        counted: dict[str, int] = json.load(answer)["calls"]
    with urllib.request.urlopen(f"{endpoint}/__reset"):  # noqa: S310 - as above
        return counted


def _seconds(command: list[str], env: dict[str, str], folder: str) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise RuntimeError(done.stderr)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
