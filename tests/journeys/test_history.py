"""`/ecr sweep`, `/ecr list` and `/ecr history`, in both modes, and what they say before there is anything to say."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.journeys.surroundings import Bot, Journey

if TYPE_CHECKING:
    from collections.abc import Iterator

PROD = "111111111111"


@pytest.fixture(params=["socket", "http"])
def journey(fresh: Bot, request: pytest.FixtureRequest) -> Iterator[Journey]:
    fresh.mode = request.param
    fresh.aws.reset()
    for name, mutability in (("one", "MUTABLE"), ("two", "IMMUTABLE")):
        fresh.aws.create(PROD, "eu-west-1", name, mutability=mutability, scan_on_push=True)
    for number in range(20):
        fresh.aws.create("222222222222", "eu-west-1", f"team-{number:02}", mutability="IMMUTABLE")
    fresh.start()
    return Journey(fresh)  # type: ignore[return-value]  # a fixture without an end of its own


def test_what_the_history_knows_is_listed_paged_and_told(journey: Journey) -> None:
    assert "There was no sweep yet" in journey.ecr("list")
    swept = journey.ecr("sweep")
    assert re.match(r"22 repositories in 3 accounts and regions after \d+\.\d s: 21 non-compliant, 0 unknown", swept)
    assert "Findings: 21 opened, 0 resolved." in swept
    assert "ended less than a minute ago" in journey.ecr("sweep")

    delivery = journey.slack.command("list")
    first = journey.answer(delivery)
    assert first.splitlines()[0] == "21 non-compliant by the last sweep"
    assert "Page 1 of 2" in first
    journey.slack.click(delivery.messages()[0], "Next").wait_ack()
    journey.slack.wait_for(lambda: "Page 2 of 2" in str(delivery.messages()[0].blocks), what="the second page")

    assert journey.ecr("list account=prod").splitlines()[:3] == [
        "1 non-compliant by the last sweep",
        f"🔴 `one` · prod ({PROD}) in eu-west-1   [Remediate]",
        "Tag mutability is MUTABLE: every tag can be overwritten.",
    ]
    assert "20 non-compliant" in journey.ecr("list account=222222222222 region=eu-west-1 team-*")
    assert "Nothing is non-compliant" in journey.ecr("list region=us-east-1")
    assert "is no filter of list" in journey.ecr("list colour=red")

    journey.aws.client("ecr", PROD, "eu-west-1").put_image_tag_mutability(
        repositoryName="one", imageTagMutability="IMMUTABLE"
    )
    journey.ecr("check one")
    until = time.monotonic() + 10
    told = journey.ecr("history one")
    while "resolved" not in told and time.monotonic() < until:  # a check is written down once it was answered
        told = journey.ecr("history one")
    assert [re.findall(r"eu-west-1 · ([a-z ]+?) (?:tag-|Tags|It)", line) for line in told.splitlines()[1:]] == [
        ["first seen"],
        ["found"],
        ["changed"],
        ["resolved"],
    ]
    assert "Nothing is known of nowhere" in journey.ecr("history nowhere")
    assert "history is of one repository" in journey.ecr("history team-*")
    assert "Which repository? /ecr history needs one." in journey.ecr("history")
