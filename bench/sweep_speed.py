"""`sweep` as a whole process, history written, in turn with a bare paginator; and 50,000 unchanged repositories."""

from __future__ import annotations

import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.surroundings import ROOT, environment, stub

RUNS = 5
REPOSITORIES = 10_000


def main() -> None:
    """Print the medians of one target, then the second sweep of many."""
    _one_target()
    _fifty_thousand()


def _one_target() -> None:
    with stub(repos=REPOSITORIES) as endpoint:
        pairs, calls = [], 0
        bare = [sys.executable, str(ROOT / "bench/bare_sweep.py")]
        for _ in range(RUNS):
            with tempfile.TemporaryDirectory() as folder:
                env = environment(endpoint, PYTHONPATH=str(ROOT))
                took, swept = _sweep(env, folder)
                calls = swept["api_calls"]
                began = time.perf_counter()
                subprocess.run(bare, env=env, cwd=folder, capture_output=True, check=True)
                pairs.append((took, time.perf_counter() - began))
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"sweep of {REPOSITORIES} in one target: {mine:.2f} s, {calls} calls; paginator: {theirs:.2f} s; {ratio:.2f}x"
    )
    print(f"  (medians of {RUNS} pairs in turn, whole processes, history written; the aims are 12 calls and 2.5x)")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  peak memory of any process so far: {peak:.0f} MB (the aim is under 110 MB)")


def _fifty_thousand() -> None:
    regions = "eu-west-1,us-east-1,us-east-2,us-west-2"
    settings = f"[aws]\nregions = {json.dumps(regions.split(','))}\n" + "".join(
        f'[[aws.accounts]]\nid = "{100000000000 + number}"\nrole = "arn:aws:iam::{100000000000 + number}:role/r"\n'
        for number in range(50)
    )
    with (
        stub(repos=250, accounts=50, regions=regions, latency_ms=50) as endpoint,
        tempfile.TemporaryDirectory() as folder,
    ):
        (Path(folder) / "ecrbot.toml").write_text(settings, encoding="utf-8")
        env = environment(endpoint, PYTHONPATH=str(ROOT))
        first, _ = _sweep(env, folder)
        moment = _latest(folder)
        second, swept = _sweep(env, folder)
        written = _written_since(folder, moment)
        size = sum(path.stat().st_size for path in Path(folder).glob("ecrbot.db*")) / 2**20
    print(
        f"50 accounts x 4 regions, {swept['repositories']} repositories at 50 ms a call: first sweep {first:.2f} s, "
        f"second {second:.2f} s, {swept['api_calls']} calls"
    )
    print(f"  the second wrote {written} rows (the aim is under 1,000); the file has {size:.0f} MB")


def _latest(folder: str) -> str:
    with closing(sqlite3.connect(Path(folder) / "ecrbot.db")) as database:
        return str(database.execute("SELECT max(finished_at) FROM sweeps").fetchone()[0])


def _written_since(folder: str, moment: str) -> int:
    """Count the rows that carry a later moment: of repositories, findings, settings, targets, registries."""
    with closing(sqlite3.connect(Path(folder) / "ecrbot.db")) as database:
        counted = (
            "SELECT (SELECT count(*) FROM repositories WHERE seen_at > :m) + (SELECT count(*) FROM findings WHERE "
            "opened_at > :m OR closed_at > :m) + (SELECT count(*) FROM settings WHERE since > :m OR until > :m) + "
            "(SELECT count(*) FROM targets WHERE read_at > :m) + (SELECT count(*) FROM target_days) + "
            "(SELECT count(*) FROM registries WHERE scanning_read_at > :m OR templates_read_at > :m) + 1"
        )
        return int(database.execute(counted, {"m": moment}).fetchone()[0])


def _sweep(env: dict[str, str], folder: str) -> tuple[float, dict[str, int]]:
    began = time.perf_counter()
    command = [sys.executable, "-m", "bot", "sweep", "--json"]
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
    return time.perf_counter() - began, json.loads(done.stdout)


if __name__ == "__main__":
    main()
