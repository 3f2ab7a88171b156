"""What the benchmarks run in: the byte-answering ECR as a process of its own, and an environment made from nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent


@contextmanager
def stub(**options: object) -> Iterator[str]:
    """Run the stub and give its address."""
    arguments = [part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", str(value))]
    command = [sys.executable, str(ROOT / "bench/ecr_stub.py"), "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        match = re.search(r":(\d+)", line)
        if match is None:
            raise RuntimeError(f"the stub did not start: {line!r}")
        yield f"http://127.0.0.1:{match[1]}"
    finally:
        process.kill()
        process.wait()


def environment(endpoint: str, **more: str) -> dict[str, str]:
    """Return an environment that knows nothing but a local endpoint and made-up keys."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIABENCH",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **more,
    }


def megabytes(database: Path) -> float:
    """Return the size of a database with what SQLite keeps beside it."""
    return sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*")) / 2**20
