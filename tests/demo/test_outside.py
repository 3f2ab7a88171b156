from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from demo import outside
from demo.aws import LocalAws
from demo.bot_process import BotProcess
from demo.clock import DemoClock
from demo.outside import DEEDS, Address, DeedError, Outside
from demo.standing import Row, rows
from demo.workspace import Workspace
from demo.world import EAST, PROD, SANDBOX, STAGING, WEST, seed_into, world
from tests.demo.test_bot_process import STAND_IN, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Stage:
    """The demo without the real bot: what the outside world can touch."""

    def __init__(self, aws: LocalAws, slack: Workspace, bot: BotProcess) -> None:
        self.aws = aws
        self.slack = slack
        self.bot = bot
        self.real = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
        self.clock = DemoClock(lambda: self.real)
        self.outside = Outside(aws, slack, bot, self.clock, world())

    def row(self, account: str, region: str, name: str) -> Row | None:
        return {(one.account, one.region, one.name): one for one in rows(self.aws, world())}.get(
            (account, region, name)
        )

    def refusal(self, deed: str, repository: tuple[str, str, str] | None = None) -> str:
        before = rows(self.aws, world())
        with pytest.raises(DeedError) as refused:
            self.outside.do(deed, repository)
        assert rows(self.aws, world()) == before
        return str(refused.value)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with LocalAws() as aws, Workspace() as slack:
        aws.reset()
        seed_into(aws, world())
        with BotProcess({"PATH": os.defpath}, tmp_path / "log", (STAND_IN, "wait")) as bot:
            made = Stage(aws, slack, bot)
            yield made
            made.outside.close()


def test_somebody_loosens_a_repository_that_is_named(stage: Stage) -> None:
    said = stage.outside.do("loosen", Address(PROD, WEST, "ledger-core"))

    assert said.startswith("ledger-core in prod, eu-west-1 is MUTABLE now: ")
    assert said.endswith(" turned immutability and scanOnPush off.")
    loose = Row(PROD, "prod", WEST, "ledger-core", "MUTABLE", (), False, "manual", False)
    assert stage.row(PROD, WEST, "ledger-core") == loose


def test_only_what_was_on_is_said_to_be_turned_off(stage: Stage) -> None:
    said = stage.outside.do("loosen", (STAGING, WEST, "payments-api"))
    again = stage.refusal("loosen", (STAGING, WEST, "payments-api"))

    assert said.startswith("payments-api in staging, eu-west-1 is MUTABLE now: ")
    assert said.endswith(" turned scanOnPush off.")
    assert again == "payments-api in staging, eu-west-1 is MUTABLE already, and its scanOnPush is off."


def test_one_that_is_drawn_complied_and_does_so_no_more(stage: Stage) -> None:
    before = rows(stage.aws, world())

    for _ in range(10):
        stage.outside.do("loosen")

    changed = [pair for pair in zip(before, rows(stage.aws, world()), strict=True) if pair[0] != pair[1]]
    assert len(changed) == 10
    assert {(was.compliant, row.compliant) for was, row in changed} == {(True, False)}
    assert SANDBOX not in {row.account for _, row in changed}


def test_the_same_seed_draws_the_same(stage: Stage) -> None:
    def drawn(seed: int) -> str:
        stage.aws.reset()
        seed_into(stage.aws, world())
        return Outside(stage.aws, stage.slack, stage.bot, stage.clock, world(), seed).do("loosen")

    assert drawn(3) == drawn(3)
    assert len({drawn(seed) for seed in range(8)}) > 1


def test_when_nothing_that_the_bot_can_read_complies_nothing_is_left_to_loosen(stage: Stage) -> None:
    stage.aws.reset()
    stage.aws.create(PROD, WEST, "loose")
    stage.aws.create(SANDBOX, WEST, "closed", "IMMUTABLE", scan_on_push=True)

    assert stage.refusal("loosen") == "Nothing that complies is left to loosen."


def test_a_repository_is_deleted(stage: Stage) -> None:
    said = stage.outside.do("delete", (PROD, WEST, "payments-api"))

    assert said.startswith("payments-api in prod, eu-west-1 is gone: ")
    assert stage.row(PROD, WEST, "payments-api") is None
    assert stage.row(PROD, EAST, "payments-api") is not None
    assert stage.refusal("delete", (PROD, WEST, "payments-api")) == (
        "There is no repository payments-api in prod, eu-west-1."
    )


