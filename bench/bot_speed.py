"""The bot as a process of its own, between the local Slack workspace and the byte-answering ECR."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from bench.surroundings import ROOT, environment, stub
from demo.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

LATENCY_MS = 50
IN_FLIGHT = 50
ANSWERS = 20


def main() -> None:
    """Print start, memory, acknowledgements in a burst, and answers beside the AWS calls they need."""
    with stub(repos=100, latency_ms=LATENCY_MS) as endpoint, Workspace(port=0) as slack:
        began = time.perf_counter()
        with _bot(slack, endpoint) as process:
            slack.wait_for_socket(timeout=30)
            print(f"start to connected: {(time.perf_counter() - began) * 1000:.0f} ms (the aim is under 1 s)")
            time.sleep(3)
            print(f"idle bot: {_resident_megabytes(process.pid):.0f} MB resident (the aim is under 120 MB)")
            name = _warm(slack)
            _answers(slack, endpoint, name)
            _burst(slack, name)
            print(f"after the burst: {_resident_megabytes(process.pid):.0f} MB resident")


@contextmanager
def _bot(slack: Workspace, endpoint: str) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        env = environment(
            endpoint,
            PYTHONPATH=str(ROOT),
            SLACK_BOT_TOKEN=slack.bot_token,
            SLACK_APP_TOKEN=slack.app_token,
            SLACK_API_URL=slack.api_url,
        )
        command = [sys.executable, "-m", "bot", "run"]
        process = subprocess.Popen(command, env=env, cwd=folder, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _warm(slack: Workspace) -> str:
    """Ask once for everything, and return the name of one repository."""
    [answer] = slack.command("check *", user="U0ENGINEER", channel="C0ENG").wait_answer()
    names = re.findall(r"`([a-z]+/svc-[\w-]+)`", json.dumps(answer.blocks))
    return str(names[0])


def _answers(slack: Workspace, endpoint: str, name: str) -> None:
    client = boto3.client(
        "ecr",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="AKIABENCH",
        aws_secret_access_key="bench",
    )
    pairs = []
    for _ in range(ANSWERS):
        began = time.perf_counter()
        client.describe_repositories(repositoryNames=[name])
        client.get_registry_scanning_configuration()
        calls = time.perf_counter() - began
        began = time.perf_counter()
        slack.command(f"check {name}", user="U0ENGINEER", channel="C0ENG").wait_answer()
        pairs.append((time.perf_counter() - began, calls))
    mine, theirs = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    print(f"full answer: {mine:.0f} ms; the two AWS calls alone: {theirs:.0f} ms")
    print(f"  (medians of {ANSWERS}, in turn; the aim is under twice the calls plus 150 ms: {2 * theirs + 150:.0f} ms)")


def _burst(slack: Workspace, name: str) -> None:
    began = time.perf_counter()
    deliveries = [slack.command(f"check {name}", user="U0ENGINEER", channel="C0ENG") for _ in range(IN_FLIGHT)]
    acks = sorted(delivery.wait_ack(timeout=10).seconds * 1000 for delivery in deliveries)
    for delivery in deliveries:
        delivery.wait_answer()
    took = time.perf_counter() - began
    print(
        f"{IN_FLIGHT} commands in flight: acknowledged p50 {statistics.median(acks):.0f} ms, "
        f"p99 {acks[round(0.99 * (len(acks) - 1))]:.0f} ms (the aim is under 250 ms); all answered after {took:.2f} s"
    )


def _resident_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    [kilobytes] = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    main()
