"""Digests of the settings file: what Slack cannot end, and what a shell posts and prints."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.journeys.surroundings import Journey

if TYPE_CHECKING:
    from tests.journeys.surroundings import Bot

DIGEST = """
[[digest]]
channel = "C0DIGEST"
at = "09:00"
timezone = "Europe/Bucharest"
repositories = ["team-0*"]
"""


@pytest.fixture
def filed(fresh: Bot) -> Bot:
    """A bot that is not started, with a digest in its settings, by the clock of this machine."""
    fresh.settings += DIGEST
    return fresh


def test_a_digest_of_the_settings_cannot_be_ended_in_slack(filed: Bot) -> None:
    filed.start()
    assert Journey(filed).ecr("unsubscribe", channel="C0DIGEST") == (
        "Nothing to end: no digest was subscribed in this channel with /ecr.\n"
        "This channel still gets the digest of `team-0*` every day at 09:00 Europe/Bucharest: it stands in "
        "the settings file (ecrbot.toml, under [[digest]]), and is ended there alone."
    )
    assert filed.rows("SELECT channel, subscribed_by FROM subscriptions") == [("C0DIGEST", None)]


def test_a_digest_is_posted_from_a_shell_once_a_day(filed: Bot) -> None:
    filed.start()
    filed.stop()
    first, second = filed.command("digest", "--post"), filed.command("digest", "--post")
    what = r"The digest of C0DIGEST \(09:00 Europe/Bucharest, team-0\*\) for \d{4}-\d\d-\d\d"
    assert (first.returncode, first.stderr) == (0, "")
    assert re.fullmatch(f"{what} is posted\\.\n", first.stdout)
    assert (second.returncode, second.stderr) == (0, "")
    assert re.fullmatch(f"{what} has been posted already\\.\n", second.stdout)
    rows = json.loads(filed.command("digest", "--post", "--json").stdout)
    assert [(row["channel"], row["posted"]) for row in rows] == [("C0DIGEST", False)]
    assert re.fullmatch(f"{what} has been posted already\\.", rows[0]["said"])
    assert [message.is_reply for message in filed.slack.messages("C0DIGEST")] == [False]
    assert filed.slack.refusals == ()


def test_a_digest_is_printed_without_any_token_of_slack(filed: Bot) -> None:
    printed = filed.command("digest", without="SLACK_BOT_TOKEN")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout.splitlines()[1:2] == ["10 repositories: 10 non-compliant"]
    (row,) = json.loads(filed.command("digest", "--json", without="SLACK_BOT_TOKEN").stdout)
    assert row["totals"] == {"repositories": 10, "passing": 0, "failing": 10, "exempt": 0, "unknown": 0}
    assert len(row["new"]) == 10
    assert filed.slack.calls == ()
