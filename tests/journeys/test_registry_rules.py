"""A single repository that only the rules of its registry can mend, by its Remediate button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.text import render
from tests.journeys.approvals import ENGINEER, ONCALL, REGION
from tests.journeys.surroundings import PROD

if TYPE_CHECKING:
    from tests.journeys.approvals import Approvals

PUT = "PutRegistryScanningConfiguration"
SCAN = "scan-on-push"


def test_a_repository_that_no_rule_scans_is_added_to_the_rules_by_its_remediate_button(approvals: Approvals) -> None:
    name = approvals.create("rules-api", mutability="IMMUTABLE")
    approvals.create("rules-api-web", mutability="IMMUTABLE")
    approvals.aws.scanning(PROD, REGION, "ENHANCED", [("SCAN_ON_PUSH", ["team-a"])])
    delivery = approvals.slack.command(f"check {name}")
    approvals.press("Remediate", ENGINEER, card=delivery.wait_answer()[-1])
    view = approvals.form()
    # Without an asterisk a filter matches every name that contains it, and each that is scanned costs.
    assert "rules-api-web" in str(view)
    assert "Amazon Inspector charges for each image" in str(view)
    approvals.send(view)
    assert "rules-api-web" in render(approvals.card())
    approvals.press("Approve")
    done = approvals.card(saying="Verified")
    assert approvals.rules() == ("ENHANCED", ("SCAN_ON_PUSH", "team-a", name))
    assert "Compliant" in approvals.ecr(f"check {name}")
    approvals.press("Undo", ONCALL, card=done)
    approvals.submit(approvals.form(ONCALL), ONCALL, reason="it costs too much")
    approvals.card(saying="Verified: it is as it was before")
    assert approvals.rules() == ("ENHANCED", ("SCAN_ON_PUSH", "team-a"))


def test_what_two_requests_need_stays_until_the_last_of_them_is_undone(approvals: Approvals) -> None:
    one, two = (approvals.create(name, mutability="IMMUTABLE") for name in ("both-one", "both-two"))
    approvals.aws.scanning(PROD, REGION, "BASIC", [("SCAN_ON_PUSH", ["team-a"])])
    first, second = len(approvals.cards()), len(approvals.cards()) + 1
    approvals.ask(one, rules=[SCAN])
    approvals.ask(f"{one} {two}", rules=[SCAN])
    for number in (first, second):
        approvals.press("Approve", card=approvals.cards()[number])
        approvals.card(saying="erified", number=number)
    assert approvals.rules() == ("BASIC", ("SCAN_ON_PUSH", "team-a", one, two))
    left = [("SCAN_ON_PUSH", "team-a", one, two), ("SCAN_ON_PUSH", "team-a")]
    for number, rule in zip((first, second), left, strict=True):
        approvals.press("Undo", ONCALL, card=approvals.cards()[number])
        approvals.submit(approvals.form(ONCALL), ONCALL, reason="no more")
        approvals.card(saying="Undone", number=number)
        assert approvals.rules() == ("BASIC", rule)
