"""`/ecr check` as people use it, through real Bolt, real slack_sdk, real HTTP and WebSocket, in both modes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journeys.surroundings import Journey

PROD, STAGING, SANDBOX = "111111111111", "222222222222", "333333333333"


def lines(text: str) -> list[str]:
    """Return what was said, without the moment it was read."""
    return [re.sub(r"Read from ECR .*?UTC", "Read from ECR", line) for line in text.splitlines()]


def test_a_passing_repository(journey: Journey) -> None:
    assert lines(journey.ecr("check passing")) == [
        f"🟢 Compliant · `passing` · prod ({PROD}) in eu-west-1",
        "🟢 tag-immutability · pass: Tag mutability is IMMUTABLE: no tag can be overwritten.",
        "🟢 scan-on-push · pass: scanOnPush is true and the registry is BASIC without any scanning rule.",
        "[Share]",
        "Read from ECR",
    ]


def test_a_failing_repository_offers_to_remediate(journey: Journey) -> None:
    assert lines(journey.ecr("check failing")) == [
        f"🔴 Non-compliant · `failing` · prod ({PROD}) in eu-west-1",
        "🔴 tag-immutability · fail: Tag mutability is MUTABLE: every tag can be overwritten.",
        "🔴 scan-on-push · fail: scanOnPush is false and the registry is BASIC without any scanning rule.",
        "[Remediate]  [Fix in code]  [Exempt]",
        "[Share]",
        "Read from ECR",
    ]


def test_a_half_failing_repository(journey: Journey) -> None:
    said = lines(journey.ecr("check half-failing"))
    assert [line.split(":")[0] for line in said[1:3]] == ["🟢 tag-immutability · pass", "🔴 scan-on-push · fail"]


def test_what_cannot_be_read_is_unknown_with_what_to_grant(journey: Journey) -> None:
    journey.aws.fail("GetRegistryScanningConfiguration", error="AccessDeniedException", account=PROD)
    said = lines(journey.ecr("check passing"))
    assert said[0].startswith("⚪ Unknown · `passing`")
    assert said[1].startswith("🟢 tag-immutability · pass")
    assert "grant it ecr:GetRegistryScanningConfiguration." in said[2]


def test_a_name_that_is_nowhere_suggests_the_nearest_which_a_click_checks(journey: Journey) -> None:
    delivery = journey.slack.command("check fialing")
    said = lines(journey.answer(delivery))
    assert said[0] == (
        "No repository is named `fialing` in any configured account and region. Did you mean `failing`, `half-failing`?"
    )
    click = journey.slack.click(delivery.messages()[0], "Check failing")
    assert lines(journey.answer(click))[0].startswith("🔴 Non-compliant · `failing`")


def test_a_name_in_three_accounts_answers_for_each_worst_first(journey: Journey) -> None:
    said = lines(journey.ecr("check everywhere"))
    assert [line.split("   ")[0] for line in said if "`everywhere`" in line] == [
        f"🔴 Non-compliant · `everywhere` · staging ({STAGING}) in eu-west-1",
        f"🔴 Non-compliant · `everywhere` · sandbox ({SANDBOX}) in eu-west-1",
        f"🟢 Compliant · `everywhere` · prod ({PROD}) in eu-west-1",
    ]


def test_one_account_that_refuses_its_role_leaves_the_others_answering(journey: Journey) -> None:
    journey.aws.fail("DescribeRepositories", error="AccessDeniedException", account=STAGING)
    said = journey.ecr("check everywhere")
    assert f"🟢 Compliant · `everywhere` · prod ({PROD})" in said
    assert f"🔴 Non-compliant · `everywhere` · sandbox ({SANDBOX})" in said
    assert f"⚪ Unknown · `everywhere` · staging ({STAGING})" in said
    assert f"arn:aws:iam::{STAGING}:role/ecrbot-read may not call ecr:DescribeRepositories" in said


def test_a_glob_is_counted_and_paged(journey: Journey) -> None:
    delivery = journey.slack.command("check team-*")
    first = journey.answer(delivery)
    assert lines(first)[0] == "40 results for `team-*`: 40 non-compliant"
    assert lines(first)[-3:] == ["Page 1 of 3, worst first", "[Next]  [Share]", "Read from ECR"]
    message = delivery.messages()[0]
    journey.slack.click(message, "Next").wait_ack()
    journey.slack.wait_for(
        lambda: "Page 2 of 3" in str(delivery.messages()[0].blocks), what="the second page in place of the first"
    )


@pytest.mark.parametrize(
    "asked",
    [
        f"{PROD}.dkr.ecr.eu-west-1.amazonaws.com/passing",
        f"https://{PROD}.dkr.ecr.eu-west-1.amazonaws.com/passing:1.2.3",
        f"<http://{PROD}.dkr.ecr.eu-west-1.amazonaws.com/passing:1.2.3|{PROD}.dkr.ecr.eu-west-1.amazonaws.com/passing:1.2.3>",
        f"{PROD}.dkr.ecr.eu-west-1.amazonaws.com/passing@sha256:{'0' * 64}",
        f"arn:aws:ecr:eu-west-1:{PROD}:repository/passing",
        "  PASSING  ",
        "`passing`",
    ],
)
def test_however_it_is_written_it_is_found(journey: Journey, asked: str) -> None:
    assert lines(journey.ecr(f"check {asked}"))[0].startswith("🟢 Compliant · `passing`")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "What you can type"),
        ("help", "What you can type"),
        ("check", "Which repository? /ecr check needs one."),
        ("chek passing", "“chek passing” is nothing that ecrbot knows. Did you mean /ecr check passing?"),
        ("passing", "Did you mean /ecr check passing?"),
        ("check " + "x" * 5000, "has 5000 characters"),
        ("check 🎉", "🎉 is not a repository name"),
        ("check gcr.io/project/image", "is an address at gcr.io"),
        ("check <!channel>", "is not a repository name"),
        ("check *", "results for `*`"),
        (
            "check 999999999999.dkr.ecr.eu-west-1.amazonaws.com/passing",
            "Account 999999999999 in eu-west-1 is not configured",
        ),
    ],
)
def test_bad_input_gets_a_helpful_sentence(journey: Journey, typed: str, said: str) -> None:
    assert said in journey.ecr(typed)


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("U0GUEST", "Guests cannot use ecrbot."),
        ("U0SINGLE", "Guests cannot use ecrbot."),
        ("U0STRANGER", "People of other organisations cannot use ecrbot."),
        ("U0ROBOT", "Bots cannot use ecrbot."),
        ("U0GONE", "This account is deactivated, and cannot use ecrbot."),
    ],
)
def test_who_is_no_member_is_refused_and_told_why(journey: Journey, user: str, said: str) -> None:
    journey.aws.reset_calls()
    assert journey.ecr("check passing", user=user) == said
    assert not journey.aws.calls


def test_who_someone_is_must_be_known(journey: Journey) -> None:
    journey.slack.fail("users.info", error="user_not_found")
    assert "Slack did not say who you are (user_not_found)" in journey.ecr("check passing", user="U0ONCALL")


def test_the_answer_is_the_asker_s_alone_until_shared(journey: Journey) -> None:
    delivery = journey.slack.command("check passing", user="U0OUTSIDER")
    [answer] = delivery.wait_answer()
    assert answer.ephemeral_to == "U0OUTSIDER"
    share = journey.slack.click(answer, "Share", user="U0OUTSIDER")
    text = journey.answer(share)
    [shared] = share.messages()
    assert not shared.ephemeral
    assert lines(text)[0].startswith("🟢 Compliant · `passing`")
    assert lines(text)[-1] == "Read from ECR · shared by @U0OUTSIDER"


def test_without_an_approvals_channel_remediate_says_how_to_set_one(journey: Journey) -> None:
    delivery = journey.slack.command("check failing")
    [answer] = delivery.wait_answer()
    assert journey.answer(journey.slack.click(answer, "Remediate")) == (
        "There is no channel to ask for approval in: set slack.approvals_channel in ecrbot.toml to its id, like "
        '"C0APPROVE", invite the bot there, and restart it.'
    )
    assert journey.slack.views("U0ENGINEER") == ()


@pytest.mark.parametrize(
    "value", ["", "{}", '{"names":[],"page":0}', '{"names":["passing"],"page":-1}', "[" * 999, "🎉"]
)
def test_a_forged_value_is_answered(journey: Journey, value: str) -> None:
    [answer] = journey.slack.command("check passing").wait_answer()
    assert "older message" in journey.answer(journey.slack.click(answer, "Share", value=value))


def test_a_button_that_no_release_knows_is_answered(journey: Journey) -> None:
    [answer] = journey.slack.command("check passing").wait_answer()
    elements = [{"type": "button", "action_id": "no-such-thing", "text": {"type": "plain_text", "text": "Old"}}]
    old = type(answer)(
        answer.channel, answer.ts, answer.user, "", ({"type": "actions", "elements": elements},), answer.ephemeral_to
    )
    assert "older message" in journey.answer(journey.slack.click(old, "Old"))


def test_a_slow_aws_is_said_and_then_answered_in_its_place(journey: Journey) -> None:
    journey.aws.slow(2.6, operation="DescribeRepositories", account=STAGING)
    delivery = journey.slack.command("check left-over")
    assert journey.answer(delivery) == "Still asking AWS…"
    journey.slack.wait_for(lambda: "left-over" in delivery.messages()[0].text, what="the answer in its place")
    assert len(delivery.messages()) == 1


def test_a_target_that_hangs_is_unknown_after_ten_seconds_and_the_others_are_shown(journey: Journey) -> None:
    journey.aws.hang(account=SANDBOX)
    delivery = journey.slack.command("check everywhere")
    journey.slack.wait_for(lambda: any("everywhere" in m.text for m in delivery.messages()), 15, "the answer")
    said = journey.answer(delivery)
    assert "AWS did not answer within 10 seconds for sandbox" in said
    assert "🟢 Compliant · `everywhere` · prod" in said


def test_an_answer_survives_slack_s_429_and_5xx(journey: Journey) -> None:
    journey.slack.fail("response_url", status=429, retry_after=1)
    journey.slack.fail("response_url", status=500)
    journey.slack.fail("response_url", status=502)
    assert lines(journey.ecr("check passing"))[0].startswith("🟢 Compliant")


def test_a_delivery_that_slack_repeats_is_done_once(journey: Journey) -> None:
    delivery = journey.slack.command("check passing")
    delivery.wait_answer()
    journey.aws.reset_calls()
    journey.slack.repeat(delivery)
    journey.ecr("check failing")
    journey.slack.wait_for(lambda: delivery.attempts == 2, what="the repeat")
    assert len(delivery.messages()) == 1
    assert sum(journey.aws.calls.values()) == 4


def test_what_no_part_of_the_bot_asks_for_is_acknowledged(journey: Journey) -> None:
    event = journey.slack.event({"type": "message", "channel": "C0ENG", "user": "U0ENGINEER", "text": "hi"})
    assert event.wait_ack().seconds < 3


def test_names_that_look_like_markup_are_shown_as_text(journey: Journey) -> None:
    delivery = journey.slack.command("chek <@U0ONCALL> *bold* & `code`")
    [answer] = delivery.wait_answer()
    assert "<@U0ONCALL>" not in str(answer.blocks)
    assert "&lt;@U0ONCALL&gt; *bold* &amp;" in str(answer.blocks)


def test_a_missing_key_makes_one_repository_unknown_and_harms_no_other(journey: Journey) -> None:
    def without(answer: dict[str, list[dict[str, object]]]) -> None:
        for repository in answer.get("repositories", []):
            if repository["repositoryName"] == "failing":
                del repository["imageTagMutability"]

    journey.aws.rewrite("DescribeRepositories", without, account=PROD)
    said = journey.ecr("check failing passing half-failing")
    assert "tag-immutability · unknown: ECR's answer for this repository has no tag mutability." in said
    assert "🟢 Compliant · `passing`" in said
