"""The whole demo, the real bot in it: what it knows at its start, and what the outside world does to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from demo.clock import DemoClock
from demo.past_clock import mornings
from demo.prompt import Session
from demo.running import Demo, forget_the_dead
from demo.text import render
from demo.watch import Patience
from demo.world import PROD, STAGING, WEST, world
from handlers.reply import STILL_ASKING
from tests.demo.test_bot_process import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from demo.workspace import Message

LEDGER = (PROD, WEST, "ledger-core")


@pytest.fixture(scope="module")
def running() -> Iterator[Demo]:
    with Demo(0, world()) as demo:
        yield demo


@pytest.fixture
def demo(running: Demo) -> Iterator[Demo]:
    yield running
    running.outside.do("heal")
    assert running.slack.refusals == ()


def answer(demo: Demo, text: str, seconds: float = 20) -> Message:
    """Type a command, and return what its first answer has become in the end; a long digest has more of them."""
    delivery = demo.slack.command(text)

    def settled() -> bool:
        messages = delivery.messages()
        return bool(messages) and not messages[0].text.endswith("…")

    demo.slack.wait_for(settled, seconds, f"an answer to {text}")
    return delivery.messages()[0]


def digests(demo: Demo) -> list[Message]:
    """The digests in their channel, without what continues them in their threads."""
    return [message for message in demo.slack.messages("C0DIGEST") if not message.is_reply]


def chart(message: Message) -> Any:
    found = [block["chart"] for block in message.blocks if block["type"] == "data_visualization"]
    return found[0] if found else None


def session(demo: Demo) -> Session:
    return Session(demo.slack, patience=Patience(settled=1.0))


def test_today_s_digest_shows_a_chart_of_thirty_days(demo: Demo) -> None:
    digest = answer(demo, "digest")

    points = {one["name"]: [point["value"] for point in one["data"]] for one in chart(digest)["series"]}
    assert len(points["Non-compliant"]) == 16
    assert len(set(points["Non-compliant"])) > 8


def test_the_history_of_a_repository_tells_who_asked_and_who_approved(demo: Demo) -> None:
    told = render(answer(demo, "history payments-worker"))

    assert "requested eva asked for remediation (MUTABLE → IMMUTABLE)" in told
    assert "approved otto approved request" in told
    assert "resolved tag-immutability: It was remediated by eva." in told


def test_it_finds_at_its_start_what_it_knew_already(demo: Demo) -> None:
    now = datetime.now(UTC)
    # Within an hour of the past's last sweep, which is of its last morning, the bot has no need of one of its own.
    if now - mornings(now, 1)[0] > timedelta(hours=1):
        wait_until(lambda: "swept" in demo.log.read_text(encoding="utf-8"), 20)
    digest = render(answer(demo, "digest"))

    assert "Regressed" not in digest
    assert "the digest of" not in demo.log.read_text(encoding="utf-8")


def test_tomorrow_at_nine_a_digest_tells_what_happened_since(demo: Demo) -> None:
    before = digests(demo)

    demo.outside.do("loosen", LEDGER)
    said = demo.outside.do("tomorrow")
    demo.slack.wait_for(lambda: len(digests(demo)) > len(before), 20, "the digest")

    digest = digests(demo)[-1]
    day = re.search(r"on (\w+ )0?(\d+ \w+) in Bucharest", said)
    assert day
    assert f"ECR digest · {day[1]}{day[2]}" in digest.text
    assert "`ledger-core` · prod" in render(digest)
    assert 0 <= demo.clock.seconds() - float(digest.ts) < 60
    assert chart(digest)


def test_after_a_move_it_goes_on_checking_and_remediating(demo: Demo) -> None:
    demo.outside.do("create", (STAGING, WEST, "moved-along"))
    demo.outside.do("tomorrow")
    demo.outside.do("tomorrow")
    checked = render(answer(demo, "check moved-along"))
    typed = session(demo)
    for line in ("/ecr remediate moved-along", "reason: the audit", "submit", "as oncall"):
        typed.do(line)
    applied = typed.do("click Approve") or ""
    again = render(answer(demo, "check moved-along"))

    assert "🔴 Non-compliant · `moved-along`" in checked
    assert "✅ Applied · Remediate `moved-along`" in applied
    assert "🟢 Compliant · `moved-along`" in again


def test_a_bot_that_was_killed_answers_when_it_is_started_again(demo: Demo) -> None:
    demo.outside.do("kill")
    demo.slack.wait_for(lambda: demo.slack.connections == 0, 10, "the end of the connection")
    unheard = demo.slack.command("check ledger-core")
    demo.slack.wait_for(lambda: unheard.failed, 10, "a failure")
    demo.outside.do("start")
    demo.slack.wait_for_socket(20)

    assert unheard.failed == "dispatch_failed: the app has no connection open"
    assert "ledger-core" in answer(demo, "check ledger-core").text
    assert demo.bot.obituary() is None


def test_a_bot_that_is_started_again_goes_by_the_moved_clock(demo: Demo) -> None:
    demo.outside.do("tomorrow")
    demo.outside.do("kill")
    demo.outside.do("start")
    demo.slack.wait_for_socket(20)
    today = f"{demo.clock.now():%Y-%m-%d}"

    assert f"ECR was swept {today}" in render(answer(demo, "digest"))


def test_while_aws_throttles_a_check_says_so(demo: Demo) -> None:
    demo.outside.do("throttle")

    told = render(answer(demo, "check ledger-core", 30))

    assert "AWS throttles DescribeRepositories for prod (111111111111) in eu-west-1" in told
    assert STILL_ASKING.text not in told


def test_an_answer_comes_through_slack_s_429(demo: Demo) -> None:
    demo.outside.do("rate-limit")

    assert "identity" in answer(demo, "check identity").text


def test_a_fresh_demo_knows_nothing_of_the_past_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with Demo(0, world(), fresh=True) as demo:
        digest = answer(demo, "digest")
        there = digests(demo)

    assert there == []
    assert len(chart(digest)["axis_config"]["categories"]) == 1
    assert capfd.readouterr() == ("", "")


def test_a_demo_can_begin_on_another_day_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    clock = DemoClock()
    clock.move_to(clock.now() + timedelta(days=100))
    with Demo(0, world(), clock=clock) as demo:
        digest = answer(demo, "digest")
        last = digests(demo)[-1]

    assert f"ECR was swept {clock.now():%Y-%m-%d}" in render(digest)
    assert len(chart(digest)["axis_config"]["categories"]) == 16
    assert 0 < clock.seconds() - float(last.ts) < 24 * 3600 + 60
    assert capfd.readouterr() == ("", "")


def test_the_folder_of_a_demo_that_was_killed_goes_with_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    for name, whose in (("dead", str(ended.pid)), ("alive", str(os.getpid())), ("odd", "nobody")):
        (tmp_path / f"ecrbot-demo-{name}").mkdir()
        (tmp_path / f"ecrbot-demo-{name}" / "demo.pid").write_text(whose)

    forget_the_dead()

    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["ecrbot-demo-alive", "ecrbot-demo-odd"]
