from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from demo.bot_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "demo", "--port", "0"]
# What a shell that is set up for production has; none of it may matter.
SHELL = {
    **os.environ,
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "http://192.0.2.1",
    "HTTP_PROXY": "http://192.0.2.1:3128",
    "SLACK_BOT_TOKEN": "xoxb-a-real-one",
    "ECRBOT_CONFIG": "missing.toml",
}


class Running:
    """A demo in a process of its own, whose output is read as it comes."""

    def __init__(self, folder: Path, *arguments: str, stdin: int = subprocess.DEVNULL, wrapper: str = "") -> None:
        self.folder = folder
        self.output = ""
        wrapped = ["sh", "-c", wrapper, "sh"] if wrapper else []
        self.process = subprocess.Popen(
            [*wrapped, *COMMAND, *arguments],
            cwd=ROOT,
            env={**SHELL, "TMPDIR": str(folder)},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                with self._changed:
                    self.output += line
                    self._changed.notify_all()

    def wait_for(self, text: str, seconds: float = 30) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text in self.output, seconds), self.output

    def end(self, number: signal.Signals | None = None) -> int:
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join(5)
        return code

    def bots(self) -> list[int]:
        """The demo's children."""
        found = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)  # noqa: S607
        rows = [line.split(None, 2) for line in found.stdout.splitlines()]
        return [int(row[0]) for row in rows if int(row[1]) == self.process.pid and "demo.child" in row[2]]

    def leftovers(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if path.name.startswith("ecrbot-demo-")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def staying(folder: Path) -> Iterator[Running]:
    running = Running(folder)
    try:
        running.wait_for("stays up")
        yield running
    finally:
        running.process.kill()
        running.end()


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def piped(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run the demo with commands that are piped in, to its end."""
    return subprocess.run(
        COMMAND,
        cwd=ROOT,
        env={**SHELL, "TMPDIR": str(folder)},
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_commands_that_are_piped_in_are_answered_and_the_demo_ends(folder: Path) -> None:
    script = "/ecr check payments-api\n\nclick share\nas oncall\ncheck checkout-web\nclick nothing\nhelp\n"

    done = piped(folder, script)

    assert (done.returncode, done.stderr) == (0, "")
    typed = [line[5:] for line in done.stdout.splitlines() if line.startswith("ecr> ")]
    assert typed == [line for line in script.splitlines() if line]
    answers = re.split(r"\((?:seen|in the)[^)]*\)\n", done.stdout)[1:]
    first, shared, second = (answer.partition("\n\n")[0] for answer in answers)
    assert "Non-compliant" in first
    assert "shared by @eva" in shared
    assert "Compliant" in second
    assert "You are Otto Oncall now." in done.stdout
    assert "has no button 'nothing'" in done.stdout
    assert not list(folder.iterdir())


def test_somebody_asks_and_on_call_approves_what_is_applied_then(folder: Path) -> None:
    form = "/ecr remediate payments-api\nwhich: 1\nsubmit\nexclusions: latest\nreason: the audit\nsubmit\n"

    done = piped(folder, f"{form}click Approve\nas oncall\nclick Approve\ncheck payments-api\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert "You are not an approver for this request" in done.stdout
    answers = dict(answer.split("\n", 1) for answer in done.stdout.split("ecr> ")[1:])
    assert "(in #ecr-approvals)\n" in answers["submit"]
    assert "tag-immutability `MUTABLE` → `IMMUTABLE_WITH_EXCLUSION (latest)`" in answers["exclusions: latest"]
    assert "✅ Applied · Remediate `payments-api`" in answers["click Approve"]
    assert "Approved by @otto as a member of @S0ONCALL" in answers["click Approve"]
    assert "those matching latest, which the policy accepts" in answers["check payments-api"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_without_input_it_stays_until_it_is_told_to_end(staying: Running, number: signal.Signals) -> None:
    address = re.search(r"http://127\.0\.0\.1:\d+/", staying.output)
    assert address
    with urllib.request.urlopen(address[0], timeout=5) as page:
        assert page.status == 200
    (bot,) = staying.bots()

    code = staying.end(number)

    assert code == 0
    assert "Traceback" not in staying.output
    assert not is_alive(bot)
    assert staying.leftovers() == []


def test_a_bot_that_crashes_is_told_and_ends_the_demo(staying: Running) -> None:
    (bot,) = staying.bots()

    os.kill(bot, signal.SIGKILL)

    assert staying.end() == 1
    assert "The bot has ended with exit code -9. The last lines of its log:" in staying.output
    assert staying.leftovers() == []


def test_a_port_that_is_taken_gives_way_to_the_next_free_one(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = Running(folder, "--port", str(port))
        running.wait_for("stays up")
        code = running.end(signal.SIGTERM)

    assert code == 0
    assert f"(port {port} is taken)" in running.output


def test_closed_input_is_no_input(folder: Path) -> None:
    running = Running(folder, wrapper='exec "$@" <&-')
    running.wait_for("stays up")

    assert running.end(signal.SIGTERM) == 0


def test_a_terminal_gets_a_prompt(folder: Path) -> None:
    ours, its = pty.openpty()
    running = Running(folder, stdin=its)
    os.close(its)
    running.wait_for("quit ends.")

    os.write(ours, b"/ecr check ledger-core\n")
    running.wait_for("ledger-core` · prod (111111111111) in eu-west-1")
    os.write(ours, b"quit\n")

    assert running.end() == 0
    os.close(ours)


def test_without_its_history_it_begins_with_nothing_known(folder: Path) -> None:
    running = Running(folder, "--fresh", stdin=subprocess.PIPE)
    assert running.process.stdin is not None
    running.process.stdin.write("/ecr history ledger-core\n")
    running.process.stdin.close()

    assert running.end() == 0
    told = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC · prod", running.output)
    assert len(told) <= 1  # whatever the first sweep has found by then


def test_with_its_history_it_tells_of_the_past(folder: Path) -> None:
    done = piped(folder, "/ecr history payments-worker\n/ecr digest\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert "It was remediated by eva." in done.stdout
    assert "Non-compliant repositories, 30 days" in done.stdout


def test_help_is_quick_and_says_what_there_is() -> None:
    began = time.monotonic()
    done = subprocess.run([*COMMAND[:3], "--help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert all(option in done.stdout for option in ("--port", "--seed", "--fresh"))
    assert "Begin without the thirty days of history." in done.stdout
    assert time.monotonic() - began < 5
