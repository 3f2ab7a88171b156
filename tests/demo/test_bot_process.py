from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from demo.bot_process import ROOT, BotProcess, BotProcessError
from demo.clock import DemoClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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

RESTARTING = """
import signal, sys, time
from pathlib import Path
from demo import signals
from demo.bot_process import BotProcess
log = Path(sys.argv[1])
signals.listen()
try:
    with BotProcess({}, log, ("tests.demo.stand_in", "wait")) as bot:
        bot.on_unexpected_end(signals.tell_that_the_bot_ended)
        try:
            while not log.read_text():
                time.sleep(0.01)
            bot.kill()
            bot.start()
            print(bot.id, flush=True)
            time.sleep(60)
        finally:
            signals.ignore()
except signals.EndError:
    pass
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


def test_it_can_be_killed_and_started_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with BotProcess(ENVIRONMENT, log, (STAND_IN, "wait")) as bot:
        wait_until(lambda: "ready" in said(log))
        first = bot.id
        bot.kill()
        killed = (bot.alive, is_alive(first), bot.obituary())
        bot.start()
        wait_until(lambda: said(log) == ["ready", "ready"])
        second = (bot.alive, bot.id != first)

    assert killed == (False, False, None)
    assert second == (True, True)
    assert said(log) == ["ready", "ready", "told to end"]
    assert not is_alive(bot.id)


def test_nobody_is_told_of_the_end_of_one_that_was_killed_but_of_the_next_one_s(tmp_path: Path) -> None:
    log = tmp_path / "log"
    told = threading.Event()
    with BotProcess(ENVIRONMENT, log, (STAND_IN, "wait")) as bot:
        bot.on_unexpected_end(told.set)
        for _ in range(3):
            bot.kill()
            bot.start()
        assert not told.wait(0.3)
        wait_until(lambda: "ready" in said(log))
        os.kill(bot.id, signal.SIGKILL)
        assert told.wait(10)
        obituary = bot.obituary() or ""

    assert obituary.startswith("The bot has ended with exit code -9.")


def test_one_that_runs_is_not_started_and_one_that_does_not_is_not_killed(tmp_path: Path) -> None:
    with BotProcess(ENVIRONMENT, tmp_path / "log", (STAND_IN, "wait")) as bot:
        with pytest.raises(BotProcessError, match="The bot runs already"):
            bot.start()
        bot.kill()
        with pytest.raises(BotProcessError, match="The bot does not run"):
            bot.kill()


def test_nothing_is_started_once_the_demo_ends(tmp_path: Path) -> None:
    bot = BotProcess(ENVIRONMENT, tmp_path / "log", (STAND_IN, "wait"))
    with bot:
        pass

    with pytest.raises(BotProcessError, match="The demo ends"):
        bot.start()


def test_one_that_is_held_begins_when_it_is_told(tmp_path: Path) -> None:
    log, clock = tmp_path / "log", DemoClock()
    with BotProcess(ENVIRONMENT, log, (STAND_IN, "wait"), clock, held=True) as bot:
        clock.move_to(clock.now() + timedelta(hours=1))
        threading.Event().wait(0.5)
        before = (said(log), bot.alive)
        bot.begin()
        wait_until(lambda: said(log) == ["ready"])

    assert before == ([], True)


def test_one_that_is_held_ends_with_the_demo_too(tmp_path: Path) -> None:
    with BotProcess(ENVIRONMENT, tmp_path / "log", (STAND_IN, "wait"), held=True) as bot:
        assert bot.alive

    assert not is_alive(bot.id)


def test_what_is_no_time_is_said_and_changes_nothing() -> None:
    command = [sys.executable, "-m", "demo.child", STAND_IN, "wait"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        _, errors = child.communicate("tomorrow\n", timeout=10)

    assert errors == "The demo said 'tomorrow', which is no number of seconds.\n"
    assert child.returncode == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_however_the_demo_ends_so_does_a_bot_that_was_killed_and_started_again(
    tmp_path: Path, number: signal.Signals
) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", RESTARTING, str(log)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        wait_until(lambda: said(log).count("ready") == 2)
        parent.send_signal(number)

    wait_until(lambda: not is_alive(child))
    assert said(log) == ["ready", "ready", "told to end"]
