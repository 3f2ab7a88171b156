"""Many repositories in one request: confirmed first, applied together, and told of as they are."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from demo.text import render
from tests.journeys.approvals import APPROVE, ENGINEER, ONCALL, REGION, undated
from tests.journeys.surroundings import PROD, SANDBOX, STAGING

if TYPE_CHECKING:
    from tests.journeys.approvals import Approvals

EVERYWHERE = (PROD, STAGING, SANDBOX)


def test_forty_are_confirmed_first_and_three_that_fail_do_not_stop_the_others(approvals: Approvals) -> None:
    names = [approvals.create(f"bulk-{number:02}", SANDBOX) for number in range(40)]
    approvals.ask("bulk-*")
    assert undated(approvals.card(saying="40 repositories"))[:-1] == [
        "🟡 Requested · Remediate 40 repositories",
        "Asked by @U0ENGINEER, …",
        ">the audit",
        "• 40 repositories: sandbox (333333333333) in eu-west-1",
        "40 repositories: tag-immutability `MUTABLE` → `IMMUTABLE`",
        "40 repositories: scan-on-push `scanOnPush false` → `scanOnPush true`",
        "What may break",
        "• 40 repositories: nothing was found",
        "The list is in the thread: each repository with its changes, what may break, and lines for its code.",
        "@S0ONCALL: approve or deny it until …; then it expires.",
        "[Approve]  [Deny]  [Cancel]",
    ]
    thread = "\n".join(render(one) for one in approvals.slack.messages(APPROVE) if one.is_reply)
    assert all(f"`{name}`" in thread for name in names)

    approvals.press("Approve")
    confirmation = approvals.form(ONCALL)
    assert "You approve a request for *40 repositories* in 1 account, 1 region." in str(confirmation)
    assert approvals.settings("bulk-00", SANDBOX) == ("MUTABLE", (), False)
    for name in names[:3]:  # what is changed meanwhile is not what was approved
        approvals.aws.client("ecr", SANDBOX, REGION).delete_repository(repositoryName=name)
    approvals.submit(confirmation, ONCALL)
    done = undated(approvals.card(saying="37 of 40 applied, 3 failed"))
    assert done[:8] == [
        "❌ Failed · Remediate 40 repositories",
        "Asked by @U0ENGINEER, …",
        ">the audit",
        "Approved by @U0ONCALL as a member of @S0ONCALL, …",
        "Ended …. 37 of 40 applied, 3 failed:",
        *(f"❌ `{name}` · sandbox (333333333333) in eu-west-1: It is not there any more." for name in names[:3]),
    ]
    assert {approvals.settings(name, SANDBOX) for name in names[3:]} == {("IMMUTABLE", (), True)}
    told = approvals.direct(saying="37 of 40 applied, 3 failed")
    assert all(f"❌ `{name}`" in told for name in names[:3])


def test_progress_is_shown_on_the_card_at_most_once_a_second(approvals: Approvals) -> None:
    for number in range(40):
        approvals.create(f"slow-{number:02}", STAGING)
    approvals.ask("slow-*")
    card = approvals.card(saying="40 repositories")
    approvals.aws.throttle(10, 10)
    approvals.press("Approve")
    approvals.submit(approvals.form(ONCALL), ONCALL)
    approvals.card(saying="All 40 applied and verified")
    updates = [one for one in approvals.slack.calls if one.method == "chat.update" and one.arguments["ts"] == card.ts]
    shown = [one for one in updates if " of 40 done …" in str(one.arguments)]
    assert len(shown) > 1
    assert all(later.at - earlier.at > 0.95 for earlier, later in pairwise(shown))


def test_more_than_a_hundred_are_refused_with_their_number(approvals: Approvals) -> None:
    for number in range(101):
        approvals.create(f"many-{number:03}")
    view = approvals.open("remediate many-*")
    assert "submit" not in view
    assert "*That is 101 repositories*, and one request takes 100: ask for fewer, as with a glob." in str(view)


def test_a_name_in_several_accounts_asks_which_and_chooses_none(approvals: Approvals) -> None:
    for account in EVERYWHERE:
        approvals.create("everywhere", account)
    choosing = approvals.open("remediate everywhere")
    [field] = [block["element"] for block in choosing["blocks"] if block["type"] == "input"]
    assert "initial_options" not in field
    assert [option["text"]["text"] for option in field["options"]] == [
        f"prod ({PROD}) in eu-west-1",
        f"staging ({STAGING}) in eu-west-1",
        f"sandbox ({SANDBOX}) in eu-west-1",
    ]
    none = approvals.submit(choosing, which=[]).wait_ack()
    assert none.payload == {"response_action": "errors", "errors": {"which": "Choose at least one of them."}}
    approvals.submit(choosing, which=["1"])
    approvals.send(approvals.form(), reason="the staging one")
    approvals.card(saying="Remediate `everywhere` · staging")
    approvals.press("Approve")
    approvals.card(saying="Verified")
    assert [approvals.settings("everywhere", account)[0] for account in EVERYWHERE] == [
        "MUTABLE",
        "IMMUTABLE",
        "MUTABLE",
    ]


def test_a_confirmation_decides_nothing_once_somebody_else_decided(approvals: Approvals) -> None:
    for number in range(11):
        approvals.create(f"late-{number:02}")
    approvals.ask("late-*")
    approvals.press("Approve")
    confirmation = approvals.form(ONCALL)
    approvals.press("Cancel", ENGINEER)
    approvals.card(saying="Cancelled")
    assert approvals.send(confirmation, ONCALL, APPROVE) == "eva has cancelled this request already."
    assert approvals.settings("late-00") == ("MUTABLE", (), False)


def test_one_of_them_alone_can_fail_in_two_accounts(approvals: Approvals) -> None:
    for account in (PROD, SANDBOX):
        approvals.create("both-api", account)
        approvals.create("both-web", account)
    approvals.ask("both-*")
    approvals.aws.refuse_role(SANDBOX)
    approvals.press("Approve")
    card = undated(approvals.card(saying="2 of 4 applied, 2 failed"))
    assert [line.partition(" failed: ")[0] for line in card[5:7]] == [
        f"❌ `{name}` · sandbox (333333333333) in eu-west-1: Nothing was changed. tag-immutability"
        for name in ("both-api", "both-web")
    ]
    assert "could not be assumed (AccessDenied)" in card[5]
    assert [approvals.settings("both-api", account)[0] for account in (PROD, SANDBOX)] == ["IMMUTABLE", "MUTABLE"]
