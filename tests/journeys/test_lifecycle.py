"""The bot's start, its end, and what it does while Slack, AWS or its database are in trouble."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from demo.workspace.server import signature
from tests.journeys.surroundings import ROOT, Bot, Journey, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.workspace import Delivery


@pytest.fixture
def started(fresh: Bot) -> Iterator[Bot]:
    fresh.start()
    return fresh  # type: ignore[return-value]  # a fixture without an end of its own


@pytest.fixture
def served(fresh: Bot) -> Bot:
    fresh.mode = "http"
    fresh.start()
    return fresh


def test_fifty_at_once_are_all_acknowledged_in_time_and_answered(started: Bot) -> None:
    started.aws.slow(0.3)
    deliveries = [started.slack.command("check passing") for _ in range(50)]
    acks = sorted(delivery.wait_ack().seconds for delivery in deliveries)
    assert acks[-1] < 3

    def answered() -> bool:
        return all(any("passing: Compliant" in m.text for m in delivery.messages()) for delivery in deliveries)

    started.slack.wait_for(answered, 30, "fifty answers")
    assert started.slack.refusals == ()


def test_what_was_acknowledged_is_answered_after_sigterm_under_a_burst(started: Bot) -> None:
    started.aws.slow(0.5)
    deliveries = [started.slack.command("check passing") for _ in range(50)]
    deliveries[0].wait_ack()
    began = time.monotonic()
    assert started.stop() == 0
    assert time.monotonic() - began < 20
    assert all(delivery.messages() for delivery in deliveries if delivery.ack is not None)
    assert sum(delivery.ack is not None for delivery in deliveries) > 40


def test_sigterm_ends_it_within_20_seconds_whatever_hangs(started: Bot) -> None:
    started.aws.hang()
    started.slack.slow("response_url", 60)
    started.slack.command("check passing").wait_ack()
    began = time.monotonic()
    started.stop()
    assert time.monotonic() - began < 20


def test_more_work_than_it_takes_is_answered_with_busy(started: Bot) -> None:
    started.aws.hang()
    deliveries = [started.slack.command("check passing") for _ in range(260)]
    for delivery in deliveries:
        delivery.wait_ack()
    refused = [d for d in deliveries if any("ecrbot is busy; try again in a moment." in m.text for m in d.messages())]
    assert len(refused) == 60


def test_a_lost_connection_is_made_again_within_a_second_or_two(started: Bot) -> None:
    started.slack.drop_sockets()
    began = time.monotonic()
    started.slack.wait_for(lambda: started.slack.connections == 0, what="the cut")
    started.slack.wait_for(lambda: started.slack.connections == 1, what="the new connection")
    assert time.monotonic() - began < 8
    assert "Compliant" in Journey(started).ecr("check passing")


def test_slack_s_wish_to_connect_anew_loses_nothing(started: Bot) -> None:
    started.slack.ask_to_reconnect()
    started.slack.wait_for(lambda: started.slack.connections == 1, what="the new connection")
    deliveries: list[Delivery] = [started.slack.command("help") for _ in range(5)]
    for delivery in deliveries:
        delivery.wait_ack()
        delivery.wait_answer()


def test_a_slack_that_is_down_at_the_start_is_waited_for(fresh: Bot) -> None:
    fresh.slack.fail("auth.test", status=503, times=9)
    fresh.slack.fail("apps.connections.open", error="internal_error", times=2)
    fresh.start()
    assert "Compliant" in Journey(fresh).ecr("check passing")


def test_while_slack_is_down_the_process_says_that_it_lives_and_is_not_ready(fresh: Bot) -> None:
    fresh.slack.fail("auth.test", status=503, times=None)
    fresh.mode = "http"
    fresh.start(until="/healthz")
    assert fresh.get("/readyz") == (503, '{"status": "not ready", "slack": "Slack has not said yet who the bot is."}')
    body = b"command=%2Fecr&text=help&user_id=U0ENGINEER&team_id=T0LOCAL"
    assert post(fresh, body, {}) == 401
    assert post(fresh, body, signature(fresh.slack.signing_secret, body)) == 503
    assert fresh.stop() == 0


def test_a_token_that_slack_refuses_is_2_and_named(fresh: Bot) -> None:
    fresh.slack.fail("auth.test", error="invalid_auth", times=None)
    done = run(fresh, SLACK_APP_TOKEN="xapp-1")
    assert done.returncode == 2
    assert "SLACK_BOT_TOKEN: Slack refuses it (invalid_auth)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_a_sentence(served: Bot) -> None:
    done = run(served, SLACK_SIGNING_SECRET="0123456789", PORT=str(served.port))
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1] == (
        f"ecrbot: PORT: {served.port} is taken; wants a port that nothing else listens on."
    )


def test_settings_that_are_wrong_stop_it_before_anything(fresh: Bot) -> None:
    done = run(fresh, SLACK_BOT_TOKEN="")
    assert done.returncode == 2
    assert "SLACK_BOT_TOKEN: not set" in done.stderr
    assert "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET: neither is set" in done.stderr
    assert not (fresh.folder / "ecrbot.db").exists()
    assert not fresh.slack.calls


def test_a_history_of_a_newer_release_stops_the_start(fresh: Bot) -> None:
    fresh.start()
    assert fresh.stop() == 0
    with closing(sqlite3.connect(fresh.folder / "ecrbot.db")) as database, database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ecrbot', 'm9999_future', 'x')"
        )
    done = run(fresh, SLACK_APP_TOKEN="xapp-1")
    assert done.returncode == 2
    assert "was written by a newer release" in done.stderr


def test_a_history_that_cannot_be_made_stops_the_start(fresh: Bot) -> None:
    done = run(fresh, SLACK_APP_TOKEN="xapp-1", ECRBOT_DATABASE="nowhere/ecrbot.db")
    assert done.returncode == 2
    assert "does not exist: make it, or change ECRBOT_DATABASE." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_repeat_after_a_kill_is_answered(fresh: Bot) -> None:
    fresh.start()
    fresh.aws.hang()
    delivery = fresh.slack.command("check passing")
    delivery.wait_ack()
    fresh.slack.wait_for(lambda: fresh.aws.calls, what="the question to AWS")
    fresh.kill()
    fresh.aws.release()
    fresh.aws.clear()
    fresh.slack.wait_for(lambda: fresh.slack.connections == 0, what="the end of the connection")
    fresh.start()
    fresh.slack.repeat(delivery)
    fresh.slack.wait_for(lambda: any("passing: Compliant" in m.text for m in delivery.messages()), what="the answer")


def test_a_locked_database_keeps_nobody_from_an_answer(started: Bot) -> None:
    with closing(sqlite3.connect(started.folder / "ecrbot.db", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        delivery = started.slack.command("check passing")
        assert delivery.wait_ack().seconds < 3
        started.slack.wait_for(lambda: any("passing: " in m.text for m in delivery.messages()), 8, "the answer")
    assert "stayed locked" in started.log


def test_checks_and_repositories_are_remembered(started: Bot) -> None:
    Journey(started).ecr("check everywhere")
    started.stop()
    with closing(sqlite3.connect(started.folder / "ecrbot.db")) as database:
        checks = database.execute("SELECT asked, asked_by, source, verdict FROM checks").fetchall()
        assert checks == [("everywhere", "U0ENGINEER", "slack", "fail")]
        assert database.execute("SELECT count(*) FROM check_findings").fetchone() == (6,)
        assert database.execute("SELECT count(*) FROM deliveries WHERE finished_at IS NOT NULL").fetchone() == (1,)


def test_no_token_and_no_body_gets_into_the_log(served: Bot) -> None:
    Journey(served).ecr("check passing")
    body = b"text=a-private-text&user_id=U0PRIVATE"
    unknown = b"command=%2Fother&" + body + b"&team_id=T0LOCAL&trigger_id=1"
    secret = served.slack.signing_secret
    for sent, headers in ((body, {}), (body, signature("wrong", body)), (unknown, signature(secret, unknown))):
        post(served, sent, headers)
    served.stop()
    for private in ("a-private-text", "U0PRIVATE", served.slack.bot_token, served.slack.signing_secret, "passing"):
        assert private not in served.log


def test_what_is_not_signed_is_401_and_no_work(served: Bot) -> None:
    body = b"command=%2Fecr&text=check+passing&user_id=U0ENGINEER&team_id=T0LOCAL"
    secret, now = served.slack.signing_secret, int(time.time())
    statuses = [
        post(served, body, headers)
        for headers in ({}, signature("wrong", body), signature(secret, body, now - 400), signature(secret, b"other"))
    ]
    assert statuses == [401] * 4
    assert post(served, body, signature(secret, body)) == 200
    served.slack.wait_for(
        lambda: any(call.method == "users.info" for call in served.slack.calls), what="the one signed"
    )
    assert sum(call.method == "users.info" for call in served.slack.calls) == 1


def test_health_readiness_and_metrics_are_served(served: Bot) -> None:
    Journey(served).ecr("check passing")
    assert served.get("/healthz") == (200, '{"status": "ok"}')
    assert served.get("/readyz") == (200, '{"status": "ready"}')
    status, metrics = served.get("/metrics")
    assert status == 200
    assert 'ecrbot_answers_total{kind="command:check",outcome="done"} 1.0' in metrics


def test_in_socket_mode_they_are_served_where_a_port_is_set(fresh: Bot) -> None:
    port = free_port()
    fresh.extra["PORT"] = str(port)
    fresh.start()
    until = time.monotonic() + 10
    while fresh.get("/readyz", port)[0] != 200:  # the server listens a moment before the connection is there
        assert time.monotonic() < until
    assert fresh.get("/slack/events", port)[0] == 404


def test_readiness_names_what_does_not_answer(served: Bot) -> None:
    served.slack.fail("auth.test", error="account_inactive", times=None)
    (served.folder / "ecrbot.db").write_bytes(b"damaged " * 1000)
    for beside in ("ecrbot.db-wal", "ecrbot.db-shm"):
        (served.folder / beside).unlink(missing_ok=True)
    until = time.monotonic() + 20
    while True:  # Slack is asked anew ten seconds after it last answered
        status, body = served.get("/readyz")
        assert status == 503
        if set(json.loads(body)) == {"status", "database", "slack"}:
            return
        assert time.monotonic() < until


def test_ctrl_c_ends_it_too(started: Bot) -> None:
    assert started.process is not None
    started.process.send_signal(signal.SIGINT)
    assert started.process.wait(timeout=20) == 0
    assert "Traceback" not in started.log


def test_the_log_is_json_away_from_a_terminal(started: Bot) -> None:
    started.stop()
    messages = [json.loads(line)["message"] for line in started.log.splitlines()]
    assert re.fullmatch(r"ecrbot runs in Socket mode after \d+\.\d\d s", messages[0])
    assert messages[-1] == "ended"


def asked_who(bot: Bot) -> int:
    return sum(call.method == "users.info" for call in bot.slack.calls)


def post(bot: Bot, body: bytes, headers: dict[str, str]) -> int:
    import http.client  # noqa: PLC0415 - the name would hide bot.http's

    connection = http.client.HTTPConnection("127.0.0.1", bot.port, timeout=10)
    try:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/slack/events", body, {**kind, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def run(bot: Bot, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the bot where it is expected to end by itself."""
    given = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": bot.slack.bot_token,
        "SLACK_API_URL": bot.slack.api_url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_REGION": "eu-west-1",
        **environment,
    }
    env = {key: value for key, value in given.items() if value}
    command = [sys.executable, "-m", "bot", "run"]
    return subprocess.run(command, env=env, cwd=bot.folder, capture_output=True, text=True, timeout=60, check=False)
