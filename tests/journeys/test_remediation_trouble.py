"""What goes wrong between the form and the verified card: drift, refusals, lag, throttles, and Slack away."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from demo.text import render
from tests.journeys.approvals import APPROVE, ONCALL, REGION, undated
from tests.journeys.surroundings import PROD

if TYPE_CHECKING:
    from tests.journeys.approvals import Approvals


def test_what_changed_since_it_was_asked_is_not_overwritten(approvals: Approvals) -> None:
    name = approvals.create("drifted-api")
    approvals.ask(name)
    approvals.aws.client("ecr", PROD, REGION).put_image_scanning_configuration(
        repositoryName=name, imageScanningConfiguration={"scanOnPush": True}
    )
    approvals.press("Approve")
    card = undated(approvals.card(saying="Failed"))
    assert card[4:7] == [
        (
            "Failed …: Nothing was changed. Changed since: scan-on-push was scanOnPush false and is scanOnPush true. "
            "Ask anew to have it planned again."
        ),
        "❌ tag-immutability `MUTABLE` → `IMMUTABLE`",
        "❌ scan-on-push `scanOnPush false` → `scanOnPush true`",
    ]
    assert "[Undo]" not in card
    assert approvals.settings(name) == ("MUTABLE", (), True)
    told = approvals.direct(saying="drifted-api")
    assert "[Remediate]" in told
    assert "To ask anew, press Remediate." in told


def test_a_repository_that_was_deleted_meanwhile_fails_and_says_so(approvals: Approvals) -> None:
    name = approvals.create("deleted-api")
    approvals.ask(name)
    approvals.aws.client("ecr", PROD, REGION).delete_repository(repositoryName=name)
    approvals.press("Approve")
    assert "Failed …: It is not there any more." in undated(approvals.card(saying="Failed"))


def test_a_form_submitted_after_the_repository_vanished_asks_for_nothing(approvals: Approvals) -> None:
    name = approvals.create("vanished-api")
    view = approvals.open(f"remediate {name}")
    cards = len(approvals.cards())
    approvals.aws.client("ecr", PROD, REGION).delete_repository(repositoryName=name)
    assert approvals.send(view) == (
        "vanished-api is not there any more in prod (111111111111) in eu-west-1, so nothing was asked for."
    )
    assert len(approvals.cards()) == cards


def test_where_aws_refuses_the_second_change_the_first_is_told_as_done(approvals: Approvals) -> None:
    name = approvals.create("refused-api")
    approvals.aws.fail("PutImageScanningConfiguration", error="AccessDeniedException", account=PROD)
    card = undated(approvals.approved(name, saying="Failed"))
    assert [*card[4:7], card[-2]] == [
        (
            "Failed …: tag-immutability is done: MUTABLE → IMMUTABLE. scan-on-push failed: "
            f"arn:aws:iam::{PROD}:role/ecrbot-remediate may not call ecr:PutImageScanningConfiguration in "
            f"prod ({PROD}) in eu-west-1: grant it ecr:PutImageScanningConfiguration. Ask anew to try again."
        ),
        "✅ tag-immutability `MUTABLE` → `IMMUTABLE`",
        "❌ scan-on-push `scanOnPush false` → `scanOnPush true`",
        "[Undo]",
    ]
    assert approvals.settings(name) == ("IMMUTABLE", (), False)
    told = approvals.direct(saying="refused-api")
    assert "[Remediate]" in told
    approvals.aws.clear()
    approvals.approved(name, saying="Verified")  # a retry is a new request, of what is left
    assert approvals.settings(name) == ("IMMUTABLE", (), True)


def test_a_reading_that_lags_behind_is_waited_for(approvals: Approvals) -> None:
    name = approvals.create("lagging-api")
    approvals.aws.lag(2)
    began = time.monotonic()
    approvals.approved(name, saying="Verified")
    assert time.monotonic() - began > 2


def test_throttles_throughout_are_waited_out(approvals: Approvals) -> None:
    name = approvals.create("throttled-api")
    approvals.aws.throttle(1, 1)
    card = render(approvals.approved(name, saying="Verified"))
    assert "Throttling" not in card


def test_while_slack_is_away_it_is_applied_and_the_card_is_rewritten_when_it_is_back(approvals: Approvals) -> None:
    name = approvals.create("offline-api")
    approvals.ask(name)
    approvals.slack.fail("chat.update", status=503, times=None)
    approvals.press("Approve")
    approvals.bot.until(lambda: approvals.settings(name) == ("IMMUTABLE", (), True), "the change")
    assert "Requested ·" in render(approvals.card())
    approvals.slack.heal()
    approvals.card(saying="Verified")
    approvals.direct(saying=name)


def test_a_request_for_an_archived_channel_is_withdrawn_and_the_asker_told(alone: Approvals) -> None:
    alone.bot.start()
    alone.slack.archive(APPROVE)
    told = alone.ask(alone.create("archived-api"))
    assert told == "Nothing was asked for. The approvals channel takes no message: it is archived."
    [(state,)] = alone.bot.rows("SELECT state FROM requests")
    assert state == "cancelled"


def test_a_channel_that_is_archived_after_the_approval_keeps_nothing_from_being_applied(alone: Approvals) -> None:
    alone.bot.start()
    name = alone.create("archived-later")
    alone.ask(name)
    waiting = alone.card()
    alone.aws.slow(0.5, "PutImageTagMutability")
    alone.press("Approve", card=waiting)
    alone.slack.archive(APPROVE)
    alone.direct(saying="Verified")
    assert alone.settings(name) == ("IMMUTABLE", (), True)


def test_a_delivery_that_slack_repeats_decides_once(approvals: Approvals) -> None:
    name = approvals.create("repeated-api")
    approvals.ask(name)
    click = approvals.press("Approve")
    approvals.slack.repeat(click)
    approvals.card(saying="Verified")
    approvals.slack.wait_for(lambda: click.attempts == 2, what="the repeat")
    approvals.ecr("check repeated-api")
    events = approvals.bot.rows(
        "SELECT count(*) FROM audit WHERE request = ? AND event = 'approved'", approvals.request
    )
    assert events == [(1,)]
    assert not [one for one in approvals.private(ONCALL, APPROVE) if "already" in one.text]
