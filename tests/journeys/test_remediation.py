"""Remediating a repository after approval, through the real process: what is asked, changed, verified and told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from demo.text import render
from tests.journeys.approvals import DIGEST, ENG, REGION, lines, undated
from tests.journeys.surroundings import PROD, SANDBOX, STAGING

if TYPE_CHECKING:
    from tests.journeys.approvals import Approvals

WAITS = "Asked. It waits for an approver in #C0APPROVE until …. See it."


def test_from_the_button_to_the_verified_card_and_everybody_who_is_told(approvals: Approvals) -> None:
    name = approvals.create("happy-api")
    subscribe(approvals)
    [answer] = approvals.slack.command(f"check {name}").wait_answer()
    approvals.slack.click(answer, "Remediate").wait_ack()
    assert lines(approvals.send(approvals.form())) == [WAITS, f"Request `{approvals.request}`"]
    card = approvals.card(saying="happy-api")
    assert undated(card)[:-1] == [
        "🟡 Requested · Remediate `happy-api` · prod (111111111111) in eu-west-1",
        "Asked by @U0ENGINEER, …",
        ">the audit",
        "tag-immutability `MUTABLE` → `IMMUTABLE`",
        "scan-on-push `scanOnPush false` → `scanOnPush true`",
        "What may break",
        "• Nothing was found that may break, in 0 images, 0 resource tags and 0 pull-through-cache rules.",
        "@S0ONCALL: approve or deny it until …; then it expires.",
        "[Approve]  [Deny]  [Cancel]",
    ]
    assert approvals.settings(name) == ("MUTABLE", (), False)

    approvals.press("Approve")
    done = approvals.card(saying="Verified")
    request = approvals.request
    assert approvals.settings(name) == ("IMMUTABLE", (), True)
    verified = (
        "Verified: Tag mutability is IMMUTABLE: no tag can be overwritten. scanOnPush is true and the registry is "
        "BASIC without any scanning rule."
    )
    changes = [
        "tag-immutability `MUTABLE` → `IMMUTABLE`",
        "scan-on-push `scanOnPush false` → `scanOnPush true`",
    ]
    assert undated(done)[:-1] == [
        "✅ Applied · Remediate `happy-api` · prod (111111111111) in eu-west-1",
        "Asked by @U0ENGINEER, …",
        ">the audit",
        "Approved by @U0ONCALL as a member of @S0ONCALL, …",
        f"Applied …. {verified}",
        *changes,
        "What may break",
        "• Nothing was found that may break, in 0 images, 0 resource tags and 0 pull-through-cache rules.",
        "[Undo]",
    ]
    assert lines(approvals.direct(saying="happy-api")) == [
        "✅ Applied · Remediate `happy-api` · prod (111111111111) in eu-west-1",
        "Approved by @U0ONCALL as a member of @S0ONCALL, …",
        f"Applied …. {verified}",
        *changes,
        f"Request `{request}` in #C0APPROVE · Undo is on its card until …",
    ]
    approvals.slack.wait_for(lambda: approvals.slack.messages(DIGEST), what="a line in the channel that reads of it")
    assert [render(one) for one in approvals.slack.messages(DIGEST)] == [
        (
            "`happy-api` (prod (111111111111) in eu-west-1) was remediated by @U0ENGINEER, approved by @U0ONCALL: "
            "tag-immutability `MUTABLE` → `IMMUTABLE`, scan-on-push `scanOnPush false` → `scanOnPush true`."
        )
    ]
    assert not [one for one in approvals.slack.messages(ENG) if name in one.text]
    assert [line.partition(" · prod (111111111111) in eu-west-1 · ")[2] for line in told_of(approvals, name)] == [
        "first seen Tags are MUTABLE, scanOnPush is false, scanning is MANUAL.",
        "found tag-immutability: Tag mutability is MUTABLE: every tag can be overwritten.",
        "found scan-on-push: scanOnPush is false and the registry is BASIC without any scanning rule.",
        (
            "requested eva asked for remediation (MUTABLE; scanOnPush false → IMMUTABLE; scanOnPush true), "
            f"request {request}: the audit."
        ),
        f"approved otto approved request {request}.",
        "changed Tags are IMMUTABLE, scanOnPush is true, scanning is SCAN_ON_PUSH.",
        "resolved tag-immutability: It was remediated by eva.",
        "resolved scan-on-push: It was remediated by eva.",
        f"applied Request {request} (MUTABLE; scanOnPush false → IMMUTABLE; scanOnPush true): {verified}",
    ]
    digest = lines(approvals.ecr("digest", channel=DIGEST))
    assert digest[2:5] == [
        "1 repository: 1 compliant",
        "🟢 Resolved · 1 repository",
        (
            "`happy-api` · prod (111111111111) in eu-west-1 · remediated by @U0ENGINEER "
            "(tag-immutability and scan-on-push)"
        ),
    ]


def told_of(approvals: Approvals, name: str) -> list[str]:
    return lines(approvals.ecr(f"history {name}"))[1:]


def subscribe(approvals: Approvals) -> None:
    """Let one channel read of some repositories, and another one of others."""
    assert approvals.ecr("subscribe happy-*", channel=DIGEST).startswith("Subscribed.")
    assert approvals.ecr("subscribe other-*", channel=ENG).startswith("Subscribed.")


def test_the_session_is_named_after_the_request_and_may_change_that_repository_alone(approvals: Approvals) -> None:
    name = approvals.create("session-api", scan_on_push=True)
    approvals.approved(name, saying="Verified")
    session = approvals.aws.sessions[-1]
    assert (session.role, session.name, session.seconds) == (
        f"arn:aws:iam::{PROD}:role/ecrbot-remediate",
        f"ecrbot-{approvals.request}",
        900,
    )
    assert json.loads(session.policy or "") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ecr:PutImageTagMutability",
                "Resource": [f"arn:aws:ecr:{REGION}:{PROD}:repository/{name}"],
            }
        ],
    }


def test_the_audit_is_whole_and_ends_with_the_head_on_the_card(approvals: Approvals) -> None:
    name = approvals.create("audited-api")
    card = render(approvals.approved(name, saying="Verified"))
    head = re.findall(r"head `([0-9a-f]{64})`", card)[0]
    verified = approvals.bot.command("audit", "--verify", "--head", head)
    assert (verified.returncode, verified.stderr) == (0, "")
    events = json.loads(approvals.bot.command("audit", "--json").stdout)
    assert [one["event"] for one in events if one["request"] == approvals.request] == [
        "requested",
        "approved",
        "applying",
        "changing",
        "changed",
        "changing",
        "changed",
        "verified",
        "applied",
    ]
    assert events[-1]["hash"] == head
    wrong = approvals.bot.command("audit", "--verify", "--head", "0" * 64)
    assert wrong.returncode == 1


def test_where_the_registry_scans_by_rules_that_miss_it_a_filter_is_added_to_them(approvals: Approvals) -> None:
    for account, kind in ((PROD, "ENHANCED"), (STAGING, "BASIC")):
        approvals.aws.scanning(account, REGION, kind, [("SCAN_ON_PUSH", ["elsewhere-*"])])
        approvals.aws.legacy_flag_counts(account, REGION, counts=False)
        name = approvals.create(f"ruled-{kind.lower()}", account)
        card = render(approvals.approved(name, saying="Applied ·"))
        assert f"`{kind}, SCAN_ON_PUSH: elsewhere-*` → `{kind}, SCAN_ON_PUSH: elsewhere-*, {name}`" in card
        assert f"The {kind} registry rule with the filter {name} scans it on push." in card
        assert approvals.settings(name, account) == ("IMMUTABLE", (), False)


def test_what_complies_has_nothing_to_be_done_and_no_form_to_submit(approvals: Approvals) -> None:
    name = approvals.create("fine-api", mutability="IMMUTABLE", scan_on_push=True)
    view = approvals.open(f"remediate {name}")
    assert "submit" not in view
    assert "complies already" in str(view)


def test_the_plan_says_what_may_break(approvals: Approvals) -> None:
    name = approvals.create("mirror/moving", SANDBOX)
    approvals.aws.push(SANDBOX, REGION, name, tags=("latest", "v1"))
    approvals.aws.push(SANDBOX, REGION, name)
    approvals.aws.pull_through(SANDBOX, REGION, "mirror")
    approvals.aws.tag(SANDBOX, REGION, name, {"aws:cloudformation:stack-name": "payments"})
    approvals.ask(name)
    card = undated(approvals.card(saying=name))
    assert card[3:-3] == [
        "tag-immutability `MUTABLE` → `IMMUTABLE`",
        "scan-on-push `scanOnPush false` → `scanOnPush true`",
        "What may break",
        "• 1 tag looks moving: latest (pushed within the last hour): pushing it again will be refused.",
        "• 1 untagged image of the last 30 days tells of tags that were overwritten: such a push will be refused.",
        (
            "• The pull-through-cache rule for the prefix mirror covers this repository: immutability can stop the "
            "cache from updating its images."
        ),
        "• CloudFormation stack payments made this repository: its next update will revert this.",
        "```",
        "ImageTagMutability: IMMUTABLE",
        "ImageScanningConfiguration:",
        "  ScanOnPush: true",
        "```",
    ]


def test_a_read_of_what_may_break_that_fails_is_said_and_blocks_nothing(approvals: Approvals) -> None:
    name = approvals.create("unreadable-images")
    approvals.aws.fail("DescribeImages", error="AccessDeniedException")
    approvals.ask(name)
    assert "DescribeImages" in render(approvals.card(saying=name))
    approvals.press("Approve")
    approvals.card(saying="Verified")