def test_new_repositories_do_not_comply_and_have_names_that_were_nowhere(stage: Stage) -> None:
    before = {row.name for row in rows(stage.aws, world())}

    said = [stage.outside.do("create") for _ in range(20)]

    made = [row for row in rows(stage.aws, world()) if row.name not in before]
    assert len({row.name for row in made}) == 20
    assert {(row.mutability, row.scan_on_push, row.compliant) for row in made} == {("MUTABLE", False, False)}
    assert {row.account for row in made} == {PROD, STAGING}
    assert sorted(one.partition(" is new: ")[0] for one in said) == sorted(
        f"{row.name} in {row.account_name}, {row.region}" for row in made
    )


def test_beside_one_that_is_chosen_a_new_one_gets_a_name_of_its_own(stage: Stage) -> None:
    before = {(row.account, row.region, row.name) for row in rows(stage.aws, world())}

    stage.outside.do("create", (PROD, WEST, "payments-api"))

    (made,) = [row for row in rows(stage.aws, world()) if (row.account, row.region, row.name) not in before]
    assert (made.account, made.region) == (PROD, WEST)


def test_what_the_tour_is_about_is_left_alone_unless_it_is_named(stage: Stage) -> None:
    tour = {"payments-api", "payments-worker"}
    there = [row for row in rows(stage.aws, world()) if row.account != SANDBOX]

    for _ in [row for row in there if row.name not in tour]:
        stage.outside.do("delete")

    assert stage.refusal("delete") == "There is no repository left to delete."
    assert {row.name for row in rows(stage.aws, world()) if row.account != SANDBOX} == tour


@pytest.mark.parametrize("name", ["Payments API", "<b>bold</b>", "", "a"])
def test_what_is_no_name_for_ecr_is_refused_in_a_sentence(stage: Stage, name: str) -> None:
    said = stage.refusal("create", (PROD, WEST, name))

    assert said.startswith(("ECR refused that: ", "That is nothing for ECR: "))
    assert "\n" not in said


@pytest.mark.parametrize("place", [("999999999999", WEST), (PROD, "mars-north-1")])
def test_a_place_that_the_demo_has_not_is_refused(stage: Stage, place: tuple[str, str]) -> None:
    sentence = f"The demo has no account {place[0]} with a region {place[1]}."

    assert {stage.refusal(deed, (*place, "payments-api")) for deed in ("loosen", "delete", "create")} == {sentence}


def test_aws_throttles_until_it_is_healed(stage: Stage) -> None:
    ecr = bot_client(stage)

    said = stage.outside.do("throttle")
    with pytest.raises(ClientError, match="Rate exceeded"):
        ecr.describe_repositories()
    stage.outside.do("heal")

    assert said == "AWS throttles for 30 seconds: ECR answers every call with Rate exceeded."
    assert ecr.describe_repositories()["repositories"]


def test_aws_throttles_for_a_while_only(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "THROTTLED_SECONDS", 0.3)
    ecr = bot_client(stage)
    stage.outside.do("throttle")

    def answers() -> bool:
        try:
            return bool(ecr.describe_repositories())
        except ClientError:
            return False

    assert not answers()
    wait_until(answers)


def test_throttling_anew_is_throttling_for_the_whole_while(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "THROTTLED_SECONDS", 0.2)
    stage.outside.do("throttle")
    (first,) = timers()
    monkeypatch.setattr(outside, "THROTTLED_SECONDS", 30.0)
    stage.outside.do("throttle")
    first.join(10)

    with pytest.raises(ClientError, match="Rate exceeded"):
        bot_client(stage).describe_repositories()


def test_nothing_is_left_waiting_when_the_demo_ends(stage: Stage) -> None:
    stage.outside.do("throttle")
    stage.outside.close()

    wait_until(lambda: not timers())


def test_the_closed_account_stays_closed_when_all_is_well(stage: Stage) -> None:
    stage.outside.do("throttle")
    stage.outside.do("heal")
    sts = client(stage, "sts")

    with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole"):
        sts.assume_role(RoleArn=f"arn:aws:iam::{SANDBOX}:role/ecrbot-read", RoleSessionName="test")


