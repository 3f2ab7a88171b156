"""The answer to what the control is, as Slack takes it."""

from __future__ import annotations

import re

import pytest

from demo.workspace.validation import message_problems
from ecr.described import CONTROL
from ecr.model import Rule
from handlers.blocks.control import control
from handlers.blocks.text import LONGEST_TEXT, escaped


def texts() -> list[str]:
    """Return the text of every block, once Slack would take the message."""
    payload = control().payload()
    assert message_problems(payload) == ()
    return [block["text"]["text"] if "text" in block else block["elements"][0]["text"] for block in payload["blocks"]]


def test_it_begins_with_the_title_the_severity_and_what_is_detected() -> None:
    assert texts()[0] == (
        "*ECR repositories must enforce tag immutability and scan-on-push*\n*Severity*: Medium\n"
        "Finds private ECR repositories in which an image tag can be overwritten, or whose images are not scanned when"
        " they are pushed."
    )
    assert control().text.startswith(
        "ECR repositories must enforce tag immutability and scan-on-push. Severity: Medium."
    )


@pytest.mark.parametrize("rule", Rule)
def test_each_rule_is_told_with_why_how_and_for_an_account(rule: Rule) -> None:
    words = CONTROL.rules[rule]
    [told] = [text for text in texts() if text.startswith(f"`{rule}`")]
    assert told.split("\n") == [
        f"`{rule}` *{words.title}*",
        escaped(words.why),
        f"*Remediation*: {escaped(words.remediation)} <{words.url}|What AWS says>",
        f"```{words.cli}```",
        f"*For an account and region*: {escaped(words.service_wide)}",
    ]


def test_it_names_the_commands_that_remedy() -> None:
    assert re.findall(r"• `(.+?)`", "\n".join(texts())) == [
        "/ecr remediate &lt;repo&gt;",
        "/ecr guardrails",
        "/ecr fix &lt;repo&gt;",
    ]


def test_the_stored_check_is_told_as_code() -> None:
    assert (
        '*The stored check* (`policy.mode = "literal"`) fails a repository\n'
        "where `scanOnPush == false`\nor `imageTagMutability != IMMUTABLE`"
    ) in texts()


def test_what_aws_checks_is_told_with_its_requirements_and_where_ours_differs() -> None:
    page = "https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html"
    [told] = [text for text in texts() if text.startswith("*What AWS checks by itself*")]
    assert told.split("\n")[1:] == [
        (
            f"<{page}#ecr-1|Security Hub ECR.1>, High, periodic · `ecr-private-image-scanning-enabled`"
            " · NIST 800-53 RA-5 · PCI DSS v4.0.1 6.2.3, 6.2.4"
        ),
        CONTROL.rules[Rule.SCAN_ON_PUSH].counterpart.differs,
        (
            f"<{page}#ecr-2|Security Hub ECR.2>, Medium, change triggered · `ecr-private-tag-immutability-enabled`"
            " · NIST 800-53 CA-9(1), CM-2, CM-8(1)"
        ),
        CONTROL.rules[Rule.TAG_IMMUTABILITY].counterpart.differs,
    ]


def test_nothing_of_it_is_cut_and_no_block_is_longer_than_what_slack_shows_without_see_more() -> None:
    assert max(len(text) for text in texts()) < LONGEST_TEXT // 2
    assert not any("…" in text for text in texts())
