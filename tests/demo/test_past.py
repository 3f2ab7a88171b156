from __future__ import annotations

import json
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.checking import registry, subscriptions, sweeper
from bot.memory import Memory
from bot.settings_file import SettingsFile
from demo import past
from demo.aws import LocalAws
from demo.environment import DIGEST_TIMEZONE, settings
from demo.past_clock import mornings
from demo.past_story import MORNINGS, story
from demo.text import render
from demo.workspace import Workspace
from demo.workspace.validation import message_problems
from demo.world import EAST, PROD, STAGING, WEST, seed_into, world
from ecr.audit import verify
from ecr.due import due, upcoming
from ecr.posting import Period
from ecr.request import Kind, State
from ecr.subscription import Filters
from ecr.swept import Changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from ecr.facts import Point
    from ecr.subscription import Subscription

NOW = datetime(2026, 11, 25, 14, 20, tzinfo=UTC)


class Written:
    """A past that was written, and what is left of it: the file, and the workspace."""

    def __init__(self, memory: Memory, slack: Workspace) -> None:
        self.memory = memory
        self.slack = slack

    @property
    def subscription(self) -> Subscription:
        (one,) = self.memory.subscriptions.all()
        return one

    def points(self, now: datetime = NOW) -> tuple[Point, ...]:
        day = now.astimezone(ZoneInfo(DIGEST_TIMEZONE)).date()
        period = Period(now - timedelta(days=1))
        return self.memory.history.facts(Filters(), period, day=day, at=now).days

    def history(self, name: str, account: str = PROD, region: str = WEST) -> list[tuple[date, str]]:
        return [(event.at.date(), str(event.kind)) for event in self.memory.history.timeline(name, account, region)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    path = tmp_path_factory.mktemp("past") / "ecrbot.db"
    with Workspace(clock=NOW.timestamp) as slack:
        past.write(path, world(), slack, NOW)
        yield Written(Memory.prepare(path), slack)


def test_the_trend_moves_over_thirty_days(written: Written) -> None:
    points = written.points()

    assert [point.day for point in points] == [NOW.date() - timedelta(days=back) for back in range(30, -1, -2)]
    failing = [point.failing for point in points]
    assert failing[0] - failing[-1] > 10
    assert len(set(failing)) > 8
    assert any(later > earlier for earlier, later in pairwise(failing))


@pytest.mark.parametrize("seed", [1, 4])
def test_the_first_real_sweep_finds_everything_as_the_past_left_it(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalAws() as aws, Workspace() as slack:
        past.write(tmp_path / "ecrbot.db", world(seed), slack, NOW)
        memory = Memory.prepare(tmp_path / "ecrbot.db")
        before = memory.history.last_sweep()
        aws.reset()
        seed_into(aws, world(seed))
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
        file = SettingsFile.model_validate(tomllib.loads(settings(world(seed))))
        report = sweeper(registry(file), file, memory.history, lambda: NOW, memory.exemptions).sweep()

    assert report.changes == Changes(0, 0)
    assert before is not None
    assert {(str(one.target), one.error) for one in report.unreadable} == (
        {(str(one.target), one.error) for one in before.unreadable}
    )
    assert report.repositories == len(world(seed).repositories)


def test_the_settings_change_nothing_of_who_reads_the_digest(written: Written) -> None:
    file = SettingsFile.model_validate(tomllib.loads(settings(world())))
    before = written.memory.subscriptions.all()

    written.memory.subscriptions.synchronize(subscriptions(file, NOW))

    assert written.memory.subscriptions.all() == before


def test_the_digests_of_the_last_mornings_stand_in_their_channel_with_their_charts(written: Written) -> None:
    digests = written.slack.messages("C0DIGEST")

    assert [datetime.fromtimestamp(int(float(one.ts)), UTC).replace(second=0) for one in digests] == (
        [datetime(2026, 11, day, 7, tzinfo=UTC) for day in (23, 24, 25)]
    )
    assert all(one.metadata and one.metadata["event_type"] == "ecr_digest" for one in digests)
    assert [len(chart(one.blocks)) for one in digests] == [15, 15, 16]
    assert [render(one).splitlines()[0] for one in digests] == (
        [f"ECR digest · {day} November" for day in ("Monday 23", "Tuesday 24", "Wednesday 25")]
    )


def chart(blocks: tuple[dict[str, object], ...]) -> list[object]:
    (drawn,) = [block["chart"] for block in blocks if block["type"] == "data_visualization"]
    assert isinstance(drawn, dict)
    categories: list[object] = drawn["axis_config"]["categories"]
    return categories


def test_every_message_is_one_that_slack_takes_and_has_a_timestamp_of_its_own(written: Written) -> None:
    messages = [m for channel in ("C0DIGEST", "C0APPROVE", "D0ENGINEER") for m in written.slack.messages(channel)]

    assert [message_problems({"text": one.text, "blocks": list(one.blocks)}) for one in messages] == [()] * 13
    assert len({one.ts for one in messages}) == 13
    assert max(float(one.ts) for one in messages) < NOW.timestamp()
    assert all(json.loads(json.dumps(one.blocks)) == list(one.blocks) for one in messages)


def test_what_was_asked_for_came_to_its_end(written: Written) -> None:
    requests = written.memory.requests.all()

    assert Counter((one.kind, one.state) for one in requests) == {
        (Kind.REMEDIATION, State.DENIED): 1,
        (Kind.REMEDIATION, State.APPLIED): 2,
        (Kind.EXEMPTION, State.APPLIED): 2,
    }
    assert {(one.by.name, one.decided.by.name) for one in requests if one.decided} == {("eva", "otto")}
    assert written.memory.outbox.outdated() == ()
    assert written.memory.outbox.claim(at=NOW) is None
    assert written.memory.requests.unfinished(NOW) == ()


def test_the_audit_is_whole(written: Written) -> None:
    verified = verify(written.memory.audit.events())

    assert (verified.problems, verified.events > 20) == ((), True)


def test_cards_offer_an_undo_for_seven_days_only(written: Written) -> None:
    cards = [render(card) for card in written.slack.messages("C0APPROVE")]

    heads = [card.splitlines()[0].split(" · ") for card in cards]
    assert [(" · ".join(head[:2]), "[Undo]" in card) for head, card in zip(heads, cards, strict=True)] == [
        ("⛔ Denied · Remediate `payments-api`", False),
        ("✅ Applied · Exempt `load-tests`", False),
        ("✅ Applied · Remediate `payments-worker`", False),
        ("✅ Applied · Exempt `docker-hub/library/nginx`", False),
        ("✅ Applied · Remediate 2 repositories", True),
    ]


def test_what_was_remediated_is_told_and_so_is_its_coming_back(written: Written) -> None:
    days = {kind: day for day, kind in written.history("payments-worker")}

    assert [kind for _, kind in written.history("payments-worker")] == (
        ["first seen", "found", "requested", "approved", "changed", "applied", "resolved", "found", "changed"]
    )
    assert days["applied"] == NOW.date() - timedelta(days=12)
    assert days["found"] == NOW.date() - timedelta(days=5)


def test_a_refusal_is_told_too(written: Written) -> None:
    assert [kind for _, kind in written.history("payments-api")] == [
        "first seen",
        "found",
        "found",
        "requested",
        "denied",
    ]


def test_exemptions_hold_today_and_one_ends_soon(written: Written) -> None:
    current = written.memory.exemptions.current(NOW)
    today = written.slack.messages("C0DIGEST")[-1]

    assert Counter(one.name for one in current) == {"load-tests": 2, "docker-hub/library/nginx": 1}
    assert "Exemptions ending within 7 days · 1 exemption" in render(today)


def test_the_sandbox_was_read_until_its_role_was_refused(written: Written) -> None:
    today = render(written.slack.messages("C0DIGEST")[-1])

    assert "Could not be read · 2 accounts and regions, 5 repositories known there" in today
    assert "Last read 2026-11-15 07:00 UTC" in today


@pytest.mark.parametrize(
    "now",
    [
        "2026-11-25T06:59:59",  # a second before nine, in Bucharest
        "2026-11-25T07:00:00",
        "2026-11-25T07:00:01",
        "2026-11-25T22:10:00",  # past midnight there, not in UTC
        "2026-11-26T02:00:00",
        "2026-10-25T00:30:00",  # while the clocks go back
    ],
)
def test_whenever_the_demo_starts_nothing_is_due_before_the_next_nine_o_clock(tmp_path: Path, now: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    with Workspace() as slack:
        past.write(tmp_path / "ecrbot.db", world(), slack, at)
        left = Written(Memory.prepare(tmp_path / "ecrbot.db"), slack)
    last = left.memory.postings.last_day(left.subscription.id)

    assert due(at, left.subscription, last) is None
    following = upcoming(at, left.subscription, last)
    assert following.astimezone(ZoneInfo(DIGEST_TIMEZONE)).strftime("%H:%M") == "09:00"
    assert timedelta() < following - at <= timedelta(days=1)
    swept_at = left.memory.history.swept_at()
    assert swept_at is not None
    assert timedelta() <= at - swept_at < timedelta(days=1)
    assert len(left.points(at)) == 16
    assert len(slack.messages("C0DIGEST")) == 3


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_world_s_story_ends_as_that_world_is(seed: int) -> None:
    told = story(world(seed))
    there = {(one.account, one.region, one.name): one for one in told.first}
    for turn in told.turns:
        where = (turn.repository.account, turn.repository.region, turn.repository.name)
        if turn.gone:
            del there[where]
        else:
            there[where] = turn.repository

    now = {(one.account, one.region, one.name): one for one in world(seed).repositories}
    mended_by_a_request = {(PROD, EAST, "search-indexer"), (PROD, EAST, "search-web")}
    assert there.keys() == now.keys()
    assert {where for where, one in there.items() if one != now[where]} == mended_by_a_request
    assert {turn.morning for turn in told.turns} <= set(range(1, MORNINGS))
    assert sum(turn.gone for turn in told.turns) == 3


def test_the_same_world_has_the_same_story() -> None:
    assert story(world(3)) == story(world(3))


def test_mornings_are_at_nine_whatever_the_clocks_do() -> None:
    found = mornings(datetime(2026, 10, 26, 12, tzinfo=UTC), 3)

    assert [f"{at:%d %H:%M}" for at in found] == ["24 06:00", "25 07:00", "26 07:00"]


def test_what_a_world_has_not_is_not_asked_for(tmp_path: Path) -> None:
    small = world()
    kept = tuple(one for one in small.repositories if one.account == STAGING and one.region == EAST)
    with Workspace() as slack:
        past.write(
            tmp_path / "ecrbot.db", type(small)(small.accounts, small.regions, small.registries, kept), slack, NOW
        )
        requests = Memory.prepare(tmp_path / "ecrbot.db").requests.all()

    assert [one.items[0].name for one in requests] == ["load-tests"]
