"""`check one-name --json` as a whole process, in turn with the shortest boto3 script that makes the same calls."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.surroundings import ROOT, environment, stub

RUNS = 9


def main() -> None:
    """Print the medians and the ratio, run by run."""
    with stub(repos=100) as endpoint, tempfile.TemporaryDirectory() as folder:
        env = environment(endpoint, PYTHONPATH=str(ROOT))
        name = _any_name(env, folder)
        ours = [sys.executable, "-m", "bot", "check", name, "--json"]
        bare = [sys.executable, str(ROOT / "bench/bare_check.py"), name]
        for command in (ours, bare):
            _seconds(command, env, folder)
        pairs = [(_seconds(ours, env, folder), _seconds(bare, env, folder)) for _ in range(RUNS)]
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"check one-name --json: {mine * 1000:.0f} ms; bare boto3 script: {theirs * 1000:.0f} ms; ratio {ratio:.2f}x")
    print(f"  (medians of {RUNS} pairs in turn, whole processes; the aim is under 2x)")


def _any_name(env: dict[str, str], folder: str) -> str:
    command = [sys.executable, "-m", "bot", "check", "*", "--json"]
    answer = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
    return str(json.loads(answer.stdout)[0]["repository"])


def _seconds(command: list[str], env: dict[str, str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=env, cwd=Path(folder), capture_output=True, check=False)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