def test_slack_refuses_the_next_calls_and_then_takes_them(stage: Stage) -> None:
    web = WebClient(stage.slack.bot_token, base_url=stage.slack.api_url, retry_handlers=[])

    said = stage.outside.do("rate-limit")
    stage.outside.do("rate-limit")  # twice is no worse than once
    with pytest.raises(SlackApiError) as refusal:
        web.chat_postMessage(channel="C0ENG", text="first")
    web.chat_postMessage(channel="C0ENG", text="second")

    assert said == "Slack answers 429 to the next calls of each kind, and asks to wait a second."
    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "1"
    assert [message.text for message in stage.slack.messages("C0ENG")] == ["second"]


def test_healing_takes_slack_s_refusals_away(stage: Stage) -> None:
    web = WebClient(stage.slack.bot_token, base_url=stage.slack.api_url, retry_handlers=[])

    stage.outside.do("rate-limit")
    said = stage.outside.do("heal")

    assert web.chat_postMessage(channel="C0ENG", text="first")["ok"]
    assert said == "AWS throttles no more, and Slack takes every call."


@pytest.mark.parametrize(
    ("now", "nine", "said"),
    [
        ("2026-11-25T12:00", "2026-11-26T07:00", "It is 09:00 on Thursday 26 November in Bucharest."),
        ("2026-11-25T06:59", "2026-11-25T07:00", "It is 09:00 on Wednesday 25 November in Bucharest."),
        ("2026-11-25T07:00", "2026-11-26T07:00", "It is 09:00 on Thursday 26 November in Bucharest."),
        ("2026-11-25T22:30", "2026-11-26T07:00", "It is 09:00 on Thursday 26 November in Bucharest."),
        ("2026-10-24T12:00", "2026-10-25T07:00", "It is 09:00 on Sunday 25 October in Bucharest."),  # clocks go back
        ("2026-10-23T12:00", "2026-10-24T06:00", "It is 09:00 on Saturday 24 October in Bucharest."),
    ],
)
def test_the_clock_moves_to_the_next_nine_o_clock_in_bucharest(stage: Stage, now: str, nine: str, said: str) -> None:
    stage.real = datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp()

    assert stage.outside.do("tomorrow") == said
    assert stage.clock.now() == datetime.fromisoformat(nine).replace(tzinfo=UTC)


def test_each_tomorrow_is_a_day_later(stage: Stage) -> None:
    stage.outside.do("tomorrow")
    first = stage.clock.now()
    stage.outside.do("tomorrow")

    assert stage.clock.now() - first == timedelta(days=1)


def test_the_bot_is_killed_and_started_again(stage: Stage) -> None:
    first = stage.bot.id
    said = stage.outside.do("kill")
    dead = (stage.bot.alive, stage.refusal("kill"))
    again = stage.outside.do("start")
    running = (stage.bot.alive, stage.refusal("start"))

    assert said == f"The bot is killed, process {first}: what is typed now is not answered."
    assert dead == (False, "The bot is down already: start it.")
    assert again == f"The bot is started again, process {stage.bot.id}: it connects in a second or two."
    assert running == (True, "The bot runs already.")


def test_what_is_no_deed_is_refused_with_those_that_are(stage: Stage) -> None:
    assert stage.refusal("rain") == f"There is no deed 'rain'; there are {', '.join(deed.id for deed in DEEDS)}."


def test_every_deed_has_a_button_and_says_what_it_does() -> None:
    assert [deed.id for deed in DEEDS] == (
        ["loosen", "delete", "create", "throttle", "rate-limit", "tomorrow", "kill", "start", "heal"]
    )
    assert all(deed.says.endswith(".") and len(deed.label) < 30 for deed in DEEDS)
    assert len({deed.label for deed in DEEDS}) == len(DEEDS)


def bot_client(stage: Stage) -> Any:
    return client(stage, "ecr")


def client(stage: Stage, service: str) -> Any:
    """A client as the bot's: faults are for it, and it tries nothing again."""
    return boto3.client(
        service,
        region_name=WEST,
        endpoint_url=stage.aws.url,
        aws_access_key_id=LocalAws.access_key(PROD),
        aws_secret_access_key="made-up",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )


def timers() -> list[threading.Timer]:
    return [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
