"""Sweeps that nobody asks for, and what they cannot read or write: the real bot with a clock that a test moves."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from demo.text import render
from tests.journeys.surroundings import PROD, SANDBOX, SETTINGS, STAGING, ClockedBot, Journey

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGEST = '[[digest]]\nchannel = "C0DIGEST"\nat = "09:00"\ntimezone = "UTC"\n'


@pytest.fixture
def swept(clocked: ClockedBot) -> Iterator[ClockedBot]:
    clocked.aws.create(PROD, "eu-west-1", "failing", scan_on_push=True)
    clocked.settings = SETTINGS + '[sweep]\nevery = "3h"\n' + DIGEST
    clocked.set_clock(BEGIN)
    clocked.start()
    return clocked  # type: ignore[return-value]  # a fixture without an end of its own


def test_the_bot_sweeps_whenever_the_last_sweep_is_old_enough(swept: ClockedBot) -> None:
    for hours, sweeps in ((2, 1), (3.1, 2), (6, 2), (6.2, 3)):
        swept.set_clock(BEGIN + hours * HOUR)
        swept.until(partial(has_swept, swept, sweeps), f"{sweeps} sweeps after {hours} hours")
        assert "Last sweep" in Journey(swept).ecr("status")
    assert swept.rows("SELECT substr(finished_at, 1, 16), asked_by FROM sweeps ORDER BY finished_at") == [
        ("2026-11-23T04:00", None),
        ("2026-11-23T07:06", None),
        ("2026-11-23T10:12", None),
    ]


def test_an_aws_that_fails_everywhere_is_said_at_the_top_of_the_digest(swept: ClockedBot) -> None:
    swept.aws.fail(None, "AccessDeniedException")
    swept.set_clock(BEGIN + 5 * HOUR)
    swept.until(lambda: swept.slack.messages("C0DIGEST"), "the digest")
    (message,) = swept.slack.messages("C0DIGEST")
    trouble = "The last sweep could read none of the configured accounts and regions."
    assert render(message).splitlines()[2] == f"⚠️ {trouble}"
    assert message.text.startswith(f"ECR digest · Monday 23 November: {trouble} ")
    assert swept.rows("SELECT count(*) FROM findings WHERE closed_at IS NULL") == [(1,)]
    for account in (PROD, STAGING, SANDBOX):
        assert f"({account}) in eu-west-1" in render(message)


def test_a_locked_history_is_said_until_a_sweep_goes_well(swept: ClockedBot) -> None:
    locked = "The history ecrbot.db stayed locked by another program: end that program, or try again."
    with closing(sqlite3.connect(swept.folder / "ecrbot.db", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        swept.set_clock(BEGIN + 4 * HOUR)
        swept.until(lambda: f"The last sweep: {locked}" in swept.log, "the line in the log")
    until = time.monotonic() + 1
    while time.monotonic() < until:  # it has looked a dozen times by then what is due
        status = Journey(swept).ecr("status").splitlines()
        assert f"⚠️ The last sweep failed at 2026-11-23 08:00 UTC: {locked}" in status[status.index("Recent trouble") :]
    # A minute later it is tried again; who needs it sooner sweeps by themselves.
    swept.set_clock(BEGIN + 5 * HOUR)
    swept.until(lambda: swept.sweeps == 2, "the sweep of the digest")
    swept.until(lambda: "Recent trouble" not in Journey(swept).ecr("status"), "the end of the trouble")
    assert len(swept.slack.messages("C0DIGEST")) == 1


def has_swept(bot: ClockedBot, times: int) -> bool:
    return bot.sweeps == times
