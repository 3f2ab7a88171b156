from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from demo.bot_process import ROOT, BotProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

STAND_IN = "tests.demo.stand_in"
ENVIRONMENT = {"PATH": os.defpath}

PARENT = """
import sys, time
from pathlib import Path
from demo.bot_process import BotProcess
with BotProcess({}, Path(sys.argv[1]), ("tests.demo.stand_in", "wait")):
    print("started", flush=True)
    time.sleep(60)
"""


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        threading.Event().wait(0.01)


def said(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_is_asked_to_end_and_gone_afterwards(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with BotProcess(ENVIRONMENT, log, (STAND_IN, "wait")) as bot:
        wait_until(lambda: "ready" in said(log))
        assert is_alive(bot.id)

    assert said(log) == ["ready", "told to end"]
    assert not is_alive(bot.id)


def test_one_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.bot_process.GRACE_SECONDS", 0.2)
    log = tmp_path / "log"
    with BotProcess(ENVIRONMENT, log, (STAND_IN, "deaf")) as bot:
        wait_until(lambda: "ready" in said(log))

    assert "told to end" in said(log)
    assert not is_alive(bot.id)


def test_it_ends_when_the_demo_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with subprocess.Popen([sys.executable, "-c", PARENT, str(log)], cwd=ROOT) as parent:
        wait_until(lambda: "ready" in said(log))
        parent.send_signal(signal.SIGKILL)

    wait_until(lambda: said(log) == ["ready", "told to end"])


def test_a_crash_is_told_with_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    told = threading.Event()
    with BotProcess(ENVIRONMENT, log, (STAND_IN, "crash")) as bot:
        bot.on_unexpected_end(told.set)
        assert told.wait(10)
        obituary = bot.obituary()

    assert obituary == "The bot has ended with exit code 1. The last lines of its log:\nready\nit went wrong"


def test_an_end_that_was_asked_for_is_no_crash(tmp_path: Path) -> None:
    log = tmp_path / "log"
    told = threading.Event()
    with BotProcess(ENVIRONMENT, log, (STAND_IN, "wait")) as bot:
        bot.on_unexpected_end(told.set)
        wait_until(lambda: "ready" in said(log))
        assert bot.obituary() is None

    assert not told.is_set()
